//! The reports that are files, the dispatcher that feeds them, and the tables.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use insta::assert_snapshot;
use sproobo_deploy::error::{Error, ExitCode, KeyProblem};
use sproobo_deploy::event::{Event, Mode, Note, RunResult, Sink};
use sproobo_deploy::model::{AgeSource, Check, KeyAge};
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::report::{Dispatcher, FileReports, Outputs, Paths, Plain, Reporter, Summary, table};

use crate::support::report::*;

fn began() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).expect("in range")
}

fn outputs_after(events: &[Event]) -> BTreeMap<&'static str, String> {
    let mut outputs = Outputs::new();
    for event in events {
        outputs.event(event);
    }
    outputs.github().into_iter().collect()
}

const TEN: [&str; 10] = [
    "commit",
    "dashboard-url",
    "deployment-id",
    "duration-seconds",
    "exit-code",
    "key-age-days",
    "key-stale",
    "result-json",
    "status",
    "url",
];

#[test]
fn outputs_are_ready_as_soon_as_the_deployment_is_known() {
    let events = good_run();
    let mut outputs = Outputs::new();
    let due: Vec<bool> = events.iter().map(|event| outputs.event(event)).collect();
    assert_eq!(due.iter().position(|due| *due), Some(2), "at Known");
    assert_eq!(due.last(), Some(&true), "at the end");

    let early = outputs_after(&events[..3]);
    assert_eq!(early.keys().copied().collect::<Vec<_>>(), TEN);
    assert_eq!(early["deployment-id"], "dep_1");
    assert_eq!(early["status"], "running");
    assert_eq!(early["exit-code"], "");
    assert_eq!(early["duration-seconds"], "");
}

#[test]
fn outputs_at_the_end_hold_the_verdict() {
    let mut events = good_run();
    events.insert(3, Event::KeyAge(key_age(true)));
    let outputs = outputs_after(&events);
    assert_eq!(outputs["status"], "succeeded");
    assert_eq!(outputs["exit-code"], "0");
    assert_eq!(outputs["duration-seconds"], "130");
    assert_eq!(outputs["key-age-days"], "93");
    assert_eq!(outputs["key-stale"], "true");
    assert_snapshot!(outputs["result-json"], @r#"[{"site":"web","deployment_id":"dep_1","status":"succeeded","last_word":"live","url":"https://web.example","dashboard_url":"https://dashboard.sproobo.com/d/dep_1","commit":"0123456789abcdef0123","duration_seconds":130,"exit_code":0,"message":"the deployment succeeded"}]"#);
}

#[test]
fn with_several_sites_the_scalars_are_those_of_the_first_one_asked_for() {
    let mut events = vec![begin(&["web", "api"], Mode::Real), found("api", 1, "building")];
    assert_eq!(
        outputs_after(&events)["deployment-id"],
        "",
        "nothing is known of web yet"
    );
    events.push(found("web", 2, "building"));
    let early: serde_json::Value = serde_json::from_str(&outputs_after(&events)["result-json"]).expect("JSON");
    assert_eq!((&early[0]["site"], &early[1]["site"]), (&"web".into(), &"api".into()));
    events.extend(end(vec![failed("web", 9, "boom"), succeeded("api", 8)]));
    let outputs = outputs_after(&events);
    assert_eq!(outputs["status"], "failed");
    assert_eq!(outputs["exit-code"], "1");
    let rows: serde_json::Value = serde_json::from_str(&outputs["result-json"]).expect("JSON");
    assert_eq!((&rows[0]["site"], &rows[1]["site"]), (&"web".into(), &"api".into()));
    assert_eq!((&rows[0]["exit_code"], &rows[1]["exit_code"]), (&1.into(), &0.into()));
}

#[test]
fn a_run_that_never_began_is_refused_with_its_exit_code() {
    let result = RunResult::ended_by(Error::Key(KeyProblem::Empty), Vec::new(), seconds(0));
    let outputs = outputs_after(&[Event::End(Box::new(result))]);
    assert_eq!(outputs["status"], "refused");
    assert_eq!(outputs["exit-code"], "3");
    assert_eq!(outputs["result-json"], "[]");
}

#[test]
fn the_dotenv_report_has_its_eight_variables() {
    let mut outputs = Outputs::new();
    for event in good_run() {
        outputs.event(&event);
    }
    let names: Vec<&str> = outputs.dotenv().into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names.join(" "),
        "SPROOBO_DEPLOYMENT_ID SPROOBO_STATUS SPROOBO_URL SPROOBO_DASHBOARD_URL SPROOBO_DURATION_SECONDS \
         SPROOBO_KEY_AGE_DAYS SPROOBO_KEY_STALE SPROOBO_EXIT_CODE"
    );
}

fn key_age(stale: bool) -> KeyAge {
    KeyAge {
        days: 93,
        created_at: began(),
        source: AgeSource::Sproobo,
        name: Some("ci".to_owned()),
        prefix: Some("spr_12345678".to_owned()),
        stale,
        stale_after_days: 90,
    }
}

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
    let deployment = result.known.deployment.as_mut().expect("known");
    deployment.word = hostile.to_owned();
    deployment.commit = Some(hostile.to_owned());
    deployment.dashboard_url = Some("https://d.example/a)b_c*[x]?y=1&copy=2".to_owned());
    let mut events = vec![begin(&["web"], Mode::Real)];
    let mut step = result.known.deployment.clone().expect("known");
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
fn a_huge_log_keeps_its_newest_lines_and_the_limit() {
    let lines: Vec<String> = (0..40_000)
        .map(|number| format!("line {number} {}", "x".repeat(90)))
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let many = |name: &str| {
        let mut result = failed(name, 9, "boom");
        result.log = log(&lines);
        result
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(folder.path(), "summary");
    let paths = Paths {
        summary: Some(path.clone()),
        ..Paths::default()
    };
    let mut files = FileReports::new(paths, began(), Redactor::new());
    let mut events = vec![begin(&["web", "api"], Mode::Real)];
    events.extend(end(vec![many("web"), many("api")]));
    let warnings: Vec<Event> = events.iter().flat_map(|event| files.event(event)).collect();
    assert!(warnings.is_empty(), "{warnings:?}");
    let page = fs::read_to_string(path).expect("written");
    assert!(page.len() < 1024 * 1024, "{}", page.len());
    assert_eq!(page.matches("line 39999 ").count(), 2, "both tails are there");
    assert!(page.contains("earlier lines left out"));
}

fn file(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, "").expect("written");
    path
}

#[test]
fn a_report_that_cannot_be_written_is_one_warning_that_names_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let dotenv = folder.path().join("report.env");
    let paths = Paths {
        github_output: Some(folder.path().join("gone").join("output")),
        dotenv: Some(dotenv.clone()),
        summary: None,
    };
    let mut files = FileReports::new(paths, began(), Redactor::new());
    let warnings: Vec<Event> = good_run().iter().flat_map(|event| files.event(event)).collect();
    let [Event::Note(Note { text, .. })] = warnings.as_slice() else {
        panic!("one warning, not {warnings:?}");
    };
    assert!(text.contains("gone") && text.contains("check"), "{text}");
    let dotenv = fs::read_to_string(dotenv).expect("the other report is there");
    assert!(dotenv.contains("SPROOBO_STATUS=succeeded\n"), "{dotenv}");
}

/// A console that hangs until it is let go.
struct Stuck(mpsc::Receiver<()>);

impl Reporter for Stuck {
    fn event(&mut self, _: Duration, _: &Event) {
        let _ = self.0.recv();
    }

    fn tick(&mut self, _: Duration) {}
}

#[test]
fn a_console_that_hangs_delays_neither_files_nor_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = file(folder.path(), "output");
    let paths = Paths {
        github_output: Some(output.clone()),
        ..Paths::default()
    };
    let (let_go, stuck) = mpsc::channel();
    let files = FileReports::new(paths, began(), Redactor::new());
    let dispatcher = Dispatcher::start(files, Box::new(Stuck(stuck))).expect("a thread");
    good_run().into_iter().for_each(|event| dispatcher.emit(event));
    assert!(!dispatcher.finish(Duration::from_millis(20)), "it is still stuck");
    let text = fs::read_to_string(output).expect("written");
    assert!(text.contains("succeeded"), "{text}");
    drop(let_go);
}

#[test]
fn the_hub_prints_everything_in_order_with_warnings_before_the_end() {
    let paths = Paths {
        summary: Some(PathBuf::from("/no/such/folder/summary")),
        ..Paths::default()
    };
    let (streams, out) = one();
    let files = FileReports::new(paths, began(), Redactor::new());
    let dispatcher = Dispatcher::start(files, Box::new(Plain::new(streams))).expect("a thread");
    good_run()[..7].iter().for_each(|event| dispatcher.emit(event.clone()));
    let result = RunResult::ended_by(Error::Cancelled, Vec::new(), seconds(0));
    dispatcher.emit(Event::End(Box::new(result)));
    assert!(dispatcher.finish(Duration::from_secs(60)));
    let text = out.text();
    let warning = text
        .find("warning: the job summary could not be written")
        .expect("a warning");
    let end = text.find("error: the deployment was cancelled").expect("the end");
    assert!(warning < end, "{text}");
    assert_eq!(text.matches("warning:").count(), 1, "{text}");
}

#[test]
fn tables_are_aligned() {
    let mut first = deployment("live", sproobo_deploy::model::StatusClass::Succeeded);
    first.created_at = Some(began());
    first.started_at = Some(began());
    first.finished_at = Some(began() + Duration::from_secs(95));
    let mut second = deployment("failed\n::error::x", sproobo_deploy::model::StatusClass::Failed);
    second.commit = None;
    let table = table::deployments(&[first.clone(), second]);
    assert_snapshot!(table.render(None), @r"
    DEPLOYMENT  STATUS              COMMIT        CREATED           DURATION    LINK
    dep_1       live                0123456789ab  2026-09-21 14:13  1 min 35 s  https://dashboard.sproobo.com/d/dep_1
    dep_1       failed :\:error::x                –                 –           https://dashboard.sproobo.com/d/dep_1
    ");
    assert_eq!(table::deployments_json(&[first])[0]["id"], "dep_1");
}

#[test]
fn a_failed_check_shows_its_fix() {
    let failed = |found: &str, fix: &str| Check::failed("key", ExitCode::Key, found, fix);
    let check = failed("HTTP 401", "create a new key");
    let text = table::checks(std::slice::from_ref(&check)).render(None);
    assert!(text.contains("key    FAILED  HTTP 401 → create a new key\n"), "{text}");
    assert_eq!(table::checks_json(&[check])[0]["outcome"], "failed");
    let found = "the key was rejected by the API at https://dashboard.sproobo.com/api";
    let narrow = table::checks(&[failed(found, "create a new one")]);
    assert_snapshot!(narrow.render(Some(40)), @"
    CHECK          DETAIL
    key    FAILED  the key was rejected by
                   the API at
                   https://dashboard.sproobo.com/api
                   → create a new one
    ");
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
