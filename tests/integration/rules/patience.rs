//! How much failure and how much time a wait bears: one bad answer ends nothing, and nothing hangs.

use std::time::Duration;

use sproobo_deploy::deploy::{self, DeploymentRef, OnFailure, Options, Verify};
use sproobo_deploy::error::{ApiError, CancelOutcome, Error, Phase, Transport};
use sproobo_deploy::event::SiteEvent;
use sproobo_deploy::model::{EarlyExit, RunStatus, StatusClass, TimeLimit};

use crate::support::fake_platform::{
    Fault, Op, Reply, at, broken, html, id, not_connected, reply, reply_after, secs, site,
};
use crate::support::world::{World, code, options, with_timeout};

use StatusClass::{Failed, Running, Succeeded};

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
        let Err(Error::Unreachable { unbroken, .. }) = result.end else {
            panic!("{:?}", result.end)
        };
        assert!((secs(295)..secs(320)).contains(&unbroken), "{unbroken:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_that_never_answered_is_given_up_after_30_seconds() {
    let world = World::new();
    world
        .platform
        .fault(Op::Deployment, 0..100_000, Fault::Error(not_connected()));
    let result = deploy::wait(
        &world.context(),
        &site("shop"),
        &DeploymentRef::Id(id("it")),
        &Options::default(),
    )
    .await;
    assert_eq!(code(&result), 7);
    assert_eq!(
        result.subject.deployment.map(|deployment| deployment.id),
        Some(id("it"))
    );
    assert!((30.0..31.0).contains(&world.seconds()), "{}", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn a_rejected_key_or_a_refused_certificate_ends_the_wait_at_once() {
    let certificate = ApiError::Transport(Transport::Certificate {
        host: "h".to_owned(),
        detail: "expired".to_owned(),
    });
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
            (watch.limit, watch.poll_interval) = (TimeLimit::Timeout(secs(120)), Some(secs(50)));
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
    assert!((65.0..68.5).contains(&world.seconds()), "{}", world.seconds());
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
    for (on_timeout, cancels) in [(EarlyExit::Detach, 0), (EarlyExit::Cancel, 1)] {
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

/// Whatever hangs, and from whatever moment on, the rules leave the key check and the outputs their 3 of the 15 s.
#[tokio::test(start_paused = true)]
async fn nothing_that_hangs_takes_more_than_its_share_after_the_limit() {
    const EVERYTHING: [Op; 6] = [
        Op::Trigger,
        Op::Deployment,
        Op::Deployments,
        Op::Cancel,
        Op::Rollback,
        Op::Logs,
    ];
    let fails_late = [at(0, Running, "building"), at(57, Failed, "failed")];
    let succeeds_late = [at(0, Running, "building"), at(55, Succeeded, "live")];
    for from in [0, 1, 2, 30, 54, 57, 58, 59, 60, 61] {
        for life in [&[at(0, Running, "building")][..], &fails_late, &succeeds_late] {
            for command in ["deploy", "wait", "rollback", "lost"] {
                let mut world = World::new();
                world.probe.answer = |_| None;
                world.platform.past("old", 900, &[at(0, Succeeded, "live")]);
                world.platform.past("older", 1800, &[at(0, Succeeded, "live")]);
                world.platform.life(life);
                for op in EVERYTHING {
                    world.platform.fault(op, from..100_000, Fault::Hang);
                }
                let options = Options {
                    on_timeout: EarlyExit::Cancel,
                    on_failure: OnFailure::Rollback,
                    verify: Some(Verify {
                        url: "https://shop.example.com".to_owned(),
                        contains: None,
                        timeout: secs(60),
                    }),
                    ..with_timeout(60)
                };
                let (shop, token) = (site("shop"), deploy::new_token().unwrap());
                let context = world.context();
                match command {
                    "wait" => {
                        let which = DeploymentRef::Token(token);
                        deploy::wait(&context, &shop, &which, &options).await;
                    }
                    "rollback" => {
                        deploy::rollback(&context, &shop, None, &token, &options).await;
                    }
                    "lost" => {
                        world.platform.replies([Reply::Hangs(true)]);
                        world.deploy(&options).await;
                    }
                    _ => {
                        world.deploy(&options).await;
                    }
                }
                assert!(
                    world.seconds() <= 72.1,
                    "{command} from {from} on: {} s",
                    world.seconds()
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_extreme_limit_does_not_overflow() {
    let world = World::new();
    let result = world
        .deploy(&options(|watch| {
            (watch.limit, watch.max_unreachable) = (TimeLimit::Timeout(Duration::MAX), Duration::MAX);
            (watch.settle, watch.request_timeout) = (Duration::MAX, Duration::MAX);
        }))
        .await;
    assert_eq!(code(&result), 0);
}

/// The time is over: that the last question was not answered is no outage to be told of, and no other end.
#[tokio::test(start_paused = true)]
async fn a_last_check_that_fails_is_a_time_out_all_the_same() {
    let world = World::new();
    world.platform.life(&[at(0, Running, "building")]);
    world.platform.fault(Op::Deployment, 55..1000, Fault::Error(broken()));
    let mut options = with_timeout(60);
    options.watch.poll_interval = Some(secs(50));
    let result = world.deploy(&options).await;
    assert!(matches!(result.end, Err(Error::TimedOut { phase: Phase::Wait, .. })));
    let unreachable = |event: &SiteEvent| matches!(event, SiteEvent::Unreachable { .. });
    assert_eq!(world.recorder.count(unreachable), 0);
}

/// Whether an answer is outside the contract is asked of the loss and of the look-up: one of them alone is a weak moment.
#[tokio::test(start_paused = true)]
async fn a_search_outlives_an_odd_answer_after_a_common_loss_and_the_other_way_round() {
    let redirect = ApiError::Redirect {
        status: 302,
        location: "/login".to_owned(),
    };
    for (loss, looked_up, expected) in [
        (broken(), html(200), 0),
        (redirect.clone(), reply(503), 0),
        (redirect, html(200), 9),
    ] {
        let world = World::new();
        let error = Some(loss);
        let (created, takes) = (Some(Duration::ZERO), secs(2));
        world.platform.replies([Reply::Slow { created, takes, error }]);
        world.platform.fault(Op::Deployments, 1..6, Fault::Error(looked_up));
        let result = world.deploy(&Options::default()).await;
        assert_eq!(code(&result), expected, "{:?}", result.end);
    }
}

/// What is left after the limit, counted from it.
#[tokio::test(start_paused = true)]
async fn after_the_limit_there_are_five_seconds_for_an_answer_and_eight_for_the_log() {
    let world = World::new();
    let deadline = world.clock.deadline(TimeLimit::Timeout(secs(60)));
    for (at, check, log) in [(0, 10, 10), (58, 7, 10), (60, 5, 8), (64, 1, 4), (70, 0, 0)] {
        tokio::time::sleep(secs(at).saturating_sub(world.clock.elapsed())).await;
        assert_eq!(deadline.for_last_check(secs(10)), secs(check), "{at}");
        assert_eq!(deadline.for_log(secs(10)), secs(log), "{at}");
    }
}
