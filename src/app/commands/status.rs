//! `status`: looks at deployments, and exits by verdict.

use crate::app::selection::Selected;
use crate::app::setup::Setup;
use crate::app::{console, face, selection};
use crate::cli::args::StatusArgs;
use crate::deploy::lookup::find_id;
use crate::error::{Error, ExitCode, Purpose, Subject};
use crate::model::Deployment;
use crate::report::table;
use crate::sproobo::Client;
use crate::watch::verdict::ended;

pub(crate) async fn run(setup: &Setup, args: &StatusArgs) -> ExitCode {
    face::look(setup, Purpose::Look, None, async |run| {
        let named = selection::named_unless_newest(&args.which);
        let named = run.prepare("reading the state file", named).await?;
        let connection = face::connect(setup, run, &setup.access(&args.api)).await?;
        let mut seen = Vec::new();
        let mut failures = Vec::new();
        for one in &selection::on_or_newest(run, Purpose::Look, named, &args.which, &connection).await? {
            run.knows(one.subject(Purpose::Look));
            let looked = look(&connection.client, one).await;
            match run.placed(looked).await {
                Ok(deployment) => {
                    if let Some(Err(error)) = ended(&deployment) {
                        let subject = Subject {
                            deployment: Some(deployment.clone().into()),
                            ..one.subject(Purpose::Look)
                        };
                        failures.push((subject, error));
                    }
                    seen.push(deployment);
                }
                Err(error) => failures.push((one.subject(Purpose::Look), error)),
            }
        }
        if seen.is_empty()
            && let [_] = failures.as_slice()
            && let Some((subject, error)) = failures.pop()
        {
            run.knows(subject);
            return Err(error);
        }
        console::table(setup, &table::deployments(&seen), &table::deployments_json(&seen));
        let exit = ExitCode::combined(failures.iter().map(|(_, error)| error.exit_code()));
        face::explain(setup, failures, connection.mode);
        Ok(exit)
    })
    .await
}

async fn look(platform: &Client, one: &Selected) -> Result<Deployment, Error> {
    let id = find_id(platform, &one.site, &one.deployment).await?;
    let seen = platform.deployment(&one.site, &id).await;
    seen.map_err(|source| Error::api("the deployment's status could not be read", source))
}
