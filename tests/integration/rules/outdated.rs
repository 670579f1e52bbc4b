//! `--on-outdated`: an older commit is not deployed over a newer one.

use sproobo_deploy::deploy::{self, OnOutdated, Options};
use sproobo_deploy::error::Error;
use sproobo_deploy::model::{RunStatus, StatusClass};

use crate::support::fake_platform::{COMMIT, FakePlatform, Fault, Moment, Op, Reply, at, broken, conflict, reply};
use crate::support::world::{World, code};

use StatusClass::{Failed, Running, Succeeded};

const NEWER: &str = "fedcba9876543210fedcba9876543210fedcba98";

fn live() -> [Moment; 1] {
    [at(0, Succeeded, "live")]
}

fn building() -> [Moment; 2] {
    [at(0, Running, "building"), at(100, Succeeded, "live")]
}

fn on_outdated(on_outdated: OnOutdated) -> Options {
    Options {
        on_outdated,
        ..Options::default()
    }
}

/// Somebody's deployment of [`NEWER`] at this second, of which ours is an ancestor.
fn outdated_by(second: i64, life: &[Moment]) -> World {
    let mut world = World::new();
    world.ancestry.known = vec![(COMMIT, NEWER, true)];
    world
        .platform
        .somebody("theirs", Some("another"), Some(NEWER), second, life);
    world
}

fn asked(world: &World) -> usize {
    world.ancestry.asked.lock().unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn an_older_commit_than_the_live_one_is_skipped_with_a_good_end() {
    let world = outdated_by(-100, &live());
    let result = world.deploy(&on_outdated(OnOutdated::Skip)).await;
    assert_eq!((code(&result), result.status()), (0, RunStatus::Superseded));
    assert_eq!((world.platform.count(Op::Trigger), world.platform.started()), (0, 0));
    assert_eq!(world.platform.count(Op::Deployments), 1, "nothing is read twice");
    assert_eq!(world.recorder.notes(), ["Nothing was deployed"]);
    assert!(
        result.message().contains("nothing was deployed"),
        "{}",
        result.message()
    );
    let states = world.journal.states.lock().unwrap();
    assert_eq!(states.last().unwrap().status, RunStatus::Refused);
}

#[tokio::test(start_paused = true)]
async fn an_older_commit_than_the_live_one_fails_where_that_is_asked_for() {
    let world = outdated_by(-100, &live());
    let result = world.deploy(&on_outdated(OnOutdated::Fail)).await;
    assert_eq!((code(&result), result.status()), (6, RunStatus::Superseded));
    assert_eq!(world.platform.count(Op::Trigger), 0);
    let message = result.message();
    assert_eq!(
        message,
        "commit 0123456789ab is older than fedcba987654, which is live (deployment theirs)"
    );
    assert_eq!(result.subject.token, None, "nothing was sent");
}

#[tokio::test(start_paused = true)]
async fn by_default_an_older_commit_is_deployed_with_one_warning() {
    let world = outdated_by(-100, &live());
    let result = world.deploy(&Options::default()).await;
    assert_eq!((code(&result), world.platform.started()), (0, 1));
    assert_eq!(world.recorder.notes(), ["An older commit is deployed"]);
}

#[tokio::test(start_paused = true)]
async fn a_newer_commit_that_is_still_being_deployed_counts_too() {
    let world = outdated_by(-10, &building());
    world.platform.past("old", 1000, &live());
    let result = world.deploy(&on_outdated(OnOutdated::Fail)).await;
    let Err(Error::Outdated { is_live, .. }) = result.end else {
        panic!("{result:?}");
    };
    assert!(!is_live);
    assert_eq!(world.platform.count(Op::Trigger), 0);
}

#[tokio::test(start_paused = true)]
async fn a_newer_commit_that_failed_does_not_count() {
    let world = outdated_by(-100, &[at(0, Failed, "failed")]);
    assert_eq!(code(&world.deploy(&on_outdated(OnOutdated::Fail)).await), 0);
    assert_eq!(asked(&world), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_newer_the_same_or_not_comparable_is_deployed_without_a_word() {
    for (theirs, known, questions) in [
        (NEWER, vec![(COMMIT, NEWER, false)], 1),
        (NEWER, vec![], 1),
        (&COMMIT[..8], vec![(COMMIT, &COMMIT[..8], true)], 0),
        // The text is the API's: none that git could take for an option is handed on.
        ("--output=x", vec![(COMMIT, "--output=x", true)], 0),
    ] {
        let mut world = World::new();
        world.ancestry.known = known;
        world
            .platform
            .somebody("theirs", Some("another"), Some(theirs), -100, &live());
        let result = world.deploy(&on_outdated(OnOutdated::Fail)).await;
        assert_eq!((code(&result), asked(&world)), (0, questions), "{theirs}");
        assert!(world.recorder.notes().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_became_live_while_we_waited_for_a_conflict_is_seen() {
    for named in [Some("theirs"), None] {
        let world = outdated_by(-10, &building());
        // The first look does not show it yet.
        world.platform.fault(Op::Deployments, 0..1, Fault::Error(reply(503)));
        world.platform.replies((0..4).map(|_| Reply::Fails(conflict(named))));
        let result = world.deploy(&on_outdated(OnOutdated::Skip)).await;
        assert_eq!((code(&result), result.status()), (0, RunStatus::Superseded));
        assert_eq!(world.platform.started(), 0);
        assert_eq!(asked(&world), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_lost_reply_an_outdated_commit_is_not_called_untriggered() {
    let world = outdated_by(2, &building());
    world
        .platform
        .replies([Reply::Fails(broken()), Reply::Fails(conflict(Some("theirs")))]);
    let result = world.deploy(&on_outdated(OnOutdated::Skip)).await;
    assert_eq!(code(&result), 7);
    assert!(matches!(result.end, Err(Error::ReplyLost { .. })), "{result:?}");
    assert!(result.message().contains("not sent again"), "{}", result.message());
    assert!(result.subject.token.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_repository_that_never_answers_holds_nothing_up_for_long() {
    let mut world = outdated_by(-100, &live());
    world.ancestry.hangs = true;
    let result = world.deploy(&on_outdated(OnOutdated::Fail)).await;
    assert_eq!(code(&result), 0);
    let first = world.platform.times(Op::Trigger)[0];
    assert!((9.0..11.0).contains(&first), "{first}");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_goes_back_on_purpose() {
    let mut world = World::with(FakePlatform::without_tokens);
    world.ancestry.known = vec![(NEWER, COMMIT, true)];
    world.platform.past("old", 1000, &live());
    world.platform.somebody("live", None, Some(COMMIT), -100, &live());
    let token = deploy::new_token().unwrap();
    let options = on_outdated(OnOutdated::Fail);
    let site = crate::support::fake_platform::site("shop");
    let result = deploy::rollback(&world.context(), &site, None, &token, &options).await;
    assert_eq!((code(&result), asked(&world)), (0, 0));
}
