//! `keys check`, and its one issue.

use serde_json::Value;

use crate::support::cli::KEY;
use crate::support::outside::{GITHUB_TOKEN, Outside};
use crate::support::server::Act;

const LIST: &str = "GET /api/api-keys";

#[test]
fn a_fresh_key_is_said_to_be_fresh_on_stdout() {
    let world = Outside::with_key_of_days(12);
    let run = world.run(["keys", "check", "--fail-on-stale-key"]).run().expect(0);
    let expected = format!(
        "the API key `ci` ({}…) is 12 days old (from Sproobo): fresh, at a limit of 90 days\n",
        &KEY[..12]
    );
    assert_eq!(run.stdout, expected);
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
}

#[test]
fn a_stale_key_is_one_warning_and_a_failure_only_where_asked() {
    let world = Outside::with_key_of_days(90);
    let run = world.run(["keys", "check"]).run().expect(0);
    assert_eq!(run.stderr.matches("warning: ").count(), 1, "{}", run.stderr);
    let run = run.says("90 days old (from Sproobo), at or past the limit of 90 days");
    run.says("1. create").says("2. put").says("3. revoke");
    let run = world.run(["keys", "check", "--fail-on-stale-key"]).run().expect(10);
    let run = run
        .says("error: the API key is 90 days old")
        .says("next: rotate the key");
    assert!(!run.printed().contains("triggered"), "{}", run.printed());
    world
        .run(["keys", "check", "--fail-on-stale-key", "--key-stale-after=91d"])
        .run()
        .expect(0);
}

/// In whole days both would be none.
#[test]
fn a_limit_under_two_days_is_told_in_hours() {
    let world = Outside::with_key_of_days(1);
    for (limit, told) in [("12h", "12 h"), ("36h", "36 h"), ("30m", "30 min")] {
        let after = format!("--key-stale-after={limit}");
        let mut run = world.run(["keys", "check", "--fail-on-stale-key", &after]).run();
        let verdict = if limit == "36h" {
            format!("is 24 h old (from Sproobo): fresh, at a limit of {told}")
        } else {
            run = run.says(&format!(
                "error: the API key is 24 h old, at or past the limit of {told},"
            ));
            format!("is 24 h old (from Sproobo), at or past the limit of {told}. To rotate it")
        };
        run.says(&verdict);
    }
    world
        .run(["keys", "check", "--key-stale-after=2d"])
        .run()
        .expect(0)
        .says("is 1 days old (from Sproobo): fresh, at a limit of 2 days");
}

#[test]
fn the_check_is_a_key_age_event_in_json() {
    let world = Outside::with_key_of_days(90);
    let run = world.run(["keys", "check", "--output", "json"]).run().expect(0);
    let events: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let age = events
        .iter()
        .find(|event| event["event"] == "key_age")
        .expect("the age");
    assert_eq!(
        (&age["days"], &age["stale"], &age["source"]),
        (&90.into(), &true.into(), &"sproobo".into())
    );
    assert_eq!(run.stderr, "");
}

#[test]
fn one_issue_is_opened_and_then_updated() {
    let world = Outside::with_key_of_days(12);
    let check = || {
        world
            .run(["keys", "check", "--issue"])
            .env("GITHUB_TOKEN", GITHUB_TOKEN)
            .run()
            .expect(0)
    };
    check();
    assert_eq!(world.with(|state| state.issues.len()), 0, "a fresh key is no issue");

    world.with(|state| state.keys[0].days = 95);
    check().says("opened issue #1 https://github.com/acme/shop/issues/1");
    world.with(|state| state.keys[0].days = 102);
    check().says("updated issue #1");
    let issues = world.with(|state| state.issues.clone());
    assert_eq!(issues.len(), 1);
    let title = issues[0]["title"].as_str().expect("a title");
    assert_eq!(title, "The Sproobo API key ci is 102 days old: rotate it");
    let body = issues[0]["body"].as_str().expect("a body");
    assert!(body.contains(&KEY[..12]) && !body.contains(&KEY[..13]), "{body}");
}

#[test]
fn an_issue_takes_a_token_and_its_absence_is_told_before_anything_is_asked() {
    let world = Outside::with_key_of_days(12);
    world
        .run(["keys", "check", "--issue"])
        .run()
        .expect(2)
        .says("--issue needs a GitHub token");
    assert_eq!(world.server.requests().len(), 0);
    let refused = world
        .run(["keys", "check", "--issue"])
        .env("GITHUB_TOKEN", "another-token-altogether");
    world.with(|state| state.keys[0].days = 95);
    refused.run().expect(8).says("HTTP 401 from GitHub");
}

/// Their runners name a repository too, in the same variable.
#[test]
fn a_repository_on_another_server_is_not_taken_for_one_on_github() {
    let world = Outside::with_key_of_days(95);
    for mark in ["FORGEJO_ACTIONS", "GITEA_ACTIONS"] {
        world
            .run(["keys", "check", "--issue"])
            .env("GITHUB_TOKEN", GITHUB_TOKEN)
            .env("GITHUB_ACTIONS", "true")
            .env(mark, "true")
            .run()
            .expect(2)
            .says("one on Forgejo or Gitea is none");
    }
    assert_eq!(world.with(|state| state.issues.len()), 0);
}

#[test]
fn a_rejected_key_fails_the_check_even_where_its_age_was_declared() {
    let world = Outside::with_key_of_days(12);
    world.with(|state| state.keys.clear());
    let run = world
        .run(["keys", "check", "--key-created-at", "2020-01-01"])
        .run()
        .expect(3);
    run.says("the key could not be checked: HTTP 401");
    // In whatever form that is said.
    world.with(|state| state.instead.insert(LIST.to_owned(), Act::Html(401, "who are you?")));
    let run = world.run(["keys", "check", "--key-created-at", "2020-01-01"]).run();
    run.expect(3).says("the key could not be checked: HTTP 401");
}

#[test]
fn a_list_that_can_not_be_read_fails_the_check_only_where_nothing_else_knows_the_age() {
    let world = Outside::with_key_of_days(12);
    let broken = Act::Json(404, serde_json::json!({"error": {"message": "no such thing"}}));
    world.with(|state| state.instead.insert(LIST.to_owned(), broken));
    let failed = world.run(["keys", "check"]).run();
    assert_ne!(failed.code, 0);
    failed.says("the key could not be checked");
    let declared = world
        .run(["keys", "check", "--key-created-at", "2020-01-01"])
        .run()
        .expect(0);
    declared.says("(declared): stale");
}

/// `GITHUB_TOKEN` may hold anything where nothing needs it.
#[test]
fn an_unusable_github_token_is_told_where_the_secrets_date_is_missed() {
    let world = Outside::with_key_of_days(12);
    let check = || world.run(["keys", "check"]).env("GITHUB_TOKEN", "two words");
    let fine = check().run().expect(0);
    assert!(!fine.printed().contains("token"), "{}", fine.printed());
    world.with(|state| {
        state
            .instead
            .insert(LIST.to_owned(), Act::Json(200, serde_json::json!({"apiKeys": []})))
    });
    check()
        .run()
        .expect(0)
        .says("age of the API key is unknown")
        .says("the token can't be used");
}
