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
use crate::deploy::{self, Context, Interrupts, Ours};
use crate::error::{CancelOutcome, Error, ExitCode, Known};
use crate::event::{Event, Mode, RunResult, Sink, SiteEvent, SiteResult};
use crate::model::{ClientToken, Deployment, DeploymentId, Health, RunStatus, SiteId, StatusClass};
use crate::report::Hub;
use crate::state::{OnInterrupt, RunState};
use crate::watch::{Deployments, RunClock};

/// One deployment to act on.
pub(crate) struct Item {
    pub(crate) site: SiteId,
    /// Unknown when a run was ended before its trigger's reply came.
    pub(crate) deployment: Option<DeploymentId>,
    pub(crate) token: Option<ClientToken>,
    /// Whether the run that recorded it saw its end.
    pub(crate) ended: bool,
}

/// What the user points at.
pub(crate) struct Targets {
    pub(crate) items: Vec<Item>,
    /// The run was told `--on-interrupt detach`.
    detached: bool,
}

/// The deployments that a command line names, by id or by state file. No state file: none.
pub(crate) fn targets(target: &Target) -> Result<Targets, Error> {
    match (&target.from_state, &target.site, &target.deployment) {
        (Some(path), ..) => from_state(path),
        (None, Some(site), Some(deployment)) => Ok(Targets {
            items: vec![Item {
                site: options::site(site)?,
                deployment: Some(options::deployment(deployment)?),
                token: None,
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
        deployment: site.deployment,
        token: Some(site.client_token),
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
        let items = targets(&args.target)?.items;
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
    match find(context.platform, item).await {
        Ok(id) => deploy::wait(context, &item.site, &id, rules).await,
        Err(error) => {
            let known = Known {
                site: Some(item.site.clone()),
                deployment: None,
                token: item.token.clone(),
            };
            let result = SiteResult {
                site: item.site.clone(),
                known,
                end: Err(error),
                duration: context.clock.elapsed(),
                log: Vec::new(),
            };
            let what = Box::new(SiteEvent::Verdict(Box::new(result.clone())));
            context.sink.emit(Event::Site {
                site: item.site.clone(),
                at: context.clock.elapsed(),
                what,
            });
            result
        }
    }
}

/// The deployment's id; one that was never learned is looked up by its token.
pub(crate) async fn find(platform: &Sproobo, item: &Item) -> Result<DeploymentId, Error> {
    const RECENT: u32 = 50;
    if let Some(id) = &item.deployment {
        return Ok(id.clone());
    }
    let list = platform
        .deployments(&item.site, RECENT)
        .await
        .map_err(|source| Error::Api {
            doing: "the deployment could not be looked up by its token",
            source,
        })?;
    list.into_iter()
        .find(|deployment| deployment.client_token.is_some() && deployment.client_token == item.token)
        .map(|deployment| deployment.id)
        .ok_or_else(|| Error::NothingFits {
            what: format!(
                "{} has no deployment with the token of that run: its trigger may never have arrived",
                item.site
            ),
        })
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
                Err(Error::Interrupted { signal, cancel: CancelOutcome::Failed("the attempt was interrupted".to_owned()) })
            }
            results = all => Ok(RunResult::of_sites(results, run.clock.elapsed())),
        }
    })
    .await
}

/// How a deployment that needs no cancelling ended. One that was never found has nothing left to go wrong.
fn ended_as(deployment: Option<&Deployment>) -> RunStatus {
    match deployment.map(|deployment| (deployment.status, &deployment.health)) {
        Some((StatusClass::Failed, _) | (_, Some(Health::Unhealthy))) => RunStatus::Failed,
        Some((StatusClass::Cancelled, _)) => RunStatus::Cancelled,
        Some((StatusClass::Superseded, _)) => RunStatus::Superseded,
        Some((StatusClass::Unknown, _)) => RunStatus::Unknown,
        Some((StatusClass::Succeeded | StatusClass::Finished | StatusClass::Running, _)) | None => RunStatus::Succeeded,
    }
}

async fn cancel_one(platform: &Sproobo, item: &Item, sink: &Arc<Hub>, clock: RunClock) -> SiteResult {
    let ours = match (&item.deployment, &item.token) {
        (Some(id), _) => {
            // What has ended by now needs no request; what can't be read may still be cancelled.
            let seen = platform.deployment(&item.site, id).await;
            let unseen = |_| Deployment::new(id.clone(), StatusClass::Running, "");
            Ours::Known(Box::new(seen.unwrap_or_else(unseen)))
        }
        (None, Some(token)) => Ours::Sought(token.clone()),
        (None, None) => Ours::Nothing,
    };
    let (outcome, found) = deploy::cancel_ours(platform, &item.site, &ours).await;
    let at = clock.elapsed();
    let event = |what| Event::Site {
        site: item.site.clone(),
        at,
        what: Box::new(what),
    };
    sink.emit(event(SiteEvent::Cancel {
        outcome: outcome.clone(),
    }));
    let known = Known {
        site: Some(item.site.clone()),
        deployment: found,
        token: item.token.clone(),
    };
    let end = match &outcome {
        CancelOutcome::Accepted => Ok(RunStatus::Cancelled),
        CancelOutcome::NothingToCancel | CancelOutcome::NotAsked => Ok(ended_as(known.deployment.as_ref())),
        CancelOutcome::Failed(why) => Err(Error::NotCancelled { why: why.clone() }),
        CancelOutcome::MayStillStart(token) => Err(Error::NotCancelled {
            why: format!("no deployment with the token {token} was found; it may still start"),
        }),
    };
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
