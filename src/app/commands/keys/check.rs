//! `keys check`.

use super::{begin, connect};
use crate::app::connection::Connection;
use crate::app::console;
use crate::app::key_check::{KeyCheck, policy};
use crate::app::key_stores::{self, IssuesOnGithub};
use crate::app::setup::Setup;
use crate::app::signals::until_signal;
use crate::cli::keys_args::KeysCheckArgs;
use crate::error::{ApiError, Error, ExitCode};
use crate::event::{Event, RunResult, Sink};
use crate::keys::age::Checked;
use crate::keys::issue;
use crate::report::Paths;

pub(super) async fn run(setup: &Setup, args: &KeysCheckArgs) -> Result<ExitCode, Error> {
    let policy = policy(&args.key)?;
    let connection = connect(setup, &args.api).await?;
    let issues = match args.issue {
        true => Some(issues(setup, args, &connection).await?),
        false => None,
    };
    let check = KeyCheck::new(setup, &args.key, &connection, policy).await;
    let hub = console::start(setup, Paths::default())?;
    hub.emit(begin("keys check", &connection));
    let end = until_signal(async {
        let checked = check.run().await;
        let checked = if args.key.fail_on_stale_key {
            checked.warn_if_unknown()
        } else {
            checked
        };
        checked.emit(hub.as_ref());
        if let Some(source) = checked.list_error.as_ref().filter(|error| matter(error, &checked)) {
            return Err(Error::api("the key could not be checked", source.clone()));
        }
        if let (Some(issues), Some(age)) = (&issues, &checked.age)
            && let Some(issue) = issue::report_stale(issues, age).await?
        {
            let what = if issue.opened { "opened" } else { "updated" };
            hub.emit(Event::Plan(format!("{what} issue #{} {}", issue.number, issue.url)));
        }
        if args.key.fail_on_stale_key {
            checked.require_fresh()
        } else {
            Ok(())
        }
    })
    .await;
    Ok(console::end(&hub, RunResult::of_command(end)))
}

/// Whether an unreadable list fails the check: not where the age is known all the same, unless the key is refused.
fn matter(list_error: &ApiError, checked: &Checked) -> bool {
    checked.age.is_none() || matches!(list_error, ApiError::Reply(reply) if reply.status == 401)
}

async fn issues(setup: &Setup, args: &KeysCheckArgs, connection: &Connection) -> Result<IssuesOnGithub, Error> {
    let github = key_stores::github(setup, &connection.http, args.key.github_token_file.as_deref(), None).await?;
    github.map(IssuesOnGithub).ok_or_else(|| {
        Error::usage(
            "--issue needs a GitHub token",
            "set GITHUB_TOKEN; the workflow's own token will do, with `permissions: issues: write`",
        )
    })
}
