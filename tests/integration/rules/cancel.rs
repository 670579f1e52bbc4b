//! `cancel`: what is asked, what is believed, and what comes of it.

use sproobo_deploy::deploy::{self, DeploymentRef};
use sproobo_deploy::error::{ApiError, Error, ExitCode};
use sproobo_deploy::event::{SiteEvent, SiteResult};
use sproobo_deploy::model::{ClientToken, RunStatus, StatusClass};

use crate::support::fake_platform::{Fault, Op, at, broken, id, reply, secs, site};
use crate::support::world::{World, code};

use StatusClass::{Failed, Running, Succeeded};

/// `it` runs, was started with the token `ours`, and stops half a second after it is told to, or never.
fn world(obeys: bool) -> World {
    let world = World::with(|platform| platform.manners.cancels = obeys);
    let life = [at(0, Running, "building")];
    world.platform.somebody("it", Some("ours"), None, -10, &life);
    world
}

async fn cancel(world: &World, deployment: &DeploymentRef) -> SiteResult {
    let recorder = world.recorder.clone();
    deploy::cancel(&*world.platform, recorder, world.clock, &site("shop"), deployment).await
}

fn it() -> DeploymentRef {
    DeploymentRef::Id(id("it"))
}

fn by_token(token: &str) -> DeploymentRef {
    DeploymentRef::Token(ClientToken(token.to_owned()))
}

#[tokio::test(start_paused = true)]
async fn an_accepted_request_is_watched_until_its_end_is_seen() {
    for which in [it(), by_token("ours")] {
        let world = world(true);
        let result = cancel(&world, &which).await;
        assert_eq!(result.end, Ok(RunStatus::Cancelled), "{which:?}");
        assert_eq!(world.platform.cancelled(), [id("it")]);
        assert!((0.5..1.5).contains(&world.seconds()), "{}", world.seconds());
        let verdict = |event: &SiteEvent| matches!(event, SiteEvent::Verdict(_));
        assert_eq!(world.recorder.count(verdict), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_accepted_request_that_changes_nothing_is_no_success() {
    let world = world(false);
    let result = cancel(&world, &it()).await;
    let word = Some("building".to_owned());
    assert_eq!(result.end, Err(Error::StillRuns { word, within: secs(15) }));
    assert_eq!(code(&result), 7);
    assert!((14.0..15.1).contains(&world.seconds()), "{}", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn what_has_ended_is_left_alone_and_told_as_it_ended() {
    for (class, status) in [(Succeeded, RunStatus::Succeeded), (Failed, RunStatus::Failed)] {
        let world = World::new();
        world
            .platform
            .somebody("it", Some("ours"), None, -10, &[at(0, class, "over")]);
        for which in [it(), by_token("ours")] {
            let result = cancel(&world, &which).await;
            assert_eq!(result.end, Ok(status), "{which:?}");
        }
        assert_eq!(world.platform.count(Op::Cancel), 0);
    }
}

/// It may still be one that runs.
#[tokio::test(start_paused = true)]
async fn what_can_not_be_read_is_cancelled_all_the_same() {
    let world = world(true);
    world.platform.fault(Op::Deployment, 0..1, Fault::Error(broken()));
    let result = cancel(&world, &it()).await;
    assert_eq!(result.end, Ok(RunStatus::Cancelled));

    let world = self::world(true);
    world.platform.fault(Op::Deployment, 0..1000, Fault::Error(broken()));
    let result = cancel(&world, &it()).await;
    let word = None;
    assert_eq!(result.end, Err(Error::StillRuns { word, within: secs(15) }));
    assert_eq!(world.platform.cancelled(), [id("it")]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_shows_nowhere_may_still_start() {
    let world = world(true);
    let result = cancel(&world, &by_token("another")).await;
    let token = ClientToken("another".to_owned());
    assert_eq!(result.end, Err(Error::NotFound { token: token.clone() }));
    assert_eq!((code(&result), world.platform.count(Op::Cancel)), (7, 0));
    assert_eq!(result.subject.token, Some(token));

    world.platform.fault(Op::Deployments, 0..1000, Fault::Error(reply(503)));
    let result = cancel(&world, &by_token("ours")).await;
    let Err(Error::Api { source, .. }) = &result.end else {
        panic!("{:?}", result.end)
    };
    assert_eq!((source, code(&result)), (&reply(503), 7));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_ends_it_with_its_own_code() {
    let refused: [(ApiError, u8); 3] = [(reply(401), 3), (reply(404), 8), (reply(409), 8)];
    for (error, expected) in refused {
        let world = world(true);
        world.platform.fault(Op::Cancel, 0..1000, Fault::Error(error.clone()));
        let result = cancel(&world, &it()).await;
        assert_eq!(
            (code(&result), world.platform.count(Op::Cancel)),
            (expected, 1),
            "{error}"
        );
        let not_cancelled = matches!(result.end, Err(Error::NotCancelled { .. }));
        assert_eq!(not_cancelled, error == reply(409), "{:?}", result.end);
    }
}

#[tokio::test(start_paused = true)]
async fn without_an_answer_nobody_knows() {
    let world = world(true);
    world.platform.fault(Op::Cancel, 0..1000, Fault::Hang);
    let result = cancel(&world, &it()).await;
    let why = "no answer within 4 s".to_owned();
    let code = ExitCode::CouldNotTell;
    assert_eq!(result.end, Err(Error::NotCancelled { why, code }));
    assert!(world.seconds() < 4.2, "{}", world.seconds());
}
