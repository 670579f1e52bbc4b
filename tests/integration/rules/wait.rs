//! Whole simulated waits: never a false green, never a hang, and few requests.

use std::time::Duration;

use sproobo_deploy::deploy::{self, DeploymentRef, Options};
use sproobo_deploy::error::{Error, Phase};
use sproobo_deploy::event::SiteEvent;
use sproobo_deploy::model::{Health, RunStatus, StatusClass};
use sproobo_deploy::watch::{Logs, OnSuperseded};

use crate::support::fake_platform::{Fault, Moment, Op, at, broken, id, site};
use crate::support::world::{World, code, options, with_timeout};

use StatusClass::{Cancelled, Failed, Finished, Running, Succeeded, Superseded, Unknown};

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
            SiteEvent::Found { deployment, adopted } => Some(format!("known {} {adopted}", deployment.seen?.word)),
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
    for (takes, history, most, late) in [(60, true, 30, 1.1), (60, false, 40, 3.6), (600, true, 90, 1.1)] {
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
async fn a_history_that_hangs_holds_up_the_trigger_for_five_seconds_and_the_wait_not_at_all() {
    let world = World::new();
    world.platform.fault(Op::Deployments, 0..10_000, Fault::Hang);
    world.platform.life(&[at(0, Succeeded, "live")]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!(result.end, Ok(RunStatus::Succeeded));
    assert!((5.0..6.0).contains(&world.seconds()), "{}", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn a_history_that_hangs_is_not_waited_for_past_the_deadline() {
    let world = World::new();
    world.platform.fault(Op::Deployments, 0..10_000, Fault::Hang);
    let result = world.deploy(&with_timeout(2)).await;
    assert_eq!((code(&result), world.platform.count(Op::Trigger)), (4, 0));
    assert!(world.seconds() < 2.1, "{}", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn an_already_ended_deployment_ends_the_wait_at_once() {
    let world = World::new();
    world.platform.past("done", 100, &[at(0, Succeeded, "live")]);
    let result = deploy::wait(
        &world.context(),
        &site("shop"),
        &DeploymentRef::Id(id("done")),
        &Options::default(),
    )
    .await;
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
    assert!(result.subject.deployment.unwrap().seen.unwrap().dashboard_url.is_some());
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
async fn a_health_check_after_a_long_build_is_seen_soon_and_does_not_cost_much_if_it_never_ends() {
    let checking = || at(600, Finished, "completed").health(Health::Pending("checking".to_owned()));
    let healthy = at(620, Finished, "completed").health(Health::Healthy);
    let life = [at(0, Running, "building"), checking(), healthy];
    for (life, code_wanted, late, most) in [(&life[..], 0, 2.3, 120), (&life[..2], 4, 0.1, 220)] {
        let world = World::new();
        world.platform.life(life);
        let result = world.deploy(&with_timeout(1200)).await;
        assert_eq!(code(&result), code_wanted);
        let ended = if code_wanted == 0 { 620.0 } else { 1200.0 };
        let (polls, delay) = (world.platform.count(Op::Deployment), world.seconds() - ended);
        assert!(delay <= late, "{delay} s late");
        assert!(polls <= most, "{polls} polls");
    }
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

/// Some APIs give a new cursor with every page, so that one can follow: a page without lines is the end for now.
#[tokio::test(start_paused = true)]
async fn a_log_whose_cursor_always_leads_on_ends_with_its_lines() {
    let world = World::with(|platform| platform.log_cursor_leads_on = true);
    world.platform.log(45);
    world.platform.life(&[at(0, Failed, "failed")]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!((result.log.len(), world.platform.count(Op::Logs)), (45, 4));
    assert!(world.recorder.notes().is_empty(), "{:?}", world.recorder.notes());
}

#[tokio::test(start_paused = true)]
async fn without_log_lines_nothing_of_the_log_is_kept() {
    let world = World::new();
    world.platform.log(45);
    world.platform.life(&[at(0, Failed, "failed")]);
    let result = world.deploy(&options(|watch| watch.log_lines = 0)).await;
    assert!(result.log.is_empty());
}
