//! The process: runtime, panics, exit code.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode as ProcessExit;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::setup::Setup;
use super::{commands, console, face, verbose};
use crate::cli::ci::Ci;
use crate::cli::env::Environment;
use crate::cli::{self, Hints, Refusal};
use crate::error::{Error, ExitCode};
use crate::redact::Redactor;
use crate::report;
use crate::sanitize;
use crate::secret::{self, Secret};

/// How long the runtime may take to end. What still hangs then (a name look-up) must not hold the exit up.
const SHUTDOWN: Duration = Duration::from_millis(100);

/// Variables whose URL may hold the password of a proxy.
const PROXY_VARIABLES: [&str; 6] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
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
            console::mask_secrets(&setup);
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
            let error = Error::usage(
                format!("the process can't start: {error}"),
                "check the limits on open files and processes",
            );
            return face::fail(setup, error);
        }
    };
    let code = runtime.block_on(commands::run(setup, command));
    runtime.shutdown_timeout(SHUTDOWN);
    code
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

/// Shows help to whoever asked for it, and everybody else why there is no run.
fn refuse(refusal: Refusal, typed: &[OsString], environment: Environment, redactor: Redactor) -> ExitCode {
    let clean = safe(&redactor, &refusal.text);
    // Styles are sequences that `safe` takes out: they stay where it found nothing to clean.
    let text = if clean == refusal.text { refusal.styled } else { clean };
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
    face::refuse(&setup, *refusal.error, &text, hints.writes_outputs)
}

/// A message may repeat what somebody typed, or a variable that somebody else filled: a pull request's title, say.
fn safe(redactor: &Redactor, text: &str) -> String {
    sanitize::text(&redactor.redact(text)).into_owned()
}
