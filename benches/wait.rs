//! How many requests a deploy costs, and how long after the deployment's end we end: whole deploys on a paused clock.
//!
//! `cargo bench --bench wait -- [RUNS]` (default 1000 of each kind). Every run draws how long its deployment takes, and
//! how long those before it took, from the same distribution around the first column. Beside ours, what a script would
//! do: ask at a fixed interval, or back off. Each poller's every request counts: one look at the site's list, the trigger,
//! and the polls. Asserts nothing about the figures.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::error::Error as StdError;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::DateTime;
use sproobo_deploy::deploy::{self, Context, Interrupts, Journal, Options, Platform, Probe};
use sproobo_deploy::error::{ApiError, Error};
use sproobo_deploy::event::{Event, Sink};
use sproobo_deploy::model::{
    ClientToken, Deployment, DeploymentId, Health, LogPage, RunStatus, SiteId, SiteState, StatusClass, TimeLimit,
    TriggerRequest,
};
use sproobo_deploy::watch::{Deployments, RunClock};
use tokio::time::{Instant, sleep};

/// From a request to the server, and from there back.
const ONE_WAY: Duration = Duration::from_millis(50);
const TAKES: [u64; 9] = [3, 10, 30, 45, 60, 180, 300, 600, 1200];
const HISTORY: usize = 10;

/// What the deployments of a site have in common.
#[derive(Clone, Copy)]
struct Site {
    name: &'static str,
    /// Standard deviation of the durations, as a share of them.
    spread: f64,
    /// Whether the deployments before are shown.
    has_history: bool,
    /// How long the health check takes after the deployment is complete.
    health_check: Duration,
}

const NO_HISTORY: Site = Site {
    name: "no history",
    spread: 0.15,
    has_history: false,
    health_check: Duration::ZERO,
};
const HISTORY_15: Site = with_history("history, 15 %", 0.15);

const SITES: [Site; 6] = [
    NO_HISTORY,
    with_history("history, 3 %", 0.03),
    with_history("history, 10 %", 0.10),
    HISTORY_15,
    with_history("history, 40 %", 0.40),
    Site {
        name: "no history, then a health check of 8 s",
        health_check: Duration::from_secs(8),
        ..NO_HISTORY
    },
];

const fn with_history(name: &'static str, spread: f64) -> Site {
    Site {
        name,
        spread,
        has_history: true,
        health_check: Duration::ZERO,
    }
}

/// Who polls.
#[derive(Clone, Copy)]
enum Poller {
    Ours,
    /// A loop that sleeps this long before each poll.
    Fixed(Duration),
    /// The same, from 1 s on and each sleep twice as long as the one before, to 30 s.
    BackingOff,
}

const COMPARED: [(&str, Poller, Site); 6] = [
    ("ours, with history", Poller::Ours, HISTORY_15),
    ("ours, without", Poller::Ours, NO_HISTORY),
    ("every 2 s", Poller::Fixed(Duration::from_secs(2)), NO_HISTORY),
    ("every 5 s", EVERY_5_S, NO_HISTORY),
    ("every 10 s", Poller::Fixed(Duration::from_secs(10)), NO_HISTORY),
    ("1 s, doubling to 30 s", Poller::BackingOff, NO_HISTORY),
];
const EVERY_5_S: Poller = Poller::Fixed(Duration::from_secs(5));

fn main() -> Result<(), Box<dyn StdError>> {
    // cargo adds `--bench`.
    let runs = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let runs: u32 = runs.unwrap_or(1000);
    println!(
        "{runs} deploys each; a request takes {} ms\n",
        (2 * ONE_WAY).as_millis()
    );
    for site in SITES {
        println!(
            "| {} | requests, mean | requests, most | delay, mean | delay, p95 | delay, worst |",
            site.name
        );
        println!("|---:|---:|---:|---:|---:|---:|");
        for takes in TAKES {
            println!("| {takes} s | {}", row(&rehearse_all(Poller::Ours, site, takes, runs)?));
        }
        println!();
    }

    println!(
        "Requests, and their share of a poller's that asks every 5 s; mean delay, and its share of the duration:\n"
    );
    println!("| it takes, ±15 % | {} |", COMPARED.map(|(name, ..)| name).join(" | "));
    println!("|---:|{}", "---|".repeat(COMPARED.len()));
    for takes in TAKES {
        let (measure, _) = means(&rehearse_all(EVERY_5_S, NO_HISTORY, takes, runs)?);
        let mut cells = Vec::new();
        for (_, poller, site) in COMPARED {
            let (requests, delay) = means(&rehearse_all(poller, site, takes, runs)?);
            let (times, share) = (requests / measure, 100.0 * delay / takes as f64);
            cells.push(format!("{requests:.1} ({times:.2} ×) · {delay:.2} s ({share:.1} %)"));
        }
        println!("| {takes} s | {} |", cells.join(" | "));
    }
    Ok(())
}

/// The same durations for every poller.
fn rehearse_all(poller: Poller, site: Site, takes: u64, runs: u32) -> Result<Vec<Outcome>, Box<dyn StdError>> {
    let mut random = fastrand::Rng::with_seed(takes);
    (0..runs).map(|_| rehearse(poller, site, takes, &mut random)).collect()
}

struct Outcome {
    requests: u32,
    delay: Duration,
}

fn row(outcomes: &[Outcome]) -> String {
    let (requests, mean) = means(outcomes);
    let most = outcomes.iter().map(|outcome| outcome.requests).max().unwrap_or(0);
    let mut delays: Vec<f64> = outcomes.iter().map(|outcome| outcome.delay.as_secs_f64()).collect();
    delays.sort_unstable_by(f64::total_cmp);
    let p95 = delays.get(delays.len() * 95 / 100).copied().unwrap_or(0.0);
    let worst = delays.last().copied().unwrap_or(0.0);
    format!("{requests:.1} | {most} | {mean:.2} s | {p95:.2} s | {worst:.2} s |")
}

/// Requests and seconds of delay.
fn means(outcomes: &[Outcome]) -> (f64, f64) {
    let count = outcomes.len() as f64;
    let requests = outcomes.iter().map(|outcome| f64::from(outcome.requests)).sum::<f64>();
    let delay = outcomes.iter().map(|outcome| outcome.delay).sum::<Duration>();
    (requests / count, delay.as_secs_f64() / count)
}

/// One deploy from the look at the list to its verdict.
fn rehearse(poller: Poller, site: Site, takes: u64, random: &mut fastrand::Rng) -> Result<Outcome, Box<dyn StdError>> {
    let mut draw = || {
        // The sum of twelve is as good as normal, and never far out.
        let normal: f64 = (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
        Duration::from_secs(takes).mul_f64((1.0 + site.spread * normal).max(0.2))
    };
    let completes_after = draw();
    // Drawn by every poller, so that all see the same deployments.
    let mut past: Vec<Duration> = (0..HISTORY).map(|_| draw()).collect();
    if !site.has_history {
        past.clear();
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    runtime.block_on(async {
        let clock = RunClock::starting_at(DateTime::UNIX_EPOCH);
        let platform = Simulated {
            clock,
            past,
            completes_after,
            health_check: site.health_check,
            created: Mutex::new(None),
            requests: AtomicU32::new(0),
        };
        match poller {
            Poller::Ours => deploy_with_ours(&platform, clock).await?,
            Poller::Fixed(every) => poll_plainly(&platform, every, every).await?,
            Poller::BackingOff => poll_plainly(&platform, Duration::from_secs(1), Duration::from_secs(30)).await?,
        }
        let ended = platform.created().ok_or("no deployment")? + completes_after + site.health_check;
        Ok(Outcome {
            requests: platform.requests.load(Ordering::Relaxed),
            delay: ended.elapsed(),
        })
    })
}

async fn deploy_with_ours(platform: &Simulated, clock: RunClock) -> Result<(), Box<dyn StdError>> {
    let (_no_signal, interrupts) = tokio::sync::watch::channel(None);
    let context = Context {
        platform,
        probe: &Nothing,
        journal: &Nothing,
        ancestry: &deploy::NoAncestry,
        sink: Arc::new(Nothing),
        clock,
        interrupts: Interrupts::new(interrupts),
    };
    let mut options = Options::default();
    // Long enough for the wildest.
    options.watch.limit = TimeLimit::Timeout(Duration::from_secs(24 * 60 * 60));
    let results = deploy::deploy(&context, &[request()?], &options).await;
    if results.iter().any(|result| result.end != Ok(RunStatus::Succeeded)) {
        return Err("a simulated deployment did not succeed".into());
    }
    Ok(())
}

/// A loop as scripts have it; each sleep is twice as long as the one before, up to `longest`.
async fn poll_plainly(platform: &Simulated, first: Duration, longest: Duration) -> Result<(), Box<dyn StdError>> {
    let request = request()?;
    platform.deployments(&request.site, 1).await?;
    let deployment = platform.trigger(&request).await?;
    let mut pause = first;
    loop {
        sleep(pause).await;
        let seen = platform.deployment(&request.site, &deployment.id).await?;
        if seen.status == StatusClass::Finished && seen.health == Some(Health::Healthy) {
            return Ok(());
        }
        pause = (pause * 2).min(longest);
    }
}

fn request() -> Result<TriggerRequest, Box<dyn StdError>> {
    Ok(TriggerRequest {
        site: "demo".parse()?,
        git_ref: None,
        commit: None,
        message: None,
        token: ClientToken("token".to_owned()),
    })
}

/// A platform with one site, whose deployments all succeed.
struct Simulated {
    clock: RunClock,
    past: Vec<Duration>,
    completes_after: Duration,
    health_check: Duration,
    created: Mutex<Option<Instant>>,
    requests: AtomicU32,
}

impl Simulated {
    fn created(&self) -> Option<Instant> {
        self.created.lock().ok().and_then(|created| *created)
    }

    async fn reply<T>(&self, answer: impl FnOnce() -> T) -> Result<T, ApiError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        sleep(ONE_WAY).await;
        let answer = answer();
        sleep(ONE_WAY).await;
        Ok(answer)
    }

    fn shown(&self) -> Deployment {
        let age = self.created().map(|created| created.elapsed()).unwrap_or_default();
        let complete = age >= self.completes_after;
        let (status, word) = if complete {
            (StatusClass::Finished, "completed")
        } else {
            (StatusClass::Running, "building")
        };
        let mut shown = Deployment::new(id("own"), status, word);
        shown.created_at = Some(self.clock.now() - age);
        shown.health = complete.then(|| match age >= self.completes_after + self.health_check {
            true => Health::Healthy,
            false => Health::Pending("checking".to_owned()),
        });
        shown
    }

    fn past(&self) -> Vec<Deployment> {
        let begin = |index: usize| self.clock.now() - Duration::from_secs(10_000) * (index as u32 + 1);
        let one = |(index, took): (usize, &Duration)| {
            let mut one = Deployment::new(id(&format!("past-{index}")), StatusClass::Succeeded, "live");
            one.created_at = Some(begin(index));
            one.finished_at = Some(begin(index) + *took);
            one
        };
        self.past.iter().enumerate().map(one).collect()
    }
}

fn id(text: &str) -> DeploymentId {
    text.parse().unwrap_or_else(|_| unreachable!("the ids here are good"))
}

impl Deployments for Simulated {
    async fn deployment(&self, _: &SiteId, _: &DeploymentId) -> Result<Deployment, ApiError> {
        self.reply(|| self.shown()).await
    }

    async fn deployments(&self, _: &SiteId, limit: u32) -> Result<Vec<Deployment>, ApiError> {
        self.reply(|| {
            let mut list = vec![self.shown()];
            list.extend(self.past());
            list.truncate(limit as usize);
            list
        })
        .await
    }

    async fn lists_sites(&self) -> bool {
        true
    }

    async fn logs(&self, _: &SiteId, _: &DeploymentId, _: Option<&str>) -> Result<LogPage, ApiError> {
        self.reply(LogPage::default).await
    }
}

impl Platform for Simulated {
    fn shows_tokens(&self) -> bool {
        true
    }

    async fn trigger(&self, _: &TriggerRequest) -> Result<Deployment, ApiError> {
        self.reply(|| {
            if let Ok(mut created) = self.created.lock() {
                *created = Some(Instant::now());
            }
            self.shown()
        })
        .await
    }

    async fn cancel(&self, _: &SiteId, _: &DeploymentId) -> Result<(), ApiError> {
        self.reply(|| ()).await
    }

    fn triggers_a_commit(&self) -> bool {
        true
    }

    fn rolls_back_by_commit(&self) -> bool {
        false
    }

    async fn rollback(
        &self,
        _: &SiteId,
        _: &DeploymentId,
        _: Option<&str>,
        _: &ClientToken,
    ) -> Result<Deployment, ApiError> {
        self.reply(|| self.shown()).await
    }
}

/// What a simulated deploy does without.
struct Nothing;

impl Journal for Nothing {
    fn record(&self, _: &SiteState) -> Result<(), Error> {
        Ok(())
    }
}

impl Probe for Nothing {
    async fn probe(&self, _: &str) -> Result<(u16, String), String> {
        Err("nothing is here".to_owned())
    }
}

impl Sink for Nothing {
    fn emit(&self, _: Event) {}
}
