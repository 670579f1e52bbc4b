//! What can be seen of a run from outside, by the rules' tests and by the binary's.

use std::collections::BTreeMap;
use std::time::Duration;

use sproobo_deploy::model::{DeploymentId, SiteState};

use crate::support::fake_platform::Op;

/// Times count from the begin of the first run.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// When the last run began: the job's next step, after a first run that was killed.
    pub(super) began: Duration,
    pub(super) ended: Duration,
    pub(super) hung: bool,
    /// What is allowed beyond each time limit.
    pub(super) slack: Duration,
    /// Nothing for a step that found nothing to do.
    pub(super) code: Option<u8>,
    pub(super) status: String,
    pub(super) deployment: Option<DeploymentId>,
    /// What it said at its end.
    pub(super) text: String,
    /// Whether it warned that the deployment was found by its commit alone.
    pub(super) by_commit: bool,
    pub(super) rolled_back: bool,
    pub(super) found_again: bool,
    pub(super) lost: bool,
    pub(super) waited_for_another: bool,
    pub(super) outputs: BTreeMap<String, String>,
    pub(super) events: Vec<String>,
    pub(super) calls: Vec<(Op, Duration)>,
    /// What was recorded, in order.
    pub(super) states: Vec<SiteState>,
}

impl Seen {
    pub(super) fn nothing_left(at: Duration) -> Self {
        Self {
            began: at,
            ended: at,
            ..Self::default()
        }
    }

    pub(super) fn hung(began: Duration, ended: Duration) -> Self {
        Self {
            began,
            ended,
            hung: true,
            ..Self::default()
        }
    }
}
