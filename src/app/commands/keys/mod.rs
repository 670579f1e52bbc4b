//! `keys`: the life of an API key, one file for each command.

mod check;
mod create;
mod list;
mod revoke;
mod rotate;
mod scan;

use crate::app::face;
use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::cli::keys_args::KeysCommand;
use crate::error::{Error, ExitCode, Purpose};
use crate::event::RunResult;
use crate::report::Paths;

pub(crate) async fn run(setup: &Setup, command: KeysCommand) -> ExitCode {
    match command {
        KeysCommand::List(args) => {
            face::look(setup, Purpose::Look, None, async |run| {
                list::run(setup, run, &args).await
            })
            .await
        }
        KeysCommand::Check(args) => reported(setup, async |run| check::run(setup, run, &args).await).await,
        KeysCommand::Create(args) => {
            reported(setup, async |run| create::run(setup, run, &args.name, &args.api).await).await
        }
        KeysCommand::Revoke(args) => {
            face::printed_or_told(setup, async |run| {
                revoke::run(setup, run, &args.key, args.yes, &args.api).await
            })
            .await
        }
        KeysCommand::Rotate(args) => reported(setup, async |run| rotate::run(setup, run, &args).await).await,
        KeysCommand::Scan(args) => reported(setup, async |run| scan::run(setup, run, &args).await).await,
    }
}

async fn reported(setup: &Setup, work: impl AsyncFnOnce(&Run) -> Result<(), Error>) -> ExitCode {
    face::reported(setup, Paths::default(), async |run| {
        Ok(RunResult::of_command(work(run).await))
    })
    .await
}
