//! The job summary.

use insta::assert_snapshot;
use sproobo_deploy::error::{ApiError, Error, Transport};
use sproobo_deploy::event::{Event, Mode, RunResult, SiteEvent};
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::report::Summary;
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
    events.insert(3, Event::KeyAge(key_age(true)));
    assert_snapshot!(summary_of(&events), @"
    ## Sproobo: ✅ web succeeded

    | Site | Verdict | Deployment | Commit | Duration |
    |---|---|---|---|---|
    | [web](<https://web.example>) | succeeded | [dep&#95;1](<https://dashboard.sproobo.com/d/dep_1>) | 0123456789ab… | 2 min 10 s |

    ```mermaid
    gantt
        dateFormat X
        axisFormat %H:%M:%S
        section web
        triggering :1790000000, 1790000001
        queued :1790000001, 1790000012
        building :1790000012, 1790000100
        deploying :1790000100, 1790000130
    ```

    ⚠️ API key “ci”: 93 days old (from Sproobo); stale at 90 days
    ");
}

#[test]
fn the_summary_of_a_failure_has_the_log_and_the_next_step() {
    assert_snapshot!(summary_of(&bad_run("build exited with 1")), @"
    ## Sproobo: ❌ web failed

    | Site | Verdict | Deployment | Commit | Duration |
    |---|---|---|---|---|
    | [web](<https://web.example>) | failed | [dep&#95;1](<https://dashboard.sproobo.com/d/dep_1>) | 0123456789ab… | 40 s |

    ```mermaid
    gantt
        dateFormat X
        axisFormat %H:%M:%S
        section web
        building :1790000001, 1790000040
    ```

    ### web

    **the deployment failed&#58; build exited with 1**

    - Known: deployment dep&#95;1 of web, last status failed, https&#58;//dashboard&#46;sproobo&#46;com/d/dep&#95;1
    - Next: read the log with &#96;sproobo-deploy logs web dep&#95;1&#96;, fix the cause and deploy again

    The last 2 lines of its log:

    ```text
    step 1
    boom
    ```
    ");
}

#[test]
fn the_time_line_shows_everything_that_took_time() {
    let error = || ApiError::Transport(Transport::TimedOut { after: seconds(30) });
    let mut events = vec![begin(&["web"], Mode::Real)];
    for (at, what) in [
        (0, SiteEvent::TriggerLost { error: error() }),
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
    events.extend(end(vec![succeeded("web", 9)]));
    let page = summary_of(&events);
    let chart = page
        .split("section web\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    assert_snapshot!(chart.expect("a chart"), @"
    looking for the deployment :1790000000, 1790000001
    waiting for another deployment :1790000001, 1790000003
    API unreachable :1790000003, 1790000004
    API reachable again :1790000004, 1790000005
    settling :1790000005, 1790000006
    verifying :1790000006, 1790000009
    rolling back :1790000009, 1790000010
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
        "## Sproobo: ✅ done"
    );
    let refused = RunResult::ended_by(Error::Key(KeyProblem::Empty), Vec::new(), seconds(1));
    assert_eq!(heading(refused), "## Sproobo: ❌ did not start");
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
    let mut result = failed("web", 9, hostile);
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
    assert!(log.ends_with("\n``````\n\n"), "{log}");
    assert!(!before_log.contains("<script"), "{before_log}");
    assert!(!before_log.contains("](javascript"), "{before_log}");
    assert_eq!(
        before_log.matches("```").count(),
        2,
        "the chart's own fence: {before_log}"
    );
    assert_eq!(
        before_log.matches("\n#").count(),
        1,
        "our one sub-heading: {before_log}"
    );
    let row = before_log
        .lines()
        .find(|line| line.starts_with("| [web]"))
        .expect("its row");
    assert_eq!(row.matches('|').count(), 6, "{row}");
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
