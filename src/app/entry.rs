//! The process: runtime, panics, exit code.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode as ProcessExit;
use std::time::Duration;

use super::setup::Setup;
use super::{commands, console, verbose};
use crate::cli::ci::Ci;
use crate::cli::env::Environment;
use crate::cli::{self, Hints, Refusal};
use crate::error::{Error, ExitCode};
use crate::redact::Redactor;
use crate::report;
use crate::secret::Secret;

/// How long the runtime may take to end. What still hangs then (a name look-up) must not hold the exit up.
const SHUTDOWN: Duration = Duration::from_millis(100);

/// Variables that hold secrets. Whatever goes wrong from here on, their values can't be printed.
const SECRET_VARIABLES: [&str; 6] = [
    "SPROOBO_API_KEY",
    "GITHUB_TOKEN",
    "GITLAB_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "CI_JOB_TOKEN",
    "SPROOBO_GITHUB_TOKEN",
];

/// Runs the program that `typed` asks for.
#[must_use]
pub fn main() -> ProcessExit {
    let environment = Environment::of_process();
    let redactor = redactor(&environment);
    report_panics(&redactor);
    let typed: Vec<OsString> = std::env::args_os().collect();
    let code = match cli::parse(&typed, environment.clone()) {
        Ok(invocation) => {
            let (setup, command) = Setup::new(invocation, redactor);
            verbose::start(setup.global.verbose, console::all_to_stdout(&setup), &setup.redactor);
            run(&setup, command)
        }
        Err(refusal) => refuse(refusal, &typed, environment, redactor),
    };
    log::logger().flush();
    ProcessExit::from(code.number())
}

fn run(setup: &Setup, command: cli::args::Command) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = Error::Usage {
                what: format!("the process can't start: {error}"),
                next: "check the limits on open files and processes".to_owned(),
            };
            return console::fail(setup, error);
        }
    };
    let code = runtime.block_on(commands::run(setup, command));
    runtime.shutdown_timeout(SHUTDOWN);
    code
}

fn redactor(environment: &Environment) -> Redactor {
    let redactor = Redactor::new();
    for name in SECRET_VARIABLES {
        if let Some(value) = environment.get(name) {
            // A value that is no key is still nobody's business.
            redactor.add(&Secret::new(value.trim().to_owned()));
        }
    }
    redactor
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
        let _ = std::io::stderr().write_all(redactor.redact(&text).as_bytes());
    }));
}

/// Shows help to whoever asked for it, and everybody else why there is no run.
fn refuse(refusal: Refusal, typed: &[OsString], environment: Environment, redactor: Redactor) -> ExitCode {
    let text = redactor.redact(&refusal.styled);
    if refusal.asked_for {
        // A reader that went away (`| head`) is no error.
        let _ = anstream::stdout().write_all(text.as_bytes());
        return ExitCode::Ok;
    }
    let hints = Hints::new(typed, &environment);
    let setup = Setup {
        global: hints.global,
        ci: Ci::detect(&environment),
        environment,
        redactor,
    };
    console::refuse(&setup, *refusal.error, &text, hints.writes_outputs)
}
