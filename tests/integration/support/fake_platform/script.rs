//! What a test tells the fake to do.

use std::time::Duration;

use sproobo_deploy::error::ApiError;
use sproobo_deploy::model::{Health, StatusClass};

use super::secs;

/// An operation of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Trigger,
    Deployment,
    Deployments,
    Cancel,
    Rollback,
    Logs,
    Record,
    Probe,
}

/// What happens to a request that starts a deployment.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Starts,
    /// Nothing is started.
    Fails(ApiError),
    /// It is started after this long, and the reply is lost at once.
    StartsThen(Duration, ApiError),
    /// No reply ever; whether it is started.
    Hangs(bool),
    /// Takes its time.
    Slow {
        /// How long after the request it is started, if at all.
        created: Option<Duration>,
        /// How long the reply takes.
        takes: Duration,
        /// The reply, if it is not a good one.
        error: Option<ApiError>,
    },
}

/// What happens to the requests of an operation in a span of the run.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    Error(ApiError),
    /// The same after this long, as a time-out comes.
    Slow(Duration, ApiError),
    Hang,
}

/// A moment in a deployment's life, counted from its creation.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(crate) after: Duration,
    pub(crate) status: StatusClass,
    pub(crate) word: &'static str,
    pub(crate) health: Option<Health>,
    pub(crate) finished: bool,
}

pub(crate) fn at(seconds: u64, status: StatusClass, word: &'static str) -> Moment {
    Moment {
        after: secs(seconds),
        status,
        word,
        health: None,
        finished: status.is_final(),
    }
}

impl Moment {
    pub(crate) fn health(mut self, health: Health) -> Self {
        self.health = Some(health);
        self
    }

    pub(crate) fn finished(mut self) -> Self {
        self.finished = true;
        self
    }
}
