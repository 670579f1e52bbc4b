//! One site's run, from its begin to its verdict.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::deploy::cancel::{ToCancel, ask_to_cancel, look_up};
use crate::deploy::start::{StartRequest, StartState, Starter};
use crate::deploy::verify::{check_commit, verify};
use crate::deploy::{Context, Interrupts, OnFailure, OnOutdated, Options, Platform, Probe};
use crate::error::{CancelOutcome, Error, ExitCode, Phase, Subject};
use crate::event::{Note, Rollback, SiteEvent, SiteResult};
use crate::model::{
    ClientToken, Deployment, DeploymentId, EarlyExit, RunStatus, Signal, SiteId, SiteState, TriggerRequest,
};
use crate::watch::{self, Ended, Tracker, placed};

/// One site's run. What it learns is kept here, so that it outlives work that a signal drops.
pub(super) struct SiteRun<'a, P, V> {
    pub(super) context: &'a Context<'a, P, V>,
    pub(super) options: &'a Options,
    pub(super) tracker: Tracker,
    token: Option<&'a ClientToken>,
    on_interrupt: EarlyExit,
    /// Whether the journal knows this run.
    recorded: AtomicBool,
    pub(super) start: StartState,
    /// When our deployment had failed, where something was still to be done then.
    failed_after: OnceLock<Duration>,
    /// What a rollback after our failure has come to so far.
    rolling_back: Mutex<Option<Rollback>>,
}

impl<'a, P: Platform, V: Probe> SiteRun<'a, P, V> {
    /// A run that starts a deployment with this token.
    pub(super) fn starting(
        context: &'a Context<'a, P, V>,
        site: &SiteId,
        token: &'a ClientToken,
        options: &'a Options,
    ) -> Self {
        Self {
            token: Some(token),
            on_interrupt: options.on_interrupt,
            ..Self::watching(context, site, options)
        }
    }

    /// A run that only watches, and therefore never cancels.
    pub(super) fn watching(context: &'a Context<'a, P, V>, site: &SiteId, options: &'a Options) -> Self {
        Self {
            context,
            options,
            tracker: Tracker::new(context.sink.clone(), site.clone(), context.clock, options.watch.limit),
            token: None,
            on_interrupt: EarlyExit::Detach,
            recorded: AtomicBool::new(false),
            start: StartState::default(),
            failed_after: OnceLock::new(),
            rolling_back: Mutex::new(None),
        }
    }

    /// A run that watches what an earlier run asked for with this token.
    pub(super) fn looking_up(
        context: &'a Context<'a, P, V>,
        site: &SiteId,
        token: &'a ClientToken,
        options: &'a Options,
    ) -> Self {
        Self {
            token: Some(token),
            start: StartState::sent(),
            ..Self::watching(context, site, options)
        }
    }

    /// Does the work unless a signal comes first; then tells and records the verdict.
    pub(super) async fn to_verdict(&self, work: impl Future<Output = Ended>) -> SiteResult {
        let mut interrupts = self.context.interrupts.clone();
        let placed = async {
            let mut ended = work.await;
            if let Err(error) = ended.end {
                ended.end = Err(placed(self.context.platform, error).await);
            }
            ended
        };
        let ended = match interrupts.race(placed).await {
            Ok(ended) => ended,
            Err(signal) => Err(self.leave(signal, &mut interrupts).await).into(),
        };
        let recorded = self.recorded.load(Ordering::Relaxed);
        let result = SiteResult {
            site: self.tracker.site().clone(),
            subject: Subject {
                site: Some(self.tracker.site().clone()),
                deployment: self.tracker.deployment(),
                // A token that nothing was sent with, or that was refused, would only mislead.
                token: self.token.filter(|_| self.start.may_have_started()).cloned(),
                by_commit: self.start.is_by_commit(),
                ..Subject::default()
            },
            end: ended.end,
            duration: self.context.clock.elapsed(),
            took: self.took(),
            rollback: self.rolling_back().clone(),
            log: ended.log,
        };
        if recorded {
            let nothing_started = !self.start.may_have_started() && result.subject.deployment.is_none();
            self.record_or_warn(if nothing_started {
                RunStatus::Refused
            } else {
                result.status()
            });
        }
        self.tracker.emit(SiteEvent::Verdict(Box::new(result.clone())));
        result
    }

    /// Trigger, wait, prove; and what is to be done after a failure.
    pub(super) async fn deploy(&self, request: &TriggerRequest) -> Ended {
        let mut ended = self.start_and_wait(StartRequest::Trigger(request), None).await;
        if matches!(ended.end, Ok(RunStatus::Succeeded)) {
            ended.end = self.prove(request).await.map(|()| RunStatus::Succeeded);
        }
        if let Err(error) = &ended.end
            && error.exit_code() == ExitCode::Failed
            && self.options.on_failure == OnFailure::Rollback
        {
            let failed_after = self.context.clock.elapsed();
            self.failed_after.get_or_init(|| failed_after);
            let rollback = self.return_to_earlier().await;
            let outcome = rollback.outcome.clone();
            *self.rolling_back() = Some(rollback);
            self.tracker.emit(SiteEvent::RolledBack { outcome });
        }
        ended
    }

    /// `before` is the site's list, if it was just read.
    pub(super) async fn start_and_wait(&self, request: StartRequest<'_>, before: Option<&[Deployment]>) -> Ended {
        // Recorded before it is sent: whatever happens then, a later step can find the deployment by its token.
        if let Err(error) = self.record(request.token(), RunStatus::Running) {
            return Err(error).into();
        }
        self.recorded.store(true, Ordering::Relaxed);
        let starter = Starter::new(self.context, &self.tracker, self.options, request, &self.start);
        let id = match starter.start(before).await {
            Ok(id) => id,
            Err(error @ Error::Outdated { .. }) if self.options.on_outdated == OnOutdated::Skip => {
                self.tracker
                    .note(Note::notice("Nothing was deployed", error.to_string()));
                return Ok(RunStatus::Superseded).into();
            }
            Err(error) => return Err(error).into(),
        };
        self.record_or_warn(RunStatus::Running);
        if !self.options.wait {
            return Ok(RunStatus::Running).into();
        }
        let mut ended = self.wait(&id, true).await;
        if let Err(error) = &mut ended.end {
            self.cancel_after_timeout(error).await;
        }
        ended
    }

    pub(super) async fn wait(&self, id: &DeploymentId, just_triggered: bool) -> Ended {
        let platform = self.context.platform;
        watch::wait(platform, &self.tracker, id, just_triggered, &self.options.watch).await
    }

    /// Waits for a deployment that a list showed.
    pub(super) async fn follow(&self, found: Deployment, adopted: bool) -> Ended {
        let id = found.id.clone();
        self.tracker.found(found, adopted);
        self.wait(&id, false).await
    }

    async fn prove(&self, request: &TriggerRequest) -> Result<(), Error> {
        let asked = request.commit.as_deref();
        check_commit(&self.tracker, asked, self.options.require_commit)?;
        match &self.options.verify {
            Some(how) => verify(self.context.probe, &self.tracker, how, asked, self.options).await,
            None => Ok(()),
        }
    }

    async fn cancel_after_timeout(&self, error: &mut Error) {
        let Error::TimedOut {
            phase: Phase::Wait | Phase::Settle,
            cancel,
            ..
        } = error
        else {
            return;
        };
        if self.options.on_timeout == EarlyExit::Cancel {
            let done = ask_to_cancel(self.context.platform, self.tracker.site(), &self.to_cancel()).await;
            *cancel = done.outcome;
            self.tracker.emit(SiteEvent::Cancel {
                outcome: cancel.clone(),
            });
        }
    }

    async fn leave(&self, signal: Signal, interrupts: &mut Interrupts) -> Error {
        // Half a rollback is worse than a whole one: it is left to its end, and that is said.
        let rolling_back = self.rolling_back().take();
        if let Some(mut so_far) = rolling_back {
            if so_far.status.may_go_on() {
                so_far.outcome = format!("not waited for, since {signal} came: {}", so_far.outcome);
                let outcome = so_far.outcome.clone();
                self.tracker.emit(SiteEvent::RolledBack { outcome });
            }
            *self.rolling_back() = Some(so_far);
        }
        let cancel = match (self.on_interrupt, self.to_cancel()) {
            (EarlyExit::Detach, ToCancel::SentWith(token)) if self.recorded.load(Ordering::Relaxed) => {
                self.look_before_leaving(&token, interrupts).await
            }
            (EarlyExit::Detach, _) => CancelOutcome::NotAsked,
            (EarlyExit::Cancel, what) => {
                self.answer_at_once(signal, &what);
                let outcome = tokio::select! {
                    biased;
                    () = interrupts.another() => what.given_up("a second signal ended the attempt"),
                    done = ask_to_cancel(self.context.platform, self.tracker.site(), &what) => {
                        if let (ToCancel::SentWith(_), Some(found)) = (what, done.deployment) {
                            self.tracker.found(found, true);
                        }
                        done.outcome
                    }
                };
                self.tracker.emit(SiteEvent::Cancel {
                    outcome: outcome.clone(),
                });
                outcome
            }
        };
        Error::Interrupted { signal, cancel }
    }

    /// A person at a terminal must see that the signal came, before what it brings about is done.
    fn answer_at_once(&self, signal: Signal, what: &ToCancel) {
        let doing = match what {
            ToCancel::Nothing | ToCancel::MaybeSomebodyElses => return,
            ToCancel::Deployment(known) => format!("cancelling {}", known.id),
            ToCancel::SentWith(_) => "looking for what the trigger started, to cancel it".to_owned(),
        };
        let again = match signal {
            Signal::Interrupt => "Ctrl-C again leaves it running",
            _ => "a second signal leaves it running",
        };
        let text = format!("{doing}; {again}");
        self.tracker.note(Note::notice("Interrupted", text));
    }

    /// The reply to our request is out, and what it starts is to go on: one look-up tells whether that is known.
    async fn look_before_leaving(&self, token: &ClientToken, interrupts: &mut Interrupts) -> CancelOutcome {
        let found = tokio::select! {
            biased;
            () = interrupts.another() => None,
            found = look_up(self.context.platform, self.tracker.site(), token) => found.ok().flatten(),
        };
        match found {
            Some(found) => {
                self.tracker.found(found, true);
                CancelOutcome::NotAsked
            }
            None => CancelOutcome::MayStillStart(token.clone()),
        }
    }

    fn to_cancel(&self) -> ToCancel {
        match (self.tracker.deployment(), self.token) {
            (Some(_), _) if self.start.is_by_commit() => ToCancel::MaybeSomebodyElses,
            (Some(deployment), _) => ToCancel::Deployment(Box::new(deployment)),
            (None, Some(token)) if self.start.may_have_started() => ToCancel::SentWith(token.clone()),
            (None, _) => ToCancel::Nothing,
        }
    }

    /// The run's own time says nothing of a deployment that it only watched, nor does a rollback's of what failed.
    fn took(&self) -> Option<Duration> {
        match self.token {
            Some(_) if self.recorded.load(Ordering::Relaxed) => {
                let failed_after = self.failed_after.get().copied();
                Some(failed_after.unwrap_or_else(|| self.context.clock.elapsed()))
            }
            _ => self.tracker.seen().and_then(|seen| seen.took()),
        }
    }

    pub(super) fn rolling_back(&self) -> MutexGuard<'_, Option<Rollback>> {
        self.rolling_back.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, token: &ClientToken, status: RunStatus) -> Result<(), Error> {
        self.context.journal.record(&SiteState {
            site: self.tracker.site().clone(),
            client_token: token.clone(),
            deployment: self.tracker.deployment().map(|deployment| deployment.id),
            by_commit: self.start.is_by_commit(),
            status,
        })
    }

    /// Once the trigger is sent, a state that can't be written no longer stops anything.
    fn record_or_warn(&self, status: RunStatus) {
        if let Some(token) = self.token
            && let Err(error) = self.record(token, status)
        {
            let text = format!("{error}; a later step can't find this run by its state file");
            self.tracker.note(Note::warning("State not recorded", text));
        }
    }
}
