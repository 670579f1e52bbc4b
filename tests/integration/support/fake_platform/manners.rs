//! How the fake behaves beside its script. Whatever is set here, it does not lie about what it refused.

use std::time::Duration;

use sproobo_deploy::error::ApiError;
use sproobo_deploy::model::{ClientToken, Deployment, StatusClass};

use super::{Moment, Run, at, conflict};

/// How long a deployment takes to stop.
const STOPS_AFTER: Duration = Duration::from_millis(500);

/// What a request to start gets while another deployment of the site runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conflicts {
    /// Its deployment, beside the other.
    Never,
    /// A 409 that names the other.
    Named,
    /// A 409 that names nothing.
    Unnamed,
}

/// See the module. By default there is nothing beside the script.
#[derive(Debug, Clone)]
pub(crate) struct Manners {
    /// Whether a token that was seen before gets the deployment that it has, instead of a second one.
    pub(crate) honours_tokens: bool,
    pub(crate) conflicts: Conflicts,
    /// How far its clock is off.
    pub(crate) clock_off: chrono::Duration,
    /// How long a new deployment is missing in the list.
    pub(crate) list_lag: Duration,
    /// The most that the list shows, whatever is asked for.
    pub(crate) list_rows: usize,
    /// Whether the list shows each row twice.
    pub(crate) list_twice: bool,
    /// Whether a request to cancel ends the deployment.
    pub(crate) cancels: bool,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            honours_tokens: false,
            conflicts: Conflicts::Never,
            clock_off: chrono::Duration::zero(),
            list_lag: Duration::ZERO,
            list_rows: usize::MAX,
            list_twice: false,
            cancels: false,
        }
    }
}

impl Manners {
    /// What a request to start gets instead of a new deployment, if not that.
    pub(super) fn instead(&self, runs: &[Run], token: &ClientToken, now: Duration) -> Option<Result<Run, ApiError>> {
        let known = || runs.iter().find(|run| run.token.as_ref() == Some(token));
        if let (true, Some(known)) = (self.honours_tokens, known()) {
            return Some(Ok(known.clone()));
        }
        let running = runs
            .iter()
            .find(|run| run.created <= now && run.at(now).status == StatusClass::Running)?;
        match self.conflicts {
            Conflicts::Never => None,
            Conflicts::Named => Some(Err(conflict(Some(running.id.as_str())))),
            Conflicts::Unnamed => Some(Err(conflict(None))),
        }
    }

    pub(super) fn shorten(&self, list: &mut Vec<Deployment>, limit: usize) {
        list.truncate(limit.min(self.list_rows));
        if self.list_twice {
            let twice = list.iter().flat_map(|row| [row.clone(), row.clone()]);
            *list = twice.collect();
        }
    }
}

impl Run {
    /// What it has come to by now.
    pub(super) fn at(&self, now: Duration) -> &Moment {
        let age = now.saturating_sub(self.created);
        self.life.iter().rfind(|moment| moment.after <= age).unwrap()
    }

    /// A request to cancel has come in.
    pub(super) fn cancel(&mut self, now: Duration) {
        if self.at(now).status == StatusClass::Running {
            let stops = now.saturating_sub(self.created) + STOPS_AFTER;
            self.life.retain(|moment| moment.after < stops);
            self.life.push(Moment {
                after: stops,
                ..at(0, StatusClass::Cancelled, "cancelled")
            });
        }
    }
}
