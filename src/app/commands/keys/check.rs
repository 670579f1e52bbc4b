//! `keys check`.

use crate::app::key_check::{KeyCheck, policy};
use crate::app::key_stores::{self, IssuesOnGithub};
use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::cli::keys_args::KeysCheckArgs;
use crate::error::{ApiError, CancelOutcome, Error};
use crate::event::Event;
use crate::github;
use crate::keys::age::Checked;
use crate::keys::issue;

pub(super) async fn run(setup: &Setup, run: &Run, args: &KeysCheckArgs) -> Result<(), Error> {
    let policy = policy(&args.key)?;
    let connection = run.begin("keys check", Vec::new(), &setup.access(&args.api)).await?;
    let github = key_stores::github(setup, &connection.http, args.key.github_token_file.as_deref(), None);
    let github = async { Ok::<_, Error>(github.await) };
    let github = run.unless_interrupted(CancelOutcome::NotAsked, github).await?;
    let issues = match args.issue {
        true => Some(issues(github.clone()?)?),
        false => None,
    };
    let check = KeyCheck::new(&args.key, &connection, github, policy);
    run.unless_interrupted(CancelOutcome::NotAsked, async {
        let checked = check.run().await;
        let checked = if args.key.fail_on_stale_key {
            checked.warn_if_unknown()
        } else {
            checked
        };
        checked.emit(run.sink.as_ref());
        if let Some(source) = checked.list_error.as_ref().filter(|error| matter(error, &checked)) {
            return Err(Error::api("the key could not be checked", source.clone()));
        }
        if let (Some(issues), Some(age)) = (&issues, &checked.age)
            && let Some(issue) = issue::report_stale(issues, age).await?
        {
            let what = if issue.opened { "opened" } else { "updated" };
            run.sink
                .emit(Event::Plan(format!("{what} issue #{} {}", issue.number, issue.url)));
        }
        if args.key.fail_on_stale_key {
            checked.require_fresh()
        } else {
            Ok(())
        }
    })
    .await
}

/// Whether an unreadable list fails the check: not where the age is known all the same, unless the key is refused.
fn matter(list_error: &ApiError, checked: &Checked) -> bool {
    checked.age.is_none() || list_error.status() == Some(401)
}

fn issues(github: Option<github::Client>) -> Result<IssuesOnGithub, Error> {
    github.map(IssuesOnGithub).ok_or_else(|| {
        Error::usage(
            "--issue needs a GitHub token",
            "set GITHUB_TOKEN; the workflow's own token will do, with `permissions: issues: write`",
        )
    })
}
