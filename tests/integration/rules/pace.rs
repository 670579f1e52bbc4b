//! How often is asked, and how much failure is tolerated.

use std::time::Duration;

use proptest::prelude::*;
use sproobo_deploy::deploy::{self, DeploymentRef, Options};
use sproobo_deploy::model::{Deployment, Health, StatusClass};
use sproobo_deploy::watch::outage::{Outage, backoff_ceiling};
use sproobo_deploy::watch::pace::{LONGEST, SHORTEST, Usual, interval};
use tokio::time::Instant;

use crate::rules::lookup::item;
use crate::support::fake_platform::{Op, at, broken, id, secs, site};
use crate::support::world::{World, code, options, with_timeout};

use StatusClass::{Finished, Running};

/// Requests and delay of the sight of an end, for a deployment that takes this long.
fn simulate(takes: Duration, usual: Option<Usual>) -> (usize, Duration) {
    let (mut age, mut requests) = (Duration::ZERO, 1);
    while age < takes {
        age += interval(age, usual);
        requests += 1;
    }
    (requests, age - takes)
}

fn usual(seconds: &[i64]) -> Option<Usual> {
    let history: Vec<Deployment> = seconds
        .iter()
        .map(|seconds| {
            let mut one = item("past", None, None, 0);
            one.status = StatusClass::Succeeded;
            one.finished_at = one
                .created_at
                .map(|created| created + chrono::Duration::seconds(*seconds));
            one
        })
        .collect();
    Usual::from_history(&history, Some(&id("own")))
}

#[test]
fn with_history_the_end_is_seen_within_a_second_at_few_requests() {
    for (history, takes, most) in [
        ([20, 22, 19, 21, 20], 20, 20),
        ([60, 62, 58, 61, 60], 61, 30),
        ([180, 190, 175, 182, 181], 184, 50),
        ([600, 610, 590, 605, 595], 603, 95),
    ] {
        let (requests, delay) = simulate(secs(takes), usual(&history));
        println!("usually {history:?}, takes {takes} s: {requests} requests, seen {delay:?} late");
        assert!(delay <= secs(1), "{takes}: {delay:?}");
        assert!(requests <= most, "{takes}: {requests}");
    }
}

#[test]
fn a_failure_long_before_the_usual_end_is_still_seen_soon() {
    let (_, delay) = simulate(secs(30), usual(&[600, 610, 590]));
    assert!(delay <= secs(8), "{delay:?}");
}

#[test]
fn failures_and_our_own_run_do_not_count_as_usual() {
    assert_eq!(usual(&[]), None);
    let mut own = item("own", None, None, 0);
    own.status = StatusClass::Succeeded;
    own.finished_at = own.created_at;
    assert_eq!(Usual::from_history(&[own], Some(&id("own"))), None);
    assert_eq!(usual(&[10, 20, 1000]).unwrap().median, secs(20));
    assert_eq!(usual(&[40, 10, 1000, 30, 20]).unwrap().median, secs(30));
}

#[tokio::test(start_paused = true)]
async fn a_settling_deployment_is_looked_at_every_two_seconds_or_as_told() {
    // The first look that shows the completion, those while it settles, and one when the settling time is over.
    for (poll_interval, expected) in [(None, 9), (Some(secs(10)), 3)] {
        let world = World::new();
        world
            .platform
            .life(&[at(0, Running, "building"), at(900, Finished, "completed")]);
        let result = world
            .deploy(&options(|watch| watch.poll_interval = poll_interval))
            .await;
        assert_eq!(code(&result), 0);
        let mut looks = world.platform.times(Op::Deployment);
        looks.retain(|second| *second > 900.0);
        assert_eq!(looks.len(), expected, "{looks:?}");
        let settled = looks[expected - 1] - looks[0];
        assert!((15.0..15.1).contains(&settled), "{settled}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_health_that_is_out_long_after_completion_is_asked_for_by_its_own_age() {
    let world = World::new();
    let checking = || Health::Pending("checking".to_owned());
    world.platform.life(&[
        at(0, Running, "building"),
        at(900, Finished, "completed").health(checking()),
        at(940, Finished, "completed").health(Health::Healthy),
    ]);
    let result = world.deploy(&Options::default()).await;
    assert_eq!(code(&result), 0);
    // Without history a deployment of 15 minutes is asked for every 13 s; its health check has only begun.
    let polls = world.platform.times(Op::Deployment);
    let [.., before, last] = polls.as_slice() else {
        panic!("{polls:?}")
    };
    assert!(last - before < 4.0, "{polls:?}");
}

#[tokio::test(start_paused = true)]
async fn an_old_deployment_is_asked_for_as_seldom_as_its_age_allows() {
    let world = World::new();
    world.platform.past("old", 2000, &[at(0, Running, "building")]);
    let old = DeploymentRef::Id(id("old"));
    deploy::wait(&world.context(), &site("shop"), &old, &with_timeout(60)).await;
    assert!(
        world.platform.count(Op::Deployment) <= 6,
        "{:?}",
        world.platform.times(Op::Deployment)
    );
}

proptest! {
    #[test]
    fn the_interval_keeps_its_bounds(age in 0_u64..1_000_000, median in 0_u64..1_000_000, spread in 0_u64..1_000_000) {
        for usual in [None, Some(Usual { median: secs(median), spread: secs(spread) })] {
            let interval = interval(secs(age), usual);
            prop_assert!((SHORTEST..=LONGEST).contains(&interval));
        }
    }

    #[test]
    fn without_history_delay_and_requests_grow_with_the_root_of_the_time(takes in 1_u64..7200) {
        let (requests, delay) = simulate(secs(takes), None);
        let root = (takes as f64).sqrt();
        prop_assert!(delay <= Duration::from_secs_f64(root / 2.0).clamp(SHORTEST, LONGEST));
        prop_assert!((requests as f64) <= 5.0 + 4.5 * root + takes as f64 / 15.0, "{requests}");
    }

    #[test]
    fn an_end_before_the_usual_time_is_seen_by_a_third_of_what_was_left(
        (median, takes) in (20_u64..1200).prop_flat_map(|median| (Just(median), 1..median)),
    ) {
        let usual = Usual { median: secs(median), spread: secs(median) / 20 };
        let (_, delay) = simulate(secs(takes), Some(usual));
        prop_assert!(delay <= secs(2) + (secs(median) - secs(takes)) / 3, "{delay:?}");
    }

    #[test]
    fn without_history_the_interval_never_shrinks(age in 0_u64..100_000, later in 0_u64..100_000) {
        prop_assert!(interval(secs(age), None) <= interval(secs(age + later), None));
    }

    #[test]
    fn past_the_usual_end_the_interval_never_shrinks(
        median in 0_u64..3600, spread in 0_u64..3600, late in 0_u64..3600, later in 0_u64..3600,
    ) {
        let usual = Some(Usual { median: secs(median), spread: secs(spread) });
        prop_assert!(interval(secs(median + late), usual) <= interval(secs(median + late + later), usual));
    }

    #[test]
    fn before_the_usual_end_it_only_shrinks_once_it_has_begun_to(
        median in 3_u64..3600, spread in 0_u64..3600, shares in proptest::array::uniform3(0.0_f64..1.0),
    ) {
        let usual = Some(Usual { median: secs(median), spread: secs(spread) });
        let mut ages = shares.map(|share| secs(median).mul_f64(share));
        ages.sort_unstable();
        let [first, middle, last] = ages.map(|age| interval(age, usual));
        prop_assert!(middle >= first.min(last), "{first:?} {middle:?} {last:?}");
    }

    #[test]
    fn a_wider_history_is_asked_no_more_often_at_its_middle(median in 0_u64..3600, spread in 0_u64..3600, more in 0_u64..3600) {
        let at_the_middle = |spread| interval(secs(median), Some(Usual { median: secs(median), spread: secs(spread) }));
        prop_assert!(at_the_middle(spread) <= at_the_middle(spread + more));
    }

    #[test]
    fn the_usual_time_is_never_jumped_over_by_more_than_an_end_there_may_be_late(
        median in 0_u64..3600, spread in 0_u64..3600,
    ) {
        let usual = Usual { median: secs(median), spread: secs(spread) };
        let (_, delay) = simulate(secs(median), Some(usual));
        prop_assert!(delay <= secs(2).max(interval(secs(median), Some(usual))), "{delay:?}");
    }

    #[test]
    fn a_wide_history_costs_not_much_more_than_none(median in 10_u64..3600, spread in 0_u64..3600, takes in 1_u64..3600) {
        let usual = Usual { median: secs(median), spread: secs(spread) };
        let (blind, _) = simulate(secs(takes), None);
        let (requests, _) = simulate(secs(takes), Some(usual));
        prop_assert!(requests <= 2 * blind + 10, "{requests}, {blind} without");
    }

    #[test]
    fn an_outage_ends_with_one_try_at_the_budgets_end(budget in 1_u64..600, each in 0_u64..30_000) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let mut outage = Outage::default();
            let begin = Instant::now();
            let (mut sent, mut tries) = (begin, 0_u32);
            loop {
                let now = sent + Duration::from_millis(each);
                let Some(next) = outage.failed(&broken(), sent, now, secs(budget)) else { break };
                assert!(next >= now && next <= now.max(begin + secs(budget)));
                assert!(next - now <= backoff_ceiling(tries));
                (sent, tries) = (next, tries + 1);
            }
            assert!(sent >= begin + secs(budget));
        });
    }
}

#[test]
fn the_back_off_doubles_from_half_a_second_to_five() {
    let ceilings: Vec<u128> = (0..6).map(|attempt| backoff_ceiling(attempt).as_millis()).collect();
    assert_eq!(ceilings, [500, 1000, 2000, 4000, 5000, 5000]);
}

/// The rule in numbers: seldom before the usual end, often around it, less and less after it.
#[test]
fn around_the_usual_end_is_asked_most_often() {
    let every = |age, median, spread| {
        let usual = Usual {
            median: secs(median),
            spread: secs(spread),
        };
        interval(secs(age), Some(usual)).as_millis()
    };
    // An early failure is looked for at four times the interval without history: √(60 s / 5) is 3.5 s.
    assert_eq!(every(60, 600, 60), 13_856);
    // Then the root of a twelfth of what is left, with 72 s for the scale: twice that at the median.
    assert_eq!(every(456, 600, 60), 7_094);
    assert_eq!(every(600, 600, 60), 3_464);
    assert_eq!(every(744, 600, 60), 4_337);
    assert_eq!(every(1200, 600, 60), 7_483);
    // No step goes further than a quarter of the way, and 2 s.
    assert_eq!(every(560, 600, 0), 12_000);
    // One sample has no spread: a 120th of the median and 2 s are taken at least, and at most a quarter.
    assert_eq!((every(600, 600, 0), every(600, 600, 5)), (1_000, 1_000));
    assert_eq!((every(600, 600, 150), every(600, 600, 400)), (5_477, 5_477));
    assert_eq!(interval(secs(45), None).as_millis(), 3_000);
}

/// A fixed interval stays fixed while the health of what has completed is out.
#[tokio::test(start_paused = true)]
async fn a_fixed_interval_is_kept_while_the_health_is_out() {
    let world = World::new();
    let checking = Health::Pending("checking".to_owned());
    world.platform.life(&[
        at(0, Finished, "completed").health(checking),
        at(100, Finished, "completed").health(Health::Healthy),
    ]);
    let result = world
        .deploy(&options(|watch| watch.poll_interval = Some(secs(30))))
        .await;
    assert_eq!((code(&result), world.platform.count(Op::Deployment)), (0, 5));
}

#[test]
fn a_median_of_nothing_and_ages_without_end_have_an_interval() {
    for median in [Duration::ZERO, secs(1), Duration::MAX / 4] {
        for spread in [Duration::ZERO, Duration::MAX / 4] {
            for age in [Duration::ZERO, Duration::MAX / 2] {
                let interval = interval(age, Some(Usual { median, spread }));
                assert!(
                    (SHORTEST..=LONGEST).contains(&interval),
                    "{median:?} {spread:?} {age:?}"
                );
            }
        }
    }
}
