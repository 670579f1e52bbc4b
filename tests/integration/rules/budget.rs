//! The requests of many sites together, against an API that allows a key few of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sproobo_deploy::deploy::{self, Context, Interrupts, Options, Platform};
use sproobo_deploy::error::{ApiError, Error};
use sproobo_deploy::http::{HeaderMap, HeaderName, HeaderValue, RateLimit};
use sproobo_deploy::model::{
    ClientToken, Deployment, DeploymentId, LogPage, Priority, RunStatus, SiteId, StatusClass, TriggerRequest,
};
use sproobo_deploy::sproobo::{MOST_PER_SECOND, RequestBudget};
use sproobo_deploy::watch::{Deployments, RunClock};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::support::fake_platform::{id, reply_after, request, run_begin, secs};
use crate::support::simulation::{NoJournal, NoProbe};
use crate::support::world::Recorder;

const ONE_WAY: Duration = Duration::from_millis(50);

/// 60 requests a minute for the key, of which 20 may come at once; what is over is refused with `Retry-After: 5`.
struct Limited {
    budget: RequestBudget,
    takes: Duration,
    clock: RunClock,
    server: Mutex<Server>,
}

struct Server {
    tokens: f64,
    counted: Instant,
    per_second: f64,
    accepted: usize,
    refused: usize,
    sent: Vec<Instant>,
    started: HashMap<SiteId, Instant>,
}

impl Limited {
    fn new(budget: RequestBudget, clock: RunClock, per_second: f64) -> Self {
        Self {
            budget,
            takes: secs(40),
            clock,
            server: Mutex::new(Server {
                tokens: 20.0,
                counted: Instant::now(),
                per_second,
                accepted: 0,
                refused: 0,
                sent: Vec::new(),
                started: HashMap::new(),
            }),
        }
    }

    async fn answer<T>(&self, answer: impl FnOnce(&mut Server) -> T) -> Result<T, ApiError> {
        self.server.lock().unwrap().sent.push(Instant::now());
        sleep(ONE_WAY).await;
        let answer = {
            let mut server = self.server.lock().unwrap();
            let now = Instant::now();
            server.tokens = (server.tokens + (now - server.counted).as_secs_f64() * server.per_second).min(20.0);
            server.counted = now;
            if server.tokens >= 1.0 {
                server.tokens -= 1.0;
                server.accepted += 1;
                Ok(answer(&mut server))
            } else {
                server.refused += 1;
                Err(reply_after(429, 5))
            }
        };
        sleep(ONE_WAY).await;
        match &answer {
            Ok(_) => self.budget.learn(200, None, None),
            Err(_) => self.budget.learn(429, Some(secs(5)), None),
        }
        answer
    }

    fn shown(&self, site: &SiteId, started: Instant) -> Deployment {
        let (status, word) = match started.elapsed() >= self.takes {
            true => (StatusClass::Succeeded, "live"),
            false => (StatusClass::Running, "building"),
        };
        let mut shown = Deployment::new(id(&format!("dep_{site}")), status, word);
        shown.created_at = Some(self.clock.now() - started.elapsed());
        shown
    }
}

impl Deployments for Limited {
    async fn turn(&self, priority: Priority, by: Instant) {
        self.budget.turn(priority, by).await;
    }

    async fn deployment(&self, site: &SiteId, _: &DeploymentId) -> Result<Deployment, ApiError> {
        self.answer(|server| self.shown(site, server.started[site])).await
    }

    async fn deployments(&self, _: &SiteId, _: u32) -> Result<Vec<Deployment>, ApiError> {
        self.answer(|_| Vec::new()).await
    }

    async fn lists_sites(&self) -> bool {
        true
    }

    async fn logs(&self, _: &SiteId, _: &DeploymentId, _: Option<&str>) -> Result<LogPage, ApiError> {
        self.answer(|_| LogPage::default()).await
    }
}

impl Platform for Limited {
    fn shows_tokens(&self) -> bool {
        true
    }

    async fn trigger(&self, request: &TriggerRequest) -> Result<Deployment, ApiError> {
        self.answer(|server| {
            let now = Instant::now();
            let before = server.started.insert(request.site.clone(), now);
            assert!(before.is_none(), "{} was deployed twice", request.site);
            self.shown(&request.site, now)
        })
        .await
    }

    async fn cancel(&self, _: &SiteId, _: &DeploymentId) -> Result<(), ApiError> {
        self.answer(|_| ()).await
    }

    fn triggers_a_commit(&self) -> bool {
        true
    }

    fn rolls_back_by_commit(&self) -> bool {
        false
    }

    async fn rollback(
        &self,
        site: &SiteId,
        _: &DeploymentId,
        _: Option<&str>,
        _: &ClientToken,
    ) -> Result<Deployment, ApiError> {
        self.answer(|server| self.shown(site, server.started[site])).await
    }
}

struct Sight {
    took: Duration,
    accepted: usize,
    refused: usize,
    sent: Vec<Instant>,
}

async fn deploy_sites(sites: usize, per_second: f64) -> Sight {
    let clock = RunClock::starting_at(run_begin());
    let platform = Limited::new(RequestBudget::for_sites(sites), clock, per_second);
    let (_signals, interrupts) = watch::channel(None);
    let context = Context {
        platform: &platform,
        probe: &NoProbe,
        journal: &NoJournal,
        ancestry: &deploy::NoAncestry,
        sink: Arc::new(Recorder::default()),
        clock,
        interrupts: Interrupts::new(interrupts),
    };
    let requests: Vec<TriggerRequest> = (0..sites).map(|number| request(&format!("site-{number}"))).collect();
    let options = Options {
        parallel: sites,
        ..Options::default()
    };
    let results = deploy::deploy(&context, &requests, &options).await;
    for result in &results {
        assert_eq!(result.end, Ok::<_, Error>(RunStatus::Succeeded), "{}", result.site);
    }
    let server = platform.server.into_inner().unwrap();
    Sight {
        took: clock.elapsed(),
        accepted: server.accepted,
        refused: server.refused,
        sent: server.sent,
    }
}

/// Without a budget 72 of 100 requests of this case were refused.
#[tokio::test(start_paused = true)]
async fn twenty_sites_at_once_respect_a_limit_of_sixty_a_minute() {
    let seen = deploy_sites(20, 1.0).await;
    println!("{:?}, {} accepted, {} refused", seen.took, seen.accepted, seen.refused);
    assert!(
        seen.refused * 20 <= seen.accepted + seen.refused,
        "{} refused",
        seen.refused
    );
    assert!(seen.took <= secs(120), "{:?}", seen.took);
}

/// A limit that nobody could know is learned from its refusals.
#[tokio::test(start_paused = true)]
async fn a_limit_of_thirty_a_minute_is_learned() {
    let seen = deploy_sites(20, 0.5).await;
    println!("{:?}, {} accepted, {} refused", seen.took, seen.accepted, seen.refused);
    assert!(
        seen.refused * 10 <= seen.accepted + seen.refused,
        "{} refused",
        seen.refused
    );
}

#[tokio::test(start_paused = true)]
async fn never_more_than_five_requests_in_a_second() {
    let seen = deploy_sites(64, 100.0).await;
    println!("{:?}, {} accepted, {} refused", seen.took, seen.accepted, seen.refused);
    for window in seen.sent.windows(MOST_PER_SECOND + 1) {
        assert!(window[MOST_PER_SECOND] - window[0] >= secs(1));
    }
}

/// The delay of a site alone is its own pace's.
#[tokio::test(start_paused = true)]
async fn one_site_never_waits_for_its_turn() {
    let budget = RequestBudget::for_sites(1);
    let begin = Instant::now();
    for _ in 0..600 {
        budget.turn(Priority::Look, begin + secs(10_000)).await;
        let waited = Instant::now();
        sleep(secs(1)).await;
        assert_eq!(waited + secs(1), Instant::now());
    }
    assert_eq!(begin.elapsed(), secs(600));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_makes_every_site_wait() {
    let budget = RequestBudget::for_sites(4);
    let begin = Instant::now();
    budget.learn(429, Some(secs(5)), None);
    budget.turn(Priority::Act, begin + secs(100)).await;
    assert!(begin.elapsed() >= secs(5), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_is_to_happen_goes_before_what_is_to_be_seen() {
    let budget = RequestBudget::for_sites(20);
    let begin = Instant::now();
    let far = begin + secs(1000);
    budget.learn(429, Some(secs(1)), None);
    let order = Mutex::new(Vec::new());
    let one = async |name: &'static str, priority| {
        budget.turn(priority, far).await;
        order.lock().unwrap().push(name);
    };
    let late = async {
        sleep(Duration::from_millis(100)).await;
        one("trigger", Priority::Act).await;
    };
    tokio::join!(
        one("first poll", Priority::Look),
        one("second poll", Priority::Look),
        late
    );
    assert_eq!(*order.lock().unwrap(), ["trigger", "first poll", "second poll"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_at_its_end_no_longer_waits() {
    let budget = RequestBudget::for_sites(1);
    let begin = Instant::now();
    budget.learn(429, Some(secs(50)), None);
    budget.turn(Priority::Look, begin + secs(3)).await;
    assert_eq!(begin.elapsed(), secs(3));
}

/// A poll that is given up, as one that a signal interrupts, leaves nobody waiting behind it.
#[tokio::test(start_paused = true)]
async fn a_place_that_is_given_up_is_the_next_ones() {
    let budget = RequestBudget::for_sites(1);
    let begin = Instant::now();
    budget.learn(429, Some(secs(10)), None);
    let given_up = tokio::time::timeout(secs(1), budget.turn(Priority::Act, begin + secs(100)));
    let (given_up, ()) = tokio::join!(given_up, budget.turn(Priority::Look, begin + secs(100)));
    assert!(given_up.is_err());
    assert!(begin.elapsed() < secs(20), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_is_used_up_is_waited_for() {
    let budget = RequestBudget::for_sites(1);
    let begin = Instant::now();
    let used_up = RateLimit {
        remaining: 0,
        reset: secs(12),
    };
    budget.learn(200, None, Some(used_up));
    budget.turn(Priority::Look, begin + secs(100)).await;
    assert!(begin.elapsed() >= secs(12), "{:?}", begin.elapsed());
}

/// What is left is spread over the time for which it must do.
#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_limit_is_spread() {
    let budget = RequestBudget::for_sites(1);
    let begin = Instant::now();
    let little = RateLimit {
        remaining: 4,
        reset: secs(40),
    };
    budget.learn(200, None, Some(little));
    for _ in 0..8 {
        budget.turn(Priority::Look, begin + secs(1000)).await;
    }
    assert!(begin.elapsed() >= secs(30), "{:?}", begin.elapsed());
}

/// Where the API says what it takes, many sites need not go by what is assumed.
#[tokio::test(start_paused = true)]
async fn a_generous_limit_lets_many_sites_go_faster() {
    let budget = RequestBudget::for_sites(64);
    let begin = Instant::now();
    let much = RateLimit {
        remaining: 4000,
        reset: secs(600),
    };
    for _ in 0..100 {
        budget.turn(Priority::Look, begin + secs(1000)).await;
        budget.learn(200, None, Some(much));
    }
    let slowest = begin.elapsed();
    assert!(slowest <= secs(21), "{slowest:?}");
    assert!(slowest >= secs(19), "{slowest:?}");
}

#[test]
fn limits_are_read_from_each_form_that_servers_send() {
    let now: DateTime<Utc> = "2026-11-05T12:00:00Z".parse().unwrap();
    let read = |headers: &[(&'static str, &'static str)]| {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        RateLimit::from_headers(&map, now).map(|limit| (limit.remaining, limit.reset.as_secs()))
    };
    assert_eq!(read(&[("ratelimit", r#""default";r=50;t=30"#)]), Some((50, 30)));
    assert_eq!(
        read(&[("ratelimit", r#""minute";r=50;t=30, "hour";r=10;t=3000"#)]),
        Some((10, 3000))
    );
    assert_eq!(read(&[("ratelimit", "limit=100, remaining=7, reset=9")]), Some((7, 9)));
    assert_eq!(
        read(&[("ratelimit-remaining", "3"), ("ratelimit-reset", "20")]),
        Some((3, 20))
    );
    let date = now.timestamp() + 90;
    assert_eq!(date, 1_793_880_090);
    assert_eq!(
        read(&[("x-ratelimit-remaining", "59"), ("x-ratelimit-reset", "1793880090")]),
        Some((59, 90))
    );
    assert_eq!(
        read(&[("x-ratelimit-remaining", "59"), ("x-ratelimit-reset", "12.5")]),
        Some((59, 12))
    );
    assert_eq!(
        read(&[("x-ratelimit-remaining", "59"), ("x-ratelimit-reset", "1793880090000")]),
        Some((59, 90)),
        "milliseconds"
    );
    assert_eq!(read(&[("x-ratelimit-remaining", "59")]), None, "no window");
    assert_eq!(read(&[("ratelimit", "none of your business")]), None);
    assert_eq!(read(&[]), None);
}

#[tokio::test(start_paused = true)]
async fn five_may_be_sent_at_once_and_the_sixth_a_second_later() {
    let budget = RequestBudget::for_sites(1);
    let begun = Instant::now();
    for number in 1..=MOST_PER_SECOND + 1 {
        budget.turn(Priority::Look, begun + secs(60)).await;
        let waited = if number > MOST_PER_SECOND { 1 } else { 0 };
        assert_eq!(begun.elapsed().as_secs(), waited, "{number}");
    }
}
