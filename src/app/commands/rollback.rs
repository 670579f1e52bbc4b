//! `rollback`: returns a site to an earlier deployment.

use crate::app::setup::Setup;
use crate::app::{face, options};
use crate::cli::deploy_args::RollbackArgs;
use crate::deploy;
use crate::error::ExitCode;
use crate::event::RunResult;
use crate::sproobo::Operation;

pub(crate) async fn run(setup: &Setup, args: &RollbackArgs) -> ExitCode {
    let limit = options::limit(setup, args.wait_options.timeout, &args.api);
    face::reported_within(setup, face::result_files(setup), Some(limit), async |run| {
        let site = options::site(&args.site)?;
        let to = args.to.as_deref().map(options::deployment).transpose()?;
        let access = setup.access_within_limit(&args.api);
        let connection = run.begin("rollback", vec![site.clone()], &access).await?;
        let journal = options::journal(setup, &args.wait_options, "rollback", run, &connection)?;
        options::needs(
            &connection.client,
            Operation::Deployment,
            "roll back on Sproobo's dashboard, since it can't be followed",
        )?;
        let context = run.context(&connection, &journal);
        let rules = options::follow(setup, &args.wait_options, &args.api);
        let result = deploy::rollback(&context, &site, to.as_ref(), &deploy::new_token()?, &rules).await;
        Ok(RunResult::of_sites(vec![result], run.clock.elapsed()))
    })
    .await
}
