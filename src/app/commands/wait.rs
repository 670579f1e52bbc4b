//! `wait`: follows a deployment that exists.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::app::adapters::{NoJournal, Web};
use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::app::targets;
use crate::app::{console, options};
use crate::cli::deploy_args::WaitCommand;
use crate::deploy::{self, Context};
use crate::error::ExitCode;
use crate::event::{RunResult, Sink};

/// `wait`.
pub(crate) async fn run(setup: &Setup, args: &WaitCommand) -> ExitCode {
    console::reported(setup, console::result_files(setup), async |hub, clock| {
        let items = targets::named(&args.which)?;
        let sites = items.iter().map(|item| item.site.clone()).collect();
        let run = Run::begin(setup, &args.api, hub, "wait", sites).await?;
        let platform = &run.connection.client;
        let probe = Web(run.connection.http);
        let sink: Arc<dyn Sink> = hub.clone();
        let context = Context {
            platform,
            probe: &probe,
            journal: &NoJournal,
            sink,
            clock,
            interrupts: run.interrupts,
        };
        let rules = options::follow(setup, &args.wait_options, &args.api);
        let all = items
            .iter()
            .map(|item| deploy::wait(&context, &item.site, &item.deployment, &rules));
        let results = join_all(all).await;
        Ok(RunResult::of_sites(results, clock.elapsed()))
    })
    .await
}
