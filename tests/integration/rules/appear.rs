//! `wait --commit`: the deployment that a push starts.

use std::time::Duration;

use sproobo_deploy::deploy::{self, Options};
use sproobo_deploy::error::{CancelOutcome, Error};
use sproobo_deploy::event::{SiteEvent, SiteResult};
use sproobo_deploy::model::{RunStatus, Signal, StatusClass};

use crate::support::fake_platform::{COMMIT, FakePlatform, Fault, Moment, Op, at, broken, secs, site};
use crate::support::world::{World, code, with_timeout};

use StatusClass::{Failed, Running, Succeeded};

const OTHER: &str = "fedcba9876543210fedcba9876543210fedcba98";

fn live() -> [Moment; 1] {
    [at(0, Succeeded, "live")]
}

fn building() -> [Moment; 2] {
    [at(0, Running, "building"), at(40, Succeeded, "live")]
}

/// Waits for the commit: two minutes for it to appear.
async fn wait(world: &World) -> SiteResult {
    wait_with(world, secs(120), &Options::default()).await
}

async fn wait_with(world: &World, appear_within: Duration, options: &Options) -> SiteResult {
    deploy::wait_for_commit(&world.context(), &site("shop"), COMMIT, appear_within, options).await
}

fn followed(result: &SiteResult) -> String {
    let deployment = result.subject.deployment.as_ref();
    deployment.map(|known| known.id.to_string()).unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn the_running_deployment_of_the_commit_is_followed_at_once() {
    let world = World::new();
    world
        .platform
        .somebody("push", None, Some(&COMMIT[..10]), -10, &building());
    world.platform.somebody("other", None, Some(OTHER), -5, &building());
    let result = wait(&world).await;
    assert_eq!((code(&result), followed(&result).as_str()), (0, "push"));
    assert!(world.seconds() < 32.0, "{}", world.seconds());
    let appearing = |event: &SiteEvent| matches!(event, SiteEvent::Appearing { .. });
    assert_eq!(world.recorder.count(appearing), 0);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_appears_later_is_followed_to_its_verdict() {
    let world = World::new();
    world.platform.past("old", 1000, &live());
    let life = [at(0, Running, "building"), at(40, Failed, "failed")];
    world.platform.somebody("push", None, Some(COMMIT), 60, &life);
    let result = wait(&world).await;
    assert_eq!((code(&result), followed(&result).as_str()), (1, "push"));
    let appearing = |event: &SiteEvent| matches!(event, SiteEvent::Appearing { .. });
    assert_eq!(world.recorder.count(appearing), 1);
}

/// CI was slower than Sproobo; but a redeployment of the same commit may be about to start.
#[tokio::test(start_paused = true)]
async fn one_that_had_ended_before_counts_only_when_none_appears() {
    let world = World::new();
    world.platform.somebody("push", None, Some(COMMIT), -100, &live());
    let result = wait(&world).await;
    assert_eq!((code(&result), followed(&result).as_str()), (0, "push"));
    assert!((119.0..123.0).contains(&world.seconds()), "{}", world.seconds());
    // Every three seconds, once at the end of the two minutes, and once for the pace of the wait that follows.
    let looks = world.platform.times(Op::Deployments);
    assert!(looks.len() < 45, "{looks:?}");
    assert_eq!(looks.iter().filter(|second| **second >= 120.0).count(), 2, "{looks:?}");

    let world = World::new();
    world.platform.somebody("push", None, Some(COMMIT), -100, &live());
    let life = [at(0, Running, "building"), at(40, Failed, "failed")];
    world.platform.somebody("again", None, Some(COMMIT), 60, &life);
    let result = wait(&world).await;
    assert_eq!((code(&result), followed(&result).as_str()), (1, "again"));
}

#[tokio::test(start_paused = true)]
async fn one_that_had_ended_before_and_is_not_the_newest_never_counts() {
    let world = World::new();
    world.platform.somebody("push", None, Some(COMMIT), -100, &live());
    world.platform.somebody("newer", None, Some(OTHER), -50, &live());
    let result = wait(&world).await;
    assert_eq!((code(&result), result.status()), (7, RunStatus::Unknown));
    assert_eq!(
        result.message(),
        "no deployment of commit 0123456789ab appeared within 2 min"
    );
    assert_eq!(result.subject.deployment, None);
}

#[tokio::test(start_paused = true)]
async fn one_that_appears_and_ends_between_two_looks_is_seen() {
    let world = World::new();
    world
        .platform
        .somebody("push", None, Some(COMMIT), 31, &[at(0, Failed, "failed")]);
    let result = wait(&world).await;
    assert_eq!((code(&result), followed(&result).as_str()), (1, "push"));
    assert!(world.seconds() < 40.0, "{}", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn without_patience_what_has_ended_counts_at_once() {
    let world = World::new();
    world.platform.somebody("push", None, Some(COMMIT), -100, &live());
    let result = wait_with(&world, Duration::ZERO, &Options::default()).await;
    assert_eq!((code(&result), followed(&result).as_str()), (0, "push"));
    assert!(world.seconds() < 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_weak_moment_of_the_api_is_outlived() {
    let world = World::new();
    world.platform.fault(Op::Deployments, 0..20, Fault::Error(broken()));
    world.platform.somebody("push", None, Some(COMMIT), 5, &building());
    assert_eq!(code(&wait(&world).await), 0);
}

#[tokio::test(start_paused = true)]
async fn the_runs_own_limit_ends_the_search() {
    let world = World::new();
    let result = wait_with(&world, secs(120), &with_timeout(30)).await;
    assert!(matches!(result.end, Err(Error::NotAppeared { .. })), "{result:?}");
    assert!((29.0..45.0).contains(&world.seconds()), "{}", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn a_list_without_commits_is_told() {
    let world = World::with(|platform: &mut FakePlatform| platform.shows_commits = false);
    world.platform.somebody("push", None, Some(COMMIT), 5, &building());
    let result = wait(&world).await;
    assert_eq!(code(&result), 7);
    assert!(result.message().contains("shows no commits"), "{}", result.message());
}

#[tokio::test(start_paused = true)]
async fn it_is_never_cancelled() {
    for second in [20, 70] {
        let world = World::new();
        world.platform.somebody("push", None, Some(COMMIT), 60, &building());
        let signals = world.signals.clone();
        tokio::spawn(async move {
            tokio::time::sleep(secs(second)).await;
            signals.send(Some(Signal::Terminate)).unwrap();
        });
        let result = wait(&world).await;
        let Err(Error::Interrupted { cancel, .. }) = result.end else {
            panic!("{result:?}");
        };
        assert_eq!((cancel, world.platform.count(Op::Cancel)), (CancelOutcome::NotAsked, 0));
    }
}
