//! The frame of every command: its clock, the way to the API, what the rules work with, its begin and its end.
//!
//! It knows neither a command line nor a console: whoever has plain options, a sink and a source of interrupts can run
//! a command with it.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use chrono::Utc;
use tokio::time::timeout_at;

use super::connection::{Access, Connection};
use crate::deploy::{Context, Interrupts, Journal, NoAncestry};
use crate::error::{CancelOutcome, Error, Phase, Subject};
use crate::event::{Event, Mode, RunResult, Sink, SiteEvent};
use crate::http;
use crate::model::{Signal, SiteId, TimeLimit};
use crate::redact::Redactor;
use crate::sproobo::Client;
use crate::watch::{self, RunClock};

/// One invocation of a command.
pub struct Run {
    /// Where its events go.
    pub sink: Arc<dyn Sink>,
    /// Its time, from the begin.
    pub clock: RunClock,
    /// What no output may show.
    pub redactor: Redactor,
    interrupts: Interrupts,
    limit: Option<TimeLimit>,
    /// What is known of the deployment that it is about.
    known: Knowledge,
    /// The sites that it is about, once they are known.
    sites: OnceLock<Vec<SiteId>>,
    /// The API that was reached, and where it is.
    api: OnceLock<(Client, Mode)>,
}

/// What is known of the deployment that a run is about; nothing for a run that is about none. It outlives the work, so
/// that an end from outside can tell it.
#[derive(Clone)]
struct Knowledge(Arc<Mutex<Option<Subject>>>);

impl Knowledge {
    fn new(subject: Option<Subject>) -> Self {
        Self(Arc::new(Mutex::new(subject)))
    }

    fn now(&self) -> Option<Subject> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Subject>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Learns from what is seen of the deployment.
impl Sink for Knowledge {
    fn emit(&self, event: Event) {
        if let Event::Site { what, .. } = event
            && let SiteEvent::Status { deployment } = *what
            && let Some(subject) = self.lock().as_mut()
        {
            subject.deployment = Some(deployment.into());
        }
    }
}

/// Does this run's `work` and tells its sink how it ended, whatever that is.
pub async fn run(run: Run, work: impl AsyncFnOnce(&Run) -> Result<RunResult, Error>) -> RunResult {
    let done = work(&run).await;
    run.end(done).await
}

impl Run {
    /// A run that begins now and has no limit in time; no deployment is known yet.
    pub fn new(redactor: Redactor, sink: Arc<dyn Sink>, interrupts: Interrupts) -> Self {
        Self {
            sink,
            clock: RunClock::starting_at(Utc::now()),
            redactor,
            interrupts,
            limit: None,
            known: Knowledge::new(Some(Subject::default())),
            sites: OnceLock::new(),
            api: OnceLock::new(),
        }
    }

    /// The same, begun with this clock.
    #[must_use]
    pub fn since(self, clock: RunClock) -> Self {
        Self { clock, ..self }
    }

    /// The same, with this limit.
    #[must_use]
    pub fn limited(self, limit: Option<TimeLimit>) -> Self {
        Self { limit, ..self }
    }

    /// The same, and this is what is known of the deployment that it is about; nothing if it is about none.
    #[must_use]
    pub fn knowing(self, subject: Option<Subject>) -> Self {
        Self {
            known: Knowledge::new(subject),
            ..self
        }
    }

    /// Says what is known by now of the deployment that it is about; of the first of several.
    pub fn knows(&self, subject: Subject) {
        *self.known.lock() = Some(subject);
    }

    /// Learns what is seen of that deployment.
    pub(crate) fn sees(&self) -> Arc<dyn Sink> {
        Arc::new(self.known.clone())
    }

    /// Tells the sink how it ended.
    pub(crate) async fn end(self, done: Result<RunResult, Error>) -> RunResult {
        let result = self.placed(done).await.unwrap_or_else(|error| {
            RunResult::ended_by(error, Vec::new(), self.clock.elapsed())
                .about(self.known.now())
                .in_mode(self.api.get().map(|(_, mode)| *mode))
                .asked_for(self.sites.get().cloned().unwrap_or_default())
        });
        self.sink.emit(Event::End(Box::new(result.clone())));
        result
    }

    /// The signals that ask it to stop.
    pub(crate) fn interrupts(&self) -> Interrupts {
        self.interrupts.clone()
    }

    /// Says what the run is about, for an end before anything begins.
    pub fn is_about(&self, sites: &[SiteId]) {
        // A command names its sites once.
        let _ = self.sites.set(sites.to_vec());
    }

    /// Opens the way to the API, unless a signal or the run's limit comes first.
    ///
    /// # Errors
    /// A signal, the limit, or options that can't be used.
    pub async fn connect(&self, access: &Access) -> Result<Connection, Error> {
        let doing = "reading the API key and the configuration";
        let opened = self.in_time(doing, Connection::open(access, &self.redactor));
        let connection = self.unless_interrupted(CancelOutcome::NotAsked, opened).await?;
        // A command opens one connection; the first one stays.
        let _ = self.api.set((connection.client.clone(), connection.mode));
        Ok(connection)
    }

    /// The same with an error about a wrong id told from one about a wrong path.
    ///
    /// # Errors
    /// As it was, or about the path.
    pub(crate) async fn placed<T>(&self, done: Result<T, Error>) -> Result<T, Error> {
        match (done, self.api.get()) {
            (Err(error), Some((api, _))) => Err(watch::placed(api, error).await),
            (done, _) => done,
        }
    }

    /// The same, and says where the command goes.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn begin(&self, command: &'static str, sites: Vec<SiteId>, access: &Access) -> Result<Connection, Error> {
        self.is_about(&sites);
        let connection = self.connect(access).await?;
        self.announce(command, sites, &connection);
        Ok(connection)
    }

    /// Says what begins, and where it goes.
    pub fn announce(&self, command: &'static str, sites: Vec<SiteId>, connection: &Connection) {
        self.sink.emit(Event::Begin {
            command,
            sites,
            mode: connection.mode,
            api: connection.api().to_string(),
        });
    }

    /// What the rules work with; the order of commits is not known to it.
    pub fn context<'a>(
        &self,
        connection: &'a Connection,
        journal: &'a dyn Journal,
    ) -> Context<'a, Client, http::Client> {
        Context {
            platform: &connection.client,
            probe: &connection.http,
            journal,
            ancestry: &NoAncestry,
            sink: self.sink.clone(),
            clock: self.clock,
            interrupts: self.interrupts.clone(),
        }
    }

    /// Does what comes before anything is started (`doing` says it, as "reading …"), unless a signal or the run's limit
    /// comes first.
    ///
    /// # Errors
    /// A signal, the limit, or what `work` ends with.
    pub async fn prepare<T>(
        &self,
        doing: &'static str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.unless_interrupted(CancelOutcome::NothingToCancel, self.in_time(doing, work))
            .await
    }

    async fn in_time<T>(&self, doing: &'static str, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let Some(limit) = self.limit else {
            return work.await;
        };
        let deadline = self.clock.deadline(limit);
        let done = timeout_at(deadline.at, work).await;
        done.unwrap_or_else(|_| Err(deadline.timed_out(Phase::Prepare { doing })))
    }

    /// Does `work`, unless a signal comes first; `cancel` is what the error then says of a cancellation.
    ///
    /// # Errors
    /// The signal, or what `work` ends with.
    pub async fn unless_interrupted<T>(
        &self,
        cancel: CancelOutcome,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let interrupted = |signal| Err(Error::Interrupted { signal, cancel });
        self.interrupts.clone().race(work).await.unwrap_or_else(interrupted)
    }

    /// The first signal that asks the run to stop.
    pub async fn interrupted(&self) -> Signal {
        self.interrupts.clone().first().await
    }
}
