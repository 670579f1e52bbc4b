//! One run of the rules as planned, on a clock that jumps.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sproobo_deploy::deploy::{self, Context, DeploymentRef, Interrupts, Options};
use sproobo_deploy::event::{Event, Mode, RunResult, SiteEvent, SiteResult};
use sproobo_deploy::model::{Signal, SiteState, TimeLimit};
use sproobo_deploy::report::{Outputs, ending};
use sproobo_deploy::watch::{self, RunClock};
use tokio::sync::watch::Sender;
use tokio::time::{sleep, timeout};

use super::plan::{Command, Plan, Then, Tokens};
use super::seen::Seen;
use crate::support::fake_platform::{COMMIT, FakePlatform, id, request, run_begin, secs, site};
use crate::support::world::{Recorder, World};

/// The site's deployments from before, oldest first, each of its own commit.
const HISTORY: [(&str, i64, &str); 2] = [
    ("old-1", -7200, "1111111111111111111111111111111111111111"),
    ("old-2", -3600, "2222222222222222222222222222222222222222"),
];
const OTHER_COMMIT: &str = "fedcba9876543210fedcba9876543210fedcba98";

/// What no run may need, whatever its limit is.
const FOR_EVER: Duration = Duration::from_secs(100_000);

/// Runs the plan: what was seen of it, and the platform that knows the truth.
pub(super) fn simulate(plan: &Plan) -> (Seen, Arc<FakePlatform>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    // Back-off is drawn from the thread's generator.
    fastrand::seed(plan.seed);
    runtime.block_on(async {
        let world = world(plan);
        let mut seen = match plan.killed {
            None => first_run(plan, &world).await,
            Some((at, then)) => match timeout(at, first_run(plan, &world)).await {
                Ok(seen) => seen,
                Err(_) => next_step(plan, &world, then).await,
            },
        };
        seen.calls = world.platform.calls();
        seen.states = world.journal.states.lock().unwrap().clone();
        (seen, world.platform)
    })
}

/// The site as it is before the run.
pub(super) fn world(plan: &Plan) -> World {
    let world = World::with(|platform| configure(platform, plan));
    let platform = &world.platform;
    for (name, second, commit) in HISTORY {
        let life = super::life::Life::Succeeds(50);
        platform.somebody(name, None, Some(commit), second, &life.moments());
    }
    platform.lives([plan.life, plan.second_life].map(super::life::Life::moments));
    platform.replies(plan.sendings.iter().map(|sending| sending.reply()));
    for (op, span, how) in &plan.faults {
        if let Some(fault) = how.fault() {
            platform.fault(*op, span.clone(), fault);
        }
    }
    for (number, stranger) in plan.strangers.iter().enumerate() {
        let token = stranger.has_token.then_some("somebody's token");
        let commit = if stranger.same_commit { COMMIT } else { OTHER_COMMIT };
        let name = format!("stranger-{number}");
        platform.somebody(&name, token, Some(commit), stranger.second, &stranger.life.moments());
    }
    world
}

fn configure(platform: &mut FakePlatform, plan: &Plan) {
    platform.contract_names_tokens = plan.tokens != Tokens::Hidden;
    platform.shows_tokens = plan.tokens == Tokens::Shown;
    platform.shows_commits = plan.shows_commits;
    let manners = &mut platform.manners;
    manners.honours_tokens = plan.honours_tokens;
    manners.conflicts = plan.conflicts;
    manners.clock_off = chrono::Duration::seconds(plan.clock_off);
    manners.list_lag = plan.list_lag;
    manners.list_rows = plan.list_rows;
    manners.list_twice = plan.list_twice;
    manners.cancels = plan.cancels_work;
}

fn options(plan: &Plan) -> Options {
    Options {
        wait: plan.wait,
        on_timeout: plan.on_timeout,
        on_interrupt: plan.on_interrupt,
        on_conflict: plan.on_conflict,
        on_failure: plan.on_failure,
        watch: watch::Options {
            limit: TimeLimit::Timeout(plan.limit),
            max_unreachable: plan.max_unreachable,
            on_superseded: plan.on_superseded,
            ..watch::Options::default()
        },
        ..Options::default()
    }
}

async fn first_run(plan: &Plan, world: &World) -> Seen {
    let (context, options) = (world.context(), options(plan));
    let signal = async {
        if let Some(at) = plan.signal {
            sleep(at).await;
            world.signals.send_replace(Some(Signal::Terminate));
        }
        std::future::pending::<()>().await;
    };
    let work = async {
        let request = request("shop");
        match plan.command {
            Command::Deploy => {
                let results = deploy::deploy(&context, &[request], &options).await;
                results.into_iter().next()
            }
            Command::RollBack | Command::RollBackTo => {
                let to = (plan.command == Command::RollBackTo).then(|| id(HISTORY[0].0));
                Some(deploy::rollback(&context, &request.site, to.as_ref(), &request.token, &options).await)
            }
        }
    };
    let result = tokio::select! {
        result = timeout(FOR_EVER, work) => result.ok().flatten(),
        () = signal => None,
    };
    seen(result, &world.recorder, world.clock.elapsed(), Duration::ZERO)
}

/// The job's next step, with what the killed run left.
async fn next_step(plan: &Plan, world: &World, then: Then) -> Seen {
    let began = world.clock.elapsed();
    let left = world.journal.states.lock().unwrap().last().cloned();
    let recorder = Arc::new(Recorder::default());
    let signals = Sender::new(None);
    let context = Context {
        sink: recorder.clone(),
        clock: RunClock::starting_at(run_begin()),
        interrupts: Interrupts::new(signals.subscribe()),
        ..world.context()
    };
    let left = left.as_ref().filter(|left| then == Then::Wait || !left.by_commit);
    let result = match left.and_then(reference) {
        // `cancel` says that there is nothing, and `wait` that nothing was triggered.
        None => return Seen::nothing_left(began),
        Some(by) => {
            let step = async {
                match then {
                    Then::Cancel => {
                        deploy::cancel(&*world.platform, recorder.clone(), context.clock, &site("shop"), &by).await
                    }
                    Then::Wait => deploy::wait(&context, &site("shop"), &by, &options(plan)).await,
                }
            };
            timeout(FOR_EVER, step).await.ok()
        }
    };
    seen(result, &recorder, world.clock.elapsed(), began)
}

/// What a state file says of a run that may go on, as the command line reads it.
fn reference(state: &SiteState) -> Option<DeploymentRef> {
    state.status.may_go_on().then(|| match &state.deployment {
        Some(id) => DeploymentRef::Id(id.clone()),
        None => DeploymentRef::Token(state.client_token.clone()),
    })
}

fn seen(result: Option<SiteResult>, recorder: &Recorder, ended: Duration, began: Duration) -> Seen {
    let events = recorder.site_events();
    let notes = recorder.notes();
    let Some(result) = result else {
        return Seen::hung(began, ended);
    };
    let text = match &result.end {
        Ok(_) => result.message(),
        Err(error) => ending(error, Some(&result.subject), Mode::Real),
    };
    let rolled_back = events
        .iter()
        .any(|event| matches!(event, SiteEvent::RollingBack { .. }));
    Seen {
        began,
        ended,
        hung: false,
        slack: Duration::ZERO,
        code: Some(result.exit_code().number()),
        status: result.status().to_string(),
        deployment: result.subject.deployment.as_ref().map(|known| known.id.clone()),
        text,
        by_commit: notes.contains(&"Found by its commit"),
        rolled_back,
        found_again: events
            .iter()
            .any(|event| matches!(event, SiteEvent::Found { adopted: true, .. })),
        lost: events
            .iter()
            .any(|event| matches!(event, SiteEvent::TriggerLost { .. })),
        waited_for_another: events.iter().any(|event| matches!(event, SiteEvent::Conflict { .. })),
        outputs: outputs(&events, result),
        events: events.iter().map(|event| short(&format!("{event:?}"))).collect(),
        calls: Vec::new(),
        states: Vec::new(),
    }
}

fn short(text: &str) -> String {
    text.chars().take(300).collect()
}

/// What `GITHUB_OUTPUT` would hold after these events.
fn outputs(events: &[SiteEvent], result: SiteResult) -> BTreeMap<String, String> {
    let mut outputs = Outputs::new();
    outputs.event(&Event::Begin {
        command: "deploy",
        sites: vec![result.site.clone()],
        mode: Mode::Real,
        api: String::new(),
    });
    for what in events {
        outputs.event(&Event::Site {
            site: result.site.clone(),
            at: secs(0),
            what: Box::new(what.clone()),
        });
    }
    let duration = result.duration;
    outputs.event(&Event::End(Box::new(RunResult::of_sites(vec![result], duration))));
    let records = outputs.github().into_iter();
    records.map(|(name, value)| (name.to_owned(), value)).collect()
}
