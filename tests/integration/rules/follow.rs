//! `logs --follow`: every line once, until the deployment has ended or nobody reads on.

use std::ops::ControlFlow;

use sproobo_deploy::error::Error;
use sproobo_deploy::model::{LogLine, StatusClass};
use sproobo_deploy::watch::log::Log;
use sproobo_deploy::watch::{Options, Tracker, follow};

use crate::support::fake_platform::{Fault, Op, at, broken, id, reply, secs, site};
use crate::support::world::{World, options, with_timeout};

use StatusClass::{Failed, Running, Succeeded};

/// What following the deployment `d` gave.
struct Followed {
    end: Result<(), Error>,
    lines: Vec<String>,
    troubles: usize,
    /// The last status that was seen.
    word: Option<String>,
}

/// Follows a deployment that fails after 20 s, and wants at most so many lines.
async fn followed(world: &World, options: &Options, most: usize) -> Followed {
    let life = [at(0, Running, "building"), at(20, Failed, "failed")];
    world.platform.past("d", 0, &life);
    let (shop, d) = (site("shop"), id("d"));
    let tracker = Tracker::untold(shop.clone(), world.clock, options.limit);
    let log = Log::new(&*world.platform, &shop, &d, options.request_timeout);
    let mut lines = Vec::new();
    let mut troubles = 0;
    let take = async |page: Vec<LogLine>| {
        lines.extend(page.into_iter().map(|line| line.text));
        match lines.len() < most {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    };
    let end = follow(log, &tracker, options, take, |_| troubles += 1).await;
    Followed {
        end,
        lines,
        troubles,
        word: tracker.seen().map(|seen| seen.word),
    }
}

fn lines(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("line {number}")).collect()
}

fn writing() -> World {
    let world = World::with(|platform| platform.log_pace = Some(3));
    world.platform.log(1000);
    world
}

#[tokio::test(start_paused = true)]
async fn every_line_comes_once_and_a_failure_is_an_end_too() {
    let world = writing();
    let followed = followed(&world, &Options::default(), usize::MAX).await;
    assert_eq!((followed.end, followed.troubles), (Ok(()), 0));
    assert_eq!(followed.word.as_deref(), Some("failed"));
    assert_eq!(followed.lines, lines(followed.lines.len()));
    // What was written until the end was seen is there, its last lines too.
    let written = 3 * world.seconds() as usize;
    assert!(
        (60..=written).contains(&followed.lines.len()),
        "{}",
        followed.lines.len()
    );
    assert!(world.seconds() < 30.0, "{}", world.seconds());
    // Polls are dense while a deployment is young; the log is asked for every two seconds.
    let (polls, pages) = (world.platform.count(Op::Deployment), world.platform.count(Op::Logs));
    assert!(polls <= 22 && pages <= 16, "{polls} {pages}");
}

/// Lines are counted over again from each new cursor.
#[tokio::test(start_paused = true)]
async fn no_line_is_lost_or_doubled_where_every_page_leads_on() {
    let world = World::with(|platform| {
        platform.log_pace = Some(33);
        platform.log_cursor_leads_on = true;
    });
    world.platform.log(700);
    let followed = followed(&world, &Options::default(), usize::MAX).await;
    assert_eq!((followed.end, followed.troubles), (Ok(()), 0));
    assert_eq!(followed.lines, lines(followed.lines.len()));
    assert!(followed.lines.len() >= 33 * 20, "{}", followed.lines.len());
}

/// So that what nobody reads yet is not piled up.
#[tokio::test(start_paused = true)]
async fn nothing_more_is_read_before_a_page_is_taken_and_the_limit_counts_all_the_same() {
    let world = writing();
    world.platform.past("d", 0, &[at(0, Running, "building")]);
    let (shop, d) = (site("shop"), id("d"));
    let options = with_timeout(10).watch;
    let tracker = Tracker::untold(shop.clone(), world.clock, options.limit);
    let log = Log::new(&*world.platform, &shop, &d, options.request_timeout);
    let never = async |lines: Vec<LogLine>| match lines.is_empty() {
        true => ControlFlow::Continue(()),
        false => std::future::pending().await,
    };
    let end = follow(log, &tracker, &options, never, |_| ()).await;
    assert_eq!(end.unwrap_err().exit_code().number(), 4);
    assert!(world.platform.count(Op::Logs) <= 2);
    assert!((10.0..12.0).contains(&world.seconds()), "{}", world.seconds());
}

/// One that is not read on while its deployment ends: what is left has until the limit too.
#[tokio::test(start_paused = true)]
async fn the_rest_of_a_log_that_is_not_taken_is_left_at_the_limit() {
    let world = writing();
    world
        .platform
        .past("d", 0, &[at(0, Running, "building"), at(5, Succeeded, "live")]);
    let (shop, d) = (site("shop"), id("d"));
    let options = with_timeout(60).watch;
    let tracker = Tracker::untold(shop.clone(), world.clock, options.limit);
    let log = Log::new(&*world.platform, &shop, &d, options.request_timeout);
    let never = async |lines: Vec<LogLine>| match lines.is_empty() {
        true => ControlFlow::Continue(()),
        false => std::future::pending().await,
    };
    let end = follow(log, &tracker, &options, never, |_| ()).await.unwrap_err();
    assert_eq!(end.exit_code().number(), 4);
    assert!(
        end.to_string().contains("while reading the log, after its line "),
        "{end}"
    );
    assert!((60.0..75.0).contains(&world.seconds()), "{}", world.seconds());
}

/// However long it is: the limit in time is the only one.
#[tokio::test(start_paused = true)]
async fn a_log_of_very_many_pages_is_read_to_its_end() {
    let world = World::with(|platform| platform.log_cursor_leads_on = true);
    world.platform.log(20 * 10_001);
    let (shop, d) = (site("shop"), id("d"));
    let deadline = world.clock.deadline(with_timeout(3600).watch.limit);
    let mut count = 0;
    let take = async |page: Vec<LogLine>| {
        count += page.len();
        ControlFlow::Continue(())
    };
    let end = Log::new(&*world.platform, &shop, &d, secs(30))
        .read_by(deadline, take)
        .await;
    assert_eq!((end, count), (Ok(()), 20 * 10_001));
}

#[tokio::test(start_paused = true)]
async fn who_reads_no_more_ends_it() {
    let world = writing();
    let followed = followed(&world, &Options::default(), 9).await;
    assert_eq!(followed.end, Ok(()));
    assert!(followed.lines.len() < 20, "{:?}", followed.lines);
    assert!(world.seconds() < 10.0, "{}", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn a_log_that_cannot_be_read_for_a_while_is_told_once_and_read_later() {
    let world = writing();
    world.platform.fault(Op::Logs, 2..14, Fault::Error(broken()));
    let followed = followed(&world, &Options::default(), usize::MAX).await;
    assert_eq!((followed.end, followed.troubles), (Ok(()), 1));
    assert_eq!(followed.lines, lines(followed.lines.len()));
    assert!(followed.lines.len() >= 60);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_refused_ends_it_at_once() {
    let world = writing();
    world.platform.fault(Op::Logs, 0..1000, Fault::Error(reply(403)));
    let followed = followed(&world, &Options::default(), usize::MAX).await;
    assert_eq!(followed.end.unwrap_err().exit_code().number(), 3);
    assert!(world.seconds() < 5.0, "{}", world.seconds());
}

#[tokio::test(start_paused = true)]
async fn the_rest_of_a_log_is_asked_for_again() {
    let world = writing();
    world.platform.fault(Op::Logs, 20..30, Fault::Error(broken()));
    let followed = followed(&world, &Options::default(), usize::MAX).await;
    assert_eq!(followed.end, Ok(()));
    assert_eq!(followed.lines, lines(followed.lines.len()));
    assert!(followed.lines.len() >= 60 && world.seconds() < 60.0);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_cannot_be_read_to_its_end_is_no_good_end() {
    let world = writing();
    world.platform.fault(Op::Logs, 10..1000, Fault::Error(broken()));
    let followed = followed(&world, &Options::default(), usize::MAX).await;
    assert!(matches!(followed.end, Err(Error::Api { .. })), "{:?}", followed.end);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_goes_on_is_followed_to_the_limit() {
    let world = writing();
    let followed = followed(&world, &with_timeout(10).watch, usize::MAX).await;
    assert_eq!(followed.end.unwrap_err().exit_code().number(), 4);
    assert!(
        !followed.lines.is_empty() && world.seconds() < 12.0,
        "{}",
        world.seconds()
    );
}

#[tokio::test(start_paused = true)]
async fn an_api_that_is_gone_ends_it_when_the_patience_does() {
    let world = writing();
    world.platform.fault(Op::Deployment, 5..1000, Fault::Error(broken()));
    world.platform.fault(Op::Logs, 5..1000, Fault::Error(broken()));
    let rules = options(|watch| watch.max_unreachable = secs(60));
    let followed = followed(&world, &rules.watch, usize::MAX).await;
    assert_eq!(followed.end.unwrap_err().exit_code().number(), 7);
}

/// The answer that there is no such deployment is one, once it was given twice: a new one may be late to be found.
#[tokio::test(start_paused = true)]
async fn a_deployment_that_is_not_there_ends_it_after_a_second_look_and_a_late_one_is_followed() {
    let world = writing();
    world.platform.fault(Op::Deployment, 0..1000, Fault::Error(reply(404)));
    world.platform.fault(Op::Logs, 0..1000, Fault::Error(reply(404)));
    let nowhere = followed(&world, &Options::default(), usize::MAX).await;
    assert_eq!(nowhere.end.unwrap_err().exit_code().number(), 8);
    assert_eq!(world.platform.count(Op::Deployment), 2);
    assert!(world.seconds() < 3.0, "{}", world.seconds());

    let world = writing();
    world.platform.fault(Op::Deployment, 0..1, Fault::Error(reply(404)));
    world.platform.fault(Op::Logs, 0..1, Fault::Error(reply(404)));
    let late = followed(&world, &Options::default(), usize::MAX).await;
    assert_eq!((late.end, late.lines.len() >= 60), (Ok(()), true));

    // What was there is not gone for good.
    let world = writing();
    world.platform.fault(Op::Deployment, 1..6, Fault::Error(reply(404)));
    assert_eq!(followed(&world, &Options::default(), usize::MAX).await.end, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn what_has_ended_is_printed_as_a_whole() {
    let world = World::new();
    world.platform.log(45);
    world.platform.past("d", 100, &[at(0, Succeeded, "live")]);
    let (shop, d) = (site("shop"), id("d"));
    let options = Options::default();
    let tracker = Tracker::untold(shop.clone(), world.clock, options.limit);
    let mut count = 0;
    let take = async |page: Vec<LogLine>| {
        count += page.len();
        ControlFlow::Continue(())
    };
    let log = Log::new(&*world.platform, &shop, &d, options.request_timeout);
    let end = follow(log, &tracker, &options, take, |_| ()).await;
    assert_eq!((end, count), (Ok(()), 45));
    assert!(world.seconds() < 1.0, "{}", world.seconds());
}

/// Follows a deployment that is an hour old, and ends after 92 s: how late a line came at most, and when its end was seen.
async fn old(quiet: bool) -> (World, f64, f64) {
    let world = World::with(|platform| platform.log_pace = Some(1));
    world.platform.log(if quiet { 0 } else { 1000 });
    world
        .platform
        .past("d", 3600, &[at(0, Running, "building"), at(3692, Failed, "failed")]);
    let (shop, d) = (site("shop"), id("d"));
    let options = Options::default();
    let tracker = Tracker::untold(shop.clone(), world.clock, options.limit);
    let log = Log::new(&*world.platform, &shop, &d, options.request_timeout);
    let (mut count, mut latest) = (0, 0.0_f64);
    let take = async |page: Vec<LogLine>| {
        if !page.is_empty() {
            // The first of them was written in this second.
            latest = latest.max(world.seconds() - f64::from(count + 1));
            count += i32::try_from(page.len()).unwrap();
        }
        ControlFlow::Continue(())
    };
    follow(log, &tracker, &options, take, |_| ()).await.unwrap();
    let took = world.seconds();
    (world, latest, took)
}

#[tokio::test(start_paused = true)]
async fn an_old_deployment_is_followed_as_closely() {
    let (_, latest, took) = old(false).await;
    assert!(latest <= 3.0, "{latest}");
    assert!((92.0..98.0).contains(&took), "{took}");
}

#[tokio::test(start_paused = true)]
async fn what_is_quiet_is_asked_less_often() {
    let (world, _, took) = old(true).await;
    assert!((92.0..98.0).contains(&took), "{took}");
    let asked = world.platform.count(Op::Logs) + world.platform.count(Op::Deployment);
    assert!(asked <= 42, "{asked}");
}
