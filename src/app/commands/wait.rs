//! `wait`: follows a deployment that exists.

use futures_util::future::join_all;

use crate::app::adapters::NoJournal;
use crate::app::setup::Setup;
use crate::app::{face, options, targets};
use crate::cli::deploy_args::WaitCommand;
use crate::deploy;
use crate::error::ExitCode;
use crate::event::RunResult;

/// `wait`.
pub(crate) async fn run(setup: &Setup, args: &WaitCommand) -> ExitCode {
    let limit = options::limit(setup, &args.wait_options, &args.api);
    face::reported_within(setup, face::result_files(setup), Some(limit), async |run| {
        let targets = targets::named(&args.which)?;
        let access = setup.access_within(&args.api, limit);
        let connection = run.begin("wait", targets.sites(), &access).await?;
        let selected = targets.on(connection.api())?;
        let context = run.context(&connection, &NoJournal);
        let rules = options::follow(setup, &args.wait_options, &args.api);
        let all = selected
            .iter()
            .map(|one| deploy::wait(&context, &one.site, &one.deployment, &rules));
        Ok(RunResult::of_sites(join_all(all).await, run.clock.elapsed()))
    })
    .await
}
