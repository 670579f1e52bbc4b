//! The wait for one deployment: polls, with history and log beside them.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, Phase};
use crate::event::{Note, SiteEvent};
use crate::model::{Deployment, DeploymentId, LogLine, Priority, RunStatus, StatusClass};
use crate::watch::log::LogReader;
use crate::watch::pace;
use crate::watch::poll::{Look, Poll};
use crate::watch::verdict::{Verdict, judge, settles};
use crate::watch::{Deployments, Logs, Options, Tracker, within};

const FIRST_POLL_AFTER_TRIGGER: Duration = Duration::from_millis(500);
/// The health check's answer may come at any moment of the settling time.
const SETTLING_POLL: Duration = Duration::from_secs(2);
const LOG_AFTER_VERDICT: Duration = Duration::from_secs(10);
const LOG_AFTER_TIMEOUT: Duration = Duration::from_secs(5);

/// How the work on a deployment ended. What was last seen of it is in the [`Tracker`].
#[derive(Debug)]
pub struct Ended {
    pub end: Result<RunStatus, Error>,
    /// The last lines of its log, if they were asked for.
    pub log: Vec<LogLine>,
}

impl From<Result<RunStatus, Error>> for Ended {
    fn from(end: Result<RunStatus, Error>) -> Self {
        Self { end, log: Vec::new() }
    }
}

/// Waits for a deployment's verdict: never longer than the deadline and a few seconds for a last check and the log.
///
/// `just_triggered` leaves the API a moment before the first poll. Dropping the future ends the wait at once.
pub async fn wait<P: Deployments>(
    platform: &P,
    tracker: &Tracker,
    id: &DeploymentId,
    just_triggered: bool,
    options: &Options,
) -> Ended {
    let poll = Poll {
        platform,
        tracker,
        id,
        options,
        by_history: true,
        is_new: just_triggered,
        longest: pace::LONGEST,
        first_after: if just_triggered {
            FIRST_POLL_AFTER_TRIGGER
        } else {
            Duration::ZERO
        },
        may_be_wrong_id: false,
        doing: "could not learn how the deployment ended",
    };
    let mut log = LogReader::new(platform, tracker, id, options);
    let beside = async {
        let history = learn_usual(platform, tracker, id, options);
        if options.logs == Logs::Always {
            tokio::join!(history, log.follow()).1
        } else {
            history.await;
            std::future::pending().await
        }
    };
    let end = tokio::select! {
        biased;
        end = verdict(&poll) => end,
        never = beside => match never {},
    };
    let limit = match &end {
        Err(Error::TimedOut { .. }) => LOG_AFTER_TIMEOUT,
        _ => LOG_AFTER_VERDICT,
    };
    let limit = tracker.deadline().for_log(limit);
    let log = match options.logs {
        Logs::Always => log.finish(limit, true).await,
        Logs::OnFailure if is_about_the_deployment(&end) => log.finish(limit, false).await,
        Logs::Never | Logs::OnFailure => Vec::new(),
    };
    Ended {
        end: end.map(|()| match tracker.seen() {
            // As good as a success where that was asked for, but not one.
            Some(seen) if seen.status == StatusClass::Superseded => RunStatus::Superseded,
            _ => RunStatus::Succeeded,
        }),
        log,
    }
}

/// Whether the deployment's log may explain this end.
fn is_about_the_deployment(end: &Result<(), Error>) -> bool {
    matches!(
        end,
        Err(Error::Failed { .. } | Error::Unhealthy { .. } | Error::UnknownWord { .. } | Error::TimedOut { .. })
    )
}

/// # Errors
/// How it ended other than well, or why that was not seen.
pub(super) async fn verdict<P: Deployments>(poll: &Poll<'_, P>) -> Result<(), Error> {
    let Poll { tracker, options, .. } = poll;
    let mut seen = Seen::default();
    let verdict = poll.until(|deployment| seen.look(deployment, tracker, options)).await?;
    let phase = match seen.completed_since {
        Some(_) => Phase::Settle,
        None => Phase::Wait,
    };
    verdict.unwrap_or_else(|| Err(tracker.deadline().timed_out(phase)))
}

/// What the looks so far have shown.
#[derive(Default)]
struct Seen {
    settling_since: Option<Instant>,
    /// Since when it has been complete, without a break.
    completed_since: Option<Instant>,
    unknown_words: Vec<String>,
}

impl Seen {
    fn look(&mut self, deployment: &Deployment, tracker: &Tracker, options: &Options) -> Look<Result<(), Error>> {
        tracker.saw(deployment);
        if deployment.status == StatusClass::Unknown && !self.unknown_words.contains(&deployment.word) {
            self.unknown_words.push(deployment.word.clone());
            tracker.emit(SiteEvent::UnknownWord {
                word: deployment.word.clone(),
            });
        }
        let now = Instant::now();
        let completed = matches!(deployment.status, StatusClass::Finished | StatusClass::Succeeded);
        self.completed_since = completed.then(|| self.completed_since.unwrap_or(now));
        if !settles(deployment) {
            self.settling_since = None;
        } else if self.settling_since.is_none() {
            self.settling_since = Some(now);
            tracker.emit(SiteEvent::Settling { within: options.settle });
        }
        match judge(
            deployment,
            self.settling_since,
            now,
            options.settle,
            options.on_superseded,
        ) {
            Verdict::Succeeded => {
                doubt_success(deployment, tracker);
                Look::Break(Ok(()))
            }
            Verdict::Ended(error) => Look::Break(Err(error)),
            Verdict::Settling { until } if options.poll_interval.is_some() => Look::Continue(Some(until)),
            Verdict::Settling { until } => Look::Continue(Some(until.min(now + SETTLING_POLL))),
            // How long the deployment took says nothing about its health check, which has only begun.
            Verdict::KeepWaiting if options.poll_interval.is_none() => Look::Continue(
                self.completed_since
                    .map(|since| now + pace::interval(now - since, None)),
            ),
            Verdict::KeepWaiting => Look::Continue(None),
        }
    }
}

/// A success with a reason of failure beside it is believed, but told: one of two pointers most likely leads elsewhere.
fn doubt_success(deployment: &Deployment, tracker: &Tracker) {
    if let Some(failure) = &deployment.failure {
        let text = format!(
            "`{}` counts as a success, but the reply also says \"{failure}\": see in the contract whether \
             `fields.deployment.status` and `fields.deployment.failure` lead to this deployment's own",
            deployment.word
        );
        tracker.note(Note::warning("A success beside a failure", text));
    }
}

/// Tells how long this usually takes; learned from the history here unless it was read before. A failure costs only a
/// worse pace, so it is silent.
async fn learn_usual<P: Deployments>(platform: &P, tracker: &Tracker, id: &DeploymentId, options: &Options) {
    if tracker.usual().is_none() {
        platform.turn(Priority::Look, tracker.deadline().at).await;
        let history = platform.deployments(tracker.site(), pace::RECENT);
        let Ok(history) = within(options.request_timeout, history).await else {
            return;
        };
        tracker.learn_usual(&history, Some(id));
    }
    if let Some(usual) = tracker.usual().flatten() {
        tracker.emit(SiteEvent::Expected { usual: usual.median });
    }
}
