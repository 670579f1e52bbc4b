//! From command-line options to the rules' options.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use chrono::Utc;

use super::adapters::StateJournal;
use super::connection::Connection;
use super::run::Run;
use super::setup::Setup;
use crate::cli::deploy_args::{DeployArgs, WaitArgs};
use crate::cli::shared_args::ApiArgs;
use crate::deploy::{self, Verify};
use crate::error::Error;
use crate::event::{Event, Sink};
use crate::model::{DeploymentId, Human, InvalidId, SiteId, TimeLimit};
use crate::sandbox::Scenario;
use crate::sproobo::{Client, Operation};
use crate::state::{RunState, StateFile};
use crate::watch;

/// `--sandbox=slow` rehearses a time-out, and nobody wants to wait half an hour for it.
const SLOW_SANDBOX_TIMEOUT: Duration = Duration::from_secs(10);

/// The limit of the whole run: what is asked for, but never past the CI job's own end.
pub(crate) fn limit(setup: &Setup, timeout: Option<Duration>, api: &ApiArgs) -> TimeLimit {
    let timeout = timeout.unwrap_or(match api.sandbox {
        Some(Scenario::Slow) => SLOW_SANDBOX_TIMEOUT,
        _ => watch::DEFAULT_TIMEOUT,
    });
    let left = setup
        .ci
        .deadline
        .map(|end| (end - setup.process.clock.began()).to_std().unwrap_or_default());
    match left {
        Some(left) if left < timeout => TimeLimit::Job(left),
        _ => TimeLimit::Timeout(timeout),
    }
}

pub(crate) fn watch(setup: &Setup, wait: &WaitArgs, api: &ApiArgs) -> watch::Options {
    watch::Options {
        limit: limit(setup, wait.timeout, api),
        settle: wait.settle,
        poll_interval: wait.poll_interval,
        max_unreachable: wait.max_unreachable,
        request_timeout: api.request_timeout,
        on_superseded: wait.on_superseded,
        logs: wait.logs,
        log_lines: usize::try_from(wait.log_lines).unwrap_or(usize::MAX),
    }
}

/// For `wait` and `rollback`; `deploy` adds its own.
pub(crate) fn follow(setup: &Setup, wait: &WaitArgs, api: &ApiArgs) -> deploy::Options {
    deploy::Options {
        watch: watch(setup, wait, api),
        on_timeout: wait.on_timeout,
        on_interrupt: wait.on_interrupt,
        ..deploy::Options::default()
    }
}

pub(crate) fn deploy(setup: &Setup, args: &DeployArgs) -> deploy::Options {
    deploy::Options {
        wait: !args.no_wait,
        on_conflict: args.on_conflict,
        on_outdated: args.on_outdated,
        on_failure: args.on_failure,
        require_commit: args.require_commit,
        verify: args.verify_url.clone().map(|url| Verify {
            url,
            contains: args.verify_contains.clone(),
            timeout: args.verify_timeout,
        }),
        parallel: args.parallel.into(),
        ..follow(setup, &args.wait_options, &args.api)
    }
}

/// The journal of a run: the state file, if there is a place for one, and empty.
pub(crate) fn journal(
    setup: &Setup,
    wait: &WaitArgs,
    command: &str,
    run: &Run,
    connection: &Connection,
) -> Result<StateJournal, Error> {
    let journal = StateJournal {
        file: state_file(setup, wait, command, connection.api().as_str()),
        asked_for: wait.state_file.is_some(),
        sink: run.sink.clone(),
        warned: AtomicBool::new(false),
    };
    journal.begin()?;
    Ok(journal)
}

/// Says when the CI job's own limit, and not `--timeout`, will end this run.
pub(crate) fn tell_job_limit(limit: TimeLimit, sink: &dyn Sink) {
    if let TimeLimit::Job(left) = limit {
        sink.emit(Event::notice(
            "The job's limit comes first",
            format!(
                "this job is stopped before --timeout is over, so this run ends after {}: raise the job's `timeout`",
                Human(left).whole_seconds()
            ),
        ));
    }
}

/// Refuses what would start a deployment that the contract then gives no way to follow.
pub(crate) fn needs(platform: &Client, operation: Operation, otherwise: &str) -> Result<(), Error> {
    if platform.offers(operation) {
        return Ok(());
    }
    Err(Error::usage(
        format!("the contract does not offer the operation `{operation}`, so nothing was started"),
        format!("put it into your contract file, or {otherwise}"),
    ))
}

fn state_file(setup: &Setup, wait: &WaitArgs, command: &str, api: &str) -> Option<StateFile> {
    let path: PathBuf = wait.state_file.clone().or_else(|| setup.ci.state_file.clone())?;
    let state = RunState::new(command, api, wait.on_interrupt, Utc::now());
    Some(StateFile::new(path, state, setup.process.redactor.clone()))
}

/// A site's id as typed.
pub(crate) fn site(text: &str) -> Result<SiteId, Error> {
    text.parse().map_err(|error: InvalidId| {
        Error::usage(
            format!("the site is not one: {error}"),
            "give the site's id as Sproobo's dashboard shows it; `sproobo-deploy sites` lists them",
        )
    })
}

/// A deployment's id as typed.
pub(crate) fn deployment(text: &str) -> Result<DeploymentId, Error> {
    text.parse().map_err(|error: InvalidId| {
        Error::usage(
            format!("the deployment is not one: {error}"),
            "give the deployment's id; `sproobo-deploy deployments SITE` lists them",
        )
    })
}
