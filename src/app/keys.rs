//! `keys`, and the key check of a deploy.

use chrono::Utc;

use super::forge::{self, IssuesOnGithub, Places, SecretOnGithub};
use super::platform::Sproobo;
use super::setup::{Connection, Setup};
use super::signals::until_signal;
use super::{console, scan};
use crate::cli::args::{ApiArgs, Output};
use crate::cli::deploy_args::KeyAgeArgs;
use crate::cli::keys_args::{KeysCheckArgs, KeysCommand, KeysListArgs, RotateArgs};
use crate::error::{ApiError, Error, ExitCode};
use crate::event::{Event, Level, Mode, RunResult, Sink};
use crate::http;
use crate::keys::age::{self, AgePolicy, Checked};
use crate::keys::issue;
use crate::keys::lifecycle;
use crate::keys::rotate::{self, Plan, Rotated};
use crate::keys::store::{InvalidStore, Store};
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
    pub(crate) fn new(
        setup: &Setup,
        args: &KeyAgeArgs,
        platform: &Sproobo,
        http: &http::Client,
        key: &Secret,
        policy: AgePolicy,
    ) -> Self {
        let github = forge::github(setup, http, args.github_token_file.as_deref(), None).transpose();
        Self {
            platform: platform.clone(),
            dates: github.map(|client| SecretOnGithub::new(client, &args.github_secret)),
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

async fn connect(setup: &Setup, api: &ApiArgs) -> Result<Connection, Error> {
    let connection = setup.connect(api).await?;
    console::mask(setup, &connection.key);
    Ok(connection)
}

/// Says where this goes, and loudly if that is the sandbox.
fn begin(command: &'static str, connection: &Connection) -> Event {
    Event::Begin {
        command,
        sites: Vec::new(),
        mode: connection.mode,
        api: connection.api().to_string(),
    }
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
    let issues = match args.issue {
        true => Some(issues(setup, args, &connection)?),
        false => None,
    };
    let platform = Sproobo::new(connection.client.clone());
    let check = KeyCheck::new(setup, &args.key, &platform, &connection.http, &connection.key, policy);
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

fn issues(setup: &Setup, args: &KeysCheckArgs, connection: &Connection) -> Result<IssuesOnGithub, Error> {
    let github = forge::github(setup, &connection.http, args.key.github_token_file.as_deref(), None)?;
    github.map(IssuesOnGithub).ok_or_else(|| {
        Error::usage(
            "--issue needs a GitHub token",
            "set GITHUB_TOKEN; the workflow's own token will do, with `permissions: issues: write`",
        )
    })
}

async fn create(setup: &Setup, name: &str, api: &ApiArgs) -> Result<ExitCode, Error> {
    let connection = connect(setup, api).await?;
    let platform = Sproobo::new(connection.client.clone());
    let (info, key) = until_signal(lifecycle::create(&platform, name, setup.ci.is_ci())).await?;
    console::show_once(&key, console::format(setup) == Output::Json)?;
    let hub = console::start(setup, Paths::default())?;
    hub.emit(Event::Note {
        level: Level::Notice,
        title: "Created",
        text: format!("created {info}; its value is on stdout, and is shown only this once"),
    });
    Ok(console::end(&hub, RunResult::of_command(Ok(()))))
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
        name: args.name.clone().ok_or_else(|| {
            Error::usage(
                "the new key has no name",
                "give --name NAME, the same for every rotation of this key",
            )
        })?,
        stores: stores
            .map_err(|error| Error::usage(format!("--store: {error}"), "see `sproobo-deploy help keys rotate`"))?,
        revoke_old: args.revoke_old,
        in_ci: setup.ci.is_ci(),
    };
    let connection = connect(setup, &args.api).await?;
    if connection.mode == Mode::Sandbox && plan.stores.iter().any(|store| *store != Store::StdoutOnce) {
        return Err(Error::usage(
            "--sandbox: the sandbox's key would take the place of a real one, and works nowhere",
            "rehearse with --store stdout-once, or leave --sandbox (SPROOBO_SANDBOX) out",
        ));
    }
    let places = places(setup, args, &plan, &connection.http)?;
    let hub = console::start(setup, Paths::default())?;
    hub.emit(begin("keys rotate", &connection));
    let platform = Sproobo::new(connection.client.clone()).masking_new_keys(console::masks(setup));
    let end = until_signal(rotate::rotate(&platform, &places, &connection.key, &plan, hub.as_ref()))
        .await
        .map(|rotated| hub.emit(Event::Plan(told(&rotated))))
        .map_err(interrupted);
    Ok(console::end(&hub, RunResult::of_command(end)))
}

/// The clients that the plan's stores take: a token that none of them needs may be anything.
fn places(setup: &Setup, args: &RotateArgs, plan: &Plan, http: &http::Client) -> Result<Places, Error> {
    let github = match plan.stores.iter().any(Store::is_on_github) {
        true => forge::github(
            setup,
            http,
            args.github_token_file.as_deref(),
            args.github_repository.as_deref(),
        )?,
        false => None,
    };
    let gitlab = match plan.stores.iter().any(Store::is_on_gitlab) {
        true => forge::gitlab(
            setup,
            http,
            args.gitlab_token_file.as_deref(),
            args.gitlab_project.as_deref(),
        )?,
        false => None,
    };
    Ok(Places {
        github,
        gitlab,
        protected: args.protected.then_some(true),
        json: console::format(setup) == Output::Json,
    })
}

/// A rotation that a signal ended is one that stopped, and says how to go on.
fn interrupted(error: Error) -> Error {
    match error {
        Error::Interrupted { signal, .. } => Error::Rotation {
            what: format!(
                "interrupted by {signal}. Every store holds a key that works: the old one was to be revoked last of all, \
                 and only once all of them held the new one"
            ),
            next: "run the rotation again: it names a new key that this one may have left behind".to_owned(),
            code: ExitCode::Signal(signal),
        },
        other => other,
    }
}

/// What a rotation did, as a sentence.
fn told(rotated: &Rotated) -> String {
    let old = rotated
        .old
        .as_ref()
        .map_or_else(|| "the old key".to_owned(), |old| format!("the old key ({old})"));
    let old = match rotated.revoked {
        true => format!("{old} is revoked"),
        false => format!("{old} is still valid: revoke it with `keys revoke` once nothing uses it any more"),
    };
    format!("the new key ({}) is stored and proven; {old}", rotated.new)
}
