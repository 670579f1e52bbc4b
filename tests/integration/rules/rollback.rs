//! Rollbacks: by command, and after a failure.

use std::time::Duration;

use sproobo_deploy::deploy::{self, OnConflict, OnFailure, Options};
use sproobo_deploy::error::Error;
use sproobo_deploy::event::SiteEvent;
use sproobo_deploy::model::{RunStatus, StatusClass};

use crate::support::fake_platform::{
    COMMIT, FakePlatform, Fault, Op, Reply, at, broken, html, id, reply, request, site,
};
use crate::support::world::{World, code, with_timeout};

use StatusClass::{Cancelled, Failed, Running, Succeeded};

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
        result.subject.deployment.unwrap().id,
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
        world.recorder.count(|event| matches!(event, SiteEvent::Found { .. })),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn a_rollbacks_time_is_not_the_failed_deployments() {
    let world = World::new();
    world.platform.past("good", 500, &[at(0, Succeeded, "live")]);
    world
        .platform
        .life(&[at(0, Running, "building"), at(60, Failed, "failed")]);
    let result = world.deploy(&rolling_back()).await;
    let (took, whole) = (result.took.unwrap(), result.duration);
    assert!((60..70).contains(&took.as_secs()), "{took:?}");
    assert!(whole >= took + Duration::from_secs(60), "{took:?} of {whole:?}");
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
    let live = [at(0, Succeeded, "live")];
    world.platform.somebody("live", None, Some(COMMIT), -400, &live);
    let token = request("shop").token;
    let result = deploy::rollback(&world.context(), &site("shop"), None, &token, &Options::default()).await;
    assert_eq!(result.end, Ok(RunStatus::Succeeded));
    assert_eq!(result.subject.deployment.unwrap().id, id("dep-1"));
    let rolled_to = world
        .recorder
        .count(|event| matches!(event, SiteEvent::RollingBack { to, .. } if *to == id("good")));
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
        if let Err(error) = &result.end {
            let text = error.to_string();
            assert!(text.starts_with("the rollback's reply was lost (HTTP 504"), "{text}");
        }
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

#[tokio::test(start_paused = true)]
async fn a_rollback_waits_for_a_running_deployment_or_fails_when_told_so() {
    for on_conflict in [OnConflict::Wait, OnConflict::Fail] {
        let world = World::new();
        world.platform.past("good", 500, &[at(0, Succeeded, "live")]);
        world
            .platform
            .somebody("live", None, Some(COMMIT), -400, &[at(0, Succeeded, "live")]);
        let life = [at(0, Running, "building"), at(60, Failed, "failed")];
        world.platform.somebody("theirs", Some("another"), None, -10, &life);
        let options = Options {
            on_conflict,
            ..Options::default()
        };
        let token = request("shop").token;
        let result = deploy::rollback(&world.context(), &site("shop"), None, &token, &options).await;
        if on_conflict == OnConflict::Fail {
            assert_eq!((code(&result), world.platform.count(Op::Rollback)), (8, 0));
        } else {
            assert_eq!(code(&result), 0);
            assert!(world.platform.times(Op::Rollback)[0] >= 50.0);
            // Theirs failed meanwhile, so what was live is what to return to.
            let to_live = |event: &SiteEvent| matches!(event, SiteEvent::RollingBack { to, .. } if *to == id("live"));
            assert_eq!(world.recorder.count(to_live), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_found_by_its_commit_is_not_rolled_back() {
    let world = World::with(FakePlatform::without_tokens);
    world.platform.past("good", 500, &[at(0, Succeeded, "live")]);
    world.platform.life(&[at(0, Failed, "failed")]);
    world.platform.replies([Reply::StartsThen(Duration::ZERO, broken())]);
    assert_eq!(code(&world.deploy(&rolling_back()).await), 1);
    assert_eq!(world.platform.count(Op::Rollback), 0);
    assert!(outcome(&world).contains("by its commit alone"), "{}", outcome(&world));
}

async fn rollback(world: &World, options: &Options) -> Result<RunStatus, Error> {
    let token = request("shop").token;
    deploy::rollback(&world.context(), &site("shop"), None, &token, options)
        .await
        .end
}

#[tokio::test(start_paused = true)]
async fn a_history_that_can_never_be_read_ends_the_rollback_at_once() {
    for status in [401, 403, 404, 405] {
        let world = World::new();
        world
            .platform
            .fault(Op::Deployments, 0..1000, Fault::Error(reply(status)));
        let end = rollback(&world, &Options::default()).await;
        assert!(matches!(end, Err(Error::Api { .. })), "{end:?}");
        assert_eq!(world.platform.count(Op::Deployments), 1, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_history_that_fails_is_given_up_at_the_runs_limit() {
    let world = World::new();
    world.platform.fault(Op::Deployments, 0..1000, Fault::Error(broken()));
    let end = rollback(&world, &with_timeout(10)).await;
    assert!(matches!(end, Err(Error::Unreachable { .. })), "{end:?}");
    assert!((10.0..10.1).contains(&world.seconds()), "{}", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_is_named() {
    let world = World::new();
    world.platform.past("good", 500, &[at(0, Succeeded, "live")]);
    world.platform.past("bad", 400, &[at(0, Failed, "failed")]);
    world
        .platform
        .replies([Reply::Fails(reply(422)), Reply::Fails(reply(422))]);
    let error = rollback(&world, &Options::default()).await.unwrap_err();
    assert!(
        error.to_string().starts_with("could not ask for the rollback: "),
        "{error}"
    );
    let error = world.deploy(&Options::default()).await.end.unwrap_err();
    assert!(
        error.to_string().starts_with("could not trigger the deployment: "),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_that_never_comes_holds_a_rollback_no_longer_than_its_limit() {
    let world = World::new();
    world.platform.fault(Op::Deployments, 0..1000, Fault::Hang);
    let shop = request("shop");
    let result = deploy::rollback(&world.context(), &shop.site, None, &shop.token, &with_timeout(3)).await;
    assert_eq!(code(&result), 7);
    assert!(world.seconds() <= 3.0 + 15.0, "{} s", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_has_to_name_a_commit_names_that_of_its_target() {
    for to in [None, Some(id("good"))] {
        let world = World::with(|platform| platform.rolls_back_by_commit = true);
        world.platform.past("good", 500, &[at(0, Succeeded, "live")]);
        let live = [at(0, Succeeded, "live")];
        world.platform.somebody("live", None, Some(COMMIT), -400, &live);
        let shop = request("shop");
        let options = Options::default();
        let result = deploy::rollback(&world.context(), &shop.site, to.as_ref(), &shop.token, &options).await;
        assert_eq!(code(&result), 0, "{to:?} {:?}", result.end);
    }
    // One that shows none can't be named.
    let world = World::with(|platform| {
        platform.rolls_back_by_commit = true;
        platform.shows_commits = false;
    });
    world.platform.past("good", 500, &[at(0, Succeeded, "live")]);
    let (shop, good) = (request("shop"), id("good"));
    let options = Options::default();
    let result = deploy::rollback(&world.context(), &shop.site, Some(&good), &shop.token, &options).await;
    assert_eq!((code(&result), world.platform.count(Op::Rollback)), (8, 0));
    assert!(
        result.message().contains("good shows no commit"),
        "{}",
        result.message()
    );
}
