//! The job summary.

use insta::assert_snapshot;
use sproobo_deploy::error::{ApiError, Error, Transport};
use sproobo_deploy::event::{Event, Mode, RunResult, SiteEvent, SiteResult};
use sproobo_deploy::model::{DeploymentId, RunStatus, Start};
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::report::{RunLinks, Summary};
use sproobo_deploy::secret::KeyProblem;

use super::{began, key_age};
use crate::support::report::*;

fn summary_of(events: &[Event]) -> String {
    let mut summary = Summary::new(began());
    let mut page = String::new();
    for event in events {
        summary.event(event);
        if let Event::End(result) = event {
            page = summary.render(result, &Redactor::new());
        }
    }
    page
}

#[test]
fn the_summary_of_a_good_run() {
    let mut events = good_run();
    events.insert(3, Event::KeyAge(key_age(false)));
    assert_snapshot!(summary_of(&events), @"
    ## ✅ web: succeeded

    | Site | Result | Commit | Time |
    |---|---|---|---|
    | [web](<https://web.example>) | ✅ succeeded, [dep&#95;1](<https://dashboard.sproobo.com/d/dep_1>) | 0123456 | 2 min 10 s |

    <details><summary>Time line (UTC)</summary>

    ```mermaid
    gantt
        dateFormat YYYY-MM-DD HH:mm:ss
        axisFormat %H:%M:%S
        section web
        triggering :2026-09-21 14:13:20, 1s
        queued :2026-09-21 14:13:21, 11s
        building :2026-09-21 14:13:32, 88s
        deploying :2026-09-21 14:15:00, 30s
    ```

    </details>

    API key “ci”: 93 days old (from Sproobo); stale at 90 days
    ");
}

#[test]
fn the_summary_of_a_failure_says_why_before_anything_else() {
    assert_snapshot!(summary_of(&bad_run("`npm run build` exited with code 2")), @r"
    ## ❌ web: failed

    the deployment failed&#58; `npm run build` exited with code 2

    **Known:** deployment dep&#95;1 of web, last status failed, [https&#58;//dashboard&#46;sproobo&#46;com/d/dep&#95;1](<https://dashboard.sproobo.com/d/dep_1>)\
    **Next:** read the log with `sproobo-deploy logs web dep_1` or at [https&#58;//dashboard&#46;sproobo&#46;com/d/dep&#95;1](<https://dashboard.sproobo.com/d/dep_1>), fix the cause and deploy again

    | Site | Result | Commit | Time |
    |---|---|---|---|
    | [web](<https://web.example>) | ❌ failed, [dep&#95;1](<https://dashboard.sproobo.com/d/dep_1>) | 0123456 | 40 s |

    <details><summary>Log of web: the last 2 lines</summary>

    ```text
    step 1
    boom
    ```

    </details>

    <details><summary>Time line (UTC)</summary>

    ```mermaid
    gantt
        dateFormat YYYY-MM-DD HH:mm:ss
        axisFormat %H:%M:%S
        section web
        building :2026-09-21 14:13:21, 39s
    ```

    </details>
    ");
}

fn ended(name: &str, status: RunStatus) -> SiteResult {
    SiteResult {
        end: Ok(status),
        ..succeeded(name, 5)
    }
}

#[test]
fn the_summary_of_several_sites_counts_and_gives_each_failure_its_heading() {
    use RunStatus::{Running, Succeeded, Superseded};
    let heading = |sites: Vec<SiteResult>| {
        let page = summary_of(&end(sites));
        page.lines().next().unwrap_or_default().to_owned()
    };
    let of = |one, other| vec![ended("web", one), ended("api", other)];
    assert_eq!(heading(of(Succeeded, Succeeded)), "## ✅ 2 of 2 sites: succeeded");
    assert_eq!(heading(of(Succeeded, Running)), "## ⚪ 1 of 2 sites: succeeded");
    assert_eq!(heading(of(Superseded, Succeeded)), "## ⚪ 1 of 2 sites: succeeded");
    assert_eq!(
        heading(of(Running, Running)),
        "## ⏳ 2 sites: triggered, not waited for"
    );
    let mixed = vec![failed("web", 5, "boom"), ended("api", Succeeded)];
    assert_eq!(heading(mixed.clone()), "## ❌ 1 of 2 sites: succeeded");
    let page = summary_of(&end(mixed));
    assert!(page.contains("\n### ❌ web: failed\n"), "{page}");
    assert!(!page.contains("### ✅"), "{page}");
    assert!(
        !summary_of(&bad_run("boom")).contains("###"),
        "one site is the page's own heading"
    );
}

#[test]
fn the_summary_shows_the_log_of_what_failed_alone() {
    let page = |mut result: SiteResult, lines: &[&str]| {
        result.log = log(lines);
        summary_of(&end(vec![result]))
    };
    assert!(page(failed("web", 5, "boom"), &["a line"]).contains("Log of web: the last 1 lines"));
    assert!(page(failed("web", 5, "boom"), &["one", "", "two"]).contains("one\n\ntwo\n"));
    assert!(!page(failed("web", 5, "boom"), &[]).contains("Log of"));
    assert!(!page(succeeded("web", 5), &["a line"]).contains("Log of"));
}

#[test]
fn a_stale_key_is_told_once() {
    let mut events = good_run();
    events.insert(3, Event::KeyAge(key_age(true)));
    assert!(summary_of(&events).contains("⚠️ API key “ci”: 93 days old"));
    events.insert(4, Event::warning("Something else", "happened"));
    assert!(summary_of(&events).contains("⚠️ API key “ci”: 93 days old"));
    events.insert(4, Event::warning("The API key is stale", "93 days old; rotate it"));
    assert_eq!(summary_of(&events).matches("93 days old").count(), 1);
}

#[test]
fn a_dry_run_shows_its_plan() {
    let events = [
        begin(&["web"], Mode::DryRunOffline),
        Event::Plan("POST https://x.test\n``` body".to_owned()),
        Event::End(Box::new(RunResult::of_sites(Vec::new(), seconds(1)))),
    ];
    let page = summary_of(&events);
    assert!(
        page.starts_with("## 📝 Sproobo: what a deployment would send\n"),
        "{page}"
    );
    assert!(
        page.contains("````text\nPOST https://x.test\n``` body\n````\n"),
        "{page}"
    );
}

#[test]
fn a_rollback_is_told_with_its_commits_and_its_end() {
    let mut events = bad_run("no");
    let to: DeploymentId = "dep_0".parse().expect("an id");
    let commits = None;
    let back = SiteEvent::RollingBack {
        to: to.clone(),
        commits,
    };
    events.insert(2, happens("web", 2, back));
    assert!(summary_of(&events).contains("- ↩️ web: rolling back to dep&#95;0\n"));
    events.remove(2);
    let commits = Some(sproobo_deploy::event::Commits {
        from: "aaaaaaa".to_owned(),
        to: "bbbbbbb".to_owned(),
    });
    events.insert(2, happens("web", 2, SiteEvent::RollingBack { to, commits }));
    let page = summary_of(&events);
    assert!(
        page.contains("rolling back to dep&#95;0, `aaaaaaa` → `bbbbbbb`"),
        "{page}"
    );
}

#[test]
fn a_run_of_seconds_has_no_chart() {
    for (took, has_chart) in [(29, false), (30, true)] {
        let mut events = vec![begin(&["web"], Mode::Real), found("web", 1, "building")];
        events.extend(end(vec![succeeded("web", took)]));
        assert_eq!(summary_of(&events).contains("mermaid"), has_chart, "{took} s");
    }
}

#[test]
fn the_commit_links_to_the_repository() {
    let links = RunLinks {
        repository: Some("https://github.example/acme/shop".to_owned()),
        run: None,
    };
    let mut summary = Summary::new(began()).of(links);
    let events = good_run();
    events.iter().for_each(|event| summary.event(event));
    let Some(Event::End(result)) = events.last() else {
        panic!("no end")
    };
    let page = summary.render(result, &Redactor::new());
    assert!(
        page.contains("| [0123456](<https://github.example/acme/shop/commit/0123456789abcdef"),
        "{page}"
    );
}

/// A name of a branch, say, in the place of a commit.
#[test]
fn what_is_no_commit_links_nowhere_and_is_cut() {
    let links = RunLinks {
        repository: Some("https://github.example/acme/shop".to_owned()),
        run: None,
    };
    let mut result = failed("web", 9, "boom");
    let known = result.subject.deployment.as_mut().and_then(|known| known.seen.as_mut());
    known.expect("seen").commit = Some("a-branch-with-a-long-name".to_owned());
    let mut summary = Summary::new(began()).of(links);
    let events = end(vec![result]);
    events.iter().for_each(|event| summary.event(event));
    let Some(Event::End(result)) = events.last() else {
        panic!("no end")
    };
    let page = summary.render(result, &Redactor::new());
    assert!(page.contains("a-branch-wi") && !page.contains("long-name"), "{page}");
    assert!(!page.contains("acme/shop/commit"), "{page}");
}

#[test]
fn prose_has_code_and_links_and_an_odd_backtick_opens_nothing() {
    let page = summary_of(&bad_run("see https://x.test/a_b. Run `a|b` or ` x"));
    assert!(
        page.contains("see [https&#58;//x&#46;test/a&#95;b](<https://x.test/a_b>)&#46; Run `a|b` or &#96; x"),
        "{page}"
    );
}

#[test]
fn the_time_line_shows_everything_that_took_time() {
    let error = || ApiError::Transport(Transport::TimedOut { after: seconds(30) });
    let mut events = vec![begin(&["web"], Mode::Real)];
    for (at, what) in [
        (
            0,
            SiteEvent::TriggerLost {
                start: Start::Trigger,
                error: error(),
            },
        ),
        (1, SiteEvent::Conflict { running: None }),
        (
            3,
            SiteEvent::Unreachable {
                error: error(),
                budget: seconds(300),
            },
        ),
        (4, SiteEvent::Reachable { after: seconds(1) }),
        (5, SiteEvent::Settling { within: seconds(15) }),
        (
            6,
            SiteEvent::Verifying {
                url: "https://web.example".to_owned(),
            },
        ),
        (
            9,
            SiteEvent::RollingBack {
                commits: None,
                to: "dep_0".parse().expect("an id"),
            },
        ),
    ] {
        events.push(happens("web", at, what));
    }
    events.extend(end(vec![succeeded("web", 39)]));
    let page = summary_of(&events);
    let chart = page
        .split("section web\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    assert_snapshot!(chart.expect("a chart"), @"
    looking for the deployment :2026-09-21 14:13:20, 1s
    waiting for another deployment :2026-09-21 14:13:21, 2s
    API unreachable :2026-09-21 14:13:23, 1s
    API reachable again :2026-09-21 14:13:24, 1s
    settling :2026-09-21 14:13:25, 1s
    verifying :2026-09-21 14:13:26, 3s
    rolling back :2026-09-21 14:13:29, 30s
    ");
}

#[test]
fn the_summary_of_a_run_without_sites_says_whether_it_began() {
    let heading = |result: RunResult| {
        let page = summary_of(&[Event::End(Box::new(result))]);
        page.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(
        heading(RunResult::of_sites(Vec::new(), seconds(1))),
        "## ✅ Sproobo: done"
    );
    let refused = RunResult::ended_by(Error::Key(KeyProblem::Empty), Vec::new(), seconds(1));
    assert_eq!(heading(refused), "## ❌ Sproobo: did not start");
}

#[test]
fn a_summary_of_very_many_sites_says_how_many_it_leaves_out() {
    let names: Vec<String> = (0..62).map(|number| format!("site-{number}")).collect();
    let rest = |count: usize| {
        let results = names[..count].iter().map(|name| succeeded(name, 1)).collect();
        let page = summary_of(&end(results));
        page.lines()
            .find(|line| line.contains("more sites"))
            .map(ToOwned::to_owned)
    };
    assert_eq!(rest(60), None);
    assert_eq!(rest(62).as_deref(), Some("2 more sites: see the log."));
}

#[test]
fn the_summary_of_a_sandbox_says_that_nothing_was_deployed() {
    let mut events = vec![begin(&["web"], Mode::Sandbox)];
    events.extend(end(vec![succeeded("web", 1)]));
    assert!(summary_of(&events).contains("> [!WARNING]\n> **SANDBOX:"));
}

#[test]
fn hostile_text_breaks_out_of_nothing_in_the_summary() {
    let hostile = "<script>x</script> | `code` [a](javascript:b) ![i](http://evil) **b** \n# heading\n````\n@someone";
    let mut result = failed("web", 39, hostile);
    result.log = log(&["```", "`````", "</details><script>", "::error::x"]);
    let deployment = result.subject.deployment.as_mut().expect("known");
    let deployment = deployment.seen.as_mut().expect("seen");
    deployment.word = hostile.to_owned();
    deployment.commit = Some(hostile.to_owned());
    deployment.dashboard_url = Some("https://d.example/a)b_c*[x]?y=1&copy=2".to_owned());
    let mut events = vec![begin(&["web"], Mode::Real)];
    let mut step = result
        .subject
        .deployment
        .clone()
        .and_then(|known| known.seen)
        .expect("seen");
    step.word = "a: crit, 5d\n```\nclick x".to_owned();
    events.push(happens(
        "web",
        2,
        sproobo_deploy::event::SiteEvent::Status { deployment: step },
    ));
    events.extend(end(vec![result]));
    let page = summary_of(&events);

    let (before_log, log) = page
        .split_once("``````text\n")
        .expect("a fence longer than any in the log");
    let (log, after) = log.split_once("\n``````\n\n</details>\n\n").expect("its end");
    assert!(log.contains("</details><script>"), "{log}");
    assert!(!before_log.contains("<script"), "{before_log}");
    assert!(!before_log.contains("](javascript"), "{before_log}");
    assert_eq!(before_log.matches("```").count(), 0, "{before_log}");
    assert_eq!(after.matches("```").count(), 2, "the chart's own fence: {after}");
    assert_eq!(before_log.matches("\n#").count(), 0, "{before_log}");
    let row = before_log
        .lines()
        .find(|line| line.starts_with("| [web]"))
        .expect("its row");
    assert_eq!(row.matches('|').count(), 5, "{row}");
    assert!(
        row.contains("](<https://d.example/a)b_c*[x]?y=1&amp;copy=2>) |"),
        "{row}"
    );
}

#[test]
fn a_status_word_is_no_statement_of_the_chart() {
    for word in [
        "click web call alert()",
        "section",
        "Title of it",
        "accTitle",
        "2026-01-01",
        "dateFormat X",
        "href",
    ] {
        let mut events = vec![begin(&[word], Mode::Real), found(word, 1, word)];
        events.extend(end(vec![failed(word, 40, "no")]));
        let page = summary_of(&events);
        let chart = page.split("```").nth(1).expect("a chart");
        let begins = |word: &str| {
            let lines = chart.lines().skip(4).map(|line| line.trim().to_lowercase());
            let names = lines.map(|line| line.trim_start_matches("section ").to_owned());
            names.filter(|name| name.starts_with(word)).count()
        };
        for keyword in [
            "click",
            "section",
            "title",
            "acctitle",
            "2026",
            "dateformat",
            "href",
            ":",
        ] {
            assert_eq!(begins(keyword), 0, "{keyword}: {chart}");
        }
    }
}
