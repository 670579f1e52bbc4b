//! Signals: what goes on is dropped, our own deployment is cancelled, and the end is near.

use std::time::Duration;

use sproobo_deploy::deploy::{self, DeploymentRef, Options};
use sproobo_deploy::error::{CancelOutcome, Error};
use sproobo_deploy::event::{SiteEvent, SiteResult};
use sproobo_deploy::model::{ClientToken, EarlyExit, RunStatus, Signal, StatusClass};
use tokio::time::sleep;

use crate::support::fake_platform::{
    FakePlatform, Fault, Op, Reply, at, broken, conflict, id, not_connected, reply, request, request_timed_out, secs,
    site,
};
use crate::support::world::{World, adopted};

async fn interrupted_after(world: &World, seconds: u64, options: &Options) -> SiteResult {
    let signal = async {
        sleep(secs(seconds)).await;
        world.signals.send_replace(Some(Signal::Terminate));
    };
    tokio::join!(world.deploy(options), signal).0
}

fn cancel_of(result: &SiteResult) -> CancelOutcome {
    match &result.end {
        Err(Error::Interrupted { cancel, .. }) => cancel.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_signal_cancels_our_own_deployment() {
    let world = World::new();
    let result = interrupted_after(&world, 20, &Options::default()).await;
    assert_eq!(cancel_of(&result), CancelOutcome::Accepted);
    assert_eq!(
        (result.exit_code().number(), result.status()),
        (143, RunStatus::Interrupted)
    );
    assert_eq!(world.platform.count(Op::Cancel), 1);
    assert!(world.seconds() < 20.5);
    let states = world.journal.states.lock().unwrap();
    assert_eq!(states.last().unwrap().status, RunStatus::Interrupted);
}

/// Before what the signal brings about is done.
#[tokio::test(start_paused = true)]
async fn a_signal_is_answered_at_once_with_what_a_second_one_does() {
    for (signal, again) in [
        (Signal::Interrupt, "Ctrl-C again leaves it running"),
        (Signal::Terminate, "a second signal leaves it running"),
        (Signal::Hangup, "a second signal leaves it running"),
    ] {
        let world = World::new();
        world.platform.fault(Op::Cancel, 0..1000, Fault::Hang);
        let send = async {
            sleep(secs(20)).await;
            world.signals.send_replace(Some(signal));
            sleep(secs(1)).await;
            assert_eq!(world.recorder.told(), [format!("cancelling dep-1; {again}")]);
        };
        let options = Options::default();
        tokio::join!(world.deploy(&options), send);
    }
}

#[tokio::test(start_paused = true)]
async fn a_signal_detaches_when_told_so() {
    let world = World::new();
    let on_interrupt = EarlyExit::Detach;
    let result = interrupted_after(
        &world,
        20,
        &Options {
            on_interrupt,
            ..Options::default()
        },
    )
    .await;
    assert_eq!(cancel_of(&result), CancelOutcome::NotAsked);
    assert_eq!(world.platform.count(Op::Cancel), 0);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_poll_does_not_hold_up_a_signal() {
    let world = World::new();
    world.platform.fault(Op::Deployment, 10..1000, Fault::Hang);
    let result = interrupted_after(&world, 30, &Options::default()).await;
    assert_eq!(cancel_of(&result), CancelOutcome::Accepted);
    assert!(world.seconds() < 30.5);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_cancel_is_left_within_four_seconds() {
    let world = World::new();
    world.platform.fault(Op::Cancel, 0..1000, Fault::Hang);
    let result = interrupted_after(&world, 20, &Options::default()).await;
    assert!(matches!(cancel_of(&result), CancelOutcome::Failed(_)));
    assert!(world.seconds() <= 24.1, "{}", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn a_weak_moment_of_the_api_does_not_spoil_the_cancel() {
    let world = World::new();
    world.platform.fault(Op::Cancel, 20..22, Fault::Error(reply(502)));
    let result = interrupted_after(&world, 20, &Options::default()).await;
    assert_eq!(cancel_of(&result), CancelOutcome::Accepted);
}

#[tokio::test(start_paused = true)]
async fn a_refused_cancel_says_why() {
    let world = World::new();
    world.platform.fault(Op::Cancel, 0..1000, Fault::Error(reply(409)));
    let result = interrupted_after(&world, 20, &Options::default()).await;
    assert_eq!(cancel_of(&result), CancelOutcome::Failed("HTTP 409".to_owned()));
    assert_eq!(world.platform.count(Op::Cancel), 1);
}

#[tokio::test(start_paused = true)]
async fn a_second_signal_ends_the_cancel_at_once() {
    let world = World::new();
    world.platform.fault(Op::Cancel, 0..1000, Fault::Hang);
    let signals = async {
        sleep(secs(20)).await;
        world.signals.send_replace(Some(Signal::Interrupt));
        sleep(secs(1)).await;
        world.signals.send_replace(Some(Signal::Interrupt));
    };
    let options = Options::default();
    let (result, ()) = tokio::join!(world.deploy(&options), signals);
    assert!(matches!(cancel_of(&result), CancelOutcome::Failed(_)));
    assert_eq!(result.exit_code().number(), 130);
    assert!(world.seconds() < 21.1);
}

#[tokio::test(start_paused = true)]
async fn with_the_triggers_reply_out_the_deployment_is_found_by_token_and_cancelled() {
    let world = World::new();
    world.platform.replies([Reply::Hangs(true)]);
    let result = interrupted_after(&world, 5, &Options::default()).await;
    assert_eq!(cancel_of(&result), CancelOutcome::Accepted);
    assert_eq!(
        world.platform.count(Op::Deployments),
        2,
        "the look before the trigger, and one look-up"
    );
    assert_eq!(result.subject.deployment.unwrap().id, id("dep-1"));
}

#[tokio::test(start_paused = true)]
async fn with_the_triggers_reply_out_and_nothing_found_it_may_still_start() {
    let token = ClientToken("token-of-shop".to_owned());
    for lookup_hangs in [false, true] {
        let world = World::new();
        world.platform.replies([Reply::Hangs(false)]);
        if lookup_hangs {
            world.platform.fault(Op::Deployments, 1..1000, Fault::Hang);
        }
        let result = interrupted_after(&world, 5, &Options::default()).await;
        assert_eq!(cancel_of(&result), CancelOutcome::MayStillStart(token.clone()));
        assert_eq!(world.platform.count(Op::Cancel), 0);
        assert!(world.seconds() <= 9.1);
    }
}

#[tokio::test(start_paused = true)]
async fn who_detaches_with_the_reply_out_looks_once_and_cancels_nothing() {
    let detach = Options {
        on_interrupt: EarlyExit::Detach,
        ..Options::default()
    };
    let world = World::new();
    world.platform.replies([Reply::Hangs(true)]);
    let result = interrupted_after(&world, 5, &detach).await;
    assert_eq!(cancel_of(&result), CancelOutcome::NotAsked);
    assert_eq!(result.subject.deployment.unwrap().id, id("dep-1"));
    assert_eq!(
        (world.platform.count(Op::Deployments), world.platform.count(Op::Cancel)),
        (2, 0)
    );

    let world = World::new();
    world.platform.replies([Reply::Hangs(false)]);
    let result = interrupted_after(&world, 5, &detach).await;
    let token = ClientToken("token-of-shop".to_owned());
    assert_eq!(cancel_of(&result), CancelOutcome::MayStillStart(token));
}

#[tokio::test(start_paused = true)]
async fn what_was_found_by_its_commit_is_not_cancelled() {
    let world = World::with(FakePlatform::without_tokens);
    world.platform.replies([Reply::StartsThen(Duration::ZERO, broken())]);
    let result = interrupted_after(&world, 20, &Options::default()).await;
    assert!(matches!(cancel_of(&result), CancelOutcome::Failed(_)));
    assert_eq!((adopted(&world), world.platform.count(Op::Cancel)), (1, 0));
    let states = world.journal.states.lock().unwrap();
    assert!(
        states.last().unwrap().by_commit,
        "a later step must not cancel it either"
    );
}

#[tokio::test(start_paused = true)]
async fn one_that_runs_by_its_word_is_cancelled_whatever_its_time_stamps_say() {
    let world = World::new();
    let mut moment = at(0, StatusClass::Running, "building");
    moment.finished = true;
    world.platform.life(&[moment]);
    let result = interrupted_after(&world, 20, &Options::default()).await;
    assert_eq!(cancel_of(&result), CancelOutcome::Accepted);
    assert_eq!(world.platform.count(Op::Cancel), 1);
}

#[tokio::test(start_paused = true)]
async fn somebody_elses_deployment_is_never_cancelled() {
    let world = World::new();
    let life = [at(0, StatusClass::Running, "building")];
    world.platform.somebody("theirs", Some("another"), None, -10, &life);
    world.platform.replies([Reply::Fails(conflict(Some("theirs")))]);
    let result = interrupted_after(&world, 20, &Options::default()).await;
    assert_eq!(cancel_of(&result), CancelOutcome::NothingToCancel);
    assert_eq!(world.platform.count(Op::Cancel), 0);
}

#[tokio::test(start_paused = true)]
async fn a_signal_while_a_lost_reply_is_sought_says_that_it_may_still_start() {
    let world = World::new();
    world.platform.replies([Reply::Fails(broken())]);
    let result = interrupted_after(&world, 1, &Options::default()).await;
    assert!(matches!(cancel_of(&result), CancelOutcome::MayStillStart(_)));
}

#[tokio::test(start_paused = true)]
async fn a_loss_is_not_forgotten_when_the_second_sending_was_refused() {
    let world = World::new();
    let life = [at(0, StatusClass::Running, "building")];
    world.platform.somebody("theirs", Some("another"), None, -10, &life);
    let refused = Reply::Fails(conflict(Some("theirs")));
    world.platform.replies([Reply::Fails(broken()), refused]);
    let result = interrupted_after(&world, 20, &Options::default()).await;
    assert!(matches!(cancel_of(&result), CancelOutcome::MayStillStart(_)));
}

#[tokio::test(start_paused = true)]
async fn after_the_verdict_there_is_nothing_to_cancel() {
    let mut world = World::new();
    world.probe.answer = |_| None;
    let options = Options {
        verify: Some(deploy::Verify {
            url: "https://shop.example".to_owned(),
            contains: None,
            timeout: secs(300),
        }),
        ..Options::default()
    };
    let result = interrupted_after(&world, 100, &options).await;
    assert_eq!(cancel_of(&result), CancelOutcome::NothingToCancel);
    assert_eq!(world.platform.count(Op::Cancel), 0);
}

#[tokio::test(start_paused = true)]
async fn a_signal_also_ends_sites_that_have_not_begun() {
    let world = World::new();
    let requests = ["a", "b"].map(request);
    let options = Options {
        parallel: 1,
        ..Options::default()
    };
    let signal = async {
        sleep(secs(20)).await;
        world.signals.send_replace(Some(Signal::Interrupt));
    };
    let context = world.context();
    let (results, ()) = tokio::join!(deploy::deploy(&context, &requests, &options), signal);
    let outcomes: Vec<CancelOutcome> = results.iter().map(cancel_of).collect();
    assert_eq!(outcomes, [CancelOutcome::Accepted, CancelOutcome::NothingToCancel]);
    assert_eq!(world.platform.count(Op::Trigger), 1);
    let sites: Vec<_> = world
        .journal
        .states
        .lock()
        .unwrap()
        .iter()
        .map(|state| state.site.clone())
        .collect();
    assert!(!sites.contains(&site("b")), "a site that has not begun leaves no state");
}

#[tokio::test(start_paused = true)]
async fn a_signal_that_came_before_the_run_triggers_nothing() {
    let world = World::new();
    world.signals.send_replace(Some(Signal::Interrupt));
    let result = world.deploy(&Options::default()).await;
    assert_eq!(cancel_of(&result), CancelOutcome::NothingToCancel);
    assert!(world.platform.order().is_empty());
}

#[tokio::test(start_paused = true)]
async fn waiting_for_somebody_elses_deployment_never_cancels_it() {
    let world = World::new();
    world
        .platform
        .past("theirs", 10, &[at(0, StatusClass::Running, "building")]);
    let signal = async {
        sleep(secs(20)).await;
        world.signals.send_replace(Some(Signal::Interrupt));
    };
    let (context, options) = (world.context(), Options::default());
    let (shop, theirs) = (site("shop"), DeploymentRef::Id(id("theirs")));
    let (result, ()) = tokio::join!(deploy::wait(&context, &shop, &theirs, &options), signal);
    assert_eq!(cancel_of(&result), CancelOutcome::NotAsked);
    assert_eq!(world.platform.count(Op::Cancel), 0);
}

/// What an earlier run sent is looked up by this one anyway: a signal asks no further question.
#[tokio::test(start_paused = true)]
async fn a_signal_while_an_earlier_runs_deployment_is_looked_up_only_ends_that() {
    let world = World::new();
    world.platform.fault(Op::Deployments, 0..1000, Fault::Error(broken()));
    let signal = async {
        sleep(secs(20)).await;
        world.signals.send_replace(Some(Signal::Interrupt));
    };
    let (context, options) = (world.context(), Options::default());
    let token = ClientToken("token-of-shop".to_owned());
    let (shop, ours) = (site("shop"), DeploymentRef::Token(token.clone()));
    let (result, ()) = tokio::join!(deploy::wait(&context, &shop, &ours, &options), signal);
    assert_eq!(cancel_of(&result), CancelOutcome::NotAsked);
    assert!(
        world
            .platform
            .times(Op::Deployments)
            .iter()
            .all(|second| *second < 20.0)
    );
    assert_eq!(
        result.subject.token,
        Some(token),
        "a deployment with it may still start"
    );
}

#[tokio::test(start_paused = true)]
async fn every_site_has_one_verdict_and_it_is_the_last_event() {
    let world = World::new();
    interrupted_after(&world, 20, &Options::default()).await;
    let events = world.recorder.site_events();
    let verdicts = events
        .iter()
        .filter(|event| matches!(event, SiteEvent::Verdict(_)))
        .count();
    assert_eq!(verdicts, 1);
    assert!(matches!(events.last(), Some(SiteEvent::Verdict(_))));
}

/// Asking for a cancellation twice does no harm, and the four seconds are there to be used.
#[tokio::test(start_paused = true)]
async fn a_cancellation_outlives_a_weak_moment_and_no_refusal() {
    for (error, asked) in [
        (broken(), 3),
        (not_connected(), 3),
        (request_timed_out(), 3),
        (reply(429), 3),
        (reply(500), 3),
        (reply(404), 1),
    ] {
        let world = World::new();
        world.platform.fault(Op::Cancel, 20..21, Fault::Error(error.clone()));
        let result = interrupted_after(&world, 20, &Options::default()).await;
        assert_eq!(world.platform.count(Op::Cancel), asked, "{error}");
        assert_eq!(cancel_of(&result) == CancelOutcome::Accepted, asked > 1, "{error}");
    }
}
