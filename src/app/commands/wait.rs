//! `wait`: follows a deployment that exists.

use futures_util::future::join_all;

use crate::app::adapters::NoJournal;
use crate::app::setup::Setup;
use crate::app::{face, options, selection};
use crate::cli::deploy_args::WaitCommand;
use crate::cli::shared_args::DeploymentArgs;
use crate::deploy;
use crate::error::{Error, ExitCode, Purpose, Subject};
use crate::event::RunResult;
use crate::model::SiteId;

pub(crate) async fn run(setup: &Setup, args: &WaitCommand) -> ExitCode {
    let limit = options::limit(setup, args.wait_options.timeout, &args.api);
    face::reported_within(setup, face::result_files(setup), Some(limit), async |run| {
        let access = setup.access_within_limit(&args.api);
        let rules = options::follow(setup, &args.wait_options, &args.api);
        if let Some((site, commit)) = pushed(args)? {
            run.knows(Subject::of_site(Purpose::Act, site.clone()));
            let connection = run.begin("wait", vec![site.clone()], &access).await?;
            let context = run.context(&connection, &NoJournal);
            let result = deploy::wait_for_commit(&context, &site, commit, args.appear_within, &rules).await;
            return Ok(RunResult::of_sites(vec![result], run.clock.elapsed()));
        }
        let selection = run
            .prepare("reading the state file", selection::named(&args.which))
            .await?;
        if let Some(first) = selection.deployments.first() {
            run.knows(first.subject(Purpose::Act));
        }
        let connection = run.begin("wait", selection.sites(), &access).await?;
        let deployments = selection.on(connection.api())?;
        let connection = connection.for_sites(deployments.len());
        let context = run.context(&connection, &NoJournal);
        let all = deployments
            .iter()
            .map(|one| deploy::wait(&context, &one.site, &one.deployment, &rules));
        Ok(RunResult::of_sites(join_all(all).await, run.clock.elapsed()))
    })
    .await
}

/// The commit whose deployment is waited for, where none is named: a variable may hold a commit for the job's other
/// commands.
fn pushed(args: &WaitCommand) -> Result<Option<(SiteId, &str)>, Error> {
    match (&args.which, &args.commit) {
        (
            DeploymentArgs {
                site: Some(site),
                deployment: None,
                from_state: None,
            },
            Some(commit),
        ) => Ok(Some((options::site(site)?, commit))),
        _ => Ok(None),
    }
}
