//! Words never flatter: what is said of an end is what is known of it, wherever it is said.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::cli::{Finished, Sproobo};
use crate::support::demo::{CANCEL, LIST, READ, TRIGGER, deployment};
use crate::support::runner;
use crate::support::server::{Act, Request, Server};

/// How a GitHub step ended: what was printed, its outputs, its summary.
struct Step {
    run: Finished,
    outputs: BTreeMap<String, String>,
    summary: String,
}

fn step(server: &Server, arguments: &[&str]) -> Step {
    on_github(Sproobo::new(arguments).key().env("SPROOBO_API_URL", &server.url))
}

fn on_github(command: Sproobo) -> Step {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, "").unwrap();
        path
    };
    let (output, summary) = (file("output"), file("summary"));
    let run = command
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_OUTPUT", &output)
        .env("GITHUB_STEP_SUMMARY", &summary)
        .env("RUNNER_TEMP", folder.path())
        .run();
    let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
    Step {
        run,
        outputs: runner::env_file(&read(&output)).unwrap(),
        summary: read(&summary),
    }
}

impl Step {
    fn results(&self) -> Vec<Value> {
        serde_json::from_str(&self.outputs["result-json"]).unwrap()
    }

    fn output(&self, name: &str) -> &str {
        &self.outputs[name]
    }
}

/// Triggers well, and then shows the deployment like this.
fn shown(object: Value) -> Server {
    Server::start(move |request: &Request| match request.line().as_str() {
        TRIGGER => Act::Json(201, deployment("queued")),
        LIST => Act::Json(200, json!([])),
        _ => Act::Json(200, json!({ "deployment": object })),
    })
}

const DEPLOY: [&str; 4] = ["deploy", "demo", "--no-key-check", "--poll-interval=100ms"];

fn deploy(server: &Server, more: &[&str]) -> Step {
    step(server, &[&DEPLOY[..], more].concat())
}

#[test]
fn what_was_only_started_has_not_ended_well() {
    let server = Server::start(|request| match request.method.as_str() {
        "POST" => Act::Json(201, json!({ "id": "d-1", "status": "queued" })),
        _ => Act::Json(200, json!([])),
    });
    let step = step(&server, &["deploy", "one", "two", "--no-wait", "--no-key-check"]);
    let run = step.run.expect(0).says("2 deployments triggered, none waited for");
    for told in [run.printed(), step.summary] {
        assert!(!told.contains("ended well") && !told.contains('✅'), "{told}");
    }
}

#[test]
fn a_superseded_deployment_stays_superseded_where_that_is_no_failure() {
    let step = deploy(
        &shown(json!({ "id": "d-1", "status": "superseded" })),
        &["--on-superseded=succeed"],
    );
    assert_eq!((step.output("status"), step.output("exit-code")), ("superseded", "0"));
    assert!(!step.summary.contains('✅'), "{}", step.summary);
    step.run.expect(0).says("demo: superseded");
}

#[test]
fn cancel_says_cancelled_only_when_that_was_read() {
    for (ends, code, said) in [
        (true, 0, "demo: cancelled"),
        (false, 7, "still showed the status `building`"),
    ] {
        let mut status = "building";
        let server = Server::start(move |request| {
            if ends && request.line() == CANCEL {
                status = "cancelled";
            }
            Act::Json(200, deployment(status))
        });
        let command = Sproobo::new(["cancel", "demo", "d-1"]).key();
        let run = command
            .env("SPROOBO_API_URL", &server.url)
            .run()
            .expect(code)
            .says(said);
        assert_eq!(run.printed().contains("demo: cancelled"), ends, "{}", run.printed());
        assert_eq!(server.count(CANCEL), 1);
        assert!(server.count(READ) >= 2);
    }
}

#[test]
fn a_rollback_after_a_failure_is_told_wherever_the_failure_is() {
    for (status, expected) in [("success", "succeeded"), ("failed", "failed")] {
        let server = Server::start(move |request| match request.line().as_str() {
            TRIGGER => Act::Json(201, deployment("queued")),
            READ => Act::Json(200, deployment("failed")),
            LIST => Act::Json(
                200,
                json!([{ "id": "d-1", "status": "failed" }, { "id": "d-0", "status": "success" }]),
            ),
            "POST /sites/demo/deployments/d-0/rollback" => Act::Json(201, json!({ "id": "d-2", "status": "queued" })),
            _ => Act::Json(200, json!({ "id": "d-2", "status": status })),
        });
        // The list is read before the trigger too: what it shows then can't be ours, so only the rollback sees it.
        let step = deploy(&server, &["--on-failure=rollback", "--logs=never"]);
        let results = step.results();
        let rollback = (&results[0]["rolled_back_to"], &results[0]["rollback_status"]);
        assert_eq!(rollback, (&json!("d-0"), &json!(expected)), "{}", step.run.printed());
        assert_eq!(results[0]["status"], "failed");
        let run = step.run.expect(1);
        let annotation = run.stdout.lines().find(|line| line.starts_with("::error")).unwrap();
        assert!(annotation.contains("d-0") && annotation.contains("d-2"), "{annotation}");
        assert!(step.summary.contains("by deployment d-2"), "{}", step.summary);
    }
}

#[test]
fn the_title_of_an_end_says_what_it_is() {
    let site = Server::always(Act::Html(503, "<p>"));
    let proof = format!("--verify-url={}", site.url);
    let finished = json!({ "id": "d-1", "status": "on hold", "finishedAt": "2026-01-01T00:00:00Z" });
    for (object, more, code, title) in [
        (finished, &[][..], 4, "Unknown status word"),
        (
            json!({ "id": "d-1", "status": "on hold" }),
            &["--timeout=3s"],
            4,
            "Unknown status word",
        ),
        (
            json!({ "id": "d-1", "status": "success" }),
            &[proof.as_str(), "--verify-timeout=1s"],
            1,
            "Not proven to be live",
        ),
        (
            json!({ "id": "d-1", "status": "success", "commit": "aaaaaaaa" }),
            &["--commit=bbbbbbbb", "--require-commit"],
            1,
            "Another commit was deployed",
        ),
        (
            json!({ "id": "d-1", "status": "completed", "health": false }),
            &[],
            1,
            "Deployment unhealthy",
        ),
        (
            json!({ "id": "d-1", "status": "building" }),
            &["--timeout=3s"],
            4,
            "Timed out",
        ),
    ] {
        let run = deploy(&shown(object), more).run.expect(code);
        run.says(&format!("::error title={title}"));
    }
}

/// What answers at the site's address is not what failed; the dashboard is where a person can act.
#[test]
fn a_failure_is_told_with_the_dashboard_and_not_with_the_live_site() {
    let links = json!({
        "id": "d-1", "status": "failed", "url": "https://live.example", "dashboardUrl": "https://dash.example/d-1",
    });
    let run = deploy(&shown(links), &[]).run.expect(1);
    assert!(!run.printed().contains("live.example"), "{}", run.printed());
    let annotation = run.stdout.lines().find(|line| line.starts_with("::error")).unwrap();
    let (_, next) = annotation.split_once("next: ").unwrap();
    assert!(next.contains("https://dash.example/d-1"), "{annotation}");
}

/// The tool's few milliseconds are not the deployment's.
#[test]
fn wait_gives_the_time_of_the_deployment_or_none() {
    let dated = json!({
        "id": "d-1", "status": "success",
        "createdAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:02:10Z",
    });
    for (object, seconds, said) in [
        (dated, "130", "demo: succeeded in 2 min 10 s"),
        (
            json!({ "id": "d-1", "status": "success" }),
            "",
            "demo: succeeded, deployment d-1",
        ),
        (
            json!({ "id": "d-1", "status": "failed" }),
            "",
            "demo: failed, deployment d-1",
        ),
    ] {
        let step = step(&shown(object), &["wait", "demo", "d-1", "--logs=never"]);
        assert_eq!(step.output("duration-seconds"), seconds);
        assert!(step.run.printed().contains(said), "{}", step.run.printed());
    }
}

#[test]
fn every_site_has_its_object_where_nothing_could_begin() {
    let step = on_github(Sproobo::new(["deploy", "one", "two"]));
    step.run.expect(3);
    let serde_json::Value::Array(results) = serde_json::from_str(&step.outputs["result-json"]).unwrap() else {
        panic!("{}", step.outputs["result-json"])
    };
    let told: Vec<_> = results
        .iter()
        .map(|site| {
            (
                site["site"].as_str().unwrap(),
                site["status"].as_str().unwrap(),
                site["exit_code"].as_u64(),
            )
        })
        .collect();
    assert_eq!(told, [("one", "refused", Some(3)), ("two", "refused", Some(3))]);
    for member in [
        "deployment_id",
        "last_word",
        "url",
        "dashboard_url",
        "commit",
        "rolled_back_to",
        "rollback_status",
    ] {
        assert_eq!(results[0].get(member), Some(&Value::Null), "{member}");
    }
}

/// Its deployments are gone with it.
#[test]
fn after_a_rehearsal_no_command_is_named() {
    for scenario in ["fail", "unhealthy", "cancelled", "unknown"] {
        let sandbox = format!("--sandbox={scenario}");
        let run = Sproobo::new(["deploy", "demo", "--timeout=20s", &sandbox]).run();
        let printed = run.printed();
        let (_, next) = printed.split_once("next: ").unwrap_or_else(|| panic!("{printed}"));
        assert!(!next.contains("`sproobo-deploy "), "{scenario}: {next}");
    }
}

#[test]
fn a_proof_or_a_commit_that_can_be_none_is_refused_before_anything_is_sent() {
    let server = Server::start(|_| Act::Hang);
    for wrong in [
        "--verify-url=example.com",
        "--verify-url=ftp://example.com/",
        "--verify-url=https:example.com",
        "--verify-url=https://",
        "--commit=zzz",
        "--commit=4f5c1d",
        "--commit=main",
    ] {
        let run = Sproobo::new(["deploy", "demo", wrong])
            .key()
            .env("SPROOBO_API_URL", &server.url)
            .run();
        run.expect(2).says(wrong.split('=').next().unwrap());
    }
    assert!(server.requests().is_empty());
}
