//! The process's streams: which format they take, and what is printed there without a reporter.

use std::io::{IsTerminal, Write, stderr, stdout};

use serde_json::{Value, json};

use super::printer::Kind;
use super::setup::Setup;
use crate::ci;
use crate::cli::args::Output;
use crate::cli::ci::System;
use crate::error::{Error, ExitCode};
use crate::model::Rest;
use crate::report::table::Table;
use crate::sanitize;
use crate::secret::Secret;

/// The output format in force.
pub(crate) fn format(setup: &Setup) -> Output {
    match (setup.global.output, setup.ci.system) {
        (Output::Auto, System::Github) => Output::Github,
        (Output::Auto, System::Gitlab) => Output::Gitlab,
        // Debug lines between progress lines would tear them.
        (Output::Auto, _) if can_draw(setup) && setup.global.verbose == 0 => Output::Tty,
        (Output::Auto, _) => Output::Plain,
        // Where nothing can be drawn, the terminal's reporter would swallow errors.
        (Output::Tty, _) if !can_draw(setup) => Output::Plain,
        (chosen, _) => chosen,
    }
}

fn can_draw(setup: &Setup) -> bool {
    stderr().is_terminal() && setup.environment.get("TERM") != Some("dumb")
}

/// Whether nothing of ours should go to stderr: GitHub's runner reads two pipes out of order. JSON keeps stdout to
/// itself everywhere.
pub(crate) fn all_to_stdout(setup: &Setup) -> bool {
    setup.on_github() && setup.global.output != Output::Json
}

/// On GitHub, has the runner mask every secret that is guarded from now on, before anything can print it. JSON stays
/// JSON, and elsewhere the line would itself be the leak.
pub(crate) fn mask_secrets(setup: &Setup) {
    if !all_to_stdout(setup) {
        return;
    }
    let printer = setup.process.printer.clone();
    setup.process.redactor.mask_with(move |secret| printer.mask(secret));
}

/// The same for what may be empty: then that is said beside it.
pub(crate) fn list(setup: &Setup, table: &Table, json: &Value, if_empty: &str) -> ExitCode {
    self::table(setup, table, json);
    if table.is_empty() && format(setup) != Output::Json {
        print_beside(setup, &format!("{if_empty}\n"));
    }
    ExitCode::Ok
}

/// Says beside a list where it may not be whole: what is `shown` of it, and how the contract calls it.
pub(crate) fn tell_rest(setup: &Setup, rest: Rest, shown: &str, name: &str) {
    let text = match rest {
        Rest::None => return,
        Rest::MayBe => format!(
            "the API gave {shown}, which may be one page of more: `fields.{name}.cursor` of the contract says where the next \
             page is named, and has nothing\n"
        ),
        Rest::Unread => format!("the API gave {shown} on as many pages as are read; there are more\n"),
        Rest::Circle => format!(
            "the API gave {shown}, and then named a page that was read already as the next, so there may be more: correct \
             `fields.{name}.cursor` of the contract, or the {{cursor}} of its operation\n"
        ),
    };
    print_beside(setup, &text);
}

/// Prints a table, or its JSON twin with `--output json`.
pub(crate) fn table(setup: &Setup, table: &Table, json: &Value) -> ExitCode {
    if format(setup) == Output::Json {
        print_json(setup, json);
    } else {
        let width = stdout().is_terminal().then(|| console::Term::stdout().size().1.into());
        print(setup, &table.render(width));
    }
    ExitCode::Ok
}

/// Prints a JSON document as a result.
pub(crate) fn print_json(setup: &Setup, json: &Value) {
    print(setup, &format!("{}\n", pretty(json)));
}

/// A JSON document over several lines, in which a CI system finds no command of its own.
pub(crate) fn pretty(json: &Value) -> String {
    let text = serde_json::to_string_pretty(json).unwrap_or_default();
    sanitize::json_without_commands(&text).into_owned()
}

/// Prints a result to stdout, redacted; no line of it can act as a CI system's command.
pub(crate) fn print(setup: &Setup, text: &str) {
    print_to(setup, Kind::Result, text);
}

/// Prints what goes beside a result to stderr, redacted, so that the result alone can be kept.
pub(crate) fn print_aside(setup: &Setup, text: &str) {
    print_to(setup, Kind::Aside, text);
}

/// Prints what goes beside a result, to stdout where nothing should go to stderr.
pub(crate) fn print_beside(setup: &Setup, text: &str) {
    let kind = if all_to_stdout(setup) {
        Kind::AsideOnStdout
    } else {
        Kind::Aside
    };
    print_to(setup, kind, text);
}

/// Whether [`show_once`] has somebody to show it to, as far as can be told.
///
/// # Errors
/// [`Error::Usage`] where stdout is a device that keeps nothing (the null device; a closed stdout is that too): the value
/// would be lost for good.
pub(crate) fn can_show_once() -> Result<(), Error> {
    if !is_device() || stdout().is_terminal() {
        return Ok(());
    }
    Err(Error::usage(
        "stdout is closed or the null device, so the new key's value would be lost: nothing was created",
        "let stdout go to a terminal, a file or a program that keeps the value",
    ))
}

/// Whether stdout is a character device: a terminal, or one that keeps nothing.
#[cfg(unix)]
fn is_device() -> bool {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::FileTypeExt as _;
    let copy = stdout().as_fd().try_clone_to_owned();
    let found = copy.and_then(|copy| std::fs::File::from(copy).metadata());
    // What can't even be looked at is closed.
    found.map_or(true, |found| found.file_type().is_char_device())
}

/// The standard library does not tell devices from pipes here.
#[cfg(not(unix))]
fn is_device() -> bool {
    false
}

/// Shows a new key's value, once, to the person at the terminal: the one print that does not pass the redactor.
/// JSON stays JSON.
pub(crate) fn show_once(key: &Secret, json: bool) -> Result<(), Error> {
    let text = if json {
        json!({ "event": "new_key", "prefix": key.public_prefix(), "key": key.expose() }).to_string()
    } else {
        key.expose().to_owned()
    };
    let mut out = stdout().lock();
    writeln!(out, "{text}")
        .and_then(|()| out.flush())
        .map_err(|error| Error::file("could not show the new key on", "stdout", error))
}

fn print_to(setup: &Setup, kind: Kind, text: &str) {
    let redacted = setup.process.redactor.redact(text);
    let guarded = ci::guard_line(&redacted).into_owned();
    setup.process.printer.print(kind, guarded.into_bytes());
}
