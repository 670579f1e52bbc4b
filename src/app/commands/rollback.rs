//! `rollback`: returns a site to an earlier deployment.

use std::sync::Arc;

use crate::app::adapters::Web;
use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::app::{console, options};
use crate::cli::deploy_args::RollbackArgs;
use crate::deploy::{self, Context};
use crate::error::ExitCode;
use crate::event::{RunResult, Sink};
use crate::sproobo::Operation;

/// `rollback`.
pub(crate) async fn run(setup: &Setup, args: &RollbackArgs) -> ExitCode {
    console::reported(setup, console::result_files(setup), async |hub, clock| {
        let site = options::site(&args.site)?;
        let to = args.to.as_deref().map(options::deployment).transpose()?;
        let run = Run::begin(setup, &args.api, hub, "rollback", vec![site.clone()]).await?;
        let api = run.connection.api().to_string();
        let journal = options::journal(setup, &args.wait_options, "rollback", &api, hub.clone())?;
        let platform = &run.connection.client;
        let probe = Web(run.connection.http);
        let sink: Arc<dyn Sink> = hub.clone();
        let context = Context {
            platform,
            probe: &probe,
            journal: &journal,
            sink,
            clock,
            interrupts: run.interrupts,
        };
        options::needs(
            platform,
            Operation::Deployment,
            "roll back on Sproobo's dashboard, since it can't be followed",
        )?;
        let rules = options::follow(setup, &args.wait_options, &args.api);
        let result = deploy::rollback(&context, &site, to.as_ref(), &deploy::new_token()?, &rules).await;
        Ok(RunResult::of_sites(vec![result], clock.elapsed()))
    })
    .await
}
