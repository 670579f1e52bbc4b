//! The campaign on the rules: thousands of runs on a clock that jumps. CI on GitHub makes many more of them each week.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::ops::Range;

use super::oracle::judge;
use super::plan::Plan;
use super::seen::Seen;
use super::simulate::simulate;
use crate::support::fake_platform::FakePlatform;

type Draw = fn(u64) -> Plan;

/// What came of many runs.
#[derive(Debug, Default)]
pub(super) struct Figures {
    runs: u64,
    codes: BTreeMap<String, u64>,
    events: BTreeMap<&'static str, u64>,
}

impl Figures {
    pub(super) fn count(&mut self, seen: &Seen, platform: &FakePlatform) {
        self.runs += 1;
        let code = seen.code.map_or("nothing to do".to_owned(), |code| code.to_string());
        *self.codes.entry(code).or_default() += 1;
        let happened = [
            ("reply lost", seen.lost),
            ("found again", seen.found_again),
            ("found by commit", seen.by_commit),
            (
                "and was somebody else's",
                seen.by_commit && is_somebody_elses(seen, platform),
            ),
            ("waited for another", seen.waited_for_another),
            ("rolled back", seen.rolled_back),
        ];
        for (what, _) in happened.iter().filter(|(_, happened)| *happened) {
            *self.events.entry(what).or_default() += 1;
        }
    }
}

fn is_somebody_elses(seen: &Seen, platform: &FakePlatform) -> bool {
    let all = platform.truth(seen.ended);
    let subject = all
        .iter()
        .find(|truth| Some(&truth.deployment.id) == seen.deployment.as_ref());
    subject.is_some_and(|truth| !truth.is_ours())
}

/// These seeds, or the one that `CAMPAIGN_SEED` names; `CAMPAIGN_RUNS` of them if that says so.
pub(super) fn seeds(usual: Range<u64>) -> Range<u64> {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    match (number("CAMPAIGN_SEED"), number("CAMPAIGN_RUNS")) {
        (Some(seed), runs) => seed..seed + runs.unwrap_or(1),
        (None, Some(runs)) => usual.start..usual.start + runs,
        (None, None) => usual,
    }
}

/// Runs these seeds; fails with the story of the first that broke each promise.
fn campaign(name: &str, seeds: Range<u64>, draw: Draw) -> Figures {
    let mut figures = Figures::default();
    // The seeds that broke each promise.
    let mut broken: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for seed in self::seeds(seeds) {
        let plan = draw(seed);
        let (seen, platform) = simulate(&plan);
        figures.count(&seen, &platform);
        if let Err((check, _)) = judge(&plan, &seen, &platform) {
            broken.entry(check).or_default().push(seed);
        }
    }
    println!("{name}: {figures:?}");
    let stories: String = broken
        .iter()
        .map(|(check, seeds)| {
            let many = &seeds[..seeds.len().min(10)];
            format!(
                "{name}: not \"{check}\" in {} runs, CAMPAIGN_SEED={many:?}; the story of the first:\n{}",
                seeds.len(),
                story(draw(seeds[0]), check)
            )
        })
        .collect();
    assert!(broken.is_empty(), "{stories}");
    figures
}

/// The least of a plan that still breaks the same promise, and what happened.
fn story(mut plan: Plan, check: &str) -> String {
    let broken = |plan: &Plan| {
        let (seen, platform) = simulate(plan);
        let why = judge(plan, &seen, &platform).err().filter(|(name, _)| *name == check)?;
        Some((why.1, seen, platform))
    };
    while let Some(simpler) = plan.simpler().into_iter().find(|simpler| broken(simpler).is_some()) {
        plan = simpler;
    }
    let mut story = format!("{plan:#?}\n");
    if let Some((why, seen, platform)) = broken(&plan) {
        let _ = writeln!(story, "{why}");
        for (op, at) in &seen.calls {
            let _ = writeln!(story, "  {at:>10.2?} {op:?}");
        }
        for event in &seen.events {
            let _ = writeln!(story, "  {event}");
        }
        for truth in platform.truth(seen.ended) {
            let shown = &truth.deployment;
            let _ = writeln!(
                story,
                "  truth: {} {} from {:?} {:?}",
                shown.id, shown.word, truth.created, truth.token
            );
        }
        let _ = writeln!(story, "  cancelled: {:?}", platform.cancelled());
        let _ = writeln!(story, "  ended at {:?} with {:?}\n{}", seen.ended, seen.code, seen.text);
    }
    story
}

/// A campaign in which something never happens says nothing about it.
pub(super) fn all_happened(figures: &Figures, codes: &[u8], events: &[&str]) {
    if env::var_os("CAMPAIGN_SEED").is_some() || env::var_os("CAMPAIGN_RUNS").is_some() {
        return;
    }
    for code in codes {
        assert!(
            figures.codes.contains_key(&code.to_string()),
            "no run ended with {code}: {figures:?}"
        );
    }
    for event in events {
        assert!(figures.events.contains_key(event), "never {event}: {figures:?}");
    }
}

const EVENTS: [&str; 5] = [
    "reply lost",
    "found again",
    "found by commit",
    "waited for another",
    "rolled back",
];

#[test]
fn runs_that_nobody_disturbs_keep_the_promises() {
    let figures = campaign("undisturbed", 0..2000, Plan::draw);
    all_happened(&figures, &[0, 1, 3, 4, 5, 6, 7, 8, 9], &EVENTS);
}

#[test]
fn interrupted_runs_keep_the_promises() {
    let figures = campaign("interrupted", 2000..3000, Plan::interrupted);
    all_happened(&figures, &[0, 1, 143], &EVENTS);
}

#[test]
fn killed_runs_leave_what_the_next_step_needs() {
    let figures = campaign("killed", 3000..4000, Plan::killed);
    all_happened(&figures, &[0, 1, 7], &EVENTS);
}
