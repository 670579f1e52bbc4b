//! The frame of every command: its clock, the way to the API, what the rules work with, its begin and its end.
//!
//! It knows neither a command line nor a console: whoever has plain options, a sink and a source of interrupts can run
//! a command with it.

use std::future::Future;
use std::sync::{Arc, OnceLock};

use chrono::Utc;
use tokio::time::timeout_at;

use super::connection::{Access, Connection};
use crate::deploy::{Context, Interrupts, Journal, NoAncestry};
use crate::error::{CancelOutcome, Error, Phase, Subject};
use crate::event::{Event, RunResult, Sink};
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
    /// The sites that it is about, once they are known.
    sites: OnceLock<Vec<SiteId>>,
    /// The API that was reached.
    api: OnceLock<Client>,
}

/// What ends a run.
#[derive(Debug)]
pub struct Problem {
    error: Error,
    /// As [`RunResult::subject`].
    subject: Option<Subject>,
}

impl Problem {
    /// An error of a command that is about no deployment.
    #[must_use]
    pub fn of_command(error: Error) -> Self {
        Self { error, subject: None }
    }

    /// An error about a deployment.
    #[must_use]
    pub fn about(subject: Subject, error: Error) -> Self {
        Self {
            error,
            subject: Some(subject),
        }
    }
}

/// An error before any deployment is known.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::about(Subject::default(), error)
    }
}

/// Does this run's `work` and tells its sink how it ended, whatever that is.
pub async fn run(run: Run, work: impl AsyncFnOnce(&Run) -> Result<RunResult, Problem>) -> RunResult {
    let done = work(&run).await;
    run.end(done).await
}

impl Run {
    /// A run that begins now and has no limit in time.
    pub fn new(redactor: Redactor, sink: Arc<dyn Sink>, interrupts: Interrupts) -> Self {
        Self {
            sink,
            clock: RunClock::starting_at(Utc::now()),
            redactor,
            interrupts,
            limit: None,
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

    /// Tells the sink how it ended.
    pub(crate) async fn end(self, done: Result<RunResult, Problem>) -> RunResult {
        let result = match done {
            Ok(result) => result,
            Err(Problem { error, subject }) => {
                let error = match self.api.get() {
                    Some(api) => watch::placed(api, error).await,
                    None => error,
                };
                RunResult::ended_by(error, Vec::new(), self.clock.elapsed())
                    .about(subject)
                    .asked_for(self.sites.get().cloned().unwrap_or_default())
            }
        };
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
        let _ = self.api.set(connection.client.clone());
        Ok(connection)
    }

    /// The same with an error about a wrong id told from one about a wrong path.
    ///
    /// # Errors
    /// As it was, or about the path.
    pub(crate) async fn placed<T>(&self, done: Result<T, Error>) -> Result<T, Error> {
        match (done, self.api.get()) {
            (Err(error), Some(api)) => Err(watch::placed(api, error).await),
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
    pub async fn unless_interrupted<T, E: From<Error>>(
        &self,
        cancel: CancelOutcome,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let interrupted = |signal| Err(Error::Interrupted { signal, cancel }.into());
        self.interrupts.clone().race(work).await.unwrap_or_else(interrupted)
    }

    /// The first signal that asks the run to stop.
    pub async fn interrupted(&self) -> Signal {
        self.interrupts.clone().first().await
    }
}
