//! Whole simulated waits: never a false green, never a hang, and few requests.

use std::time::Duration;

use sproobo_deploy::deploy::{self, Leave, OnFailure, Options, Verify};
use sproobo_deploy::error::{ApiError, CancelOutcome, Error, Phase};
use sproobo_deploy::event::{SiteEvent, SiteResult};
use sproobo_deploy::model::{Health, RunStatus, StatusClass};
use sproobo_deploy::watch::{self, Logs, OnSuperseded};

use crate::support::fake_platform::{
    COMMIT, Fault, Moment, Op, Reply, World, at, broken, html, id, not_connected, reply, reply_after, request, secs,
    site,
};

use StatusClass::{Cancelled, Failed, Finished, Running, Succeeded, Superseded, Unknown};

fn options(change: impl FnOnce(&mut watch::Options)) -> Options {
    let mut options = Options::default();
    change(&mut options.watch);
    options
}

fn with_timeout(seconds: u64) -> Options {
    options(|watch| watch.timeout = secs(seconds))
}

fn code(result: &SiteResult) -> u8 {
    result.exit_code().number()
}

#[tokio::test(start_paused = true)]
async fn a_success_is_green_and_told_step_by_step() {
    let world = World::new();
    let result = world.deploy(&Options::default()).await;
    assert_eq!(result.end, Ok(RunStatus::Succeeded));
    let words: Vec<String> = world
        .recorder
        .site_events()
        .into_iter()
        .filter_map(|event| match event {
            SiteEvent::Triggering { .. } => Some("triggering".to_owned()),
            SiteEvent::Known { deployment, adopted } => Some(format!("known {} {adopted}", deployment.word)),
            SiteEvent::Status { deployment } => Some(deployment.word),
            SiteEvent::Verdict(result) => Some(format!("verdict {}", result.status())),
            _ => None,
        })
        .collect();
    assert_eq!(
        words,
        [
            "triggering",
            "known queued false",
            "building",
            "live",
            "verdict succeeded"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_request_count_stays_small_and_the_end_is_seen_soon() {
    for (takes, history, most, late) in [(60, true, 30, 1.1), (60, false, 40, 6.1), (600, true, 80, 1.1)] {
        let world = World::new();
        world
            .platform
            .life(&[at(0, Running, "building"), at(takes, Succeeded, "live")]);
        if history {
            for ago in 1..=5 {
                let life = [at(0, Running, "building"), at(takes - 2 + ago, Succeeded, "live")];
                world.platform.past(&format!("past-{ago}"), 1000 * ago, &life);
            }
        }
        let result = world.deploy(&Options::default()).await;
        assert_eq!(result.end, Ok(RunStatus::Succeeded));
        let (polls, delay) = (world.platform.count(Op::Deployment), world.seconds() - takes as f64);
        println!("takes {takes} s, history {history}: {polls} polls, seen {delay:.1} s late");
        assert!(polls <= most, "{polls} polls");
        assert!(delay <= late, "{delay} s late");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_history_does_not_delay_the_wait() {
    let world = World::new();
    world.platform.fault(Op::Deployments, 0..10_000, Fault::Hang);
    world.platform.life(&[at(0, Succeeded, "live")]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!(result.end, Ok(RunStatus::Succeeded));
    assert!(world.seconds() < 1.0);
}

#[tokio::test(start_paused = true)]
async fn an_already_ended_deployment_ends_the_wait_at_once() {
    let world = World::new();
    world.platform.past("done", 100, &[at(0, Succeeded, "live")]);
    let result = deploy::wait(&world.context(), &site("shop"), &id("done"), &Options::default()).await;
    assert_eq!(result.end, Ok(RunStatus::Succeeded));
    assert_eq!(world.platform.count(Op::Deployment), 1);
    assert!(world.seconds() < 0.5);
}

#[tokio::test(start_paused = true)]
async fn the_triggers_own_reply_is_never_the_verdict() {
    let world = World::new();
    // `success` may be what the reply says of itself.
    world.platform.life(&[
        at(0, Succeeded, "success"),
        Moment {
            after: Duration::from_millis(100),
            ..at(0, Running, "building")
        },
        at(20, Failed, "failed"),
    ]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!(code(&result), 1);
}

#[tokio::test(start_paused = true)]
async fn a_skipped_build_does_not_hang() {
    let world = World::new();
    world
        .platform
        .life(&[at(0, Running, "queued"), at(10, Superseded, "skipped")]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!(code(&result), 6);
    assert!(world.seconds() < 15.0);
}

#[tokio::test(start_paused = true)]
async fn superseded_is_green_when_told_so() {
    let world = World::new();
    world.platform.life(&[at(0, Superseded, "replaced")]);
    let result = world
        .deploy(&options(|watch| watch.on_superseded = OnSuperseded::Succeed))
        .await;
    assert_eq!(code(&result), 0);
}

#[tokio::test(start_paused = true)]
async fn cancelled_on_the_platform_is_not_green() {
    let world = World::new();
    world
        .platform
        .life(&[at(0, Running, "building"), at(10, Cancelled, "cancelled")]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!((code(&result), result.status()), (5, RunStatus::Cancelled));
}

#[tokio::test(start_paused = true)]
async fn a_failure_carries_reason_and_log_tail() {
    let world = World::new();
    world.platform.log(95);
    world
        .platform
        .life(&[at(0, Running, "building"), at(10, Failed, "failed")]);
    let result = world.deploy(&options(|watch| watch.log_lines = 30)).await;
    assert_eq!(code(&result), 1);
    assert_eq!(result.message(), "the deployment failed: exit status 1");
    let texts: Vec<&str> = result.log.iter().map(|line| line.text.as_str()).collect();
    assert_eq!((texts.len(), texts[0], texts[29]), (30, "line 66", "line 95"));
}

#[tokio::test(start_paused = true)]
async fn a_log_that_hangs_changes_nothing_and_is_left_soon() {
    for logs in [Logs::OnFailure, Logs::Always] {
        let world = World::new();
        world.platform.fault(Op::Logs, 0..10_000, Fault::Hang);
        world.platform.life(&[at(0, Failed, "failed")]);
        let result = world.deploy(&options(|watch| watch.logs = logs)).await;
        assert_eq!(code(&result), 1);
        assert!(world.seconds() < 12.0, "{}", world.seconds());
        assert_eq!(world.recorder.notes(), ["Log not complete"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_followed_log_is_told_once_and_whole() {
    let world = World::new();
    world.platform.log(45);
    let result = world
        .deploy(&options(|watch| (watch.logs, watch.log_lines) = (Logs::Always, 10)))
        .await;
    assert_eq!(code(&result), 0);
    let told: Vec<String> = world
        .recorder
        .site_events()
        .into_iter()
        .filter_map(|event| match event {
            SiteEvent::Log { lines } => Some(lines),
            _ => None,
        })
        .flatten()
        .map(|line| line.text)
        .collect();
    let all: Vec<String> = (1..=45).map(|number| format!("line {number}")).collect();
    assert_eq!(told, all);
    assert_eq!(result.log.len(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_grows_under_the_reader_is_told_once_and_whole() {
    let world = World::with(|platform| platform.log_pace = Some(3));
    world.platform.log(100);
    let logs = Logs::Always;
    world.deploy(&options(|watch| watch.logs = logs)).await;
    let told = world
        .recorder
        .site_events()
        .into_iter()
        .filter_map(|event| match event {
            SiteEvent::Log { lines } => Some(lines),
            _ => None,
        });
    let told: Vec<String> = told.flatten().map(|line| line.text).collect();
    let all: Vec<String> = (1..=100).map(|number| format!("line {number}")).collect();
    assert_eq!(told, all);
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_another_deployment_is_no_verdict() {
    let world = World::with(|platform| platform.confuses_with = Some("other"));
    world.platform.past("other", 10, &[at(0, Succeeded, "live")]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!(code(&result), 9);
}

#[tokio::test(start_paused = true)]
async fn what_the_trigger_told_is_kept_when_polls_show_less() {
    let world = World::with(|platform| platform.polls_show_urls = false);
    let result = world.deploy(&Options::default()).await;
    assert!(result.known.deployment.unwrap().dashboard_url.is_some());
}

#[tokio::test(start_paused = true)]
async fn the_settling_time_begins_anew_when_the_completion_was_none() {
    let world = World::new();
    world.platform.life(&[
        at(0, Finished, "completed"),
        at(10, Running, "restarting"),
        at(14, Finished, "completed"),
    ]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!(code(&result), 0);
    assert!(world.seconds() >= 29.0, "{}", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn a_completion_without_health_succeeds_after_the_settling_time() {
    let world = World::new();
    world
        .platform
        .life(&[at(0, Running, "building"), at(5, Finished, "completed")]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!(code(&result), 0);
    assert!((20.0..22.0).contains(&world.seconds()), "{}", world.seconds());
    assert_eq!(
        world
            .recorder
            .count(|event| matches!(event, SiteEvent::Settling { .. })),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn a_health_check_that_fails_while_settling_is_red() {
    let world = World::new();
    world.platform.life(&[
        at(0, Finished, "completed"),
        at(8, Finished, "completed").health(Health::Unhealthy),
    ]);
    let result = world.deploy(&Options::default()).await;
    assert!(matches!(result.end, Err(Error::Unhealthy { .. })));
}

#[tokio::test(start_paused = true)]
async fn settling_needs_a_good_answer_at_its_end() {
    let world = World::new();
    world
        .platform
        .life(&[at(0, Finished, "completed"), at(10, Failed, "failed")]);
    world.platform.fault(Op::Deployment, 8..60, Fault::Error(broken()));
    let result = world.deploy(&Options::default()).await;
    assert_eq!(code(&result), 1);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_while_settling_is_a_timeout() {
    let world = World::new();
    world
        .platform
        .life(&[at(0, Running, "building"), at(5, Finished, "completed")]);
    let result = world.deploy(&with_timeout(12)).await;
    assert!(matches!(
        result.end,
        Err(Error::TimedOut {
            phase: Phase::Settle,
            ..
        })
    ));
    assert_eq!(code(&result), 4);
}

#[tokio::test(start_paused = true)]
async fn a_health_that_stays_out_keeps_waiting_to_the_deadline() {
    let world = World::new();
    let checking = Health::Pending("checking".to_owned());
    world.platform.life(&[at(0, Finished, "completed").health(checking)]);
    let result = world.deploy(&with_timeout(120)).await;
    assert_eq!(code(&result), 4);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_word_is_told_once_and_waited_out() {
    let world = World::new();
    world.platform.life(&[at(0, Unknown, "hibernated")]);
    let result = world.deploy(&with_timeout(100)).await;
    assert_eq!(code(&result), 4);
    assert_eq!(
        world
            .recorder
            .count(|event| matches!(event, SiteEvent::UnknownWord { .. })),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn a_blank_status_is_no_verdict() {
    let world = World::new();
    world.platform.life(&[at(0, Unknown, ""), at(30, Succeeded, "live")]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!(code(&result), 0);
    assert_eq!(
        world
            .recorder
            .count(|event| matches!(event, SiteEvent::UnknownWord { .. })),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn an_unknown_word_with_an_end_date_ends_the_wait() {
    let world = World::new();
    world
        .platform
        .life(&[at(0, Running, "building"), at(10, Unknown, "hibernated").finished()]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!((code(&result), result.status()), (4, RunStatus::Unknown));
    assert!(world.seconds() < 13.0);
}

#[tokio::test(start_paused = true)]
async fn a_transient_error_is_not_terminal() {
    let errors = [
        broken(),
        not_connected(),
        reply(404),
        reply(408),
        reply(500),
        reply_after(429, 5),
        reply_after(503, 5),
        html(502),
        html(200),
        html(403),
        ApiError::Redirect {
            status: 302,
            location: "/login".to_owned(),
        },
        ApiError::Incomplete { what: "status" },
    ];
    for error in errors {
        let world = World::new();
        world
            .platform
            .fault(Op::Deployment, 10..40, Fault::Error(error.clone()));
        let result = world.deploy(&Options::default()).await;
        assert_eq!(code(&result), 0, "{error}");
        let edges = |world: &World| {
            let unreachable = world
                .recorder
                .count(|event| matches!(event, SiteEvent::Unreachable { .. }));
            let reachable = world
                .recorder
                .count(|event| matches!(event, SiteEvent::Reachable { .. }));
            (unreachable, reachable)
        };
        assert_eq!(edges(&world), (1, 1), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hanging_poll_is_given_up_and_repeated() {
    let world = World::new();
    world.platform.fault(Op::Deployment, 10..20, Fault::Hang);
    let result = world.deploy(&Options::default()).await;
    assert_eq!(code(&result), 0);
}

#[tokio::test(start_paused = true)]
async fn every_good_answer_resets_the_error_budget() {
    let world = World::new();
    world
        .platform
        .life(&[at(0, Running, "building"), at(1200, Succeeded, "live")]);
    for row in 0..5 {
        world
            .platform
            .fault(Op::Deployment, row * 200 + 5..row * 200 + 180, Fault::Error(broken()));
    }
    let result = world.deploy(&options(|watch| watch.max_unreachable = secs(180))).await;
    assert_eq!(code(&result), 0);
}

#[tokio::test(start_paused = true)]
async fn unbroken_failure_ends_the_wait_with_7_or_9_by_the_last_answers() {
    for (error, expected) in [(broken(), 7), (html(200), 9), (html(502), 7)] {
        let world = World::new();
        world.platform.life(&[at(0, Running, "building")]);
        world.platform.fault(Op::Deployment, 5..100_000, Fault::Error(error));
        let result = world.deploy(&Options::default()).await;
        assert_eq!((code(&result), result.status()), (expected, RunStatus::Unknown));
        assert!((300.0..320.0).contains(&world.seconds()), "{}", world.seconds());
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_that_never_answered_is_given_up_after_30_seconds() {
    let world = World::new();
    world
        .platform
        .fault(Op::Deployment, 0..100_000, Fault::Error(not_connected()));
    let result = deploy::wait(&world.context(), &site("shop"), &id("it"), &Options::default()).await;
    assert_eq!(code(&result), 7);
    assert_eq!(result.known.deployment.map(|deployment| deployment.id), Some(id("it")));
    assert!((30.0..31.0).contains(&world.seconds()), "{}", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn a_rejected_key_or_a_refused_certificate_ends_the_wait_at_once() {
    let certificate = ApiError::Certificate {
        host: "h".to_owned(),
        detail: "expired".to_owned(),
    };
    for (error, expected) in [(reply(401), 3), (html(401), 3), (reply(403), 3), (certificate, 7)] {
        let world = World::new();
        world.platform.fault(Op::Deployment, 10..100_000, Fault::Error(error));
        let result = world.deploy(&Options::default()).await;
        assert_eq!(code(&result), expected);
        assert!(world.seconds() < 13.0);
    }
}

#[tokio::test(start_paused = true)]
async fn one_last_check_at_the_deadline_finds_the_late_success() {
    let world = World::new();
    world
        .platform
        .life(&[at(0, Running, "building"), at(119, Succeeded, "live")]);
    let result = world
        .deploy(&options(|watch| {
            (watch.timeout, watch.poll_interval) = (secs(120), Some(secs(50)));
        }))
        .await;
    assert_eq!(code(&result), 0);
    let polls = world.platform.times(Op::Deployment);
    assert!((polls.last().unwrap() - 120.0).abs() < 0.1, "{polls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_hanging_poll_does_not_outlive_the_deadline() {
    let world = World::new();
    world.platform.life(&[at(0, Running, "building")]);
    world.platform.fault(Op::Deployment, 50..100_000, Fault::Hang);
    world.platform.fault(Op::Logs, 0..100_000, Fault::Hang);
    let result = world.deploy(&with_timeout(60)).await;
    assert!(matches!(result.end, Err(Error::TimedOut { phase: Phase::Wait, .. })));
    assert!((70.0..75.5).contains(&world.seconds()), "{}", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn the_last_check_succeeds_while_the_poll_before_it_hangs() {
    let world = World::new();
    world
        .platform
        .life(&[at(0, Running, "building"), at(55, Succeeded, "live")]);
    world.platform.fault(Op::Deployment, 50..60, Fault::Hang);
    let result = world.deploy(&with_timeout(60)).await;
    assert_eq!(code(&result), 0);
    assert!(world.seconds() < 60.5);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_leaves_the_deployment_running_unless_told_otherwise() {
    for (on_timeout, cancels) in [(Leave::Detach, 0), (Leave::Cancel, 1)] {
        let world = World::new();
        world.platform.life(&[at(0, Running, "building")]);
        let result = world
            .deploy(&Options {
                on_timeout,
                ..with_timeout(60)
            })
            .await;
        assert_eq!(code(&result), 4);
        assert_eq!(world.platform.count(Op::Cancel), cancels);
        let Err(Error::TimedOut { cancel, .. }) = result.end else {
            panic!("{:?}", result.end)
        };
        let expected = [CancelOutcome::NotAsked, CancelOutcome::Accepted];
        assert_eq!(cancel, expected[cancels]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_extreme_limit_does_not_overflow() {
    let world = World::new();
    let result = world
        .deploy(&options(|watch| {
            (watch.timeout, watch.max_unreachable) = (Duration::MAX, Duration::MAX);
            (watch.settle, watch.request_timeout) = (Duration::MAX, Duration::MAX);
        }))
        .await;
    assert_eq!(code(&result), 0);
}

#[tokio::test(start_paused = true)]
async fn no_wait_ends_as_soon_as_the_deployment_is_known() {
    let world = World::new();
    let result = world
        .deploy(&Options {
            wait: false,
            ..Options::default()
        })
        .await;
    assert_eq!(result.end, Ok(RunStatus::Running));
    assert_eq!(world.platform.count(Op::Deployment), 0);
    let states = world.journal.states.lock().unwrap();
    assert_eq!(states.last().unwrap().deployment, Some(id("dep-1")));
}

#[tokio::test(start_paused = true)]
async fn another_commit_is_a_warning_or_a_failure() {
    for (reported, require, expected, notes) in [
        (Some("ffffffff"), false, 0, 1),
        (Some("ffffffff"), true, 1, 0),
        (Some(&COMMIT[..8]), true, 0, 0),
        (None, true, 1, 0),
        (None, false, 0, 0),
    ] {
        let world = World::with(|platform| {
            platform.shows_commits = reported.is_some();
            platform.reports_commit = reported.map(str::to_owned);
        });
        let require_commit = require;
        let result = world
            .deploy(&Options {
                require_commit,
                ..Options::default()
            })
            .await;
        assert_eq!(code(&result), expected, "{reported:?} {require}");
        assert_eq!(world.recorder.notes().len(), notes, "{reported:?} {require}");
    }
}

fn verifying(contains: &str, timeout: u64) -> Options {
    Options {
        verify: Some(Verify {
            url: "https://shop.example".to_owned(),
            contains: Some(contains.to_owned()),
            timeout: secs(timeout),
        }),
        ..Options::default()
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_container_that_still_serves_is_not_proof() {
    let mut world = World::new();
    world.probe.answer = |second| match second {
        0..=65 => Some(Ok((200, "commit fedcba98".to_owned()))),
        66..=69 => Some(Ok((502, COMMIT.to_owned()))),
        70..=71 => None,
        _ => Some(Ok((200, format!("commit {COMMIT}")))),
    };
    let result = world.deploy(&verifying("{commit}", 60)).await;
    assert_eq!(code(&result), 0);
    assert!(world.platform.count(Op::Probe) > 3);
}

#[tokio::test(start_paused = true)]
async fn an_error_page_is_not_verified_and_a_hanging_site_is_left() {
    for hangs in [false, true] {
        let mut world = World::new();
        world.probe.answer = if hangs {
            |_| None
        } else {
            |_| Some(Ok((500, "hello".to_owned())))
        };
        let result = world.deploy(&verifying("hello", 20)).await;
        assert!(matches!(result.end, Err(Error::NotVerified { .. })), "{:?}", result.end);
        assert!(world.seconds() < 60.0 + 20.0 + 12.0 + 6.0, "{}", world.seconds());
    }
}

#[tokio::test(start_paused = true)]
async fn the_runs_limit_bounds_verification() {
    let mut world = World::new();
    world.probe.answer = |_| Some(Err("refused".to_owned()));
    let mut options = verifying("hello", 600);
    options.watch.timeout = secs(90);
    let result = world.deploy(&options).await;
    assert!(matches!(
        result.end,
        Err(Error::TimedOut {
            phase: Phase::Verify,
            ..
        })
    ));
    assert!(world.seconds() < 91.0);
}

fn rolling_back() -> Options {
    Options {
        on_failure: OnFailure::Rollback,
        ..Options::default()
    }
}

fn outcome(world: &World) -> String {
    let events = world.recorder.site_events();
    let told = events.into_iter().find_map(|event| match event {
        SiteEvent::RolledBack { outcome } => Some(outcome),
        _ => None,
    });
    told.unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_rolled_back_and_stays_a_failure() {
    let world = World::new();
    world.platform.past("good", 500, &[at(0, Succeeded, "live")]);
    world.platform.past("bad", 400, &[at(0, Failed, "failed")]);
    world.platform.life(&[at(0, Failed, "failed")]);
    let result = world.deploy(&rolling_back()).await;
    assert_eq!(code(&result), 1);
    assert_eq!(
        result.known.deployment.unwrap().id,
        id("dep-1"),
        "the outputs stay about the deployment"
    );
    assert_eq!(world.platform.count(Op::Rollback), 1);
    // The fake gives the rollback's deployment the same life.
    assert_eq!(
        outcome(&world),
        "the rollback to good by deployment dep-2 did not succeed: the deployment failed: exit status 1"
    );
    assert_eq!(
        world.recorder.count(|event| matches!(event, SiteEvent::Known { .. })),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_rolled_back_after_a_cancellation_or_without_a_target() {
    let world = World::new();
    world.platform.past("good", 500, &[at(0, Succeeded, "live")]);
    world.platform.life(&[at(0, Cancelled, "cancelled")]);
    assert_eq!(code(&world.deploy(&rolling_back()).await), 5);
    assert_eq!(world.platform.count(Op::Rollback), 0);

    let world = World::new();
    world.platform.life(&[at(0, Failed, "failed")]);
    assert_eq!(code(&world.deploy(&rolling_back()).await), 1);
    assert_eq!(
        outcome(&world),
        "nothing was rolled back: no earlier deployment of the site succeeded"
    );
}

#[tokio::test(start_paused = true)]
async fn the_rollback_command_follows_its_own_deployment() {
    let world = World::new();
    world.platform.past("good", 500, &[at(0, Succeeded, "live")]);
    world.platform.past("live", 400, &[at(0, Succeeded, "live")]);
    let token = request("shop").token;
    let result = deploy::rollback(&world.context(), &site("shop"), None, &token, &Options::default()).await;
    assert_eq!(result.end, Ok(RunStatus::Succeeded));
    assert_eq!(result.known.deployment.unwrap().id, id("dep-1"));
    let rolled_to = world
        .recorder
        .count(|event| matches!(event, SiteEvent::RollingBack { to } if *to == id("good")));
    assert_eq!(rolled_to, 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_rollback_is_found_again_and_never_sent_twice() {
    for (reply, expected) in [
        (Reply::StartsThen(Duration::ZERO, broken()), 0),
        (Reply::Hangs(true), 0),
        (Reply::Fails(html(504)), 7),
    ] {
        let world = World::new();
        world.platform.replies([reply]);
        world.platform.past("good", 500, &[at(0, Succeeded, "live")]);
        let (token, to) = (request("shop").token, id("good"));
        let options = with_timeout(600);
        let result = deploy::rollback(&world.context(), &site("shop"), Some(&to), &token, &options).await;
        assert_eq!((code(&result), world.platform.count(Op::Rollback)), (expected, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_rolled_back_over_a_newer_deployment() {
    let world = World::new();
    world.platform.past("good", 500, &[at(0, Succeeded, "live")]);
    world
        .platform
        .somebody("theirs", Some("another"), None, 3, &[at(0, Running, "building")]);
    world
        .platform
        .life(&[at(0, Running, "building"), at(10, Failed, "failed")]);
    assert_eq!(code(&world.deploy(&rolling_back()).await), 1);
    assert_eq!(
        outcome(&world),
        "nothing was rolled back: deployment theirs is newer than ours"
    );
    assert_eq!(world.platform.count(Op::Rollback), 0);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_answers_with_its_target_can_not_be_followed() {
    let world = World::new();
    world.platform.answer_rollback_with_target();
    let (token, to) = (request("shop").token, id("good"));
    let result = deploy::rollback(&world.context(), &site("shop"), Some(&to), &token, &Options::default()).await;
    assert_eq!(result.end, Err(Error::RollbackNotFollowed));
    assert_eq!(code(&result), 7);
}
