//! The key's age in `deploy`: told, written, and never in the way.

use std::fs;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::support::cli::{Finished, KEY, Running};
use crate::support::outside::{GITHUB_TOKEN, Outside};
use crate::support::runner::{self, Map};
use crate::support::server::Act;

const TRIGGER: &str = "POST /api/sites/demo/deployments";
const LIST: &str = "GET /api/api-keys";

/// A step on GitHub, and what it left.
struct Step {
    folder: tempfile::TempDir,
    running: Running,
}

impl Step {
    fn start(world: &Outside, more: &[&str], token: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in ["output", "summary"] {
            fs::write(folder.path().join(file), "").unwrap();
        }
        let running = world
            .run(["deploy", "demo", "--poll-interval=50ms"].iter().chain(more))
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_OUTPUT", folder.path().join("output"))
            .env("GITHUB_STEP_SUMMARY", folder.path().join("summary"))
            .env("GITHUB_TOKEN", token.unwrap_or_default())
            .spawn();
        Self { folder, running }
    }

    fn end(self, code: i32) -> (Finished, Map, String) {
        let finished = self.running.finish().expect(code);
        let read = |name: &str| fs::read_to_string(self.folder.path().join(name)).unwrap();
        (
            finished,
            runner::env_file(&read("output")).expect("outputs"),
            read("summary"),
        )
    }
}

fn deploy(world: &Outside, more: &[&str], token: Option<&str>, code: i32) -> (Finished, Map, String) {
    Step::start(world, more, token).end(code)
}

/// Texts of the annotations of a kind.
fn annotations(run: &Finished, kind: &str) -> Vec<String> {
    let commands = runner::lines(&run.stdout).into_iter().filter_map(runner::v2);
    commands
        .filter(|command| command.name == kind)
        .map(|command| command.data)
        .collect()
}

#[test]
fn a_stale_key_is_one_annotation_a_row_in_the_summary_and_two_outputs() {
    let world = Outside::with_key_of_days(93);
    let (run, outputs, summary) = deploy(&world, &[], None, 0);
    let warnings = annotations(&run, "warning");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for piece in [
        "`ci`",
        &KEY[..12],
        "93 days old (from Sproobo)",
        "1. create",
        "2. put",
        "3. revoke",
    ] {
        assert!(warnings[0].contains(piece), "{piece} is not in {warnings:?}");
    }
    assert_eq!(
        (outputs["key-age-days"].as_str(), outputs["key-stale"].as_str()),
        ("93", "true")
    );
    assert_eq!(outputs["exit-code"], "0", "a stale key fails nothing");
    assert_eq!(summary.matches("93 days old (from Sproobo)").count(), 1, "{summary}");
}

#[test]
fn with_fail_on_stale_key_nothing_is_triggered() {
    let world = Outside::with_key_of_days(93);
    let (run, outputs, _) = deploy(&world, &["--fail-on-stale-key"], None, 10);
    let run = run.says("known: nothing was triggered");
    assert_eq!(annotations(&run, "error").len(), 1);
    assert_eq!(
        (outputs["exit-code"].as_str(), outputs["key-stale"].as_str()),
        ("10", "true")
    );
    assert_eq!(world.server.count(TRIGGER), 0);
    deploy(&world, &["--fail-on-stale-key", "--key-stale-after=100d"], None, 0);
    assert_eq!(world.server.count(TRIGGER), 1);
}

#[test]
fn a_declared_date_counts_where_the_list_does_not_tell() {
    let world = Outside::with_key_of_days(1);
    let hidden = Act::Json(403, serde_json::json!({"error": {"message": "not for this key"}}));
    world.with(|state| state.instead.insert(LIST.to_owned(), hidden));
    let (run, outputs, summary) = deploy(&world, &["--key-created-at=2020-01-31"], None, 0);
    assert!(annotations(&run, "warning")[0].contains("(declared)"));
    assert_eq!(outputs["key-stale"], "true");
    assert!(summary.contains("(declared)"), "{summary}");
}

#[test]
fn a_future_date_is_an_error_before_anything_is_sent() {
    let world = Outside::with_key_of_days(1);
    let (run, ..) = deploy(&world, &["--key-created-at=2999-01-01"], None, 2);
    run.says("in the future");
    assert_eq!(world.server.requests().len(), 0);
}

#[test]
fn the_date_of_githubs_secret_is_the_last_source() {
    let world = Outside::with_key_of_days(1);
    world.with(|state| {
        state.secret_age = Some(400);
        state
            .instead
            .insert(LIST.to_owned(), Act::Json(200, serde_json::json!({"apiKeys": []})));
    });
    let (run, outputs, _) = deploy(&world, &[], Some(GITHUB_TOKEN), 0);
    assert!(annotations(&run, "warning")[0].contains("400 days old (from GitHub's secret)"));
    assert_eq!(outputs["key-age-days"], "400");
    assert_eq!(
        world
            .server
            .count("GET /gh/repos/acme/shop/actions/secrets/SPROOBO_API_KEY"),
        1
    );
    deploy(&world, &["--github-secret=prod/eu/DEPLOY_KEY"], Some(GITHUB_TOKEN), 0);
    assert_eq!(
        world
            .server
            .count("GET /gh/repos/acme/shop/environments/prod%2Feu/secrets/DEPLOY_KEY"),
        1
    );
}

#[test]
fn an_unknown_age_is_said_once_as_a_notice() {
    let world = Outside::with_key_of_days(1);
    world.with(|state| {
        state
            .instead
            .insert(LIST.to_owned(), Act::Json(200, serde_json::json!({"apiKeys": []})))
    });
    let (run, outputs, _) = deploy(&world, &[], Some(GITHUB_TOKEN), 0);
    let notices = annotations(&run, "notice");
    assert_eq!(
        notices.iter().filter(|text| text.contains("age")).count(),
        1,
        "{notices:?}"
    );
    assert!(notices[0].contains("no key with its first 12 characters") && notices[0].contains("HTTP 403 from GitHub"));
    assert_eq!(annotations(&run, "warning"), Vec::<String>::new());
    assert_eq!(
        (outputs["key-age-days"].as_str(), outputs["key-stale"].as_str()),
        ("", "")
    );
    let (run, ..) = deploy(&world, &["--no-key-check"], Some(GITHUB_TOKEN), 0);
    assert_eq!(annotations(&run, "notice"), Vec::<String>::new());
}

/// The sandbox's deployments take longer than the check; these are over at once, so that only the check is waited for.
#[test]
fn a_key_check_that_hangs_delays_the_verdict_by_two_seconds_at_most_and_is_told() {
    let world = Outside::with_key_of_days(93);
    world.with(|state| state.instead.insert(LIST.to_owned(), Act::Hang));
    let (run, outputs, _) = deploy(&world, &[], None, 0);
    assert_eq!(outputs["status"], "succeeded");
    assert!(
        run.took < Duration::from_secs(10),
        "far less than the request's own 30 s: {:?}",
        run.took
    );
    assert!(annotations(&run, "notice")[0].contains("not over in time"));
}

/// The runner kills what is not over within 7.5 s of its signal; the cancel alone may take 4 s.
#[test]
fn a_key_check_that_hangs_gets_no_time_after_a_signal() {
    let world = Outside::with_key_of_days(93);
    let building = serde_json::json!({"deployment": {"id": "d-1", "status": "building"}});
    world.with(|state| {
        state.instead.insert(LIST.to_owned(), Act::Hang);
        state.instead.insert(
            "GET /api/sites/demo/deployments/d-1".to_owned(),
            Act::Json(200, building),
        );
        state
            .instead
            .insert("POST /api/sites/demo/deployments/d-1/cancel".to_owned(), Act::Hang);
    });
    let step = Step::start(&world, &[], None);
    world.server.wait_for("GET /api/sites/demo/deployments/d-1");
    let begun = std::time::Instant::now();
    step.running.signal(Signal::SIGINT);
    let (run, ..) = step.end(130);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(!run.printed().contains("not over in time"), "{}", run.printed());
}
