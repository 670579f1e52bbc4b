//! `wait`, `rollback` and `cancel`: acting on deployments that exist.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;

use super::platform::{NoJournal, Sproobo, Web};
use super::setup::{Connection, Setup};
use super::{console, options, signals};
use crate::cli::args::{CancelArgs, Target};
use crate::cli::deploy_args::{RollbackArgs, WaitCommand};
use crate::deploy::{self, Attempt, Context, Interrupts, Ours};
use crate::error::{CancelOutcome, Error, ExitCode, Known};
use crate::event::{Event, Mode, RunResult, Sink, SiteEvent, SiteResult};
use crate::model::{ClientToken, Deployment, DeploymentId, Health, RunStatus, SiteId, StatusClass};
use crate::report::Hub;
use crate::sproobo::Operation;
use crate::state::{OnInterrupt, RunState};
use crate::watch::{Deployments, RunClock};

const LOOKING_UP: &str = "the deployment could not be looked up by its token";

/// One deployment to act on.
pub(crate) struct Item {
    pub(crate) site: SiteId,
    pub(crate) mark: Mark,
    /// Whether the run that recorded it saw its end.
    pub(crate) ended: bool,
}

/// How it is told apart from the site's others.
pub(crate) enum Mark {
    Id(DeploymentId),
    /// The id was never learned: the run was ended before its trigger's reply came.
    Token(ClientToken),
}

impl Item {
    /// What is known of it before the API is asked.
    pub(crate) fn known(&self) -> Known {
        let (deployment, token) = match &self.mark {
            Mark::Id(id) => (Some(Deployment::new(id.clone(), StatusClass::Running, "")), None),
            Mark::Token(token) => (None, Some(token.clone())),
        };
        Known {
            site: Some(self.site.clone()),
            deployment,
            token,
        }
    }
}

/// What the user points at.
pub(crate) struct Targets {
    items: Vec<Item>,
    /// The run was told `--on-interrupt detach`.
    detached: bool,
}

/// The deployments that a command line names, by id or by state file: at least one.
///
/// No state file means that no run came so far as to trigger anything. Only `cancel` may take that for good news.
pub(crate) fn named(target: &Target) -> Result<Vec<Item>, Error> {
    let items = targets(target)?.items;
    match &target.from_state {
        Some(path) if items.is_empty() => Err(Error::File {
            doing: "could not find a deployment in the state file",
            path: path.display().to_string(),
            detail: "it does not exist, or names none, so the run that should have written it triggered nothing"
                .to_owned(),
        }),
        _ => Ok(items),
    }
}

/// No state file: none.
fn targets(target: &Target) -> Result<Targets, Error> {
    match (&target.from_state, &target.site, &target.deployment) {
        (Some(path), ..) => from_state(path),
        (None, Some(site), Some(deployment)) => Ok(Targets {
            items: vec![Item {
                site: options::site(site)?,
                mark: Mark::Id(options::deployment(deployment)?),
                ended: false,
            }],
            detached: false,
        }),
        (None, ..) => Err(Error::Usage {
            what: "no deployment was named".to_owned(),
            next: "give SITE and DEPLOYMENT, or --from-state FILE with the file that `deploy` wrote".to_owned(),
        }),
    }
}

fn from_state(path: &Path) -> Result<Targets, Error> {
    let Some(state) = RunState::read(path)? else {
        return Ok(Targets {
            items: Vec::new(),
            detached: false,
        });
    };
    let ended = |status: RunStatus| match status {
        RunStatus::Running | RunStatus::TimedOut | RunStatus::Interrupted | RunStatus::Unknown => false,
        RunStatus::Succeeded
        | RunStatus::Failed
        | RunStatus::Cancelled
        | RunStatus::Superseded
        | RunStatus::Refused => true,
    };
    let items = state.sites.into_iter().map(|site| Item {
        ended: ended(site.status),
        site: site.site,
        mark: match site.deployment {
            Some(id) => Mark::Id(id),
            None => Mark::Token(site.client_token),
        },
    });
    Ok(Targets {
        items: items.collect(),
        detached: state.on_interrupt == OnInterrupt::Detach,
    })
}

/// A run that follows deployments.
struct Run {
    connection: Connection,
    interrupts: Interrupts,
    clock: RunClock,
}

impl Run {
    async fn begin(
        setup: &Setup,
        api: &crate::cli::args::ApiArgs,
        hub: &Arc<Hub>,
        command: &'static str,
        sites: Vec<SiteId>,
    ) -> Result<Self, Error> {
        let connection = setup.connect(api).await?;
        console::mask(setup, &connection.key);
        let api = connection.contract.base_url().to_string();
        hub.emit(Event::Begin {
            command,
            sites,
            mode: connection.mode,
            api,
        });
        Ok(Self {
            connection,
            interrupts: signals::start()?,
            clock: RunClock::starting_at(Utc::now()),
        })
    }
}

/// Runs `work` with reporters, and tells its end.
async fn reported(
    setup: &Setup,
    files: crate::report::Paths,
    work: impl AsyncFnOnce(&Arc<Hub>) -> Result<RunResult, Error>,
) -> ExitCode {
    let hub = match console::start(setup, files) {
        Ok(hub) => hub,
        Err(error) => return console::fail(setup, error),
    };
    let result = work(&hub)
        .await
        .unwrap_or_else(|error| RunResult::ended_by(error, Vec::new(), Duration::ZERO));
    console::end(&hub, result)
}

/// `wait`.
pub(crate) async fn wait(setup: &Setup, args: &WaitCommand) -> ExitCode {
    reported(setup, console::result_files(setup), async |hub| {
        let items = named(&args.target)?;
        let sites = items.iter().map(|item| item.site.clone()).collect();
        let run = Run::begin(setup, &args.api, hub, "wait", sites).await?;
        let platform = Sproobo::new(run.connection.client);
        let probe = Web(run.connection.http);
        let sink: Arc<dyn Sink> = hub.clone();
        let context = Context {
            platform: &platform,
            probe: &probe,
            journal: &NoJournal,
            sink,
            clock: run.clock,
            interrupts: run.interrupts,
        };
        let rules = options::follow(setup, &args.wait_options, &args.api);
        let results = futures_util::future::join_all(items.iter().map(|item| wait_for(&context, item, &rules))).await;
        Ok(RunResult::of_sites(results, run.clock.elapsed()))
    })
    .await
}

async fn wait_for(context: &Context<'_, Sproobo, Web>, item: &Item, rules: &deploy::Options) -> SiteResult {
    match &item.mark {
        Mark::Id(id) => deploy::wait(context, &item.site, id, rules).await,
        Mark::Token(token) => deploy::wait_by_token(context, &item.site, token, rules).await,
    }
}

/// The deployment's id; one that was never learned is looked up by its token.
pub(crate) async fn find(platform: &Sproobo, item: &Item) -> Result<DeploymentId, Error> {
    const RECENT: u32 = 50;
    let token = match &item.mark {
        Mark::Id(id) => return Ok(id.clone()),
        Mark::Token(token) => token,
    };
    let list = platform.deployments(&item.site, RECENT).await;
    let list = list.map_err(|source| Error::Api {
        doing: LOOKING_UP,
        source,
    })?;
    list.into_iter()
        .find(|deployment| deployment.client_token.as_ref() == Some(token))
        .map(|deployment| deployment.id)
        .ok_or_else(|| Error::NotFound { token: token.clone() })
}

/// `rollback`.
pub(crate) async fn rollback(setup: &Setup, args: &RollbackArgs) -> ExitCode {
    reported(setup, console::result_files(setup), async |hub| {
        let site = options::site(&args.site)?;
        let to = args.to.as_deref().map(options::deployment).transpose()?;
        let run = Run::begin(setup, &args.api, hub, "rollback", vec![site.clone()]).await?;
        let api = run.connection.contract.base_url().to_string();
        let journal = options::journal(setup, &args.wait_options, "rollback", &api, hub.clone());
        let platform = Sproobo::new(run.connection.client);
        let probe = Web(run.connection.http);
        let sink: Arc<dyn Sink> = hub.clone();
        let context = Context {
            platform: &platform,
            probe: &probe,
            journal: &journal,
            sink,
            clock: run.clock,
            interrupts: run.interrupts,
        };
        options::needs(
            &platform,
            Operation::Deployment,
            "roll back on Sproobo's dashboard, since it can't be followed",
        )?;
        let rules = options::follow(setup, &args.wait_options, &args.api);
        let result = deploy::rollback(&context, &site, to.as_ref(), &deploy::new_token()?, &rules).await;
        Ok(RunResult::of_sites(vec![result], run.clock.elapsed()))
    })
    .await
}

/// `cancel`. Nothing to cancel is a success: the clean-up step of a job runs it whatever happened before.
pub(crate) async fn cancel(setup: &Setup, args: &CancelArgs) -> ExitCode {
    reported(setup, crate::report::Paths::default(), async |hub| {
        let targets = targets(&args.target)?;
        let begin = |mode| Event::Begin { command: "cancel", sites: Vec::new(), mode, api: String::new() };
        let open: Vec<&Item> = targets.items.iter().filter(|item| !item.ended).collect();
        let nothing = if targets.detached && !args.force && !open.is_empty() {
            Some("that run was told to let its deployments go on (--on-interrupt detach); --force cancels them")
        } else if open.is_empty() {
            Some("there is nothing to cancel")
        } else {
            None
        };
        if let Some(nothing) = nothing {
            hub.emit(begin(Mode::Real));
            hub.emit(Event::Plan(nothing.to_owned()));
            return Ok(RunResult::of_sites(Vec::new(), Duration::ZERO));
        }
        let sites = open.iter().map(|item| item.site.clone()).collect();
        let mut run = Run::begin(setup, &args.api, hub, "cancel", sites).await?;
        let platform = Sproobo::new(run.connection.client);
        let all = futures_util::future::join_all(open.iter().map(|item| cancel_one(&platform, item, hub, run.clock)));
        tokio::select! {
            signal = signals::first(&mut run.interrupts) => {
                let cancel = CancelOutcome::Failed("the attempt was interrupted".to_owned());
                let result = RunResult::ended_by(Error::Interrupted { signal, cancel }, Vec::new(), run.clock.elapsed());
                Ok(match open.first() {
                    Some(item) => result.about(Some(item.known())),
                    None => result,
                })
            }
            results = all => Ok(RunResult::of_sites(results, run.clock.elapsed())),
        }
    })
    .await
}

async fn cancel_one(platform: &Sproobo, item: &Item, sink: &Arc<Hub>, clock: RunClock) -> SiteResult {
    let ours = match &item.mark {
        Mark::Id(id) => {
            // What has ended by now needs no request; what can't be read may still be cancelled.
            let seen = platform.deployment(&item.site, id).await;
            let unseen = |_| Deployment::new(id.clone(), StatusClass::Running, "");
            Ours::Known(Box::new(seen.unwrap_or_else(unseen)))
        }
        Mark::Token(token) => Ours::Sought(token.clone()),
    };
    let attempt = deploy::cancel_ours(platform, &item.site, &ours).await;
    let at = clock.elapsed();
    let event = |what| Event::Site {
        site: item.site.clone(),
        at,
        what: Box::new(what),
    };
    sink.emit(event(SiteEvent::Cancel {
        outcome: attempt.outcome.clone(),
    }));
    let known = Known {
        deployment: attempt.deployment.clone(),
        ..item.known()
    };
    let end = cancelled(attempt);
    let result = SiteResult {
        site: item.site.clone(),
        known,
        end,
        duration: at,
        log: Vec::new(),
    };
    sink.emit(event(SiteEvent::Verdict(Box::new(result.clone()))));
    result
}

/// What an attempt to cancel comes to for the command that is about nothing else.
fn cancelled(attempt: Attempt) -> Result<RunStatus, Error> {
    match (attempt.outcome, attempt.error) {
        (CancelOutcome::Accepted, _) => Ok(RunStatus::Cancelled),
        // Not our doing, but this is how it ended.
        (CancelOutcome::NothingToCancel | CancelOutcome::NotAsked, _) => {
            Ok(attempt.deployment.map_or(RunStatus::Refused, |deployment| {
                match (deployment.status, deployment.health) {
                    (StatusClass::Failed, _) | (_, Some(Health::Unhealthy)) => RunStatus::Failed,
                    (StatusClass::Succeeded | StatusClass::Finished, _) => RunStatus::Succeeded,
                    (StatusClass::Cancelled, _) => RunStatus::Cancelled,
                    (StatusClass::Superseded, _) => RunStatus::Superseded,
                    (StatusClass::Running | StatusClass::Unknown, _) => RunStatus::Unknown,
                }
            }))
        }
        // Neither rejected nor out of the contract: it may just have ended, or can't be cancelled at this point.
        (CancelOutcome::Failed(why), Some(error)) if error.status() == Some(409) => Err(Error::NotCancelled {
            why,
            code: error.exit_code(),
        }),
        (CancelOutcome::Failed(_), Some(source)) => Err(Error::Api {
            doing: "the deployment could not be cancelled",
            source,
        }),
        (CancelOutcome::Failed(why), None) => Err(Error::NotCancelled {
            why,
            code: ExitCode::CouldNotTell,
        }),
        (CancelOutcome::MayStillStart(_), Some(source)) => Err(Error::Api {
            doing: LOOKING_UP,
            source,
        }),
        (CancelOutcome::MayStillStart(token), None) => Err(Error::NotFound { token }),
    }
}
