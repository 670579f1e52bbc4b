//! The trigger: refused is retried, lost is found again, and nothing is ever started twice.

use std::time::Duration;

use sproobo_deploy::deploy::{self, Options, new_token};
use sproobo_deploy::error::{ApiError, Error, Phase, Transport};
use sproobo_deploy::event::SiteEvent;
use sproobo_deploy::model::{RunStatus, StatusClass};

use crate::support::fake_platform::{
    COMMIT, FakePlatform, Fault, Op, Reply, at, broken, html, id, not_connected, reply, reply_after, request,
    request_timed_out, secs,
};
use crate::support::world::{World, adopted, code, with_timeout};

use StatusClass::{Running, Succeeded};

#[tokio::test(start_paused = true)]
async fn the_state_is_recorded_before_the_trigger_and_again_when_the_id_is_known() {
    let world = World::new();
    world.deploy(&Options::default()).await;
    let order = world.platform.order();
    assert_eq!(order[..4], [Op::Record, Op::Deployments, Op::Trigger, Op::Record]);
    assert_eq!(order.last(), Some(&Op::Record));
    let states = world.journal.states.lock().unwrap();
    let summary: Vec<_> = states
        .iter()
        .map(|state| (state.deployment.clone(), state.status))
        .collect();
    assert_eq!(
        summary,
        [
            (None, RunStatus::Running),
            (Some(id("dep-1")), RunStatus::Running),
            (Some(id("dep-1")), RunStatus::Succeeded)
        ]
    );
    assert!(states.iter().all(|state| state.client_token == request("shop").token));
}

#[tokio::test(start_paused = true)]
async fn a_state_that_can_not_be_recorded_stops_the_run_before_anything_is_sent() {
    let mut world = World::new();
    world.journal.broken = true;
    let result = world.deploy(&Options::default()).await;
    assert!(matches!(result.end, Err(Error::File { .. })));
    assert_eq!((code(&result), world.platform.count(Op::Trigger)), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_refused_trigger_is_sent_again() {
    for error in [
        reply_after(429, 3),
        reply(429),
        reply_after(503, 3),
        html(429),
        not_connected(),
    ] {
        let world = World::new();
        world
            .platform
            .replies([Reply::Fails(error.clone()), Reply::Fails(error.clone())]);
        let result = world.deploy(&Options::default()).await;
        assert_eq!(code(&result), 0, "{error}");
        assert_eq!(
            (world.platform.count(Op::Trigger), world.platform.started()),
            (3, 1),
            "{error}"
        );
        assert_eq!(
            world
                .recorder
                .count(|event| matches!(event, SiteEvent::TriggerRetry { .. })),
            2
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_that_was_never_reached_is_given_up_after_30_seconds() {
    let world = World::new();
    world
        .platform
        .fault(Op::Trigger, 0..100_000, Fault::Error(not_connected()));
    world
        .platform
        .fault(Op::Deployments, 0..100_000, Fault::Error(not_connected()));
    let result = world.deploy(&Options::default()).await;
    assert!(matches!(result.end, Err(Error::Unreachable { .. })));
    assert_eq!(code(&result), 7);
    assert!((30.0..31.0).contains(&world.seconds()), "{}", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn refusals_to_the_deadline_are_a_timeout_and_never_a_late_trigger() {
    let world = World::new();
    world
        .platform
        .fault(Op::Trigger, 0..100_000, Fault::Error(reply_after(429, 8)));
    let result = world.deploy(&with_timeout(20)).await;
    assert!(matches!(
        result.end,
        Err(Error::TimedOut {
            phase: Phase::Trigger,
            ..
        })
    ));
    assert!(world.platform.times(Op::Trigger).iter().all(|at| *at < 20.0));
}

#[tokio::test(start_paused = true)]
async fn what_is_final_is_sent_once_and_has_its_code() {
    let certificate = ApiError::Transport(Transport::Certificate {
        host: "h".to_owned(),
        detail: "expired".to_owned(),
    });
    for (error, expected) in [
        (reply(401), 3),
        (html(401), 3),
        (reply(403), 3),
        (reply(402), 8),
        (reply(404), 8),
        (html(404), 9),
        (reply(405), 9),
        (html(405), 9),
        (reply(422), 8),
        (html(200), 9),
        (ApiError::Incomplete { what: "id" }, 9),
        (certificate, 7),
    ] {
        let world = World::new();
        world.platform.replies([Reply::Fails(error.clone())]);
        let result = world.deploy(&Options::default()).await;
        assert_eq!(
            (code(&result), world.platform.count(Op::Trigger)),
            (expected, 1),
            "{error}"
        );
        assert!(world.seconds() < 1.0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_is_found_again_and_never_sent_twice() {
    let unreadable = ApiError::Unreadable {
        status: 201,
        detail: "cut".to_owned(),
    };
    for error in [
        broken(),
        request_timed_out(),
        reply(500),
        html(502),
        reply(503),
        html(504),
        reply(408),
        unreadable,
    ] {
        let world = World::new();
        world.platform.past("old", 30, &[at(0, Succeeded, "live")]);
        world
            .platform
            .replies([Reply::StartsThen(Duration::ZERO, error.clone())]);
        let result = world.deploy(&Options::default()).await;
        assert_eq!(code(&result), 0, "{error}");
        assert_eq!(
            (world.platform.count(Op::Trigger), world.platform.started()),
            (1, 1),
            "{error}"
        );
        assert_eq!(adopted(&world), 1);
        assert_eq!(result.subject.deployment.unwrap().id, id("dep-1"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_trigger_without_any_reply_is_found_again_at_the_deadline() {
    let world = World::new();
    world.platform.replies([Reply::Hangs(true)]);
    let result = world.deploy(&with_timeout(90)).await;
    // It lived its 60 s meanwhile: the last check sees the success.
    assert_eq!((code(&result), world.platform.count(Op::Trigger)), (0, 1));
    assert!(world.seconds() < 91.0);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_appears_late_after_a_timeout_is_adopted() {
    let world = World::new();
    world
        .platform
        .replies([Reply::StartsThen(secs(45), request_timed_out())]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!((code(&result), world.platform.count(Op::Trigger)), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_broken_trigger_is_sent_again_only_after_two_lookups_that_found_nothing() {
    for error in [broken(), reply(500), html(502), reply(503)] {
        let world = World::new();
        world.platform.past("old", 30, &[at(0, Succeeded, "live")]);
        world.platform.replies([Reply::Fails(error.clone())]);
        let result = world.deploy(&Options::default()).await;
        assert_eq!((code(&result), world.platform.count(Op::Trigger)), (0, 2), "{error}");
        let order = world.platform.order();
        let look_first = [Op::Record, Op::Deployments];
        let operations = [Op::Trigger, Op::Deployments, Op::Deployments, Op::Trigger];
        assert_eq!((&order[..2], &order[2..6]), (&look_first[..], &operations[..]));
        let lookups = world.platform.times(Op::Deployments);
        assert!(lookups[2] - lookups[1] >= 2.0);
    }
}

#[tokio::test(start_paused = true)]
async fn failed_lookups_do_not_count_as_nothing_found() {
    let world = World::new();
    world.platform.replies([Reply::Fails(broken())]);
    world.platform.fault(Op::Deployments, 0..60, Fault::Error(reply(500)));
    let result = world.deploy(&Options::default()).await;
    assert_eq!(code(&result), 0);
    assert!(world.platform.times(Op::Trigger)[1] > 60.0);
}

#[tokio::test(start_paused = true)]
async fn a_trigger_that_timed_out_is_never_sent_again() {
    for error in [request_timed_out(), html(504), reply(504), reply(408)] {
        let world = World::new();
        world.platform.replies([Reply::Fails(error.clone())]);
        let result = world.deploy(&Options::default()).await;
        assert!(matches!(result.end, Err(Error::ReplyLost { .. })), "{error}");
        assert_eq!((code(&result), world.platform.count(Op::Trigger)), (7, 1), "{error}");
        assert!((300.0..303.0).contains(&world.seconds()), "{}", world.seconds());
    }
}

#[tokio::test(start_paused = true)]
async fn a_trigger_that_keeps_breaking_is_sent_three_times_at_most() {
    let world = World::new();
    world.platform.fault(Op::Trigger, 0..100_000, Fault::Error(broken()));
    let result = world.deploy(&Options::default()).await;
    assert!(matches!(result.end, Err(Error::ReplyLost { .. })));
    assert_eq!(world.platform.count(Op::Trigger), 3);
}

#[tokio::test(start_paused = true)]
async fn a_lookup_that_is_impossible_is_said_at_once() {
    for error in [
        reply(404),
        html(405),
        ApiError::NotOffered {
            operation: "deployments",
        },
        reply(403),
    ] {
        let world = World::new();
        world.platform.replies([Reply::Fails(broken())]);
        world
            .platform
            .fault(Op::Deployments, 0..100_000, Fault::Error(error.clone()));
        let result = world.deploy(&Options::default()).await;
        assert_eq!((code(&result), world.platform.count(Op::Trigger)), (7, 1), "{error}");
        assert!(result.message().contains("can't be looked for"), "{}", result.message());
        assert!(world.seconds() < 1.0);
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_elses_deployment_is_never_adopted() {
    // Same commit, same second, another token.
    let world = World::new();
    world
        .platform
        .somebody("theirs", Some("another"), Some(COMMIT), 1, &[at(0, Succeeded, "live")]);
    world.platform.replies([Reply::Fails(request_timed_out())]);
    let result = world.deploy(&Options::default()).await;
    assert!(matches!(result.end, Err(Error::ReplyLost { .. })));
    assert_eq!(adopted(&world), 0);
}

#[tokio::test(start_paused = true)]
async fn an_older_deployment_of_the_same_commit_is_never_adopted() {
    let world = World::with(FakePlatform::without_tokens);
    world
        .platform
        .somebody("older", None, Some(COMMIT), -300, &[at(0, Succeeded, "live")]);
    world.platform.replies([Reply::Fails(request_timed_out())]);
    let result = world.deploy(&Options::default()).await;
    assert!(matches!(result.end, Err(Error::ReplyLost { .. })));
}

#[tokio::test(start_paused = true)]
async fn without_tokens_it_is_found_by_commit_and_time() {
    let world = World::with(FakePlatform::without_tokens);
    world
        .platform
        .somebody("older", None, Some(COMMIT), -300, &[at(0, Succeeded, "live")]);
    world.platform.replies([Reply::StartsThen(Duration::ZERO, broken())]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!((code(&result), world.platform.started()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn two_candidates_are_no_verdict() {
    let world = World::with(FakePlatform::without_tokens);
    world
        .platform
        .somebody("theirs", None, Some(COMMIT), 1, &[at(0, Succeeded, "live")]);
    world.platform.replies([Reply::StartsThen(secs(1), broken())]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!((code(&result), world.platform.count(Op::Trigger)), (7, 1));
}

#[tokio::test(start_paused = true)]
async fn a_newer_deployment_in_the_list_is_not_taken_for_ours() {
    let world = World::new();
    world
        .platform
        .life(&[at(0, Running, "building"), at(60, StatusClass::Failed, "failed")]);
    world
        .platform
        .somebody("theirs", Some("another"), Some(COMMIT), 2, &[at(0, Succeeded, "live")]);
    assert_eq!(code(&world.deploy(&Options::default()).await), 1);
}

#[tokio::test(start_paused = true)]
async fn several_sites_have_one_verdict_each_in_the_users_order() {
    let world = World::new();
    world
        .platform
        .replies([Reply::Starts, Reply::Fails(reply(404)), Reply::Starts]);
    let requests = ["a", "b", "c"].map(request);
    let options = Options {
        parallel: 2,
        ..Options::default()
    };
    let results = deploy::deploy(&world.context(), &requests, &options).await;
    let summary: Vec<_> = results
        .iter()
        .map(|result| (result.site.to_string(), code(result)))
        .collect();
    assert_eq!(summary, [("a".to_owned(), 0), ("b".to_owned(), 8), ("c".to_owned(), 0)]);
}

#[tokio::test(start_paused = true)]
async fn no_more_sites_run_at_a_time_than_told() {
    let world = World::new();
    let requests = ["a", "b", "c"].map(request);
    let options = Options {
        parallel: 1,
        ..Options::default()
    };
    deploy::deploy(&world.context(), &requests, &options).await;
    let triggers = world.platform.times(Op::Trigger);
    assert!(triggers[1] > 60.0 && triggers[2] > 120.0, "{triggers:?}");
}

#[test]
fn tokens_are_never_the_same() {
    let (one, other) = (new_token().unwrap(), new_token().unwrap());
    assert_ne!(one, other);
    assert!(one.0.starts_with("sproobo-deploy-") && one.0.len() == 47, "{one}");
}

#[tokio::test(start_paused = true)]
async fn all_losses_share_one_time_for_looking() {
    let world = World::new();
    world.platform.fault(Op::Trigger, 0..100_000, Fault::Error(broken()));
    // The list can be read for a moment only: long enough to send a second time.
    for span in [0..200, 203..100_000] {
        world.platform.fault(Op::Deployments, span, Fault::Error(reply(500)));
    }
    let result = world.deploy(&Options::default()).await;
    assert_eq!((code(&result), world.platform.count(Op::Trigger)), (7, 2));
    assert!((299.0..312.0).contains(&world.seconds()), "{}", world.seconds());
    assert!(result.message().contains("within 5 min"), "{}", result.message());
}
