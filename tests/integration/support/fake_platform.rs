//! A scripted Sproobo in memory, on tokio's clock: a paused clock drives whole simulated deployments.

mod errors;
mod manners;
pub(crate) mod over_http;
mod script;
mod serve;

use std::collections::VecDeque;
use std::future::pending;
use std::ops::Range;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, TimeZone as _, Utc};
use sproobo_deploy::deploy::Platform;
use sproobo_deploy::error::ApiError;
use sproobo_deploy::model::{
    ClientToken, Deployment, DeploymentId, LogLine, LogPage, SiteId, StatusClass, TriggerRequest,
};
use sproobo_deploy::watch::{Deployments, RunClock};
use tokio::time::sleep;

pub(crate) use errors::{bare_reply, broken, conflict, html, not_connected, reply, reply_after, request_timed_out};
pub(crate) use manners::{Conflicts, Manners};
pub(crate) use script::{Fault, Moment, Op, Reply, at};

pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

pub(crate) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn id(text: &str) -> DeploymentId {
    text.parse().unwrap()
}

pub(crate) fn site(text: &str) -> SiteId {
    text.parse().unwrap()
}

#[derive(Debug, Clone)]
struct Run {
    id: DeploymentId,
    token: Option<ClientToken>,
    commit: Option<String>,
    created: Duration,
    life: Vec<Moment>,
}

#[derive(Debug)]
struct State {
    runs: Vec<Run>,
    started: usize,
    replies: VecDeque<Reply>,
    life: Vec<Moment>,
    lives: VecDeque<Vec<Moment>>,
    faults: Vec<(Op, Range<Duration>, Fault)>,
    calls: Vec<(Op, Duration)>,
    log: Vec<String>,
    answers_rollback_with_target: bool,
    cancelled: Vec<DeploymentId>,
}

/// What the fake knows of one deployment, whatever it shows.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    pub(crate) deployment: Deployment,
    pub(crate) token: Option<ClientToken>,
    /// Since the run began; later than now for one that is still to come.
    pub(crate) created: Duration,
}

impl Truth {
    /// Whether a [`request`] of the tests started it.
    pub(crate) fn is_ours(&self) -> bool {
        self.token
            .as_ref()
            .is_some_and(|token| token.0.starts_with("token-of-"))
    }
}

/// See the module.
pub(crate) struct FakePlatform {
    clock: RunClock,
    state: Mutex<State>,
    pub(crate) manners: Manners,
    pub(crate) shows_tokens: bool,
    /// Whether the contract says that it does.
    pub(crate) contract_names_tokens: bool,
    pub(crate) shows_commits: bool,
    pub(crate) reports_commit: Option<String>,
    /// Polls answer with this deployment, whatever was asked for.
    pub(crate) confuses_with: Option<&'static str>,
    /// Polls show less than the trigger's reply.
    pub(crate) polls_show_urls: bool,
    /// How many lines the log grows by in a second; all at once if unset.
    pub(crate) log_pace: Option<usize>,
    /// Every page of the log has a new cursor, the empty one at its end too.
    pub(crate) log_cursor_leads_on: bool,
    /// A rollback is refused unless it names its target's commit.
    pub(crate) rolls_back_by_commit: bool,
}

impl FakePlatform {
    pub(crate) fn new(clock: RunClock) -> Self {
        Self {
            clock,
            state: Mutex::new(State {
                runs: Vec::new(),
                started: 0,
                replies: VecDeque::new(),
                life: vec![
                    at(0, StatusClass::Running, "queued"),
                    at(5, StatusClass::Running, "building"),
                    at(60, StatusClass::Succeeded, "live"),
                ],
                lives: VecDeque::new(),
                faults: Vec::new(),
                calls: Vec::new(),
                log: Vec::new(),
                answers_rollback_with_target: false,
                cancelled: Vec::new(),
            }),
            manners: Manners::default(),
            shows_tokens: true,
            contract_names_tokens: true,
            shows_commits: true,
            reports_commit: None,
            confuses_with: None,
            polls_show_urls: true,
            log_pace: None,
            log_cursor_leads_on: false,
            rolls_back_by_commit: false,
        }
    }

    /// An API that shows no tokens, and a contract that says so.
    pub(crate) fn without_tokens(&mut self) {
        self.shows_tokens = false;
        self.contract_names_tokens = false;
    }

    fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.state.lock().unwrap())
    }

    /// The life of deployments that are started from now on.
    pub(crate) fn life(&self, moments: &[Moment]) {
        self.state(|state| state.life = moments.to_vec());
    }

    /// The lives of the next deployments that are started.
    pub(crate) fn lives(&self, lives: impl IntoIterator<Item = Vec<Moment>>) {
        self.state(|state| state.lives.extend(lives));
    }

    /// What happens to the next requests that start something; after these they all start it.
    pub(crate) fn replies(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state(|state| state.replies.extend(replies));
    }

    pub(crate) fn fault(&self, op: Op, span: Range<u64>, fault: Fault) {
        self.state(|state| state.faults.push((op, secs(span.start)..secs(span.end), fault)));
    }

    pub(crate) fn log(&self, lines: usize) {
        self.state(|state| state.log = (1..=lines).map(|number| format!("line {number}")).collect());
    }

    pub(crate) fn answer_rollback_with_target(&self) {
        self.state(|state| state.answers_rollback_with_target = true);
    }

    /// A deployment that was there before: created `ago` before the run began.
    pub(crate) fn past(&self, id: &str, ago: u64, life: &[Moment]) {
        self.somebody(
            id,
            None,
            Some("fedcba9876543210fedcba9876543210fedcba98"),
            -i64::try_from(ago).unwrap(),
            life,
        );
    }

    /// A deployment of somebody, created at this second of the run (negative: before it).
    pub(crate) fn somebody(&self, id: &str, token: Option<&str>, commit: Option<&str>, second: i64, life: &[Moment]) {
        // The run begins 10,000 s after the fake's epoch, so that nothing has a negative age.
        let created = secs(u64::try_from(EPOCH_OFFSET + second).unwrap());
        self.state(|state| {
            state.runs.push(Run {
                id: self::id(id),
                token: token.map(|token| ClientToken(token.to_owned())),
                commit: commit.map(str::to_owned),
                created,
                life: life.to_vec(),
            });
        });
    }

    /// When the requests of an operation came, in seconds of the run.
    pub(crate) fn times(&self, op: Op) -> Vec<f64> {
        self.state(|state| {
            let calls = state.calls.iter().filter(|(call, _)| *call == op);
            calls.map(|(_, at)| at.as_secs_f64()).collect()
        })
    }

    pub(crate) fn count(&self, op: Op) -> usize {
        self.times(op).len()
    }

    /// The time since the run began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    /// All requests, with their time since the run began.
    pub(crate) fn calls(&self) -> Vec<(Op, Duration)> {
        self.state(|state| state.calls.clone())
    }

    /// All operations in order.
    pub(crate) fn order(&self) -> Vec<Op> {
        self.state(|state| state.calls.iter().map(|(op, _)| *op).collect())
    }

    /// Notes something that others did, among the requests.
    pub(crate) fn note(&self, op: Op) -> Duration {
        let at = self.clock.elapsed();
        self.state(|state| state.calls.push((op, at)));
        at
    }

    /// How many deployments our requests have started.
    pub(crate) fn started(&self) -> usize {
        self.state(|state| state.started)
    }

    fn now(&self) -> Duration {
        self.clock.elapsed() + secs(EPOCH_OFFSET.unsigned_abs())
    }

    /// Notes a request; gives what the script says that happens to it.
    pub(crate) fn called(&self, op: Op) -> Option<Fault> {
        let at = self.note(op);
        self.state(|state| {
            let mut faults = state.faults.iter();
            let fault = faults.find(|(of, span, _)| *of == op && span.contains(&at));
            fault.map(|(_, _, fault)| fault.clone())
        })
    }

    async fn call(&self, op: Op) -> Result<(), ApiError> {
        match self.called(op) {
            Some(Fault::Hang) => pending().await,
            Some(Fault::Error(error)) => Err(error),
            Some(Fault::Slow(after, error)) => {
                sleep(after).await;
                Err(error)
            }
            None => {
                sleep(Duration::from_millis(20)).await;
                Ok(())
            }
        }
    }

    async fn start_in_time(&self, op: Op, token: &ClientToken, commit: Option<&str>) -> Result<Deployment, ApiError> {
        self.call(op).await?;
        match self.start(token, commit) {
            (takes, Some(answer)) => {
                sleep(takes).await;
                answer
            }
            (_, None) => pending().await,
        }
    }
}

const EPOCH_OFFSET: i64 = 10_000;

fn epoch() -> DateTime<Utc> {
    run_begin() - chrono::Duration::seconds(EPOCH_OFFSET)
}

pub(crate) fn run_begin() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 2, 0, 0).unwrap()
}

impl Deployments for FakePlatform {
    async fn deployment(&self, _site: &SiteId, id: &DeploymentId) -> Result<Deployment, ApiError> {
        self.call(Op::Deployment).await?;
        self.one(id)
    }

    async fn deployments(&self, _site: &SiteId, limit: u32) -> Result<Vec<Deployment>, ApiError> {
        self.call(Op::Deployments).await?;
        Ok(self.list(limit))
    }

    async fn lists_sites(&self) -> bool {
        true
    }

    async fn logs(&self, _site: &SiteId, _id: &DeploymentId, cursor: Option<&str>) -> Result<LogPage, ApiError> {
        self.call(Op::Logs).await?;
        let from: usize = cursor.map_or(0, |cursor| cursor.split('/').next().unwrap().parse().unwrap());
        let seconds = usize::try_from(self.clock.elapsed().as_secs()).unwrap();
        let most = self.log_pace.map_or(usize::MAX, |pace| pace * seconds);
        let (lines, until, written) = self.state(|state| {
            let written = state.log.len().min(most);
            let until = written.min(from + 20);
            (state.log[from..until].to_vec(), until, written)
        });
        Ok(LogPage {
            lines: lines.into_iter().map(|text| LogLine { time: None, text }).collect(),
            skipped: 0,
            cursor: (self.log_cursor_leads_on || until < written).then(|| format!("{until}/{}", self.count(Op::Logs))),
        })
    }
}

impl Platform for FakePlatform {
    #[expect(
        clippy::misnamed_getters,
        reason = "the rules are told by the contract, which may be wrong"
    )]
    fn shows_tokens(&self) -> bool {
        self.contract_names_tokens
    }

    async fn trigger(&self, request: &TriggerRequest) -> Result<Deployment, ApiError> {
        self.start_in_time(Op::Trigger, &request.token, request.commit.as_deref())
            .await
    }

    async fn cancel(&self, _site: &SiteId, id: &DeploymentId) -> Result<(), ApiError> {
        self.call(Op::Cancel).await?;
        FakePlatform::cancel(self, id);
        Ok(())
    }

    fn triggers_a_commit(&self) -> bool {
        true
    }

    fn rolls_back_by_commit(&self) -> bool {
        self.rolls_back_by_commit
    }

    async fn rollback(
        &self,
        _site: &SiteId,
        to: &DeploymentId,
        named: Option<&str>,
        token: &ClientToken,
    ) -> Result<Deployment, ApiError> {
        if self.rolls_back_by_commit && (named.is_none() || named != self.commit_of(to).as_deref()) {
            return Err(reply(422));
        }
        if self.state(|state| state.answers_rollback_with_target) {
            self.call(Op::Rollback).await?;
            return Ok(Deployment::new(to.clone(), StatusClass::Succeeded, "live"));
        }
        let commit = self.commit_of(to);
        self.start_in_time(Op::Rollback, token, commit.as_deref()).await
    }
}

pub(crate) fn request(name: &str) -> TriggerRequest {
    TriggerRequest {
        site: site(name),
        git_ref: Some("main".to_owned()),
        commit: Some(COMMIT.to_owned()),
        message: None,
        token: ClientToken(format!("token-of-{name}")),
    }
}
