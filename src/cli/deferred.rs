//! Commands whose options are built when they are named.
//!
//! A run uses one command, and to build the options of them all is most of what `--version` costs. clap can put that
//! off ([`clap::Command::defer`]) but its derive has no word for it, so a type says it.

use std::ops::{Deref, DerefMut};

use clap::builder::{Resettable, StyledStr};
use clap::error::Result;
use clap::{ArgMatches, Args, Command, FromArgMatches, Id, Subcommand};

use super::names::named_in_help;

/// A command's arguments, or the commands below it, which clap learns of when the command is named.
#[derive(Debug)]
pub struct Deferred<T>(Box<T>);

impl<T> Deferred<T> {
    /// What was parsed.
    pub fn into_inner(self) -> T {
        *self.0
    }
}

impl<T> Deref for Deferred<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Deferred<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self> {
        T::from_arg_matches(matches).map(|parsed| Self(Box::new(parsed)))
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self> {
        T::from_arg_matches_mut(matches).map(|parsed| Self(Box::new(parsed)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<()> {
        self.0.update_from_arg_matches(matches)
    }

    fn update_from_arg_matches_mut(&mut self, matches: &mut ArgMatches) -> Result<()> {
        self.0.update_from_arg_matches_mut(matches)
    }
}

impl<T: Args> Args for Deferred<T> {
    fn augment_args(command: Command) -> Command {
        command.defer(|command| completed(command, T::augment_args))
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(|command| completed(command, T::augment_args_for_update))
    }
}

impl<T: Subcommand> Subcommand for Deferred<T> {
    fn augment_subcommands(command: Command) -> Command {
        command.defer(|command| completed(command, T::augment_subcommands))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        command.defer(|command| completed(command, T::augment_subcommands_for_update))
    }

    fn has_subcommand(name: &str) -> bool {
        T::has_subcommand(name)
    }
}

/// The command with all that it takes. What the type's own documentation says does not replace what is said of the
/// command, and the options of every command, which are here already, stay the last ones of its help.
fn completed(command: Command, augment: fn(Command) -> Command) -> Command {
    let (about, long_about) = (command.get_about().cloned(), command.get_long_about().cloned());
    let shared: Vec<_> = command.get_arguments().map(|shared| shared.get_id().clone()).collect();
    let command = augment(command).about(or_none(about)).long_about(or_none(long_about));
    let command = command.mut_args(|option| match shared.contains(option.get_id()) {
        true => option,
        false => named_in_help(option),
    });
    // Taken out, and put back at the end.
    let to_the_end = |command: Command, id: &Id| command.mut_arg(id, |option| option);
    shared.iter().fold(command, to_the_end)
}

/// A command that was put off, with the commands below it: its name and what it is for are all that it has else.
pub(super) fn at_once<T: Subcommand>(put_off: Command) -> Command {
    let command = Command::new(put_off.get_name().to_owned());
    completed(
        command.about(or_none(put_off.get_about().cloned())),
        T::augment_subcommands,
    )
}

fn or_none(text: Option<StyledStr>) -> Resettable<StyledStr> {
    text.map_or(Resettable::Reset, Resettable::Value)
}
