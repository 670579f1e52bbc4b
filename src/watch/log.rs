//! Reading a deployment's log beside the wait. Nothing here changes a verdict.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::error::ApiError;
use crate::event::{Note, SiteEvent};
use crate::model::{DeploymentId, LogLine};
use crate::watch::{Deployments, Options, Tracker};

const FOLLOW_EVERY: Duration = Duration::from_secs(2);
const FOLLOW_AFTER_ERROR: Duration = Duration::from_secs(10);
/// Even a log that never ends lets others work.
const BETWEEN_PAGES: Duration = Duration::from_millis(50);
const MOST_PAGES: usize = 500;

/// Reads the log page by page and keeps its last lines.
pub(crate) struct LogReader<'a, P> {
    platform: &'a P,
    tracker: &'a Tracker,
    id: &'a DeploymentId,
    options: &'a Options,
    cursor: Option<String>,
    /// Lines already read of the page that `cursor` leads to.
    read: usize,
    tail: VecDeque<LogLine>,
}

impl<'a, P: Deployments> LogReader<'a, P> {
    pub(crate) fn new(platform: &'a P, tracker: &'a Tracker, id: &'a DeploymentId, options: &'a Options) -> Self {
        Self {
            platform,
            tracker,
            id,
            options,
            cursor: None,
            read: 0,
            tail: VecDeque::new(),
        }
    }

    /// Tells new lines as they come, until dropped.
    pub(crate) async fn follow(&mut self) -> Infallible {
        loop {
            let pause = match self.next_page().await {
                Ok((lines, more)) => {
                    self.tell(lines);
                    if more { BETWEEN_PAGES } else { FOLLOW_EVERY }
                }
                Err(_) => FOLLOW_AFTER_ERROR,
            };
            sleep(pause).await;
        }
    }

    /// Reads what is left of the log, for at most `limit`; gives the last lines of all that was read.
    ///
    /// `tell_all` tells every new line, otherwise only the last ones are told.
    pub(crate) async fn finish(mut self, limit: Duration, tell_all: bool) -> Vec<LogLine> {
        let incomplete = match timeout(limit, self.read_rest(tell_all)).await {
            Ok(Ok(true)) => None,
            Ok(Ok(false)) => Some(format!("it has more than {MOST_PAGES} pages")),
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("it could not be read within {} s", limit.as_secs())),
        };
        if let Some(why) = incomplete {
            let text = format!("the log of deployment {} is not complete here: {why}", self.id);
            self.tracker.note(Note::notice("Log not complete", text));
        }
        let tail: Vec<LogLine> = self.tail.iter().cloned().collect();
        if !tell_all {
            self.tell(tail.clone());
        }
        tail
    }

    /// Whether the log's end was reached.
    async fn read_rest(&mut self, tell: bool) -> Result<bool, ApiError> {
        for _ in 0..MOST_PAGES {
            let (lines, more) = self.next_page().await?;
            if tell {
                self.tell(lines);
            }
            if !more {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn tell(&self, lines: Vec<LogLine>) {
        if !lines.is_empty() {
            self.tracker.emit(SiteEvent::Log { lines });
        }
    }

    /// The new lines of the next page, and whether there is a page after it. A page without a new cursor is read again
    /// from its beginning the next time, since it may have grown.
    async fn next_page(&mut self) -> Result<(Vec<LogLine>, bool), ApiError> {
        let limit = self.options.request_timeout;
        let call = self.platform.logs(self.tracker.site(), self.id, self.cursor.as_deref());
        let page = timeout(limit, call)
            .await
            .unwrap_or(Err(ApiError::TimedOut { after: limit }))?;
        let lines: Vec<LogLine> = page.lines.into_iter().skip(self.read).collect();
        let more = page.cursor.is_some() && page.cursor != self.cursor;
        if more {
            self.cursor = page.cursor;
            self.read = 0;
        } else {
            self.read += lines.len();
        }
        for line in &lines {
            if self.tail.len() == self.options.log_lines {
                self.tail.pop_front();
            }
            if self.options.log_lines > 0 {
                self.tail.push_back(line.clone());
            }
        }
        Ok((lines, more))
    }
}
