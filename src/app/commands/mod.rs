//! Which command does what: one file for each, named after it.

mod cancel;
mod completions;
pub(super) mod contract;
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
use crate::cli::deferred::Deferred;
use crate::error::ExitCode;

/// Runs one command to its exit code. Whatever it has to say is said when this returns.
///
/// Each is a future of its own on the heap: as parts of one, every command would carry the state of the largest.
pub(crate) async fn run(setup: &Setup, command: Command) -> ExitCode {
    match command {
        Command::Deploy(args) => Box::pin(deploy::run(setup, &args)).await,
        Command::Wait(args) => Box::pin(wait::run(setup, &args)).await,
        Command::Rollback(args) => Box::pin(rollback::run(setup, &args)).await,
        Command::Cancel(args) => Box::pin(cancel::run(setup, &args)).await,
        Command::Status(args) => Box::pin(status::run(setup, &args)).await,
        Command::Logs(args) => Box::pin(logs::run(setup, &args)).await,
        Command::Deployments(args) => Box::pin(deployments::run(setup, &args)).await,
        Command::Sites(args) => Box::pin(sites::run(setup, &args)).await,
        Command::Open(args) => Box::pin(open::run(setup, &args)).await,
        Command::Keys(command) => Box::pin(keys::run(setup, command.into_inner())).await,
        Command::Init(args) => Box::pin(init::run(setup, &args)).await,
        Command::Doctor(args) => Box::pin(doctor::run(setup, &args)).await,
        Command::Contract { command } => Box::pin(contract::run(setup, command.map(Deferred::into_inner))).await,
        Command::Sandbox(args) => Box::pin(sandbox::run(setup, &args)).await,
        Command::Completions(args) => completions::run(setup, args.shell),
    }
}
