//! From what was typed and what the environment holds to one invocation.

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches};

use super::args::{Cli, Command};
use super::ci::Ci;
use super::env::{self, Environment};

/// Everything that a command is given.
#[derive(Debug)]
pub struct Invocation {
    /// The parsed command line, the environment's options included.
    pub cli: Cli,
    /// What the CI system says.
    pub ci: Ci,
    /// The environment, for secrets and for what is no option.
    pub environment: Environment,
}

/// A command line that is not run: bad usage, or a request for help.
#[derive(Debug)]
pub struct Refusal {
    /// What to print. May repeat what was typed, so it must pass the redactor.
    pub text: String,
    /// Whether it is what was asked for (`--help`, `--version`), on stdout and with code 0.
    pub asked_for: bool,
}

impl Refusal {
    fn usage(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            asked_for: false,
        }
    }
}

impl From<clap::Error> for Refusal {
    fn from(error: clap::Error) -> Self {
        Self {
            asked_for: !error.use_stderr(),
            text: error.render().to_string(),
        }
    }
}

/// Parses `typed` (the program's name first).
///
/// # Errors
/// Bad usage, and requests for help or the version.
pub fn parse(typed: &[OsString], environment: Environment) -> Result<Invocation, Refusal> {
    refuse_key_argument(typed)?;
    let mut command = Cli::command();
    command.build();
    let matches = command.clone().try_get_matches_from(typed)?;
    let additions =
        env::additions(&command, &matches, &environment).map_err(|what| Refusal::usage(format!("error: {what}\n")))?;
    let matches = if additions.arguments.is_empty() {
        matches
    } else {
        command
            .try_get_matches_from(env::extended(typed, &additions))
            .map_err(|error| {
                let text = format!(
                    "{}\nset in the environment: {}\n",
                    error.render(),
                    additions.variables.join(", ")
                );
                Refusal::usage(text)
            })?
    };
    let mut cli = Cli::from_arg_matches(&matches)?;
    if let Command::Deploy(deploy) = &mut cli.command
        && deploy.site.is_empty()
    {
        deploy.site = sites(environment.get("SPROOBO_SITE").unwrap_or_default());
    }
    let ci = Ci::detect(&environment);
    Ok(Invocation { cli, ci, environment })
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
            "error: --api-key is refused: process lists and shell histories show arguments.\n\
             Put the key into the environment variable SPROOBO_API_KEY, or use --api-key-file FILE (`-` reads stdin).\n\
             The key that was just typed may have been seen: consider rotating it.\n",
        ));
    }
    Ok(())
}
