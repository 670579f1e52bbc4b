//! `keys`, and the key check of a deploy.

use std::future::Future;
use std::time::Duration;

use chrono::Utc;

use super::forge::{self, IssuesOnGithub, Places, SecretOnGithub};
use super::platform::Sproobo;
use super::setup::{Connection, Setup};
use super::{console, scan, signals};
use crate::cli::args::ApiArgs;
use crate::cli::deploy_args::KeyAgeArgs;
use crate::cli::keys_args::{KeysCheckArgs, KeysCommand, KeysListArgs, RotateArgs};
use crate::error::{CancelOutcome, Error, ExitCode};
use crate::event::{Event, RunResult, Sink};
use crate::http;
use crate::keys::age::{self, AgePolicy, Checked};
use crate::keys::issue;
use crate::keys::lifecycle;
use crate::keys::rotate::{self, Plan, Rotated};
use crate::keys::store::InvalidStore;
use crate::report::{Paths, table};
use crate::secret::Secret;

/// What the options say about the key's age.
///
/// # Errors
/// A declared date in the future.
pub(crate) fn policy(args: &KeyAgeArgs) -> Result<AgePolicy, Error> {
    AgePolicy::new(Utc::now(), args.key_stale_after, args.key_created_at)
}

/// A key check, ready to run beside a deploy.
pub(crate) struct KeyCheck {
    platform: Sproobo,
    dates: Option<SecretOnGithub>,
    key: Secret,
    policy: AgePolicy,
}

impl KeyCheck {
    /// Without a usable GitHub token that source is left out: a check is decoration.
    pub(crate) fn new(
        setup: &Setup,
        args: &KeyAgeArgs,
        platform: &Sproobo,
        http: &http::Client,
        key: &Secret,
        policy: AgePolicy,
    ) -> Self {
        let client = forge::github(setup, http, args.github_token_file.as_deref(), None)
            .ok()
            .flatten();
        Self {
            platform: platform.clone(),
            dates: client.map(|client| SecretOnGithub::new(client, &args.github_secret)),
            key: key.clone(),
            policy,
        }
    }

    pub(crate) async fn run(self) -> Checked {
        age::check(&self.platform, self.dates.as_ref(), &self.key, &self.policy).await
    }
}

/// `keys`.
pub(crate) async fn run(setup: &Setup, command: KeysCommand) -> ExitCode {
    let done = match command {
        KeysCommand::List(args) => list(setup, &args).await,
        KeysCommand::Check(args) => check(setup, &args).await,
        KeysCommand::Create { name, api } => create(setup, &name, &api).await,
        KeysCommand::Revoke { key, yes, api } => revoke(setup, &key, yes, &api).await,
        KeysCommand::Rotate(args) => rotate(setup, &args).await,
        KeysCommand::Scan {
            include_ignored,
            repository,
        } => scan::run(setup, &repository, include_ignored).await,
    };
    done.unwrap_or_else(|error| console::fail(setup, error))
}

/// Runs `work`, until a signal ends it.
pub(crate) async fn until_signal<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let mut interrupts = signals::start()?;
    tokio::select! {
        signal = signals::first(&mut interrupts) => Err(Error::Interrupted { signal, cancel: CancelOutcome::NotAsked }),
        done = work => done,
    }
}

async fn connect(setup: &Setup, api: &ApiArgs) -> Result<Connection, Error> {
    let connection = setup.connect(api).await?;
    console::mask(setup, &connection.key);
    Ok(connection)
}

async fn list(setup: &Setup, args: &KeysListArgs) -> Result<ExitCode, Error> {
    let policy = AgePolicy::new(Utc::now(), args.key_stale_after, None)?;
    let connection = connect(setup, &args.api).await?;
    let platform = Sproobo::new(connection.client.clone());
    let rows = until_signal(lifecycle::list(&platform, &connection.key, &policy)).await?;
    Ok(console::table(setup, &table::keys(&rows), &table::keys_json(&rows)))
}

async fn check(setup: &Setup, args: &KeysCheckArgs) -> Result<ExitCode, Error> {
    let policy = policy(&args.key)?;
    let connection = connect(setup, &args.api).await?;
    let platform = Sproobo::new(connection.client.clone());
    let check = KeyCheck::new(setup, &args.key, &platform, &connection.http, &connection.key, policy);
    let hub = console::start(setup, Paths::default())?;
    let outcome = until_signal(async {
        let checked = check.run().await;
        let checked = if args.key.fail_on_stale_key {
            checked.warn_if_unknown()
        } else {
            checked
        };
        checked.emit(hub.as_ref());
        if let (None, Some(source)) = (&checked.age, &checked.list_error) {
            return Err(Error::Api {
                doing: "the key could not be checked",
                source: source.clone(),
            });
        }
        if let (true, Some(age)) = (args.issue, &checked.age) {
            let github = forge::github(setup, &connection.http, args.key.github_token_file.as_deref(), None)?;
            let github = github.ok_or_else(|| Error::Usage {
                what: "--issue needs a GitHub token".to_owned(),
                next: "set GITHUB_TOKEN; the workflow's own token will do, with `permissions: issues: write`"
                    .to_owned(),
            })?;
            if let Some(issue) = issue::report_stale(&IssuesOnGithub(github), age).await? {
                let what = if issue.opened { "opened" } else { "updated" };
                hub.emit(Event::Plan(format!("{what} issue #{} {}", issue.number, issue.url)));
            }
        }
        if args.key.fail_on_stale_key {
            checked.require_fresh()
        } else {
            Ok(())
        }
    })
    .await;
    let result = match outcome {
        Ok(()) => RunResult::of_sites(Vec::new(), Duration::ZERO),
        Err(error) => RunResult::ended_by(error, Vec::new(), Duration::ZERO),
    };
    Ok(console::end(&hub, result))
}

async fn create(setup: &Setup, name: &str, api: &ApiArgs) -> Result<ExitCode, Error> {
    let connection = connect(setup, api).await?;
    let platform = Sproobo::new(connection.client.clone());
    let (info, key) = until_signal(lifecycle::create(&platform, name, setup.ci.is_ci())).await?;
    console::show_once(&key)?;
    console::print(
        setup,
        &format!("created {}; its value is above, and is shown only this once\n", info),
    );
    Ok(ExitCode::Ok)
}

async fn revoke(setup: &Setup, which: &str, yes: bool, api: &ApiArgs) -> Result<ExitCode, Error> {
    let connection = connect(setup, api).await?;
    let platform = Sproobo::new(connection.client.clone());
    let info = until_signal(lifecycle::revoke(&platform, &connection.key, which, yes)).await?;
    console::print(setup, &format!("revoked {}\n", info));
    Ok(ExitCode::Ok)
}

async fn rotate(setup: &Setup, args: &RotateArgs) -> Result<ExitCode, Error> {
    let stores = args
        .store
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, InvalidStore>>();
    let plan = Plan {
        name: args.name.clone().ok_or_else(|| Error::Usage {
            what: "the new key has no name".to_owned(),
            next: "give --name NAME, the same for every rotation of this key".to_owned(),
        })?,
        stores: stores.map_err(|error| Error::Usage {
            what: format!("--store: {error}"),
            next: "see `sproobo-deploy help keys rotate`".to_owned(),
        })?,
        revoke_old: args.revoke_old,
        in_ci: setup.ci.is_ci(),
    };
    let connection = connect(setup, &args.api).await?;
    let http = &connection.http;
    let places = Places {
        github: forge::github(
            setup,
            http,
            args.github_token_file.as_deref(),
            args.github_repository.as_deref(),
        )?,
        gitlab: forge::gitlab(
            setup,
            http,
            args.gitlab_token_file.as_deref(),
            args.gitlab_project.as_deref(),
        )?,
        protected: args.protected.then_some(true),
    };
    let hub = console::start(setup, Paths::default())?;
    let platform = Sproobo::new(connection.client.clone()).masking_new_keys(console::masks(setup));
    let outcome = until_signal(rotate::rotate(&platform, &places, &connection.key, &plan, hub.as_ref())).await;
    let result = match outcome {
        Ok(rotated) => {
            hub.emit(Event::Plan(told(&rotated)));
            RunResult::of_sites(Vec::new(), Duration::ZERO)
        }
        Err(error) => RunResult::ended_by(error, Vec::new(), Duration::ZERO),
    };
    Ok(console::end(&hub, result))
}

/// What a rotation did, as a sentence.
fn told(rotated: &Rotated) -> String {
    let old = rotated
        .old
        .as_ref()
        .map_or_else(|| "the old key".to_owned(), |old| format!("the old key ({old})"));
    let old = match rotated.revoked {
        true => format!("{old} is revoked"),
        false => format!("{old} is still valid: revoke it once nothing uses it any more"),
    };
    format!("the new key ({}) is stored and proven; {old}", rotated.new)
}
