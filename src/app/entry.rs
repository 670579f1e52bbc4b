//! The process: runtime, panics, exit code.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode as ProcessExit;
use std::time::Duration;

use chrono::Utc;
use percent_encoding::percent_decode_str;
use tokio::runtime::{self, Runtime};
use tokio::sync::watch;

use super::printer::{Kind, Printer};
use super::setup::{Process, Setup};
use super::{commands, console, face, printer, signals, verbose};
use crate::cli::ci::Ci;
use crate::cli::env::Environment;
use crate::cli::{self, Hints, Refusal};
use crate::deploy::Interrupts;
use crate::error::{Error, ExitCode, Subject};
use crate::event::Mode;
use crate::redact::Redactor;
use crate::report;
use crate::sanitize;
use crate::secret::{self, Secret};
use crate::watch::RunClock;

/// How long the runtime may take to end. What still hangs then (a name look-up) must not hold the exit up.
const SHUTDOWN: Duration = Duration::from_millis(100);

/// What a run needs at the same time: the runtime, its signals, connections, files. Asked for before anything else, since
/// some of it, if it could not be opened, would be a panic.
#[cfg(unix)]
const DESCRIPTORS: usize = 16;

/// Variables whose URL may hold the password of a proxy.
const PROXY_VARIABLES: [&str; 6] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// Runs the program that the process's arguments ask for.
#[must_use]
pub fn main() -> ProcessExit {
    let clock = RunClock::starting_at(Utc::now());
    let typed: Vec<OsString> = std::env::args_os().collect();
    // Before anything else: from here on a signal ends the run as every other end does, and is told.
    let started = (!asks_for_help(&typed)).then(start);
    let environment = Environment::of_process();
    let redactor = redactor(&environment);
    report_panics(&redactor);
    if started.is_none() && has_shown_help(&typed, &environment, &redactor) {
        return ProcessExit::SUCCESS;
    }
    let (runtime, interrupts) = match started.unwrap_or_else(start) {
        Ok((runtime, interrupts)) => (Ok(runtime), interrupts),
        Err(error) => (Err(cannot_start(&error)), Interrupts::new(watch::channel(None).1)),
    };
    let process = Process {
        clock,
        interrupts,
        redactor,
        printer: Printer::default(),
    };
    let code = run(&typed, environment, process, runtime);
    log::logger().flush();
    ProcessExit::from(code.number())
}

/// Whether help or the version may be what is asked for: how it looks, without a parser.
fn asks_for_help(typed: &[OsString]) -> bool {
    let words = typed.iter().take_while(|argument| *argument != "--");
    let words: Vec<_> = words.filter_map(|argument| argument.to_str()).collect();
    let is_asked = |word: &str| words.contains(&word);
    ["--version", "-V", "--help", "-h", "help"].into_iter().any(is_asked)
}

/// Shows help or the version where that is asked for, without a runtime, a thread or a handler of signals: they would be
/// most of what it costs, and nothing is under way that a signal would have to end in order.
fn has_shown_help(typed: &[OsString], environment: &Environment, redactor: &Redactor) -> bool {
    match cli::parse(typed, environment.clone()) {
        // What went wrong is told by who can wait for that.
        Err(refusal) if refusal.asked_for => printer::print_here(text_of(&refusal, redactor)).is_ok(),
        _ => false,
    }
}

/// The runtime, and the signals from now on.
fn start() -> io::Result<(Runtime, Interrupts)> {
    check_descriptors()?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let interrupts = signals::listen(&runtime)?;
    Ok((runtime, interrupts))
}

#[cfg(unix)]
fn check_descriptors() -> io::Result<()> {
    use std::os::fd::AsFd;
    let stdin = io::stdin();
    let opened: io::Result<Vec<_>> = (0..DESCRIPTORS).map(|_| stdin.as_fd().try_clone_to_owned()).collect();
    opened.map(drop)
}

#[cfg(not(unix))]
fn check_descriptors() -> io::Result<()> {
    Ok(())
}

fn cannot_start(error: &io::Error) -> Error {
    Error::usage(
        format!("the process can't start: {error}"),
        "raise the limits on open files (`ulimit -n 256`) and processes",
    )
}

fn run(typed: &[OsString], environment: Environment, process: Process, runtime: Result<Runtime, Error>) -> ExitCode {
    let invocation = match cli::parse(typed, environment.clone()) {
        Ok(invocation) => invocation,
        Err(refusal) => {
            let Hints { global, writes_outputs } = Hints::new(typed, &environment);
            let setup = Setup {
                global,
                ci: Ci::detect(&environment),
                environment,
                notes: Vec::new(),
                process,
            };
            let code = refuse(&setup, refusal, writes_outputs);
            return printed(&setup, runtime.ok(), code);
        }
    };
    let (setup, command) = Setup::new(invocation, process);
    console::mask_secrets(&setup);
    verbose::start(&setup);
    match runtime {
        Ok(runtime) => to_the_end(&setup, runtime, commands::run(&setup, command)),
        Err(error) => {
            let writes_outputs = Hints::new(typed, &setup.environment).writes_outputs;
            let known = writes_outputs.then(Subject::default);
            let text = report::ending(&error, known.as_ref(), Mode::Real);
            let code = face::refuse(&setup, error, &text, writes_outputs);
            printed(&setup, None, code)
        }
    }
}

/// Waits until what is said of an end is printed.
fn printed(setup: &Setup, runtime: Option<Runtime>, code: ExitCode) -> ExitCode {
    match runtime {
        Some(runtime) => to_the_end(setup, runtime, async { code }),
        None => {
            // Nobody listens for signals, so they end this by themselves.
            setup.process.printer.wait(face::DRAIN);
            code
        }
    }
}

/// Runs `work`, and waits until its result is printed; not for a reader who holds that up after a signal.
fn to_the_end(setup: &Setup, runtime: Runtime, work: impl Future<Output = ExitCode>) -> ExitCode {
    let code = runtime.block_on(async {
        let code = work.await;
        let mut interrupts = setup.process.interrupts.clone();
        // What came before has had its time.
        let moment = if interrupts.has_come() { SHUTDOWN } else { face::DRAIN };
        let patience = async {
            let signal = interrupts.first().await;
            tokio::time::sleep(moment).await;
            signal
        };
        tokio::select! {
            biased;
            printed = setup.process.printer.finished(face::DRAIN) => match printed {
                Ok(()) => code,
                Err(error) => ExitCode::combined([code, face::fail(setup, not_printed(&error))]),
            },
            signal = patience => ExitCode::combined([code, ExitCode::Signal(signal)]),
        }
    });
    runtime.shutdown_timeout(SHUTDOWN);
    code
}

fn not_printed(error: &io::Error) -> Error {
    Error::usage(
        format!("the result could not be printed as a whole: {error}"),
        "give stdout a place that takes it, and run this again",
    )
}

/// Knows every secret of the environment, so that whatever goes wrong from here on can't print one.
fn redactor(environment: &Environment) -> Redactor {
    let redactor = Redactor::new();
    for name in secret::VARIABLES {
        match (name, environment.get(name)) {
            // A value that is no key is still nobody's business.
            ("SPROOBO_API_KEY", Some(value)) => {
                Secret::malformed_key(value).iter().for_each(|key| redactor.add(key));
            }
            (_, Some(value)) => redactor.add_opaque(&Secret::new(value.trim().to_owned())),
            (_, None) => {}
        }
    }
    for name in PROXY_VARIABLES {
        if let Some(password) = environment.get(name).and_then(proxy_password) {
            redactor.add_opaque(&Secret::new(password));
        }
    }
    redactor
}

/// The password in a proxy's URL, or all of what stands before the `@`, decoded. Whatever else is wrong with the URL,
/// and whether or not it has a scheme.
fn proxy_password(url: &str) -> Option<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (credentials, _) = rest.rsplit_once('@')?;
    let password = credentials
        .split_once(':')
        .map_or(credentials, |(_, password)| password);
    Some(percent_decode_str(password).decode_utf8_lossy().into_owned())
}

/// A panic is a bug of ours; it must neither leak nor leave the terminal without a cursor.
fn report_panics(redactor: &Redactor) {
    let redactor = redactor.clone();
    std::panic::set_hook(Box::new(move |panic| {
        report::restore_terminal();
        let text = format!(
            "{panic}\nthis is a bug in sproobo-deploy, and no verdict on the deployment: look at it on Sproobo's dashboard before running this again\n"
        );
        // Nothing is left to tell it to if this fails.
        let _ = std::io::stderr().write_all(safe(&redactor, &text).as_bytes());
    }));
}

/// Shows help to whoever asked for it, and everybody else why there is no run. `writes_outputs`: later steps may wait for
/// the command's files.
fn refuse(setup: &Setup, refusal: Refusal, writes_outputs: bool) -> ExitCode {
    let text = text_of(&refusal, &setup.process.redactor);
    if refusal.asked_for {
        setup.process.printer.print(Kind::Result, text.into_bytes());
        return ExitCode::Ok;
    }
    face::refuse(setup, *refusal.error, &text, writes_outputs)
}

fn text_of(refusal: &Refusal, redactor: &Redactor) -> String {
    let clean = safe(redactor, &refusal.text);
    // Styles are sequences that `safe` takes out: they stay where it found nothing to clean.
    if clean == refusal.text {
        refusal.styled.clone()
    } else {
        clean
    }
}

/// A message may repeat what somebody typed, or a variable that somebody else filled: a pull request's title, say.
fn safe(redactor: &Redactor, text: &str) -> String {
    sanitize::text(&redactor.redact(text)).into_owned()
}
