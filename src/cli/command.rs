//! The parser of the command line.

use clap::{Command, CommandFactory};

use super::args::Cli;
use super::names::named_in_help;

/// What can be typed. A command's own options are there once it is named, or the whole is built.
#[must_use]
pub fn command() -> Command {
    Cli::command().mut_args(named_in_help)
}
