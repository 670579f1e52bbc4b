//! `keys`: the life of an API key, one file for each command.

mod check;
mod create;
mod list;
mod revoke;
mod rotate;
mod scan;

use crate::app::connection::Connection;
use crate::app::console;
use crate::app::setup::Setup;
use crate::cli::keys_args::KeysCommand;
use crate::cli::shared_args::ApiArgs;
use crate::error::{Error, ExitCode};
use crate::event::Event;

/// `keys`.
pub(crate) async fn run(setup: &Setup, command: KeysCommand) -> ExitCode {
    let done = match command {
        KeysCommand::List(args) => list::run(setup, &args).await,
        KeysCommand::Check(args) => check::run(setup, &args).await,
        KeysCommand::Create { name, api } => create::run(setup, &name, &api).await,
        KeysCommand::Revoke { key, yes, api } => revoke::run(setup, &key, yes, &api).await,
        KeysCommand::Rotate(args) => rotate::run(setup, &args).await,
        KeysCommand::Scan {
            include_ignored,
            repository,
        } => scan::run(setup, &repository, include_ignored).await,
    };
    done.unwrap_or_else(|error| console::fail(setup, error))
}

pub(super) async fn connect(setup: &Setup, api: &ApiArgs) -> Result<Connection, Error> {
    Connection::open(&setup.access(api), &setup.redactor).await
}

/// Says where this goes, and loudly if that is the sandbox.
pub(super) fn begin(command: &'static str, connection: &Connection) -> Event {
    Event::Begin {
        command,
        sites: Vec::new(),
        mode: connection.mode,
        api: connection.api().to_string(),
    }
}
