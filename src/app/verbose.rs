//! `--verbose`: what the code logs goes to stderr, and to stdout on GitHub, where the order of two pipes is lost.

use std::io::{Write, stderr, stdout};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use log::{LevelFilter, Log, Metadata, Record};

use super::console;
use super::setup::Setup;
use crate::ci;
use crate::redact::Redactor;
use crate::sanitize;

/// What `-vv` adds. Nothing of these logs headers or bodies at the level of debug.
const LIBRARIES: [&str; 4] = ["reqwest", "rustls", "hyper", "hyper_util"];

/// How long the last lines may take to be written.
const DRAIN: Duration = Duration::from_millis(200);

/// Begins to write what is logged from now on. Without `-v` nothing is.
pub(crate) fn start(setup: &Setup) {
    if setup.global.verbose == 0 {
        return;
    }
    let (sender, lines) = mpsc::channel();
    let redactor = setup.process.redactor.clone();
    let stdout = console::all_to_stdout(setup).then(|| setup.process.printer.in_turn(stdout()));
    // A thread of its own: a pipe that nobody reads must not hold the run up.
    let spawned = thread::Builder::new()
        .name("verbose".to_owned())
        .spawn(move || write_lines(&lines, stdout, &redactor));
    let logger = Verbose {
        began: Instant::now(),
        libraries: setup.global.verbose > 1,
        lines: Mutex::new(sender),
    };
    // It lives as long as the process.
    if spawned.is_ok() && log::set_logger(Box::leak(Box::new(logger))).is_ok() {
        log::set_max_level(LevelFilter::Debug);
    }
}

enum Message {
    Line(String),
    /// Answered once all lines before it are written.
    Flush(Sender<()>),
}

struct Verbose {
    began: Instant,
    libraries: bool,
    lines: Mutex<Sender<Message>>,
}

impl Verbose {
    fn send(&self, message: Message) {
        // Without a thread to write them, lines are dropped.
        let _ = self.lines.lock().unwrap_or_else(PoisonError::into_inner).send(message);
    }
}

impl Log for Verbose {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let origin = metadata.target().split("::").next().unwrap_or_default();
        origin == "sproobo_deploy" || (self.libraries && LIBRARIES.contains(&origin))
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let seconds = self.began.elapsed().as_secs_f64();
            let text = record.args().to_string();
            let target = record.target();
            let origin = match target.strip_prefix("sproobo_deploy") {
                Some(_) => String::new(),
                None => format!("{target}: "),
            };
            self.send(Message::Line(format!(
                "debug [{seconds:.3}s] {origin}{}\n",
                sanitize::line(&text)
            )));
        }
    }

    fn flush(&self) {
        let (done, written) = mpsc::channel();
        self.send(Message::Flush(done));
        // A pipe that nobody reads is left behind.
        let _ = written.recv_timeout(DRAIN);
    }
}

fn write_lines(messages: &Receiver<Message>, mut stdout: Option<impl Write>, redactor: &Redactor) {
    for message in messages {
        // A reader that went away is no error of ours.
        let _ = match message {
            Message::Line(line) => match &mut stdout {
                Some(stdout) => stdout.write_all(ci::guard_line(&redactor.redact(&line)).as_bytes()),
                None => stderr().write_all(redactor.redact(&line).as_bytes()),
            },
            Message::Flush(done) => {
                let _ = done.send(());
                Ok(())
            }
        };
    }
}
