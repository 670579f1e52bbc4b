//! What the process owes from its first moment on: signals told, time kept, no console waited for.
#![cfg(unix)]

mod late;

use std::ffi::OsString;
use std::io::Read as _;
#[cfg(target_os = "linux")]
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Stdio;
#[cfg(target_os = "linux")]
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::json;

use crate::support::cli::{Running, Sproobo};
use crate::support::demo::{CANCEL, LIST, READ, TRIGGER, deployment, polled};
use crate::support::runner;
use crate::support::server::{Act, Request, Server};
use crate::support::tools;

/// A GitHub step that has a file of outputs.
struct Step {
    folder: tempfile::TempDir,
}

impl Step {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("output"), "").unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, command: Sproobo) -> Sproobo {
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("RUNNER_TEMP", self.folder.path())
    }

    /// The outputs' status and exit code.
    fn ended(&self) -> (String, String) {
        let outputs = std::fs::read_to_string(self.path("output")).unwrap();
        let map = runner::env_file(&outputs).unwrap();
        (map["status"].clone(), map["exit-code"].clone())
    }

    /// A program of this name, first on the path.
    fn program(&self, name: &str, script: &str) -> OsString {
        tools::script(&self.path(name), script);
        tools::path_with(self.folder.path())
    }
}

fn ended(status: &str, code: &str) -> (String, String) {
    (status.to_owned(), code.to_owned())
}

/// Waits for the end without reading what is printed.
fn unread(mut running: Running, at_most: Duration) -> Option<i32> {
    let begun = Instant::now();
    loop {
        if let Some(status) = running.child().try_wait().unwrap() {
            return status.code();
        }
        assert!(begun.elapsed() < at_most, "hangs");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether the process handles SIGTERM by now.
#[cfg(target_os = "linux")]
fn handles_sigterm(pid: u32) -> bool {
    u64::from_str_radix(&status_of(pid, "SigCgt"), 16).is_ok_and(|mask| mask & (1 << 14) != 0)
}

/// A line of what Linux says of a process; empty once it is gone.
#[cfg(target_os = "linux")]
fn status_of(pid: u32, name: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let mut lines = status.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(key, _)| *key == name);
    found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

/// As soon as the process listens, which it does before it reads anything, a signal is told.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_in_the_first_moment_is_told() {
    let server = Server::start(|_| Act::Hang);
    for _ in 0..10 {
        let step = Step::new();
        let command = Sproobo::new(["deploy", "demo"])
            .key()
            .env("SPROOBO_API_URL", &server.url);
        let mut running = step.run(command).spawn();
        while !handles_sigterm(running.child().id()) {
            std::hint::spin_loop();
        }
        running.signal(Signal::SIGTERM);
        running.finish().expect(143);
        assert_eq!(step.ended(), ended("interrupted", "143"));
    }
    assert_eq!(server.count(TRIGGER), 0);
}

#[test]
fn a_signal_while_git_is_slow_is_told() {
    let step = Step::new();
    let asked = step.path("asked");
    let path = step.program("git", &format!(": > '{}'\nexec sleep 60", asked.display()));
    let command = Sproobo::new(["deploy", "demo"]).key().env("PATH", path);
    let running = step.run(command).spawn();
    tools::wait_for_file(&asked);
    running.signal(Signal::SIGINT);
    let run = running.finish().expect(130).says("nothing was triggered");
    assert!(run.took < Duration::from_secs(5), "{:?}", run.took);
    assert_eq!(step.ended(), ended("interrupted", "130"));
}

#[test]
fn a_signal_while_stdin_is_silent_is_told() {
    let step = Step::new();
    let command = Sproobo::new(["deploy", "demo", "--commit=4f5c1d2", "--api-key-file=-"]).stdin(Stdio::piped());
    let running = step.run(command).spawn();
    std::thread::sleep(Duration::from_millis(300));
    running.signal(Signal::SIGHUP);
    running.finish().expect(129).says("nothing was triggered");
    assert_eq!(step.ended(), ended("interrupted", "129"));
}

/// `nohup` promises that a closed terminal ends nothing.
#[cfg(target_os = "linux")]
#[test]
fn under_nohup_a_closed_terminal_ends_nothing() {
    let over = Arc::new(AtomicBool::new(false));
    let is_over = over.clone();
    let server = polled(move || {
        let status = if is_over.load(Ordering::Relaxed) {
            "success"
        } else {
            "building"
        };
        Act::Json(200, deployment(status))
    });
    let arguments = ["deploy", "demo", "--no-key-check", "--poll-interval=100ms"];
    let running = Sproobo::after("trap '' HUP", arguments)
        .key()
        .env("SPROOBO_API_URL", &server.url)
        .spawn();
    server.wait_for(READ);
    running.signal(Signal::SIGHUP);
    std::thread::sleep(Duration::from_millis(300));
    over.store(true, Ordering::Relaxed);
    running.finish().expect(0);
    assert_eq!(server.count(CANCEL), 0);
}

/// `timeout` sends its signal to the process and then to the whole group: that is no second one.
#[test]
fn two_signals_at_once_are_one() {
    let server = Server::start(|request| match request.line().as_str() {
        CANCEL => Act::Hang,
        TRIGGER => Act::Json(201, deployment("queued")),
        LIST => Act::Json(200, json!([])),
        _ => Act::Json(200, deployment("building")),
    });
    let running = Sproobo::new(["deploy", "demo", "--no-key-check"])
        .key()
        .env("SPROOBO_API_URL", &server.url)
        .spawn();
    server.wait_for(READ);
    running.signal(Signal::SIGTERM);
    std::thread::sleep(Duration::from_millis(20));
    running.signal(Signal::SIGTERM);
    running.finish().expect(143).says("no answer within 4 s");
}

#[test]
fn too_few_open_files_are_an_error_and_no_panic() {
    let server = Server::start(|_| Act::Hang);
    for limit in [5, 6, 8, 12] {
        let step = Step::new();
        let command = Sproobo::after(&format!("ulimit -n {limit}"), ["deploy", "demo"]).key();
        let run = step.run(command).env("SPROOBO_API_URL", &server.url).run().expect(2);
        let run = run.says("ulimit -n").says("nothing was triggered");
        assert!(!run.printed().contains("panicked"), "{}", run.printed());
        assert_eq!(step.ended(), ended("refused", "2"));
    }
    // Who asks for the version needs no files.
    Sproobo::after("ulimit -n 6", ["--version"]).run().expect(0);
}

/// Not even the line that masks the key is waited for; and without it nothing else is printed.
#[test]
fn on_github_a_console_that_nobody_reads_delays_nothing() {
    let step = Step::new();
    let (mut reader, full) = tools::full_pipe(&step.path("stdout"));
    let server = polled(|| Act::Json(200, deployment("success")));
    let command = Sproobo::new(["deploy", "demo", "--no-key-check", "-v"])
        .key()
        .env("SPROOBO_API_URL", &server.url);
    let running = step.run(command).stdout(full).spawn();
    assert_eq!(unread(running, Duration::from_secs(20)), Some(0));
    assert_eq!(server.count(TRIGGER), 1);
    assert_eq!(step.ended(), ended("succeeded", "0"));
    let mut printed = Vec::new();
    // Nobody writes any more, or what is left can't be told from that.
    let _ = reader.read_to_end(&mut printed);
    assert!(
        printed.iter().all(|byte| *byte == b'.'),
        "{}",
        String::from_utf8_lossy(&printed)
    );
}

/// The same where the run is refused, and where it is interrupted.
#[test]
fn a_console_that_nobody_reads_delays_no_other_end() {
    let step = Step::new();
    let (_reader, full) = tools::full_pipe(&step.path("stdout"));
    let refused = Sproobo::new(["deploy", "demo", "--timeout=3"]).key();
    let running = step.run(refused).stdout(full.try_clone().unwrap()).spawn();
    assert_eq!(unread(running, Duration::from_secs(10)), Some(2));
    assert_eq!(step.ended(), ended("refused", "2"));
}

/// Nothing is under way, so help is a program as any other, and a small one: no thread, no handler of signals.
#[cfg(target_os = "linux")]
#[test]
fn help_waits_for_its_reader_and_a_signal_ends_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (_reader, full) = tools::full_pipe(&folder.path().join("stdout"));
    for asked in [&["--help"][..], &["help", "deploy"], &["deploy", "-h"], &["--version"]] {
        let mut running = Sproobo::new(asked).stdout(full.try_clone().unwrap()).spawn();
        let id = running.child().id();
        // It sleeps only to wait for its reader.
        while !status_of(id, "State").starts_with('S') {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(!handles_sigterm(id), "{asked:?}");
        assert_eq!(status_of(id, "Threads"), "1", "{asked:?}");
        running.signal(Signal::SIGINT);
        let status = running.child().wait().unwrap();
        assert_eq!(status.signal(), Some(Signal::SIGINT as i32), "{asked:?}");
    }
}

/// A reader who is slow holds up neither a signal nor, once he reads, any line of the result.
#[test]
fn a_long_log_waits_for_its_reader_but_not_when_a_signal_comes() {
    let lines: Vec<String> = (0..1500)
        .map(|number| format!("line {number} {}", "x".repeat(60)))
        .collect();
    let server = Server::start(move |_: &Request| Act::Json(200, json!({ "lines": lines })));
    let folder = tempfile::tempdir().unwrap();
    let (_reader, full) = tools::full_pipe(&folder.path().join("stdout"));
    let log = || {
        Sproobo::new(["logs", "demo", "d-1"])
            .key()
            .env("SPROOBO_API_URL", &server.url)
    };
    let running = log().stdout(full).spawn();
    server.wait_for("GET /sites/demo/deployments/d-1/logs");
    std::thread::sleep(Duration::from_millis(300));
    running.signal(Signal::SIGTERM);
    assert_eq!(unread(running, Duration::from_secs(5)), Some(143));
    let whole = log().run().expect(0);
    assert!(whole.stdout.contains("line 1499 "), "{}", whole.stdout.len());
}
