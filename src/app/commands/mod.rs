//! Which command does what: one file for each, named after it.

mod cancel;
mod completions;
mod contract;
mod deploy;
mod deployments;
mod doctor;
mod init;
mod keys;
mod logs;
mod open;
mod rollback;
mod sandbox;
mod sites;
mod status;
mod wait;

use super::setup::Setup;
use crate::cli::args::Command;
use crate::error::ExitCode;

/// Runs one command to its exit code. Whatever it has to say is said when this returns.
pub(crate) async fn run(setup: &Setup, command: Command) -> ExitCode {
    match command {
        Command::Deploy(args) => deploy::run(setup, &args).await,
        Command::Wait(args) => wait::run(setup, &args).await,
        Command::Rollback(args) => rollback::run(setup, &args).await,
        Command::Cancel(args) => cancel::run(setup, &args).await,
        Command::Status(args) => status::run(setup, &args).await,
        Command::Logs(args) => logs::run(setup, &args).await,
        Command::Deployments(args) => deployments::run(setup, &args).await,
        Command::Sites(args) => sites::run(setup, &args).await,
        Command::Open(args) => open::run(setup, &args).await,
        Command::Keys(command) => keys::run(setup, command).await,
        Command::Init(args) => init::run(setup, &args).await,
        Command::Doctor(args) => doctor::run(setup, &args).await,
        Command::Contract { command } => contract::run(setup, command).await,
        Command::Sandbox(args) => sandbox::run(setup, &args).await,
        Command::Completions(args) => completions::run(setup, args.shell),
    }
}
