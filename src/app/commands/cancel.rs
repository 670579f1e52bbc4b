//! `cancel`: asks for deployments that exist to be cancelled.

use std::time::Duration;

use futures_util::future::join_all;

use crate::app::selection::Selected;
use crate::app::setup::Setup;
use crate::app::{face, selection};
use crate::cli::args::CancelArgs;
use crate::deploy;
use crate::error::{CancelOutcome, ExitCode, Purpose};
use crate::event::{Event, Mode, RunResult, Sink};
use crate::report::Paths;

/// `cancel`. Nothing to cancel is a success: the clean-up step of a job runs it whatever happened before.
pub(crate) async fn run(setup: &Setup, args: &CancelArgs) -> ExitCode {
    face::reported(setup, Paths::default(), async |run| {
        let selection = run.prepare("reading the state file", selection::named_or_none(&args.which)).await?;
        let running: Vec<&Selected> = selection.deployments.iter().filter(|one| !one.ended).collect();
        let open: Vec<&&Selected> = running.iter().filter(|one| args.force || !one.by_commit).collect();
        let nothing = |why| nothing(run.sink.as_ref(), why);
        let Some(first) = open.first() else {
            return Ok(nothing(match running.as_slice() {
                [] => "there is nothing to cancel",
                _ => "that run found its deployment by its commit alone, so it may be somebody else's; --force cancels it",
            }));
        };
        if selection.detached && !args.force {
            return Ok(nothing(
                "that run was told to let its deployments go on (--on-interrupt detach); --force cancels them",
            ));
        }
        run.knows(first.subject(Purpose::Act));
        let sites = open.iter().map(|one| one.site.clone()).collect();
        let connection = run.connect(&setup.access(&args.api)).await?;
        if connection.mode == Mode::Sandbox && selection.are_elsewhere(connection.api()) {
            return Ok(nothing("that run's sandbox ended with it, and what was started there too"));
        }
        run.announce("cancel", sites, &connection);
        selection.require(connection.api())?;
        let all = open.iter().map(|one| {
            let (sink, clock) = (run.sink.clone(), run.clock);
            deploy::cancel(&connection.client, sink, clock, &one.site, &one.deployment)
        });
        let all = async { Ok(join_all(all).await) };
        let interrupted = CancelOutcome::Failed("the attempt was interrupted".to_owned());
        let results = run.unless_interrupted(interrupted, all).await?;
        Ok(RunResult::of_sites(results, run.clock.elapsed()))
    })
    .await
}

fn nothing(sink: &dyn Sink, why: &str) -> RunResult {
    sink.emit(Event::Begin {
        command: "cancel",
        sites: Vec::new(),
        mode: Mode::Real,
        api: String::new(),
    });
    sink.emit(Event::Plan(why.to_owned()));
    RunResult::of_sites(Vec::new(), Duration::ZERO)
}
