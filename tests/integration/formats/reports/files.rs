//! The reports that are files, and the dispatcher that feeds them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use insta::assert_snapshot;
use sproobo_deploy::error::Error;
use sproobo_deploy::event::{Event, Mode, Note, RunResult, Sink};
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::report::{Dispatcher, FileReports, Outputs, Paths, Plain, Reporter};
use sproobo_deploy::secret::KeyProblem;

use super::{began, key_age};
use crate::support::report::*;
use crate::support::runner::OUTPUTS;

fn outputs_after(events: &[Event]) -> BTreeMap<&'static str, String> {
    let mut outputs = Outputs::new();
    for event in events {
        outputs.event(event);
    }
    outputs.github().into_iter().collect()
}

#[test]
fn outputs_are_ready_as_soon_as_the_deployment_is_known() {
    let events = good_run();
    let mut outputs = Outputs::new();
    let due: Vec<bool> = events.iter().map(|event| outputs.event(event)).collect();
    assert_eq!(due.iter().position(|due| *due), Some(2), "at Known");
    assert_eq!(due.last(), Some(&true), "at the end");

    let early = outputs_after(&events[..3]);
    assert_eq!(early.len(), OUTPUTS.len());
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
    assert_snapshot!(outputs["result-json"], @r#"[{"site":"web","deployment_id":"dep_1","status":"succeeded","last_word":"live","url":"https://web.example","dashboard_url":"https://dashboard.sproobo.com/d/dep_1","commit":"0123456789abcdef0123","duration_seconds":130,"exit_code":0,"message":"the deployment succeeded","rolled_back_to":null,"rollback_status":null}]"#);
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
fn a_verdict_counts_even_if_the_run_ends_without_it() {
    let mut events = good_run();
    events.pop();
    events.push(Event::End(Box::new(RunResult::ended_by(
        Error::Cancelled,
        Vec::new(),
        seconds(131),
    ))));
    let outputs = outputs_after(&events);
    assert_eq!(outputs["status"], "succeeded");
    assert_eq!(outputs["duration-seconds"], "130");
}

fn file(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, "").expect("written");
    path
}

/// The job summary that these events make, and what is warned of.
fn summary_of(events: &[Event]) -> (String, Vec<Event>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(folder.path(), "summary");
    let paths = Paths {
        summary: Some(path.clone()),
        ..Paths::default()
    };
    let mut files = FileReports::new(paths, began(), Redactor::new());
    let warnings = events.iter().flat_map(|event| files.event(event)).collect();
    (fs::read_to_string(path).expect("written"), warnings)
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
    let mut events = vec![begin(&["web", "api"], Mode::Real)];
    events.extend(end(vec![many("web"), many("api")]));
    let (page, warnings) = summary_of(&events);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert!(page.len() < 1024 * 1024, "{}", page.len());
    assert_eq!(page.matches("line 39999 ").count(), 2, "both tails are there");
    assert!(page.contains("earlier lines left out"));
}

#[test]
fn empty_lines_count_too() {
    let mut result = failed("web", 9, "boom");
    result.log = log(&vec![""; 900_000]);
    let (page, _) = summary_of(&end(vec![result]));
    assert!(page.len() < 750 * 1024, "{}", page.len());
    assert!(page.contains("earlier lines left out"));
}

#[test]
fn a_report_that_cannot_be_written_is_one_warning_that_names_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let dotenv = folder.path().join("report.env");
    let paths = Paths {
        github_output: Some(folder.path().join("gone").join("output")),
        dotenv: Some(dotenv.clone()),
        ..Paths::default()
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

/// Counts the ticks, and how often it wants them.
struct Ticking(Duration, mpsc::Sender<Duration>);

impl Reporter for Ticking {
    fn event(&mut self, _: Duration, _: &Event) {}

    fn tick(&mut self, at: Duration) {
        let _ = self.1.send(at);
    }

    fn tick_interval(&self) -> Duration {
        self.0
    }
}

#[test]
fn the_console_is_called_as_often_as_it_asked_for() {
    let run = |interval| {
        let (ticks, at) = mpsc::channel();
        let files = FileReports::new(Paths::default(), began(), Redactor::new());
        let dispatcher = Dispatcher::start(files, Box::new(Ticking(interval, ticks))).expect("a thread");
        good_run().into_iter().for_each(|event| dispatcher.emit(event));
        (dispatcher, at)
    };
    let (dispatcher, at) = run(Duration::from_secs(3600));
    assert!(dispatcher.finish(Duration::from_secs(60)));
    assert_eq!(at.try_iter().count(), 0, "events are no reason for a tick");

    let interval = Duration::from_millis(20);
    let (_dispatcher, at) = run(interval);
    let ticks: Vec<Duration> = at.iter().take(3).collect();
    assert!(ticks[2] >= interval * 3, "{ticks:?}");
}
