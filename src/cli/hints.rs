//! What can be told of a command line that is refused: where its refusal should be reported.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory as _, ValueEnum};

use super::args::{Cli, Global, Output};
use super::env::Environment;

/// Commands whose end is written to outputs, dotenv report and job summary.
const WITH_OUTPUTS: [&str; 3] = ["deploy", "wait", "rollback"];

/// Where to report, read without a parser.
#[derive(Debug)]
pub struct Hints {
    /// `--output` and `--dotenv` as far as they can be read; nothing else.
    pub global: Global,
    /// Whether later steps may wait for this command's outputs.
    pub writes_outputs: bool,
}

impl Hints {
    /// Reads what was typed (the program's name first) and the environment.
    #[must_use]
    pub fn new(typed: &[OsString], environment: &Environment) -> Self {
        let typed: Vec<String> = typed
            .iter()
            .skip(1)
            .map(|argument| argument.to_string_lossy().into_owned())
            .take_while(|argument| argument != "--")
            .collect();
        let output = value(&typed, "output", environment);
        Self {
            global: Global {
                output: output
                    .and_then(|name| Output::from_str(&name, false).ok())
                    .unwrap_or(Output::Auto),
                dotenv: value(&typed, "dotenv", environment).map(PathBuf::from),
                api_url: None,
                contract: None,
                api_key_file: None,
                ca_cert: None,
                verbose: 0,
            },
            writes_outputs: writes_outputs(&typed),
        }
    }
}

/// Where the command's word is in doubt, any of its words is taken for it.
fn writes_outputs(typed: &[String]) -> bool {
    let is_one = |word: &String| WITH_OUTPUTS.contains(&word.as_str());
    typed.iter().any(is_one) && named(typed).is_none_or(is_one)
}

/// The command's word: the first that is neither an option nor an option's value. None where that is no command, or where
/// there is an option before it that no command has.
fn named(typed: &[String]) -> Option<&String> {
    let known = Cli::command();
    let mut words = typed.iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            return Some(word).filter(|word| *word == "help" || known.find_subcommand(word).is_some());
        }
        let (long, joined) = match word.strip_prefix("--") {
            Some(option) => option.split_once('=').map_or((option, false), |(name, _)| (name, true)),
            None if word[1..].chars().all(|short| short == 'v') => continue,
            None => return None,
        };
        let option = known.get_arguments().find(|option| option.get_long() == Some(long))?;
        if option.get_action().takes_values() && !joined {
            words.next();
        }
    }
    None
}

fn value(typed: &[String], long: &str, environment: &Environment) -> Option<String> {
    let option = format!("--{long}");
    let apart = typed.iter().position(|argument| *argument == option);
    let apart = apart.and_then(|at| typed.get(at + 1));
    let joined = typed
        .iter()
        .find_map(|argument| argument.strip_prefix(&option)?.strip_prefix('='));
    let set = environment.get(&super::names::variable_name(long));
    let value = apart.map(String::as_str).or(joined).or(set)?;
    Some(value.trim().to_owned())
}
