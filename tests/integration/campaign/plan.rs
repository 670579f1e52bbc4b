//! What happens in one run of the campaign: all of it is drawn from a seed, so that the seed alone tells it again.

use std::ops::Range;
use std::time::Duration;

use fastrand::Rng;
use sproobo_deploy::deploy::{OnConflict, OnFailure};
use sproobo_deploy::model::{EarlyExit, StatusClass};
use sproobo_deploy::watch::OnSuperseded;

use super::life::{Life, draw_life};
use super::reply::{How, Sending};
use crate::support::fake_platform::{Conflicts, Op};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Deploy,
    /// `rollback` to its default target.
    RollBack,
    /// `rollback --to` the oldest deployment.
    RollBackTo,
}

/// What the API shows of client tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tokens {
    Shown,
    /// It shows none, and the contract says so (`client_token: []`).
    Hidden,
    /// It shows none, and the contract does not know.
    Null,
}

/// What the next step of the job does after `kill -9`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    Cancel,
    Wait,
}

/// A deployment of the same site that is not ours.
#[derive(Debug, Clone)]
pub(super) struct Stranger {
    /// When it is created, in seconds of the run; negative: before it.
    pub(super) second: i64,
    pub(super) has_token: bool,
    /// Whether it is of the commit that we deploy.
    pub(super) same_commit: bool,
    pub(super) life: Life,
}

/// See the module. Durations count from the run's begin.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) command: Command,
    pub(super) tokens: Tokens,
    pub(super) shows_commits: bool,
    pub(super) honours_tokens: bool,
    pub(super) conflicts: Conflicts,
    /// Seconds by which Sproobo's clock is off.
    pub(super) clock_off: i64,
    pub(super) list_lag: Duration,
    pub(super) list_rows: usize,
    pub(super) list_twice: bool,
    pub(super) cancels_work: bool,
    /// What becomes of the requests that start something, in order; further ones are served well.
    pub(super) sendings: Vec<Sending>,
    /// Seconds in which an operation fails, and how.
    pub(super) faults: Vec<(Op, Range<u64>, How)>,
    pub(super) life: Life,
    /// That of a rollback after our failure.
    pub(super) second_life: Life,
    pub(super) strangers: Vec<Stranger>,

    pub(super) limit: Duration,
    pub(super) max_unreachable: Duration,
    pub(super) wait: bool,
    pub(super) on_timeout: EarlyExit,
    pub(super) on_interrupt: EarlyExit,
    pub(super) on_conflict: OnConflict,
    pub(super) on_failure: OnFailure,
    pub(super) on_superseded: OnSuperseded,
    /// When SIGTERM comes.
    pub(super) signal: Option<Duration>,
    /// When the process is gone without a word, and what comes then.
    pub(super) killed: Option<(Duration, Then)>,
}

impl Plan {
    /// Nothing goes wrong.
    pub(super) fn plain(seed: u64) -> Self {
        Self {
            seed,
            command: Command::Deploy,
            tokens: Tokens::Shown,
            shows_commits: true,
            honours_tokens: false,
            conflicts: Conflicts::Never,
            clock_off: 0,
            list_lag: Duration::ZERO,
            list_rows: usize::MAX,
            list_twice: false,
            cancels_work: true,
            sendings: Vec::new(),
            faults: Vec::new(),
            life: Life::Succeeds(60),
            second_life: Life::Succeeds(60),
            strangers: Vec::new(),
            limit: Duration::from_secs(600),
            max_unreachable: Duration::from_secs(300),
            wait: true,
            on_timeout: EarlyExit::Detach,
            on_interrupt: EarlyExit::Cancel,
            on_conflict: OnConflict::Wait,
            on_failure: OnFailure::Report,
            on_superseded: OnSuperseded::Fail,
            signal: None,
            killed: None,
        }
    }

    /// Draws a deploy or a rollback on a server with moods.
    pub(super) fn draw(seed: u64) -> Self {
        let rng = &mut Rng::with_seed(seed);
        let mut plan = Self::plain(seed);
        plan.command = *of(
            rng,
            &[
                Command::Deploy,
                Command::Deploy,
                Command::Deploy,
                Command::RollBack,
                Command::RollBackTo,
            ],
        );
        plan.tokens = *of(
            rng,
            &[
                Tokens::Shown,
                Tokens::Shown,
                Tokens::Shown,
                Tokens::Hidden,
                Tokens::Hidden,
                Tokens::Null,
            ],
        );
        plan.shows_commits = !one_in(rng, 8);
        plan.honours_tokens = rng.bool();
        plan.conflicts = *of(
            rng,
            &[Conflicts::Never, Conflicts::Named, Conflicts::Named, Conflicts::Unnamed],
        );
        plan.clock_off = *of(rng, &[0, 0, 180, -180, 600, -600]);
        plan.list_lag = Duration::from_millis(*of(rng, &[0, 0, 0, 300, 900]));
        plan.list_rows = *of(rng, &[usize::MAX, usize::MAX, 20, 5]);
        plan.list_twice = one_in(rng, 5);
        plan.cancels_work = !one_in(rng, 6);
        plan.life = draw_life(rng);
        plan.second_life = draw_life(rng);
        plan.strangers = (0..rng.usize(0..4)).map(|_| draw_stranger(rng)).collect();
        plan.limit = Duration::from_secs(*of(rng, &[3, 30, 90, 240, 600, 600]));
        plan.max_unreachable = Duration::from_secs(*of(rng, &[20, 60, 300]));
        plan.wait = !one_in(rng, 8);
        plan.on_timeout = early_exit(rng);
        plan.on_interrupt = early_exit(rng);
        plan.on_conflict = if one_in(rng, 4) {
            OnConflict::Fail
        } else {
            OnConflict::Wait
        };
        plan.on_failure = if one_in(rng, 3) {
            OnFailure::Rollback
        } else {
            OnFailure::Report
        };
        plan.on_superseded = if one_in(rng, 4) {
            OnSuperseded::Succeed
        } else {
            OnSuperseded::Fail
        };
        plan.sendings = (0..*of(rng, &[0, 1, 1, 1, 2, 2, 3, 4]))
            .map(|_| Sending::draw(rng, plan.honours_tokens, plan.list_lag))
            .collect();
        plan.faults = (0..*of(rng, &[0, 0, 1, 2])).map(|_| draw_fault(rng)).collect();
        plan
    }

    /// The same, and a signal at some time.
    pub(super) fn interrupted(seed: u64) -> Self {
        let mut plan = Self::draw(seed);
        plan.signal = Some(some_time(&mut Rng::with_seed(!seed)));
        plan
    }

    /// The same, but the process is killed at some time; then the job's next step follows or cancels what it left.
    pub(super) fn killed(seed: u64) -> Self {
        let mut plan = Self::draw(seed);
        let rng = &mut Rng::with_seed(!seed);
        plan.killed = Some((some_time(rng), *of(rng, &[Then::Cancel, Then::Wait])));
        plan
    }

    /// The same within seconds, for the real clock: a deploy that may be interrupted or killed.
    pub(super) fn brisk(seed: u64) -> Self {
        let mut plan = Self::draw(seed);
        let rng = &mut Rng::with_seed(!seed);
        plan.command = Command::Deploy;
        plan.limit = Duration::from_secs(*of(rng, &[2, 5, 8]));
        plan.max_unreachable = Duration::from_secs(3);
        plan.life = brisk_life(rng);
        plan.second_life = brisk_life(rng);
        for stranger in &mut plan.strangers {
            stranger.second %= 5;
            stranger.life = brisk_life(rng);
        }
        for sending in &mut plan.sendings {
            sending.created = sending.created.map(|late| late.min(Duration::from_secs(4)));
        }
        for (_, span, _) in &mut plan.faults {
            *span = span.start % 3..span.start % 3 + (span.end - span.start).min(4);
        }
        let at = Duration::from_millis(rng.u64(0..4000));
        match rng.u8(0..3) {
            0 => plan.signal = Some(at),
            1 => plan.killed = Some((at, *of(rng, &[Then::Cancel, Then::Wait]))),
            _ => {}
        }
        plan
    }

    /// The plan without one of the things that make it special, for each of them: what is left of a failure after all
    /// that can be taken away is its story.
    pub(super) fn simpler(&self) -> Vec<Self> {
        let plain = Self::plain(self.seed);
        let mut simpler: Vec<Self> = Vec::new();
        let mut with = |change: &dyn Fn(&mut Self)| {
            let mut plan = self.clone();
            change(&mut plan);
            if format!("{plan:?}") != format!("{self:?}") {
                simpler.push(plan);
            }
        };
        with(&|plan| plan.strangers.clear());
        with(&|plan| plan.faults.clear());
        with(&|plan| plan.sendings.clear());
        for index in 0..self.strangers.len() {
            with(&|plan| {
                plan.strangers.remove(index);
            });
        }
        for index in 0..self.faults.len() {
            with(&|plan| {
                plan.faults.remove(index);
            });
        }
        for index in 0..self.sendings.len() {
            with(&|plan| {
                plan.sendings.remove(index);
            });
        }
        with(&|plan| plan.signal = None);
        with(&|plan| plan.killed = None);
        with(&|plan| plan.command = plain.command);
        with(&|plan| plan.tokens = plain.tokens);
        with(&|plan| plan.shows_commits = plain.shows_commits);
        with(&|plan| plan.conflicts = plain.conflicts);
        with(&|plan| plan.clock_off = plain.clock_off);
        with(&|plan| plan.list_lag = plain.list_lag);
        with(&|plan| plan.list_rows = plain.list_rows);
        with(&|plan| plan.list_twice = plain.list_twice);
        with(&|plan| plan.cancels_work = plain.cancels_work);
        with(&|plan| plan.life = plain.life);
        with(&|plan| plan.second_life = plain.second_life);
        with(&|plan| plan.limit = plain.limit);
        with(&|plan| plan.max_unreachable = plain.max_unreachable);
        with(&|plan| plan.wait = plain.wait);
        with(&|plan| plan.on_timeout = plain.on_timeout);
        with(&|plan| plan.on_interrupt = plain.on_interrupt);
        with(&|plan| plan.on_conflict = plain.on_conflict);
        with(&|plan| plan.on_failure = plain.on_failure);
        with(&|plan| plan.on_superseded = plain.on_superseded);
        simpler
    }

    /// Whether an operation ever fails.
    pub(super) fn fails(&self, op: Op) -> bool {
        self.faults.iter().any(|(of, ..)| *of == op)
    }

    /// Whether somebody's deployment can be in the way of ours.
    pub(super) fn has_conflicts(&self) -> bool {
        let runs = |stranger: &Stranger| {
            stranger
                .life
                .moments()
                .iter()
                .any(|moment| moment.status == StatusClass::Running)
        };
        // Ours too, once its reply was lost.
        self.conflicts != Conflicts::Never && (self.strangers.iter().any(runs) || !self.sendings.is_empty())
    }
}

pub(super) fn of<'a, T>(rng: &mut Rng, choices: &'a [T]) -> &'a T {
    &choices[rng.usize(0..choices.len())]
}

pub(super) fn one_in(rng: &mut Rng, number: u32) -> bool {
    rng.u32(0..number) == 0
}

fn early_exit(rng: &mut Rng) -> EarlyExit {
    *of(rng, &[EarlyExit::Detach, EarlyExit::Cancel])
}

/// Often early, where most happens.
fn some_time(rng: &mut Rng) -> Duration {
    let most = *of(rng, &[100, 1000, 5000, 60_000, 120_000]);
    Duration::from_millis(rng.u64(0..most))
}

fn brisk_life(rng: &mut Rng) -> Life {
    let lives = [
        Life::Succeeds(1),
        Life::Succeeds(2),
        Life::Settles(1),
        Life::Fails(1),
        Life::IsCancelled(1),
        Life::IsSuperseded(1),
        Life::IsOddFor(2),
        Life::EndsOddly(1),
        Life::IsStamped(2),
        Life::Goes,
    ];
    *of(rng, &lives)
}

fn draw_stranger(rng: &mut Rng) -> Stranger {
    Stranger {
        second: if rng.bool() { rng.i64(-300..0) } else { rng.i64(0..90) },
        has_token: rng.bool(),
        same_commit: rng.bool(),
        life: draw_life(rng),
    }
}

fn draw_fault(rng: &mut Rng) -> (Op, Range<u64>, How) {
    let op = *of(
        rng,
        &[Op::Deployment, Op::Deployments, Op::Deployments, Op::Cancel, Op::Logs],
    );
    let begin = *of(rng, &[0, 0, 1, 5, 30, 60]);
    let lasts = *of(rng, &[1, 3, 10, 40, 120, 100_000]);
    (op, begin..begin + lasts, How::draw_fault(rng))
}
