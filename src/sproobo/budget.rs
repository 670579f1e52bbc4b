//! The requests that one run may send to the API: a budget that all its sites share.
//!
//! Small APIs allow a key some 60 requests a minute. One site never comes near; twenty sites that each ask at their own
//! pace are refused most of the time, and each refusal is one more request. So every request that is not urgent takes
//! its turn here.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::http::RateLimit;
use crate::model::Priority;

/// Requests that may follow each other at once; after them, one whenever the rate allows it. What small APIs tolerate.
const BURST: f64 = 20.0;
/// The most in any second, whatever the API allows.
pub const MOST_PER_SECOND: usize = 5;
/// For many sites together: 60 a minute, a limit that is common among small APIs.
const LEAST_RATE: f64 = 1.0;
/// What a refusal without a `Retry-After` is worth.
const UNSAID_PAUSE: Duration = Duration::from_secs(1);
/// The most that one answer can make all sites wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// The rate is never learned to be less: one request in 15 s, the longest interval of the polls.
const FLOOR: f64 = 1.0 / 15.0;
/// By how much each answer that is no refusal lets a learned rate recover: slowly, or every recovery costs a refusal.
const RECOVERY: f64 = 1.02;

/// A token bucket for the requests of one run, whose rate follows what the API says of its limit.
#[derive(Debug)]
pub struct RequestBudget {
    state: Mutex<State>,
    /// Tells those who wait that the queue or the rate has changed.
    changed: Notify,
    /// What the rate starts with, and recovers to.
    full_rate: f64,
}

#[derive(Debug)]
struct State {
    tokens: f64,
    counted_at: Instant,
    /// Tokens a second.
    rate: f64,
    /// Nothing is sent before.
    paused_until: Option<Instant>,
    /// When the last [`MOST_PER_SECOND`] were sent.
    recent: VecDeque<Instant>,
    /// Who waits: the urgent first, then by their arrival.
    queue: BTreeSet<(Priority, u64)>,
    arrivals: u64,
}

impl RequestBudget {
    /// A budget for a run that has this many sites under way at a time.
    #[must_use]
    pub fn for_sites(sites: usize) -> Self {
        let full_rate = (MOST_PER_SECOND as f64 / sites.max(1) as f64).max(LEAST_RATE);
        Self {
            state: Mutex::new(State {
                tokens: BURST,
                counted_at: Instant::now(),
                rate: full_rate,
                paused_until: None,
                recent: VecDeque::with_capacity(MOST_PER_SECOND),
                queue: BTreeSet::new(),
                arrivals: 0,
            }),
            changed: Notify::new(),
            full_rate,
        }
    }

    /// Waits until the next request may be sent, but not past `by`: a run that is at its end no longer waits.
    pub async fn turn(&self, priority: Priority, by: Instant) {
        let turn = Turn::take(self, priority);
        loop {
            let changed = self.changed.notified();
            let at = match turn.due() {
                Due::Now => return,
                Due::At(at) => at.min(by),
                Due::AfterOthers => by,
            };
            // Whichever comes first: its time, or a change to that.
            let _ = timeout_at(at, changed).await;
            if Instant::now() >= by {
                return self.lock().spend(Instant::now());
            }
        }
    }

    /// Learns from an answer's status, what it asks to wait, and what it says of the limit.
    pub fn learn(&self, status: u16, retry_after: Option<Duration>, limit: Option<RateLimit>) {
        let now = Instant::now();
        let mut state = self.lock();
        let refused = status == 429 || (status == 503 && retry_after.is_some());
        if refused {
            state.pause(now + retry_after.unwrap_or(UNSAID_PAUSE).min(LONGEST_PAUSE));
            state.count(now);
            state.tokens = 0.0;
            state.rate = (state.rate / 2.0).max(FLOOR);
        } else if state.rate < self.full_rate {
            state.rate = (state.rate * RECOVERY).min(self.full_rate);
        }
        if let Some(limit) = limit {
            state.tokens = state.tokens.min(limit.remaining as f64);
            if limit.remaining == 0 {
                state.pause(now + limit.reset.min(LONGEST_PAUSE));
            } else if !refused {
                // Better than what is assumed for many sites, either way.
                state.rate = limit.sustainable().clamp(FLOOR, MOST_PER_SECOND as f64);
            }
        }
        drop(state);
        self.changed.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count(&mut self, now: Instant) {
        let gained = now.saturating_duration_since(self.counted_at).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + gained).min(BURST);
        self.counted_at = now;
    }

    fn pause(&mut self, until: Instant) {
        self.paused_until = self.paused_until.max(Some(until));
    }

    /// When the next request may go, whoever sends it.
    fn next(&mut self, now: Instant) -> Instant {
        self.count(now);
        let missing = (1.0 - self.tokens).max(0.0) / self.rate;
        let by_rate = now + Duration::from_secs_f64(missing);
        let by_second = match self.recent.front() {
            Some(oldest) if self.recent.len() == MOST_PER_SECOND => *oldest + Duration::from_secs(1),
            _ => now,
        };
        by_rate.max(by_second).max(self.paused_until.unwrap_or(now))
    }

    fn spend(&mut self, now: Instant) {
        self.count(now);
        self.tokens = (self.tokens - 1.0).max(0.0);
        if self.recent.len() == MOST_PER_SECOND {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
    }
}

enum Due {
    Now,
    At(Instant),
    AfterOthers,
}

/// A place in the queue, given up when it is dropped.
struct Turn<'a> {
    budget: &'a RequestBudget,
    ticket: (Priority, u64),
}

impl<'a> Turn<'a> {
    fn take(budget: &'a RequestBudget, priority: Priority) -> Self {
        let mut state = budget.lock();
        state.arrivals += 1;
        let ticket = (priority, state.arrivals);
        state.queue.insert(ticket);
        Self { budget, ticket }
    }

    /// Spends the request if it may go now.
    fn due(&self) -> Due {
        let now = Instant::now();
        let mut state = self.budget.lock();
        if state.queue.first() != Some(&self.ticket) {
            return Due::AfterOthers;
        }
        let next = state.next(now);
        if next > now {
            return Due::At(next);
        }
        state.spend(now);
        Due::Now
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.budget.lock().queue.remove(&self.ticket);
        self.budget.changed.notify_waiters();
    }
}
