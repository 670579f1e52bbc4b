//! Options that are typed seldom, each seen to do what it says.

use std::io::{BufRead, BufReader};

use serde_json::json;

use crate::support::cli::Sproobo;
use crate::support::demo::{LIST, READ, TRIGGER, command, deploy, deployment, polled};
use crate::support::server::{Act, Request, Server};

const LOGS: &str = "GET /sites/demo/deployments/d-1/logs";

/// A deployment that fails, with a log of ten lines.
fn failing() -> Server {
    Server::start(|request: &Request| match request.line().as_str() {
        TRIGGER => Act::Json(201, deployment("queued")),
        LIST => {
            let rows: Vec<_> = (1..=5)
                .map(|number| json!({"id": format!("d-{number}"), "status": "success"}))
                .collect();
            Act::Json(200, json!(rows))
        }
        LOGS => {
            let lines: Vec<_> = (1..=10)
                .map(|number| json!({"text": format!("line {number}.")}))
                .collect();
            Act::Json(200, json!({ "lines": lines }))
        }
        _ => Act::Json(200, deployment("failed")),
    })
}

#[test]
fn log_lines_says_how_much_of_the_log_is_shown() {
    let server = failing();
    let run = deploy(&server, &["--log-lines=2"])
        .run()
        .expect(1)
        .says("line 9.")
        .says("line 10.");
    assert!(!run.printed().contains("line 8."), "{}", run.printed());
}

#[test]
fn tail_prints_the_last_lines_alone() {
    let run = command(&failing(), &["logs", "demo", "d-1", "--tail=3"])
        .run()
        .expect(0);
    assert_eq!(run.stdout, "line 8.\nline 9.\nline 10.\n");
}

#[test]
fn limit_is_asked_for_and_held_where_the_api_gives_more() {
    let server = failing();
    let run = command(&server, &["deployments", "demo", "--limit=2", "--output=json"])
        .run()
        .expect(0);
    let rows: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(rows.as_array().map(Vec::len), Some(2), "{}", run.stdout);
    assert!(server.requests()[0].path.ends_with("?limit=2"));
}

#[test]
fn verify_contains_holds_or_fails_the_run_and_knows_the_commit() {
    let server = Server::start(|request: &Request| match request.line().as_str() {
        TRIGGER => Act::Json(201, deployment("queued")),
        LIST => Act::Json(200, json!([])),
        READ => Act::Json(200, deployment("success")),
        _ => Act::Html(200, "<p>release 7 of abcdef1</p>"),
    });
    let url = format!("--verify-url={}/live", server.url);
    let verified = |text: &str| {
        let contains = format!("--verify-contains={text}");
        deploy(&server, &[&url, &contains, "--verify-timeout=1s", "--commit=abcdef1"]).run()
    };
    verified("release 7").expect(0);
    verified("{commit}").expect(0);
    verified("release 8").expect(1).says("did not prove it");
}

#[test]
fn summary_says_when_the_job_gets_one() {
    for (when, status, wanted) in [
        ("always", "success", true),
        ("always", "failed", true),
        ("on-failure", "success", false),
        ("on-failure", "failed", true),
        ("never", "success", false),
        ("never", "failed", false),
    ] {
        let server = polled(move || Act::Json(200, deployment(status)));
        let summary = tempfile::NamedTempFile::new().unwrap();
        let option = format!("--summary={when}");
        deploy(&server, &[&option])
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", summary.path())
            .run()
            .expect(i32::from(status == "failed"));
        let text = std::fs::read_to_string(summary.path()).unwrap();
        assert_eq!(text.contains("d-1"), wanted, "{when} {status}: {text}");
        assert_eq!(text.is_empty(), !wanted, "{when} {status}: {text}");
    }
}

#[test]
fn the_sandbox_ends_deployments_as_its_scenario_says() {
    let mut running = Sproobo::new(["sandbox", "--scenario=fail"]).spawn();
    let stdout = running.child().stdout.take().unwrap();
    let lines: Vec<_> = BufReader::new(stdout).lines().map_while(Result::ok).take(4).collect();
    assert!(lines[0].contains("any other id that is asked for"), "{lines:?}");
    let mut run = Sproobo::new(["deploy", "demo", "--no-key-check", "--poll-interval=200ms"]);
    for line in &lines {
        if let Some((name, value)) = line.strip_prefix("export ").and_then(|pair| pair.split_once('=')) {
            run = run.env(name, value);
        }
    }
    run.run().expect(1).says("the deployment failed");
}

/// What was wrong, what is allowed, and an example where words alone would not do.
#[test]
fn a_value_that_is_none_is_refused_with_what_is_allowed() {
    let duration = "write it like 90s, 15m, 1h30m or 90d";
    for (line, says) in [
        ("logs demo --tail x", "give a whole number of lines, for example 100"),
        ("logs demo --tail -1", "give a whole number of lines, for example 100"),
        ("logs demo --timeout abc", duration),
        ("logs demo --timeout 0", &format!("more than zero; {duration}")),
        ("logs demo --timeout 0s", &format!("more than zero; {duration}")),
        ("keys list --key-stale-after 0", &format!("more than zero; {duration}")),
        ("keys list --key-stale-after 90", "write 90s, 90m, 90h or 90d"),
        (
            "wait demo d-1 --timeout 11000d",
            "more than ten years, which is the longest",
        ),
        ("deployments demo --limit 0", "give a whole number from 1 to 1000"),
        ("deployments demo --limit=-1", "give a whole number from 1 to 1000"),
        ("deployments demo --limit many", "give a whole number from 1 to 1000"),
        ("deploy demo --parallel 65", "give a whole number from 1 to 64"),
        ("deploy demo --log-lines 99999", "give a whole number from 0 to 10000"),
        (
            "deploy demo --commit main",
            "7 to 64 hex digits; `git rev-parse HEAD` prints one",
        ),
        (
            "deploy demo --status-map deployed",
            "write it as WORD=CLASS, for example deployed=succeeded",
        ),
        (
            "deploy demo --status-map deployed=good",
            "the class behind `=` is one of succeeded, ",
        ),
        ("deploy demo --var web", "write it as NAME=VALUE, for example team=web"),
        (
            "deploy demo --var a.b=c",
            "the name before `=` may have letters, digits, `_` and `-`",
        ),
        (
            "deploy demo --verify-url example.com",
            "write it whole, like https://example.com/",
        ),
        (
            "keys check --key-created-at 31.3.2026",
            "write it like 2026-03-31 or 2026-03-31T09:00:00Z",
        ),
        (
            "sandbox --listen 8080",
            "write it like 127.0.0.1:8080, or 127.0.0.1:0 for a free port",
        ),
    ] {
        Sproobo::new(line.split(' ')).run().expect(2).says(says);
    }
    let set = Sproobo::new(["logs", "demo"]).env("SPROOBO_TAIL", "x").run().expect(2);
    set.says("a whole number of lines").says("SPROOBO_TAIL");
}

/// What looks like an option was meant as one, and a similar one is named.
#[test]
fn an_option_that_is_none_is_not_offered_as_a_site() {
    for line in ["status demo --tail 5", "logs demo -n 5", "deploy demo --timout 5m"] {
        let run = Sproobo::new(line.split(' '))
            .run()
            .expect(2)
            .says("unexpected argument");
        assert!(!run.printed().contains("as a value"), "{}", run.printed());
    }
    let similar = Sproobo::new(["deploy", "demo", "--timout", "5m"]).run();
    similar.says("a similar argument exists: '--timeout'");
    let too_early = Sproobo::new(["--tail", "5", "logs", "demo"]).run().expect(2);
    too_early.says("'logs --tail' exists");
}
