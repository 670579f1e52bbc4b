//! Reading a deployment's log, page by page; beside the wait too, where nothing of it changes a verdict.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::ops::ControlFlow;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::error::{ApiError, Error, Phase};
use crate::event::{Note, SiteEvent};
use crate::model::{DeploymentId, LogLine, Priority, SiteId};
use crate::watch::{Deadline, Deployments, Options, Tracker, within};

/// Between looks for new lines while there are some, and the most while there are none.
const FOLLOW_EVERY: Duration = Duration::from_secs(2);
const FOLLOW_QUIET: Duration = Duration::from_secs(5);
/// By how much each look without new lines delays the next.
const SLOWER: Duration = Duration::from_secs(1);
const FOLLOW_AFTER_ERROR: Duration = Duration::from_secs(10);
/// Even a log that never ends lets others work.
const BETWEEN_PAGES: Duration = Duration::from_millis(50);

/// A deployment's log, from its first page on.
pub struct Log<'a, P> {
    platform: &'a P,
    site: &'a SiteId,
    id: &'a DeploymentId,
    request_timeout: Duration,
    cursor: Option<String>,
    /// Lines already read of the page that `cursor` leads to.
    read: usize,
    /// Lines already read in all.
    lines: usize,
    /// The time between looks for new lines.
    pause: Duration,
}

impl<'a, P: Deployments> Log<'a, P> {
    /// Nothing is read yet; a request may take `request_timeout`.
    pub fn new(platform: &'a P, site: &'a SiteId, id: &'a DeploymentId, request_timeout: Duration) -> Self {
        Self {
            platform,
            site,
            id,
            request_timeout,
            cursor: None,
            read: 0,
            lines: 0,
            pause: FOLLOW_EVERY,
        }
    }

    /// Whether no line was read so far.
    pub fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// Reads to the log's present end; gives each page's new lines to `take`, until that wants no more. A server that never
    /// ends its log must not hold us for ever, so the deadline ends it too.
    ///
    /// # Errors
    /// That of the page that could not be read, or that the time was over.
    pub async fn read_by(
        &mut self,
        deadline: Deadline,
        take: impl AsyncFnMut(Vec<LogLine>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        match timeout_at(deadline.at, self.read_to_end(take)).await {
            Ok(read) => read.map_err(unreadable),
            Err(_) => Err(self.cut_off(deadline)),
        }
    }

    /// The same without an end in time.
    pub(super) async fn read_to_end(
        &mut self,
        mut take: impl AsyncFnMut(Vec<LogLine>) -> ControlFlow<()>,
    ) -> Result<(), ApiError> {
        loop {
            let (lines, more) = self.next_page().await?;
            if take(lines).await.is_break() || !more {
                return Ok(());
            }
        }
    }

    /// The end of who reads it for its own sake, when the time is over.
    pub(super) fn cut_off(&self, deadline: Deadline) -> Error {
        deadline.timed_out(Phase::Log { lines: self.lines })
    }

    pub(super) fn platform(&self) -> &'a P {
        self.platform
    }

    pub(super) fn id(&self) -> &'a DeploymentId {
        self.id
    }

    /// For who follows the log: waits for its turn, but not past `by`, and reads the next page. The time to the next one,
    /// and the new lines.
    pub(super) async fn read_on(&mut self, by: Instant) -> (Duration, Result<Vec<LogLine>, ApiError>) {
        self.platform.turn(Priority::Look, by).await;
        match self.next_page().await {
            Ok((lines, more)) => {
                self.pause = match lines.is_empty() {
                    true => (self.pause + SLOWER).min(FOLLOW_QUIET),
                    false => FOLLOW_EVERY,
                };
                (if more { BETWEEN_PAGES } else { self.pause }, Ok(lines))
            }
            Err(error) => (FOLLOW_AFTER_ERROR, Err(error)),
        }
    }

    /// The new lines of the next page, and whether there is a page after it: only if this one shows something, and a
    /// cursor that leads on. A page without a new cursor is read again from its beginning the next time, since it may
    /// have grown.
    async fn next_page(&mut self) -> Result<(Vec<LogLine>, bool), ApiError> {
        let page = self.platform.logs(self.site, self.id, self.cursor.as_deref());
        let page = within(self.request_timeout, page).await?;
        let is_empty = page.lines.is_empty();
        let length = page.skipped + page.lines.len();
        let missed = page.skipped.saturating_sub(self.read);
        let known = self.read.saturating_sub(page.skipped);
        let mut lines: Vec<LogLine> = page.lines.into_iter().skip(known).collect();
        self.lines += missed + lines.len();
        if missed > 0 {
            lines.insert(0, left_out(missed));
        }
        let leads_on = page.cursor.is_some() && page.cursor != self.cursor;
        if leads_on {
            self.cursor = page.cursor;
            self.read = 0;
        } else {
            self.read = self.read.max(length);
        }
        Ok((lines, leads_on && !is_empty))
    }
}

pub(super) fn unreadable(source: ApiError) -> Error {
    Error::api("the log could not be read", source)
}

/// Stands where lines are not shown.
fn left_out(lines: usize) -> LogLine {
    LogLine {
        time: None,
        text: format!("({lines} lines left out: the page is too long)"),
    }
}

/// Tells the log of a deployment that is waited for, and keeps its last lines.
pub(crate) struct LogReader<'a, P> {
    log: Log<'a, P>,
    told: Told<'a>,
}

struct Told<'a> {
    tracker: &'a Tracker,
    most: usize,
    tail: VecDeque<LogLine>,
}

impl<'a, P: Deployments> LogReader<'a, P> {
    pub(crate) fn new(platform: &'a P, tracker: &'a Tracker, id: &'a DeploymentId, options: &Options) -> Self {
        Self {
            log: Log::new(platform, tracker.site(), id, options.request_timeout),
            told: Told {
                tracker,
                most: options.log_lines,
                tail: VecDeque::new(),
            },
        }
    }

    /// Tells new lines as they come, until dropped.
    pub(crate) async fn follow(&mut self) -> Infallible {
        loop {
            let deadline = self.told.tracker.deadline().at;
            let (pause, page) = self.log.read_on(deadline).await;
            // What can't be read now may be read at the end, where it is told.
            if let Ok(lines) = page {
                self.told.take(lines, true);
            }
            sleep(pause).await;
        }
    }

    /// Reads what is left of the log, for at most `limit`; gives the last lines of all that was read.
    ///
    /// `tell_all` tells every new line, otherwise only the last ones are told.
    pub(crate) async fn finish(mut self, limit: Duration, tell_all: bool) -> Vec<LogLine> {
        let rest = self.log.read_to_end(async |lines| {
            self.told.take(lines, tell_all);
            ControlFlow::Continue(())
        });
        let incomplete = match timeout(limit, rest).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("it could not be read within {} s", limit.as_secs())),
        };
        let Told { tracker, tail, .. } = self.told;
        if let Some(why) = incomplete {
            let text = format!("the log of deployment {} is not complete here: {why}", self.log.id);
            tracker.note(Note::notice("Log not complete", text));
        }
        let tail: Vec<LogLine> = tail.into();
        if !tell_all {
            tell(tracker, tail.clone());
        }
        tail
    }
}

impl Told<'_> {
    fn take(&mut self, lines: Vec<LogLine>, aloud: bool) {
        let last = lines.len().saturating_sub(self.most)..;
        self.tail.extend(lines[last].iter().cloned());
        self.tail.drain(..self.tail.len().saturating_sub(self.most));
        if aloud {
            tell(self.tracker, lines);
        }
    }
}

fn tell(tracker: &Tracker, lines: Vec<LogLine>) {
    if !lines.is_empty() {
        tracker.emit(SiteEvent::Log { lines });
    }
}
