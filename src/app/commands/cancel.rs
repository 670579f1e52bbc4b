//! `cancel`: asks for deployments that exist to be cancelled.

use std::time::Duration;

use futures_util::future::join_all;

use crate::app::console;
use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::app::targets::{self, Item};
use crate::cli::args::CancelArgs;
use crate::deploy;
use crate::error::{CancelOutcome, Error, ExitCode};
use crate::event::{Event, Mode, RunResult, Sink};
use crate::report::Paths;

/// `cancel`. Nothing to cancel is a success: the clean-up step of a job runs it whatever happened before.
pub(crate) async fn run(setup: &Setup, args: &CancelArgs) -> ExitCode {
    console::reported(setup, Paths::default(), async |hub, clock| {
        let targets = targets::targets(&args.which)?;
        let begin = |mode| Event::Begin {
            command: "cancel",
            sites: Vec::new(),
            mode,
            api: String::new(),
        };
        let mut open: Vec<&Item> = targets.items.iter().filter(|item| !item.ended).collect();
        let running = open.len();
        open.retain(|item| args.force || !item.by_commit);
        let nothing = if targets.detached && !args.force && !open.is_empty() {
            Some("that run was told to let its deployments go on (--on-interrupt detach); --force cancels them")
        } else if open.len() < running && open.is_empty() {
            Some("that run found its deployment by its commit alone, so it may be somebody else's; --force cancels it")
        } else if open.is_empty() {
            Some("there is nothing to cancel")
        } else {
            None
        };
        if let Some(nothing) = nothing {
            hub.emit(begin(Mode::Real));
            hub.emit(Event::Plan(nothing.to_owned()));
            return Ok(RunResult::of_sites(Vec::new(), Duration::ZERO));
        }
        let sites = open.iter().map(|item| item.site.clone()).collect();
        let mut run = Run::begin(setup, &args.api, hub, "cancel", sites).await?;
        let all = open
            .iter()
            .map(|item| deploy::cancel(&run.connection.client, hub.clone(), clock, &item.site, &item.deployment));
        match run.interrupts.race(join_all(all)).await {
            Ok(results) => Ok(RunResult::of_sites(results, clock.elapsed())),
            Err(signal) => {
                let cancel = CancelOutcome::Failed("the attempt was interrupted".to_owned());
                let result = RunResult::ended_by(Error::Interrupted { signal, cancel }, Vec::new(), clock.elapsed());
                Ok(match open.first() {
                    Some(item) => result.about(Some(item.subject())),
                    None => result,
                })
            }
        }
    })
    .await
}
