//! `-v`: each request, and never a secret.

use std::fs;

use crate::support::cli::{Finished, KEY, Sproobo};

/// Against nobody: the request is made, and no connection.
fn unreachable(flags: &[&str]) -> Sproobo {
    let line = [
        "deployments",
        "demo",
        "--api-url",
        "http://127.0.0.1:9/api",
        "--request-timeout",
        "2s",
    ];
    Sproobo::new(line.iter().chain(flags)).key()
}

fn debug_lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("debug [")).collect()
}

#[test]
fn each_request_is_told_with_status_and_time() {
    let run = Sproobo::new(["deploy", "demo", "--sandbox", "-v"]).run().expect(0);
    let lines = debug_lines(&run.stderr);
    let trigger = lines.iter().find(|line| line.contains(" POST http://127.0.0.1:"));
    let trigger = trigger.unwrap_or_else(|| panic!("{lines:?}"));
    assert!(
        trigger.contains("/sites/demo/deployments: 201 Created, ") && trigger.ends_with(" ms"),
        "{trigger}"
    );
    assert!(debug_lines(&run.stdout).is_empty(), "{}", run.stdout);
}

#[test]
fn values_of_a_query_are_left_out() {
    let run = unreachable(&["-v"]).run().expect(7);
    assert!(
        run.stderr
            .contains("GET http://127.0.0.1:9/api/sites/demo/deployments?limit=…: no connection"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("limit=20"), "{}", run.stderr);
}

#[test]
fn without_it_nothing_is_logged_and_twice_adds_the_libraries() {
    let quiet = unreachable(&[]).run();
    assert!(debug_lines(&quiet.stderr).is_empty(), "{}", quiet.stderr);
    let once = unreachable(&["-v"]).run();
    assert!(!once.stderr.contains("reqwest::"), "{}", once.stderr);
    let twice = unreachable(&["-vv"]).run();
    assert!(twice.stderr.contains("reqwest::connect: "), "{}", twice.stderr);
    let variable = unreachable(&[]).env("SPROOBO_VERBOSE", "1").run();
    assert!(!debug_lines(&variable.stderr).is_empty(), "{}", variable.stderr);
}

#[test]
fn json_keeps_stdout_to_itself_and_github_keeps_one_stream() {
    let json = unreachable(&["-v", "--output", "json"])
        .env("GITHUB_ACTIONS", "true")
        .run();
    assert!(
        debug_lines(&json.stdout).is_empty() && !debug_lines(&json.stderr).is_empty(),
        "{}",
        json.printed()
    );
    let github = unreachable(&["-v"]).env("GITHUB_ACTIONS", "true").run();
    assert!(
        !debug_lines(&github.stdout).is_empty() && github.stderr.is_empty(),
        "{}",
        github.printed()
    );
}

#[test]
fn no_secret_shows_wherever_it_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    let contract = folder.path().join("contract.json");
    // A contract that sends the key along in path and query, as a careless one might.
    let path = "/{var.key}/sites/{site}/deployments?key={var.key}";
    let text = format!(r#"{{"version":1,"operations":{{"deployments":{{"method":"GET","path":"{path}"}}}}}}"#);
    fs::write(&contract, text).expect("a contract");
    let file = contract.to_str().expect("a path");
    let variable = format!("key={KEY}");
    let check = |run: Finished| {
        assert!(!debug_lines(&run.printed()).is_empty(), "{}", run.printed());
        assert!(!run.printed().contains(&KEY[..20]), "{}", run.printed());
    };
    check(unreachable(&["-vv", "--contract", file, "--var", &variable]).run());
}

#[test]
fn why_git_says_nothing_of_the_checkout_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Sproobo::new(["deploy", "demo", "--sandbox", "-v"])
        .env("GIT_DIR", folder.path())
        .run()
        .expect(0);
    let lines = debug_lines(&run.stderr);
    let told = lines
        .iter()
        .any(|line| line.contains("git rev-parse --verify HEAD: it failed: fatal: not a git repository"));
    assert!(told, "{lines:?}");
}

#[test]
fn neither_headers_nor_bodies_are_logged() {
    let line = ["deploy", "demo", "--sandbox", "-v", "--message=words of the body"];
    let run = Sproobo::new(line).run().expect(0);
    let lines = debug_lines(&run.stderr).join("\n").to_lowercase();
    assert!(lines.contains(" post "), "{lines}");
    for hidden in [
        "words of the body",
        "clienttoken",
        "bearer",
        "authorization",
        "idempotency",
    ] {
        assert!(!lines.contains(hidden), "{hidden} is in:\n{lines}");
    }
}
