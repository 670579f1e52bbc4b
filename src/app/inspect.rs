//! `status`, `logs`, `deployments`, `sites`: looking, and changing nothing.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Duration;

use tokio::time::Instant;

use super::platform::Sproobo;
use super::setup::Setup;
use super::targets::{self, Item};
use super::{console, options, signals};
use crate::cli::args::{ApiArgs, DeploymentsArgs, LogsArgs, SitesArgs, TargetArgs};
use crate::doctor::Preflight;
use crate::error::{Error, ExitCode, Known};
use crate::model::Deployment;
use crate::report::table;
use crate::watch::verdict::{Verdict, judge};
use crate::watch::{Deployments, OnSuperseded};

/// The most pages of a log that are read: a server that never ends its log must not hold us for ever.
const MOST_PAGES: usize = 10_000;

/// Runs `work` with the API, until a signal ends it.
async fn with_api(
    setup: &Setup,
    api: &ApiArgs,
    work: impl AsyncFnOnce(&Sproobo) -> Result<ExitCode, Problem>,
) -> ExitCode {
    let attempt = async {
        let connection = setup.connect(api).await?;
        console::mask(setup, &connection.key);
        // The sandbox, if there is one, lives as long as the connection.
        let platform = Sproobo::new(connection.client.clone());
        signals::until_signal(work(&platform)).await
    };
    attempt
        .await
        .unwrap_or_else(|Problem { error, known }| console::fail_about(setup, error, Some(known)))
}

/// An error, with what is known of the deployment that it is about.
struct Problem {
    error: Error,
    known: Known,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self {
            error,
            known: Known::default(),
        }
    }
}

impl Problem {
    fn of(item: &Item, error: Error) -> Self {
        Self {
            error,
            known: item.known(),
        }
    }
}

/// `status`.
pub(crate) async fn status(setup: &Setup, args: &TargetArgs) -> ExitCode {
    with_api(setup, &args.api, async |platform| {
        let items = targets::named(&args.target)?;
        let mut seen = Vec::new();
        let mut problems = Vec::new();
        for item in &items {
            match look(platform, item).await {
                Ok(deployment) => {
                    problems.extend(verdict(&deployment).map(|error| Problem {
                        error,
                        known: Known {
                            deployment: Some(deployment.clone()),
                            ..item.known()
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
        for Problem { error, known } in problems {
            console::explain(setup, error, known);
        }
        Ok(exit)
    })
    .await
}

async fn look(platform: &Sproobo, item: &Item) -> Result<Deployment, Error> {
    let id = targets::find(platform, item).await?;
    let seen = platform.deployment(&item.site, &id).await;
    seen.map_err(|source| Error::api("the deployment's status could not be read", source))
}

/// How a deployment ended, if that is other than well; nothing while it runs, or while that is not decided.
fn verdict(deployment: &Deployment) -> Option<Error> {
    match judge(deployment, None, Instant::now(), Duration::ZERO, OnSuperseded::Fail) {
        Verdict::Ended(error) => Some(error),
        Verdict::Succeeded | Verdict::Settling { .. } | Verdict::KeepWaiting => None,
    }
}

/// `logs`.
pub(crate) async fn logs(setup: &Setup, args: &LogsArgs) -> ExitCode {
    with_api(setup, &args.api, async |platform| {
        for item in &targets::named(&args.target)? {
            let read = log(setup, platform, item, args.tail).await;
            read.map_err(|error| Problem::of(item, error))?;
        }
        Ok(ExitCode::Ok)
    })
    .await
}

async fn log(setup: &Setup, platform: &Sproobo, item: &Item, tail: Option<usize>) -> Result<(), Error> {
    let id = targets::find(platform, item).await?;
    let mut last = VecDeque::new();
    let mut cursor: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let page = platform.logs(&item.site, &id, cursor.as_deref()).await;
        let page = page.map_err(|source| Error::api("the log could not be read", source))?;
        let ended = page.lines.is_empty() || page.cursor.is_none() || page.cursor == cursor;
        match tail {
            None => console::print(setup, &rendered(page.lines.iter().map(|line| line.text.as_str()))),
            Some(most) => {
                last.extend(page.lines.into_iter().map(|line| line.text));
                last.drain(..last.len().saturating_sub(most));
            }
        }
        cursor = page.cursor;
        if ended {
            break;
        }
    }
    console::print(setup, &rendered(last.iter().map(String::as_str)));
    Ok(())
}

fn rendered<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.fold(String::new(), |mut text, line| {
        // Writing to a String can't fail.
        let _ = writeln!(text, "{line}");
        text
    })
}

/// `deployments`.
pub(crate) async fn deployments(setup: &Setup, args: &DeploymentsArgs) -> ExitCode {
    with_api(setup, &args.api, async |platform| {
        let site = options::site(&args.site)?;
        let list = platform.deployments(&site, args.limit).await;
        let mut list = list.map_err(|source| Error::api("the site's deployments could not be read", source))?;
        list.truncate(usize::try_from(args.limit).unwrap_or(usize::MAX));
        Ok(console::table(
            setup,
            &table::deployments(&list),
            &table::deployments_json(&list),
        ))
    })
    .await
}

/// `sites`.
pub(crate) async fn sites(setup: &Setup, args: &SitesArgs) -> ExitCode {
    with_api(setup, &args.api, async |platform| {
        let list = platform.sites().await;
        let list = list.map_err(|source| Error::api("the sites could not be read", source))?;
        Ok(console::table(setup, &table::sites(&list), &table::sites_json(&list)))
    })
    .await
}
