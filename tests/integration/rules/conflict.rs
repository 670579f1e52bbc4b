//! Another deployment of the site is running.

use std::time::Duration;

use sproobo_deploy::deploy::{OnConflict, Options};
use sproobo_deploy::error::{Error, Phase};
use sproobo_deploy::event::SiteEvent;
use sproobo_deploy::model::{RunStatus, StatusClass};

use crate::support::fake_platform::{
    COMMIT, FakePlatform, Fault, Op, Reply, at, broken, conflict, id, reply, request_timed_out,
};
use crate::support::world::{World, adopted, code, with_timeout};

use StatusClass::{Running, Succeeded, Unknown};

#[tokio::test(start_paused = true)]
async fn a_running_deployment_is_waited_for_and_then_ours_is_started() {
    let world = World::new();
    let life = [at(0, Running, "building"), at(100, Succeeded, "live")];
    world.platform.somebody("theirs", Some("another"), None, -10, &life);
    world.platform.replies([Reply::Fails(conflict(Some("theirs")))]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!((code(&result), world.platform.started()), (0, 1));
    let triggers = world.platform.times(Op::Trigger);
    assert!((90.0..106.0).contains(&triggers[1]), "{triggers:?}");
    assert_eq!(
        world
            .recorder
            .count(|event| matches!(event, SiteEvent::Conflict { .. })),
        1
    );
    let foreign =
        |event: &SiteEvent| matches!(event, SiteEvent::Status { deployment } if deployment.id == id("theirs"));
    assert_eq!(world.recorder.count(foreign), 0);
}

#[tokio::test(start_paused = true)]
async fn an_unnamed_conflict_is_tried_again_with_growing_pauses() {
    let world = World::new();
    world.platform.replies((0..6).map(|_| Reply::Fails(conflict(None))));
    let result = world.deploy(&Options::default()).await;
    assert_eq!(code(&result), 0);
    let triggers = world.platform.times(Op::Trigger);
    let pauses: Vec<u64> = triggers
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).round() as u64)
        .collect();
    assert_eq!(pauses, [2, 4, 8, 15, 15, 15]);
}

#[tokio::test(start_paused = true)]
async fn a_conflict_with_one_that_has_ended_or_can_not_be_read_does_not_spin() {
    for status in [Succeeded, Unknown] {
        let world = World::new();
        world
            .platform
            .somebody("theirs", Some("another"), None, -10, &[at(0, status, "x")]);
        world
            .platform
            .replies((0..4).map(|_| Reply::Fails(conflict(Some("theirs")))));
        assert_eq!(code(&world.deploy(&Options::default()).await), 0);
        assert!(world.platform.times(Op::Trigger)[4] > 28.0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_to_the_deadline_is_a_timeout_of_its_own() {
    for named in [Some("theirs"), None] {
        let world = World::new();
        world
            .platform
            .somebody("theirs", Some("another"), None, -10, &[at(0, Running, "building")]);
        world
            .platform
            .fault(Op::Trigger, 0..100_000, Fault::Error(conflict(named)));
        let result = world.deploy(&with_timeout(60)).await;
        assert!(matches!(
            result.end,
            Err(Error::TimedOut {
                phase: Phase::Conflict,
                ..
            })
        ));
        assert_eq!((code(&result), world.platform.started()), (4, 0));
        assert!(world.seconds() < 61.0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_fails_when_told_so() {
    let world = World::new();
    world.platform.replies([Reply::Fails(conflict(Some("theirs")))]);
    let on_conflict = OnConflict::Fail;
    let result = world
        .deploy(&Options {
            on_conflict,
            ..Options::default()
        })
        .await;
    assert_eq!(
        result.end,
        Err(Error::Conflict {
            running: Some(id("theirs"))
        })
    );
    assert_eq!((code(&result), result.status()), (8, RunStatus::Refused));
}

#[tokio::test(start_paused = true)]
async fn a_repeated_trigger_that_conflicts_with_its_own_first_run_adopts_it() {
    for named in [Some("dep-1"), None] {
        for on_conflict in [OnConflict::Wait, OnConflict::Fail] {
            let world = World::new();
            // The first sending is registered after the second look-up, just before the second sending is answered.
            let late = Duration::from_millis(2050);
            let replies = [Reply::StartsThen(late, broken()), Reply::Fails(conflict(named))];
            world.platform.replies(replies);
            let options = Options {
                on_conflict,
                ..Options::default()
            };
            let result = world.deploy(&options).await;
            assert_eq!(
                (code(&result), world.platform.started()),
                (0, 1),
                "{named:?} {on_conflict:?}"
            );
            assert_eq!((world.platform.count(Op::Trigger), adopted(&world)), (2, 1));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_we_had_to_wait_for_is_never_adopted_after_a_loss() {
    // A push deploys the same commit, our trigger has to wait for it, and then its reply is lost.
    for named in [Some("push"), None] {
        let world = World::with(FakePlatform::without_tokens);
        let life = [at(0, Running, "building"), at(40, Succeeded, "live")];
        world.platform.somebody("push", None, Some(COMMIT), -10, &life);
        let refused = (0..if named.is_some() { 1 } else { 5 }).map(|_| Reply::Fails(conflict(named)));
        world
            .platform
            .replies(refused.chain([Reply::Fails(request_timed_out())]));
        let result = world.deploy(&Options::default()).await;
        assert!(matches!(result.end, Err(Error::ReplyLost { .. })), "{:?}", result.end);
        assert_eq!(adopted(&world), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_that_ends_at_the_last_check_leaves_no_time_to_trigger() {
    let world = World::new();
    let life = [at(0, Running, "building"), at(69, Succeeded, "live")];
    world.platform.somebody("theirs", Some("another"), None, -10, &life);
    world.platform.replies([Reply::Fails(conflict(Some("theirs")))]);
    let mut options = with_timeout(60);
    options.watch.poll_interval = Some(Duration::from_secs(45));
    let result = world.deploy(&options).await;
    let phase_is_conflict = matches!(
        result.end,
        Err(Error::TimedOut {
            phase: Phase::Conflict,
            ..
        })
    );
    assert!(phase_is_conflict, "{:?}", result.end);
    assert_eq!(world.platform.count(Op::Trigger), 1);
}

/// What was on the list before anything was sent can't be ours, whether or not it can be read by itself.
#[tokio::test(start_paused = true)]
async fn after_a_loss_a_conflict_with_what_was_there_before_is_waited_for() {
    let world = World::new();
    let life = [at(0, Running, "building"), at(40, Succeeded, "live")];
    world.platform.somebody("theirs", None, None, -10, &life);
    world.platform.fault(Op::Deployment, 0..20, Fault::Error(broken()));
    world
        .platform
        .replies([Reply::Fails(broken()), Reply::Fails(conflict(Some("theirs")))]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!((code(&result), world.platform.started()), (0, 1));
    assert_eq!(world.platform.count(Op::Trigger), 3);
}

#[tokio::test(start_paused = true)]
async fn after_a_loss_a_conflict_that_names_nobody_may_be_our_own() {
    let world = World::new();
    world
        .platform
        .replies([Reply::Fails(broken()), Reply::Fails(conflict(None))]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!((code(&result), world.platform.count(Op::Trigger)), (7, 2));
    assert!(result.message().contains("maybe our own"), "{}", result.message());
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_others_takes_nothing_from_the_search_for_ours() {
    let world = World::new();
    let life = [at(0, Running, "building"), at(400, Succeeded, "live")];
    world.platform.somebody("theirs", Some("another"), None, -10, &life);
    world
        .platform
        .replies([Reply::Fails(broken()), Reply::Fails(conflict(Some("theirs")))]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!((code(&result), world.platform.started()), (0, 1));
}

/// It was not there before and shows no token, so it may be our own: waiting for its end, and then sending again, could
/// deploy twice.
#[tokio::test(start_paused = true)]
async fn after_a_loss_a_conflict_with_a_new_one_that_shows_no_token_is_not_waited_for() {
    let world = World::with(|platform| {
        platform.shows_tokens = false;
        platform.manners.list_lag = Duration::from_secs(5);
    });
    let life = [at(0, Running, "building"), at(40, Succeeded, "live")];
    world.platform.somebody("new", None, Some(COMMIT), 1, &life);
    world
        .platform
        .replies([Reply::Fails(broken()), Reply::Fails(conflict(Some("new")))]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!((code(&result), world.platform.count(Op::Trigger)), (7, 2));
    assert!(result.message().contains("maybe our own"), "{}", result.message());
}

/// The list shows it too late for a look-up; but the one that runs can be read, and shows our token.
#[tokio::test(start_paused = true)]
async fn after_a_loss_a_conflict_that_names_our_own_finds_it_without_the_list() {
    let world = World::with(|platform| platform.manners.list_lag = Duration::from_secs(1000));
    let replies = [
        Reply::StartsThen(Duration::ZERO, broken()),
        Reply::Fails(conflict(Some("dep-1"))),
    ];
    world.platform.replies(replies);
    let result = world.deploy(&Options::default()).await;
    assert_eq!((code(&result), world.platform.started(), adopted(&world)), (0, 1, 1));
}

/// It has our commit and shows no token, but was waited for as somebody else's: it is no second candidate.
#[tokio::test(start_paused = true)]
async fn what_was_waited_for_is_not_taken_for_ours_once_a_reply_is_lost() {
    let world = World::with(FakePlatform::without_tokens);
    let life = [at(0, Running, "building"), at(20, Succeeded, "live")];
    world.platform.somebody("theirs", None, Some(COMMIT), 1, &life);
    world.platform.replies([
        Reply::Fails(conflict(None)),
        Reply::Fails(conflict(Some("theirs"))),
        Reply::StartsThen(Duration::ZERO, broken()),
    ]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!(
        (code(&result), world.platform.started()),
        (0, 1),
        "{}",
        result.message()
    );
}

/// What was lost stays lost: the end must not advise to run this again as if nothing of ours could exist.
#[tokio::test(start_paused = true)]
async fn after_a_loss_a_wait_for_others_that_fails_does_not_hide_it() {
    for error in [broken(), reply(403)] {
        let world = World::new();
        let life = [at(0, Running, "building")];
        world.platform.somebody("theirs", Some("another"), None, -10, &life);
        world
            .platform
            .replies([Reply::Fails(broken()), Reply::Fails(conflict(Some("theirs")))]);
        world.platform.fault(Op::Deployment, 60..10_000, Fault::Error(error));
        let result = world.deploy(&Options::default()).await;
        assert!(matches!(result.end, Err(Error::ReplyLost { .. })), "{:?}", result.end);
        assert_eq!(code(&result), 7);
        let next = result.end.unwrap_err().next(&result.subject);
        assert!(next.contains("may deploy twice"), "{next}");
    }
}
