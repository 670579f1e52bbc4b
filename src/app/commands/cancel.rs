//! `cancel`: asks for deployments that exist to be cancelled.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::app::console;
use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::app::targets::{self, Item, LOOKING_UP, Mark};
use crate::cli::args::CancelArgs;
use crate::deploy::{self, Attempt, Ours, first_signal};
use crate::error::{CancelOutcome, Error, ExitCode, Subject};
use crate::event::{Event, Mode, RunResult, Sink, SiteEvent, SiteResult};
use crate::model::{Deployment, Health, RunStatus, StatusClass};
use crate::report::{Dispatcher, Paths};
use crate::sproobo::Client;
use crate::watch::RunClock;

/// `cancel`. Nothing to cancel is a success: the clean-up step of a job runs it whatever happened before.
pub(crate) async fn run(setup: &Setup, args: &CancelArgs) -> ExitCode {
    console::reported(setup, Paths::default(), async |hub, clock| {
        let targets = targets::targets(&args.target)?;
        let begin = |mode| Event::Begin {
            command: "cancel",
            sites: Vec::new(),
            mode,
            api: String::new(),
        };
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
        let platform = &run.connection.client;
        let all = join_all(open.iter().map(|item| cancel_one(platform, item, hub, clock)));
        tokio::select! {
            signal = first_signal(&mut run.interrupts) => {
                let cancel = CancelOutcome::Failed("the attempt was interrupted".to_owned());
                let result = RunResult::ended_by(Error::Interrupted { signal, cancel }, Vec::new(), clock.elapsed());
                Ok(match open.first() {
                    Some(item) => result.about(Some(item.subject())),
                    None => result,
                })
            }
            results = all => Ok(RunResult::of_sites(results, clock.elapsed())),
        }
    })
    .await
}

async fn cancel_one(platform: &Client, item: &Item, sink: &Arc<Dispatcher>, clock: RunClock) -> SiteResult {
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
    let subject = Subject {
        deployment: attempt.deployment.clone(),
        ..item.subject()
    };
    let end = cancelled(attempt);
    let result = SiteResult {
        site: item.site.clone(),
        subject,
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
        (CancelOutcome::Failed(_), Some(source)) => Err(Error::api("the deployment could not be cancelled", source)),
        (CancelOutcome::Failed(why), None) => Err(Error::NotCancelled {
            why,
            code: ExitCode::CouldNotTell,
        }),
        (CancelOutcome::MayStillStart(_), Some(source)) => Err(Error::api(LOOKING_UP, source)),
        (CancelOutcome::MayStillStart(token), None) => Err(Error::NotFound { token }),
    }
}
