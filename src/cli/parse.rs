//! From what was typed and what the environment holds to one invocation.

use std::ffi::OsString;
use std::mem::ManuallyDrop;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{FromArgMatches, ValueEnum};

use super::args::{Cli, Command};
use super::ci::Ci;
use super::command::command;
use super::deploy_args::DryRun;
use super::env::{self, Environment};
use super::{inputs, unknown};
use crate::error::Error;
use crate::event::Note;
use crate::sandbox::Scenario;

/// Everything that a command is given.
#[derive(Debug)]
pub struct Invocation {
    /// The parsed command line, the environment's options included.
    pub cli: Cli,
    pub ci: Ci,
    /// The environment, for secrets and for what is no option.
    pub environment: Environment,
    /// What is to be said of both.
    pub notes: Vec<Note>,
}

/// A command line that is not run: bad usage, or a request for help.
#[derive(Debug)]
pub struct Refusal {
    /// What to print. May repeat what was typed, so it must pass the redactor.
    pub text: String,
    /// The same with the styles of a terminal.
    pub styled: String,
    /// The same in the form of every other error, for CI systems and programs.
    pub error: Box<Error>,
    /// Whether it is what was asked for (`--help`, `--version`), on stdout and with code 0.
    pub asked_for: bool,
}

impl Refusal {
    fn usage(what: impl Into<String>, next: &str) -> Self {
        let what = what.into();
        let text = format!("error: {what}\n  next: {next}\n");
        Self {
            styled: text.clone(),
            text,
            error: Box::new(Error::usage(what, next)),
            asked_for: false,
        }
    }

    /// clap's error; `variables` are those that were taken from the environment.
    fn of(mut error: clap::Error, variables: &[String]) -> Self {
        if error.kind() == ErrorKind::UnknownArgument
            && let Some(ContextValue::StyledStrs(tips)) = error.remove(ContextKind::Suggested)
        {
            // How an option that is none could still be given as a site's id: nobody means that.
            let kept = tips.into_iter().filter(|tip| !tip.to_string().starts_with("to pass "));
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(kept.collect()));
        }
        let set = match variables {
            [] => String::new(),
            _ => format!("\nset in the environment: {}\n", variables.join(", ")),
        };
        let rendered = error.render();
        let text = format!("{rendered}{set}");
        let (what, next) = match error.kind() {
            // clap's text is the whole help.
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                ("a command is missing".to_owned(), "`sproobo-deploy help` lists them")
            }
            _ => (
                in_one_line(&text),
                "`sproobo-deploy help COMMAND` lists a command's options",
            ),
        };
        Self {
            styled: format!("{}{set}", rendered.ansi()),
            text,
            error: Box::new(Error::usage(what, next)),
            asked_for: !error.use_stderr(),
        }
    }
}

impl From<clap::Error> for Refusal {
    fn from(error: clap::Error) -> Self {
        Self::of(error, &[])
    }
}

/// clap's message without its label and its pointer to `--help`.
fn in_one_line(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let lines = text.lines().map(str::trim);
    let lines: Vec<&str> = lines
        .filter(|line| !line.is_empty() && !line.starts_with("For more information"))
        .collect();
    lines.join("; ")
}

/// Parses `typed` (the program's name first).
///
/// # Errors
/// Bad usage, and requests for help or the version.
pub fn parse(typed: &[OsString], environment: Environment) -> Result<Invocation, Refusal> {
    refuse_key_argument(typed)?;
    refuse_value_apart(typed)?;
    environment.inputs.map_err(|inputs::Unreadable| {
        Refusal::usage(
            format!("{} is no JSON object", inputs::VARIABLE),
            "leave it to the action, which fills it with toJSON(inputs)",
        )
    })?;
    // Some thousand pieces, which the end of the process frees at once: one by one takes a tenth of what `--version` does.
    let mut command = ManuallyDrop::new(command());
    let matches = command.try_get_matches_from_mut(typed)?;
    let additions = env::additions(&command, &matches, &environment)
        .map_err(|what| Refusal::usage(what, "set it to one of them, or leave it empty"))?;
    let matches = if additions.arguments.is_empty() {
        matches
    } else {
        command
            .try_get_matches_from_mut(env::extended(typed, &additions))
            .map_err(|error| Refusal::of(error, &additions.variables))?
    };
    let notes = unknown::variables(&command, &matches, &environment);
    let mut cli = Cli::from_arg_matches(&matches)?;
    if let Command::Deploy(deploy) = &mut cli.command {
        deploy.site = match deploy.site.as_slice() {
            [] => sites(environment.get("SPROOBO_SITE").unwrap_or_default()),
            typed => typed.iter().flat_map(|typed| sites(typed)).collect(),
        };
    }
    let ci = Ci::detect(&environment);
    Ok(Invocation {
        cli,
        ci,
        environment,
        notes,
    })
}

/// One site, or several on lines or with commas.
fn sites(text: &str) -> Vec<String> {
    text.split(['\n', ','])
        .map(str::trim)
        .filter(|site| !site.is_empty())
        .map(str::to_owned)
        .collect()
}

/// clap would repeat the value in its message, so this comes before it.
fn refuse_key_argument(typed: &[OsString]) -> Result<(), Refusal> {
    let is_key = |argument: &OsString| {
        let argument = argument.to_string_lossy();
        argument == "--api-key" || argument.starts_with("--api-key=")
    };
    if typed.iter().take_while(|argument| *argument != "--").any(is_key) {
        return Err(Refusal::usage(
            "--api-key is refused: process lists and shell histories show arguments",
            "put the key into the environment variable SPROOBO_API_KEY, or use --api-key-file FILE (`-` reads stdin); \
             the one that was just typed may have been seen, so rotate it",
        ));
    }
    Ok(())
}

/// `--sandbox fail` would rehearse a success of a site named `fail`: the value of an option that can stand alone needs
/// its `=`.
fn refuse_value_apart(typed: &[OsString]) -> Result<(), Refusal> {
    let typed: Vec<_> = typed.iter().take_while(|argument| *argument != "--").collect();
    for pair in typed.windows(2) {
        let (Some(option), Some(value)) = (pair[0].to_str(), pair[1].to_str()) else {
            continue;
        };
        let is_value = match option {
            "--sandbox" => Scenario::from_str(value, false).is_ok(),
            "--dry-run" => DryRun::from_str(value, false).is_ok(),
            _ => false,
        };
        if is_value {
            return Err(Refusal::usage(
                format!("`{option} {value}` are two arguments, and the second would be taken for a site"),
                &format!("write {option}={value}; a site that is named so goes before the option"),
            ));
        }
    }
    Ok(())
}
