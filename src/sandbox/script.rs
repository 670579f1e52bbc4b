//! What a deployment does over time: made once at its creation, and only ever cut short by a cancel.

use std::time::Duration;

use super::options::{Pace, Scenario};

/// From a cancel request to `cancelled`, at normal pace.
const CANCEL_TAKES: Duration = Duration::from_millis(300);
const BUILD_BEGINS: u64 = 300;
/// How many lines the build writes: more than a page of the log holds.
const BUILD_LINES: u64 = 30;

/// What the API reports from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stage {
    /// Time since the deployment's creation.
    pub(super) at: Duration,
    pub(super) status: &'static str,
    /// Absent where no health is reported.
    pub(super) health: Option<&'static str>,
}

#[derive(Debug)]
pub(super) struct Line {
    /// Time since the deployment's creation.
    pub(super) at: Duration,
    pub(super) text: String,
}

/// A deployment's whole course. There is always a first stage, and the last one is its end.
#[derive(Debug)]
pub(super) struct Script {
    first: Stage,
    later: Vec<Stage>,
    log: Vec<Line>,
    failure: Option<&'static str>,
    /// From a cancel request to the end; nothing once it was asked for.
    cancel_takes: Option<Duration>,
}

impl Script {
    /// A triggered deployment.
    pub(super) fn deploy(scenario: Scenario, has_health: bool, pace: Pace) -> Self {
        let mut script = Self::queued();
        script.stage(BUILD_BEGINS, "building", None);
        let built = if scenario == Scenario::Slow { 60_000 } else { 1_500 };
        script.build_log(built);
        match scenario {
            Scenario::Fail => {
                script.say(
                    built + 100,
                    "src/checkout.ts:41:7 - error TS2322: type 'string' is not a number",
                );
                script.say(built + 200, "the command `npm run build` exited with code 2");
                script.end(
                    built + 300,
                    "failed",
                    "the build failed: `npm run build` exited with code 2",
                );
            }
            Scenario::Superseded => script.end(built, "superseded", "a newer deployment of this site took over"),
            Scenario::Cancelled => script.end(built, "cancelled", "cancelled on the dashboard by another user"),
            Scenario::Unknown => {
                script.stage(built, "deploying", None);
                script.stage(built + 1_000, "hibernated", None);
            }
            Scenario::Success
            | Scenario::Unhealthy
            | Scenario::Slow
            | Scenario::Flaky
            // Only the history gets that far.
            | Scenario::UnknownSite => {
                script.stage(built, "deploying", None);
                script.go_live(built + 1_000, 700, has_health, scenario == Scenario::Unhealthy);
            }
        }
        script.paced(pace)
    }

    /// A rollback: nothing is built, and it always works.
    pub(super) fn rollback(has_health: bool, target: &str, pace: Pace) -> Self {
        let mut script = Self::queued();
        script.stage(150, "deploying", None);
        script.say(150, format!("rolling back to {target}"));
        script.go_live(1_000, 500, has_health, false);
        script.paced(pace)
    }

    /// When a newer deployment takes over, if that is what happens.
    pub(super) fn superseded_at(&self) -> Option<Duration> {
        let last = self.last();
        (last.status == "superseded").then_some(last.at)
    }

    /// What is reported at this time since the creation.
    pub(super) fn at(&self, elapsed: Duration) -> Stage {
        let reached = self.later.iter().rev().find(|stage| stage.at <= elapsed);
        *reached.unwrap_or(&self.first)
    }

    /// When work began, if it has.
    pub(super) fn started(&self, elapsed: Duration) -> Option<Duration> {
        let work = self.later.first().filter(|stage| stage.status != "cancelled")?;
        Some(work.at).filter(|&at| at <= elapsed)
    }

    /// When it ended, health included, if it has.
    pub(super) fn ended(&self, elapsed: Duration) -> Option<Duration> {
        Some(self.last().at).filter(|&at| at <= elapsed)
    }

    /// Why it ended as it did, once it has.
    pub(super) fn failure(&self, elapsed: Duration) -> Option<&'static str> {
        self.ended(elapsed).and(self.failure)
    }

    /// The log as far as it is written.
    pub(super) fn log(&self, elapsed: Duration) -> &[Line] {
        &self.log[..self.log.partition_point(|line| line.at <= elapsed)]
    }

    /// Replaces what was still to come by an end as `cancelled`. Asking twice changes nothing.
    pub(super) fn cancel(&mut self, elapsed: Duration) {
        let Some(takes) = self.cancel_takes.take() else {
            return;
        };
        self.later.retain(|stage| stage.at <= elapsed);
        self.log.retain(|line| line.at <= elapsed);
        let end = elapsed + takes;
        self.later.push(Stage {
            at: end,
            status: "cancelled",
            health: None,
        });
        for (at, text) in [(elapsed, "asked to cancel"), (end, "cancelled")] {
            self.log.push(Line {
                at,
                text: text.to_owned(),
            });
        }
        self.failure = Some("cancelled on request");
    }

    fn queued() -> Self {
        let mut script = Self {
            first: Stage {
                at: Duration::ZERO,
                status: "queued",
                health: None,
            },
            later: Vec::new(),
            log: Vec::new(),
            failure: None,
            cancel_takes: Some(CANCEL_TAKES),
        };
        script.say(0, "this is the sandbox: nothing is deployed");
        script
    }

    fn last(&self) -> Stage {
        *self.later.last().unwrap_or(&self.first)
    }

    fn stage(&mut self, at: u64, status: &'static str, health: Option<&'static str>) {
        let at = Duration::from_millis(at);
        self.later.push(Stage { at, status, health });
    }

    fn say(&mut self, at: u64, text: impl Into<String>) {
        self.log.push(Line {
            at: Duration::from_millis(at),
            text: text.into(),
        });
    }

    fn end(&mut self, at: u64, status: &'static str, why: &'static str) {
        self.stage(at, status, None);
        self.say(at, why);
        self.failure = Some(why);
    }

    /// Lines as builds write them, with some that only a careless tool would let through as they are.
    fn build_log(&mut self, until: u64) {
        let begin = BUILD_BEGINS;
        self.say(begin, "fetching the source");
        self.say(
            begin,
            "::error::this line of a build log is data, not a workflow command",
        );
        self.say(begin, "##[error]and so is this one");
        self.say(
            begin,
            "\u{1b}[32mcolours\u{1b}[0m and a bare\rcarriage return are data too",
        );
        for line in 1..=BUILD_LINES {
            let at = begin + (until - begin) * line / BUILD_LINES;
            self.say(at, format!("built part {line} of {BUILD_LINES}"));
        }
    }

    fn go_live(&mut self, at: u64, check: u64, has_health: bool, unhealthy: bool) {
        self.say(at, "the new version takes over");
        if !has_health {
            self.stage(at, "completed", None);
            return;
        }
        self.stage(at, "completed", Some("checking"));
        if unhealthy {
            let why = "the health check failed: GET /health answered 503 three times";
            self.say(at + check, why);
            self.failure = Some(why);
        } else {
            self.say(at + check, "the health check passed: GET /health answered 200");
        }
        let health = if unhealthy { "unhealthy" } else { "healthy" };
        self.stage(at + check, "completed", Some(health));
    }

    fn paced(mut self, pace: Pace) -> Self {
        for stage in &mut self.later {
            stage.at = pace.scale(stage.at);
        }
        for line in &mut self.log {
            line.at = pace.scale(line.at);
        }
        self.cancel_takes = self.cancel_takes.map(|takes| pace.scale(takes));
        self
    }
}
