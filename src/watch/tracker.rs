//! What is known of one site's run, and where it is told.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::{ApiError, Error};
use crate::event::{Event, Note, Sink, SiteEvent};
use crate::model::{Deployment, DeploymentId, Human, Known, SiteId, TimeLimit};
use crate::watch::outage::{self, Outage};
use crate::watch::pace::Usual;
use crate::watch::{Deadline, Options, RunClock};

/// Keeps what is known of one site's run, so that it survives when the work on it is dropped, and tells the sink.
pub struct Tracker {
    sink: Option<Arc<dyn Sink>>,
    site: SiteId,
    clock: RunClock,
    deadline: Deadline,
    deployment: Mutex<Option<Known>>,
    /// Whether the API has given this run a good answer.
    reached: AtomicBool,
    /// How long deployments of the site usually take, once its history was read.
    usual: OnceLock<Option<Usual>>,
}

impl Tracker {
    /// Nothing known yet; `limit` counts from the run's begin.
    pub fn new(sink: Arc<dyn Sink>, site: SiteId, clock: RunClock, limit: TimeLimit) -> Self {
        Self {
            sink: Some(sink),
            ..Self::untold(site, clock, limit)
        }
    }

    /// The same, and nobody is told.
    pub fn untold(site: SiteId, clock: RunClock, limit: TimeLimit) -> Self {
        Self::until(site, clock, clock.deadline(limit))
    }

    fn until(site: SiteId, clock: RunClock, deadline: Deadline) -> Self {
        Self {
            sink: None,
            site,
            clock,
            deadline,
            deployment: Mutex::new(None),
            reached: AtomicBool::new(false),
            usual: OnceLock::new(),
        }
    }

    /// A tracker of the same site and run that tells nobody: for work that is told as one step of this run.
    pub(crate) fn muted(&self) -> Self {
        Self {
            reached: AtomicBool::new(self.reached.load(Ordering::Relaxed)),
            usual: self.usual.clone(),
            ..Self::until(self.site.clone(), self.clock, self.deadline)
        }
    }

    pub fn site(&self) -> &SiteId {
        &self.site
    }

    pub fn clock(&self) -> RunClock {
        self.clock
    }

    /// The deployment, once it is known.
    pub fn deployment(&self) -> Option<Known> {
        self.lock().clone()
    }

    /// The deployment as last seen.
    pub fn seen(&self) -> Option<Deployment> {
        self.deployment()?.seen
    }

    /// Emits an event of this site.
    pub fn emit(&self, what: SiteEvent) {
        if let Some(sink) = &self.sink {
            sink.emit(Event::Site {
                site: self.site.clone(),
                at: self.clock.elapsed(),
                what: Box::new(what),
            });
        }
    }

    pub fn note(&self, note: Note) {
        if let Some(sink) = &self.sink {
            sink.emit(Event::Note(note));
        }
    }

    /// The deployment is known from now on.
    pub fn found(&self, deployment: impl Into<Known>, adopted: bool) {
        let deployment = deployment.into();
        if deployment.id.as_str() == self.site.as_str() {
            self.note(Note::warning(
                "The deployment has the site's id",
                "the contract's `fields.deployment.id` most likely leads to the site, so what is judged may be something that was \
                 there before",
            ));
        }
        *self.lock() = Some(deployment.clone());
        self.emit(SiteEvent::Found { deployment, adopted });
    }

    /// The deployment as a poll showed it; emits a change of its word or health.
    pub(crate) fn saw(&self, deployment: &Deployment) {
        let (merged, changed) = {
            let mut known = self.lock();
            let (merged, changed) = match known.as_ref().and_then(|known| known.seen.as_ref()) {
                None => (deployment.clone(), true),
                Some(before) => {
                    let merged = with_gaps_filled(deployment, before);
                    let changed = (&before.word, &before.health) != (&merged.word, &merged.health);
                    (merged, changed)
                }
            };
            *known = Some(merged.clone().into());
            (merged, changed)
        };
        if changed {
            self.emit(SiteEvent::Status { deployment: merged });
        }
    }

    /// The API has given this run a good answer.
    pub(crate) fn answered(&self) {
        self.reached.store(true, Ordering::Relaxed);
    }

    /// Learns from the site's history, newest first, how long its deployments usually take; `own` is not part of it.
    pub(crate) fn learn_usual(&self, history: &[Deployment], own: Option<&DeploymentId>) {
        // What was learned first stays.
        let _ = self.usual.set(Usual::from_history(history, own));
    }

    /// How long deployments of the site usually take: nothing before the history was read, and nothing inside if it
    /// does not tell.
    pub(crate) fn usual(&self) -> Option<Option<Usual>> {
        self.usual.get().copied()
    }

    /// How much unbroken failure of the API is tolerated now.
    pub(crate) fn error_budget(&self, options: &Options) -> Duration {
        outage::budget(options.max_unreachable, self.reached.load(Ordering::Relaxed))
    }

    /// When to send again what was sent at `sent` and has just failed, without harm in a second try.
    ///
    /// # Errors
    /// [`Error::Unreachable`] when the budget is used up.
    pub(crate) fn retry_at(
        &self,
        outage: &mut Outage,
        error: &ApiError,
        sent: Instant,
        options: &Options,
    ) -> Result<Instant, Error> {
        let now = Instant::now();
        let Some(next) = outage.failed(error, sent, now, self.error_budget(options)) else {
            return Err(Error::Unreachable {
                unbroken: outage.lasted(now),
                last: error.clone(),
            });
        };
        log::debug!("no good answer ({error}); trying again in {}", Human(next - now));
        Ok(next)
    }

    pub(crate) fn deadline(&self) -> Deadline {
        self.deadline
    }

    fn lock(&self) -> MutexGuard<'_, Option<Known>> {
        self.deployment.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known after `now`: a poll may show less than the trigger's reply did, and what does not change is kept.
fn with_gaps_filled(now: &Deployment, before: &Deployment) -> Deployment {
    fn kept<T: Clone>(now: &Option<T>, before: &Option<T>) -> Option<T> {
        now.as_ref().or(before.as_ref()).cloned()
    }
    // Every field by its name: a new one does not compile until it is decided here.
    Deployment {
        id: now.id.clone(),
        status: now.status,
        word: now.word.clone(),
        health: now.health.clone(),
        url: kept(&now.url, &before.url),
        dashboard_url: kept(&now.dashboard_url, &before.dashboard_url),
        commit: kept(&now.commit, &before.commit),
        branch: kept(&now.branch, &before.branch),
        message: kept(&now.message, &before.message),
        client_token: kept(&now.client_token, &before.client_token),
        created_at: kept(&now.created_at, &before.created_at),
        started_at: kept(&now.started_at, &before.started_at),
        finished_at: now.finished_at,
        failure: now.failure.clone(),
    }
}
