//! How often is asked, and how much failure is tolerated.

use std::time::Duration;

use proptest::prelude::*;
use sproobo_deploy::model::{Deployment, StatusClass};
use sproobo_deploy::watch::outage::{Outage, backoff_ceiling};
use sproobo_deploy::watch::pace::{LONGEST, SHORTEST, Usual, interval};
use tokio::time::Instant;

use crate::rules::lookup::item;
use crate::support::fake_platform::{broken, id, secs};

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
