//! Following a log for its own sake, until its deployment has ended.

use std::ops::ControlFlow;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::error::{ApiError, Error};
use crate::model::LogLine;
use crate::watch::log::{Log, unreadable};
use crate::watch::outage::{Outage, is_fatal};
use crate::watch::poll::Poll;
use crate::watch::wait::verdict;
use crate::watch::{Deployments, Options, Tracker};

/// Who sees that nothing more is written wants to know whether that was all.
const END_SEEN_WITHIN: Duration = Duration::from_secs(5);
/// How long the rest of a log may fail to be read once its deployment has ended.
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(30);

/// Gives the log's lines to `take` as they are written, until the deployment has ended, however that is, and the log is
/// read; or until `take` wants no more. Before a page is read the one before is taken. `trouble` is told the first of
/// a row of failures to read the log, which are no end.
///
/// What is known of the deployment then is in the tracker. Dropping the future ends it at once.
///
/// # Errors
/// The deployment's end was not seen (as for a wait), there is no such deployment, or its log can't be read.
pub async fn follow<P: Deployments>(
    mut log: Log<'_, P>,
    tracker: &Tracker,
    options: &Options,
    mut take: impl AsyncFnMut(Vec<LogLine>) -> ControlFlow<()>,
    mut trouble: impl FnMut(&ApiError),
) -> Result<(), Error> {
    let poll = Poll {
        platform: log.platform(),
        tracker,
        id: log.id(),
        options,
        by_history: false,
        is_new: false,
        longest: END_SEEN_WITHIN,
        first_after: Duration::ZERO,
        may_be_wrong_id: true,
        doing: "could not learn whether the deployment goes on",
    };
    let reading = async {
        let mut fails = false;
        loop {
            let (pause, page) = log.read_on(tracker.deadline().at).await;
            match page {
                Ok(lines) => {
                    fails = false;
                    if take(lines).await.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                Err(error) if is_fatal(&error) => return Err(unreadable(error)),
                Err(error) if !fails => {
                    fails = true;
                    trouble(&error);
                }
                Err(_) => {}
            }
            sleep(pause).await;
        }
    };
    let flow = tokio::select! {
        biased;
        end = verdict(&poll) => has_ended(end)?,
        read = reading => read?,
    };
    if flow.is_break() {
        return Ok(());
    }
    // What was written last is often what explains the end.
    let deadline = tracker.deadline();
    let rest = read_rest(&mut log, &mut take);
    match timeout(deadline.for_log(Duration::MAX), rest).await {
        Ok(read) => read,
        Err(_) => Err(log.cut_off(deadline)),
    }
}

/// Reads to the log's end, through failures that pass.
async fn read_rest<P: Deployments>(
    log: &mut Log<'_, P>,
    take: &mut impl AsyncFnMut(Vec<LogLine>) -> ControlFlow<()>,
) -> Result<(), Error> {
    let mut outage = Outage::default();
    loop {
        let sent = Instant::now();
        let Err(error) = log.read_to_end(&mut *take).await else {
            return Ok(());
        };
        match outage.failed(&error, sent, Instant::now(), PATIENCE_AT_THE_END) {
            Some(next) if !is_fatal(&error) => sleep_until(next).await,
            _ => return Err(unreadable(error)),
        }
    }
}

/// An end that the deployment had is one of its log too.
fn has_ended(end: Result<(), Error>) -> Result<ControlFlow<()>, Error> {
    match end {
        Ok(())
        | Err(
            Error::Failed { .. }
            | Error::Unhealthy { .. }
            | Error::Cancelled
            | Error::Superseded
            | Error::UnknownWord { .. },
        ) => Ok(ControlFlow::Continue(())),
        Err(error) => Err(error),
    }
}
