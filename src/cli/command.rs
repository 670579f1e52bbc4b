//! The parser of the command line.

use clap::{Command, CommandFactory};

use super::args::{Cli, ContractCommand};
use super::deferred::at_once;
use super::keys_args::KeysCommand;
use super::names::named_in_help;

/// What can be typed. A command's own options are there once it is named, or the whole is built.
#[must_use]
pub fn command() -> Command {
    Cli::command().mut_args(named_in_help)
}

/// The same for completions, with the commands below others: clap makes `help keys …` of what is there before it builds
/// what was put off.
#[must_use]
pub fn command_for_completions() -> Command {
    command()
        .mut_subcommand("keys", at_once::<KeysCommand>)
        .mut_subcommand("contract", at_once::<ContractCommand>)
}
