//! Which command does what.

use super::setup::Setup;
use super::{contract, deploy, diagnose, follow, inspect, keys, rehearse};
use crate::cli::args::Command;
use crate::error::ExitCode;

/// Runs one command to its exit code. Whatever it has to say is said when this returns.
pub(crate) async fn run(setup: &Setup, command: Command) -> ExitCode {
    match command {
        Command::Deploy(args) => deploy::run(setup, &args).await,
        Command::Wait(args) => follow::wait(setup, &args).await,
        Command::Rollback(args) => follow::rollback(setup, &args).await,
        Command::Cancel(args) => follow::cancel(setup, &args).await,
        Command::Status(args) => inspect::status(setup, &args).await,
        Command::Logs(args) => inspect::logs(setup, &args).await,
        Command::Deployments(args) => inspect::deployments(setup, &args).await,
        Command::Sites(args) => inspect::sites(setup, &args).await,
        Command::Keys(command) => keys::run(setup, command).await,
        Command::Doctor(args) => diagnose::run(setup, &args).await,
        Command::Contract { command } => contract::run(setup, command),
        Command::Sandbox(args) => rehearse::run(setup, &args).await,
        Command::Completions { shell } => contract::completions(setup, shell),
    }
}
