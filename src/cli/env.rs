//! Options from the environment: `--some-name` is `SPROOBO_SOME_NAME`, for every option of every command.
//!
//! The rule is applied to the command line itself: what the user left out and the environment holds
//! is added as if it had been typed, and parsed a second time. So it can't forget an option, and values
//! are checked by the same parsers.
//!
//! clap's own `env` would need a line for each option and does less: it takes an empty variable for a value, has no
//! form for a switch's `--no-…`, for `--sandbox=false` or for one value a line (a delimiter would split what is typed
//! too), and it reads the process, while the action's inputs have to come between.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::inputs;
use super::names::{PREFIX, variable_name};

/// A snapshot of the environment, with the action's inputs where they belong. An empty variable is an unset one:
/// composite actions pass every unset input as "".
#[derive(Clone)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    /// Whether options come from the action's inputs, if those could be read.
    pub(super) inputs: Result<bool, inputs::Unreadable>,
}

/// The names alone: values may be secrets.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

impl Environment {
    /// The process's environment.
    #[must_use]
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
            .collect()
    }

    /// The variable's value, if it is set to something.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(folded(name).as_ref())
            .map(String::as_str)
            .filter(|value| !value.trim().is_empty())
    }

    /// [`get`](Self::get), to keep.
    #[must_use]
    pub fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// [`get`](Self::get), as a path.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    /// Our own variables that are set to something.
    pub(super) fn ours(&self) -> impl Iterator<Item = &str> {
        let names = self.variables.keys().map(String::as_str);
        names.filter(|name| name.starts_with(PREFIX) && self.get(name).is_some())
    }

    /// Whether the variable is exactly `true`, as CI systems set theirs.
    #[must_use]
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        let given = variables.into_iter();
        // `collect` would sort them first, with a routine of its own.
        let mut variables = BTreeMap::new();
        variables.extend(given.map(|(name, value)| (folded(&name).into_owned(), value)));
        let inputs = inputs::apply(&mut variables);
        Self { variables, inputs }
    }
}

/// The name by which a variable is known here: Windows makes no difference between `Sproobo_Site` and `SPROOBO_SITE`.
fn folded(name: &str) -> Cow<'_, str> {
    if cfg!(windows) {
        Cow::Owned(name.to_ascii_uppercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// What the environment adds to a command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Additions {
    /// Arguments to add.
    pub arguments: Vec<String>,
    /// The variables that they come from, for error messages.
    pub variables: Vec<String>,
}

/// The arguments that the environment adds to what was typed.
///
/// # Errors
/// A switch whose variable is neither `true` nor `false`.
pub fn additions(command: &Command, matches: &ArgMatches, environment: &Environment) -> Result<Additions, String> {
    let mut found = Additions::default();
    let (mut command, mut matches) = (command, matches);
    loop {
        for argument in command.get_arguments() {
            if let Some(long) = argument.get_long() {
                add(argument, long, command, matches, environment, &mut found)?;
            }
        }
        match matches.subcommand() {
            Some((name, inner)) => {
                let Some(next) = command.find_subcommand(name) else {
                    return Ok(found);
                };
                (command, matches) = (next, inner);
            }
            None => return Ok(found),
        }
    }
}

fn add(
    argument: &Arg,
    long: &str,
    command: &Command,
    matches: &ArgMatches,
    environment: &Environment,
    found: &mut Additions,
) -> Result<(), String> {
    let variable = variable_name(long);
    let Some(value) = environment.get(&variable) else {
        return Ok(());
    };
    // A global option stands in every command of the chain.
    if found.variables.contains(&variable) || was_typed(matches, argument.get_id().as_str()) {
        return Ok(());
    }
    let before = found.arguments.len();
    match argument.get_action() {
        ArgAction::SetTrue => {
            let opposite = opposite(long);
            let other = command
                .get_arguments()
                .find(|other| other.get_long() == Some(opposite.as_str()));
            if other.is_some_and(|other| was_typed(matches, other.get_id().as_str())) {
                return Ok(());
            }
            if switch(&variable, value)? {
                found.arguments.push(format!("--{long}"));
            } else if other.is_some() {
                found.arguments.push(format!("--{opposite}"));
            }
        }
        ArgAction::Count => {
            let count = match value.trim().parse::<usize>() {
                Ok(count) => count.min(3),
                Err(_) => usize::from(switch(&variable, value)?),
            };
            found.arguments.extend(std::iter::repeat_n(format!("--{long}"), count));
        }
        ArgAction::Append => {
            let lines = value.lines().map(str::trim).filter(|line| !line.is_empty());
            found.arguments.extend(lines.map(|line| format!("--{long}={line}")));
        }
        ArgAction::Set if argument.get_num_args().is_some_and(|range| range.min_values() == 0) => match value.trim() {
            "true" => found.arguments.push(format!("--{long}")),
            "false" => {}
            value => found.arguments.push(format!("--{long}={value}")),
        },
        ArgAction::Set => found.arguments.push(format!("--{long}={}", value.trim())),
        _ => {}
    }
    if found.arguments.len() > before {
        found.variables.push(variable);
    }
    Ok(())
}

fn was_typed(matches: &ArgMatches, id: &str) -> bool {
    matches.try_contains_id(id).unwrap_or(false) && matches.value_source(id) == Some(ValueSource::CommandLine)
}

/// `--no-x` for `--x`, and the reverse.
fn opposite(long: &str) -> String {
    long.strip_prefix("no-")
        .map_or_else(|| format!("no-{long}"), str::to_owned)
}

fn switch(variable: &str, value: &str) -> Result<bool, String> {
    match value.trim() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("{variable} is a switch: it takes true or false")),
    }
}

/// The command line with the additions, which go before a `--`.
#[must_use]
pub fn extended(typed: &[OsString], additions: &Additions) -> Vec<OsString> {
    let end = typed
        .iter()
        .position(|argument| argument == "--")
        .unwrap_or(typed.len());
    let (options, positional) = typed.split_at(end);
    options
        .iter()
        .cloned()
        .chain(additions.arguments.iter().map(OsString::from))
        .chain(positional.iter().cloned())
        .collect()
}
