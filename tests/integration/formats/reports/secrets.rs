//! The key reaches no sink, whatever an event carries.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use indicatif::{InMemoryTerm, ProgressDrawTarget};
use sproobo_deploy::event::{Event, Mode, SiteEvent};
use sproobo_deploy::model::{ClientToken, EarlyExit, RunStatus, SiteState};
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::report::{FileReports, Github, Gitlab, Json, Paths, Plain, Reporter, Streams, Tty};
use sproobo_deploy::secret::Secret;
use sproobo_deploy::state::{RunState, StateFile};

use crate::support::report::*;

const KEY: &str = "spr_live_a1b2c3d4\"e5f6/g7h8";

fn redactor() -> Redactor {
    let redactor = Redactor::new();
    redactor.add(&Secret::new(KEY.to_owned()));
    redactor
}

/// A run in which every text carries the key, plain and in base64.
fn leaking_run() -> Vec<Event> {
    let leak = format!("{KEY} and {}", STANDARD.encode(KEY));
    let mut result = failed("web", 9, &leak);
    result.log = log(&[&leak]);
    let deployment = result.subject.deployment.as_mut().expect("known");
    let deployment = deployment.seen.as_mut().expect("seen");
    deployment.word.clone_from(&leak);
    deployment.url = Some(format!("https://web.example/?key={KEY}"));
    let mut events = vec![
        begin(&["web"], Mode::Real),
        found("web", 1, &leak),
        happens("web", 2, SiteEvent::Log { lines: log(&[&leak]) }),
        Event::warning("Odd", leak.clone()),
    ];
    events.extend(end(vec![result]));
    events
}

fn assert_clean(what: &str, text: &str) {
    assert!(!text.is_empty(), "{what} shows nothing at all");
    let in_json = KEY.replace('"', "\\\"");
    for form in [KEY, &in_json, &STANDARD.encode(KEY), "e5f6/g7h8"] {
        assert!(!text.contains(form), "{what} leaks {form}: {text}");
    }
    assert!(text.contains("***"), "{what}: {text}");
}

#[test]
fn no_console_prints_the_key() {
    let began = DateTime::from_timestamp(1_790_000_000, 0).expect("in range");
    type Make = fn(Streams) -> Box<dyn Reporter>;
    let makes: [(&str, Make); 3] = [
        ("plain", |streams| Box::new(Plain::new(streams))),
        ("github", |streams| Box::new(Github::new(streams))),
        ("json", |streams| Box::new(Json::new(streams))),
    ];
    for (name, make) in makes {
        let out = Paper::default();
        let mut reporter = make(Streams::one(&redactor(), Box::new(out.clone())));
        play(reporter.as_mut(), &leaking_run());
        drop(reporter);
        assert_clean(name, &out.text());
    }
    let out = Paper::default();
    let streams = Streams::one(&redactor(), Box::new(out.clone()));
    play(&mut Gitlab::new(streams, began), &leaking_run());
    assert_clean("gitlab", &out.text());
}

#[test]
fn the_terminal_shows_no_key() {
    let term = InMemoryTerm::new(40, 300);
    let streams = Streams::one(&redactor(), Box::new(OnScreen(term.clone())));
    let screen = term.clone();
    let target = move || ProgressDrawTarget::term_like(Box::new(screen.clone()));
    let mut tty = Tty::new(streams, target, redactor()).with_columns(|| 300);
    play(&mut tty, &leaking_run()[..4]);
    assert_clean("the terminal while it runs", &term.contents());
    play(&mut tty, &leaking_run()[4..]);
    assert_clean("the terminal at the end", &term.contents());
}

#[test]
fn no_file_holds_the_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let [output, dotenv, summary] = ["output", "dotenv", "summary"].map(|name| folder.path().join(name));
    for path in [&output, &summary] {
        fs::write(path, "").expect("written");
    }
    let paths = Paths {
        github_output: Some(output.clone()),
        dotenv: Some(dotenv),
        summary: Some(summary.clone()),
        ..Paths::default()
    };
    let began = DateTime::from_timestamp(1_790_000_000, 0).expect("in range");
    let mut files = FileReports::new(paths, began, redactor());
    for event in leaking_run() {
        assert!(files.event(&event).is_empty());
    }
    for path in [output, summary] {
        assert_clean(
            &path.display().to_string(),
            &fs::read_to_string(&path).expect("written"),
        );
    }
}

/// Nothing of this key is as long as a piece that the redactor knows by itself, once its odd characters are changed.
const ODD_KEY: &str = "spr_live_0123+ab1cd##[ef2gh%ij3kl|mn4op:qr5st&uv6wx";

#[test]
fn what_a_format_escapes_or_replaces_hides_no_key_from_the_redactor() {
    let folder = tempfile::tempdir().expect("a folder");
    let summary = folder.path().join("summary");
    fs::write(&summary, "").expect("written");
    let redactor = Redactor::new();
    redactor.add(&Secret::new(ODD_KEY.to_owned()));
    let paths = Paths {
        summary: Some(summary.clone()),
        ..Paths::default()
    };
    let began = DateTime::from_timestamp(1_790_000_000, 0).expect("in range");
    let mut files = FileReports::new(paths, began, redactor);
    let mut result = failed(ODD_KEY, 9, ODD_KEY);
    result.log = log(&[ODD_KEY]);
    let deployment = result.subject.deployment.as_mut().expect("known");
    let deployment = deployment.seen.as_mut().expect("seen");
    deployment.dashboard_url = Some(format!("https://web.example/{}", ODD_KEY.replace('%', "%25")));
    let mut events = vec![
        begin(&[ODD_KEY], Mode::Real),
        found(ODD_KEY, 1, ODD_KEY),
        Event::warning("Odd", ODD_KEY.to_owned()),
    ];
    events.extend(end(vec![result]));
    for event in events {
        assert!(files.event(&event).is_empty());
    }
    let text = fs::read_to_string(&summary).expect("written");
    for piece in ["ab1cd", "ef2gh", "ij3kl", "mn4op", "qr5st", "uv6wx"] {
        assert!(!text.contains(piece), "{piece} is in {text}");
    }
}

#[test]
fn the_state_file_never_holds_the_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.json");
    let began = DateTime::from_timestamp(1_790_000_000, 0).expect("in range");
    let run = RunState::new("deploy", "https://dashboard.sproobo.com/api", EarlyExit::Cancel, began);
    let site = SiteState {
        site: site("web"),
        client_token: ClientToken(KEY.to_owned()),
        deployment: None,
        by_commit: false,
        status: RunStatus::Running,
    };
    StateFile::new(path.clone(), run, redactor())
        .record(&site)
        .expect("recorded");
    assert_clean("the state file", &fs::read_to_string(&path).expect("written"));
    assert!(RunState::read(&path).is_ok(), "and it is still a state file");
}

/// Where a terminal becomes wider, rows are cleared by a sequence that ends in `J`, as the begin of a key's piece may.
#[test]
fn what_clears_rows_is_not_held_back_as_the_begin_of_a_key() {
    let redactor = Redactor::new();
    redactor.add(&Secret::new("spr_live_a1b2c3d4_Je5f6g7h8".to_owned()));
    let err = Paper::default();
    let streams = Streams::two(&redactor, Box::new(Paper::default()), Box::new(err.clone()));
    let columns = Arc::new(AtomicUsize::new(60));
    let now = Arc::clone(&columns);
    let mut tty =
        Tty::new(streams, ProgressDrawTarget::hidden, redactor).with_columns(move || now.load(Ordering::Relaxed));
    play(&mut tty, &[begin(&["web"], Mode::Real), found("web", 0, "building")]);
    columns.store(100, Ordering::Relaxed);
    tty.tick(seconds(1));
    assert!(err.text().ends_with("\r\x1b[1A\x1b[J"), "{:?}", err.text());
}
