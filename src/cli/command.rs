//! The parser of the command line.

use clap::builder::{Resettable, StyledStr};
use clap::{Command, CommandFactory, Subcommand};

use super::args::{Cli, ContractCommand};
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
        .mut_subcommand("keys", built::<KeysCommand>)
        .mut_subcommand("contract", built::<ContractCommand>)
}

/// A command of which only its name, what it is for, and the commands below it matter.
fn built<T: Subcommand>(put_off: Command) -> Command {
    let about: Option<StyledStr> = put_off.get_about().cloned();
    let command = T::augment_subcommands(Command::new(put_off.get_name().to_owned()));
    // Not what the type's own documentation says.
    command.about(about.map_or(Resettable::Reset, Resettable::Value))
}
