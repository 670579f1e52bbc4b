//! `status`: looks at deployments, and exits by verdict.

use crate::app::console;
use crate::app::run::{Problem, with_api};
use crate::app::setup::Setup;
use crate::app::targets::{self, Item};
use crate::cli::args::StatusArgs;
use crate::deploy::lookup::find_id;
use crate::error::{Error, ExitCode, Subject};
use crate::model::Deployment;
use crate::report::table;
use crate::sproobo::Client;
use crate::watch::verdict::ended;

/// `status`.
pub(crate) async fn run(setup: &Setup, args: &StatusArgs) -> ExitCode {
    with_api(setup, &args.api, async |platform| {
        let items = targets::named(&args.which)?;
        let mut seen = Vec::new();
        let mut problems = Vec::new();
        for item in &items {
            match look(platform, item).await {
                Ok(deployment) => {
                    let failure = ended(&deployment).and_then(Result::err);
                    problems.extend(failure.map(|error| Problem {
                        error,
                        subject: Subject {
                            deployment: Some(deployment.clone()),
                            ..item.subject()
                        },
                    }));
                    seen.push(deployment);
                }
                Err(error) => problems.push(Problem::of(item, error)),
            }
        }
        if seen.is_empty()
            && let [_] = problems.as_slice()
            && let Some(problem) = problems.pop()
        {
            return Err(problem);
        }
        console::table(setup, &table::deployments(&seen), &table::deployments_json(&seen));
        let exit = ExitCode::combined(problems.iter().map(|problem| problem.error.exit_code()));
        for Problem { error, subject } in problems {
            console::explain(setup, error, subject);
        }
        Ok(exit)
    })
    .await
}

async fn look(platform: &Client, item: &Item) -> Result<Deployment, Error> {
    let id = find_id(platform, &item.site, &item.deployment).await?;
    let seen = platform.deployment(&item.site, &id).await;
    seen.map_err(|source| Error::api("the deployment's status could not be read", source))
}
