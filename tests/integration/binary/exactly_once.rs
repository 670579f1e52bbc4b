//! Starting on servers at their worst: never a second deployment by accident, and never nothing for a green.

use serde_json::{Value, json};

use crate::support::cli::Sproobo;
use crate::support::demo::{TRIGGER, command, deploy, deployment, explained, only_gets, polled, without};
use crate::support::server::{Act, Request, Server};

/// A 2xx means that something was started, so nothing may say that it is safe to run it again.
#[test]
fn an_accepted_trigger_that_names_no_deployment_may_be_running() {
    let huge: Value = serde_json::from_str("{\"id\": 123456789012345678901234567890}").unwrap();
    for act in [
        Act::Json(200, json!({"ok": true})),
        Act::Json(200, json!([{"id": "d-1"}])),
        Act::Json(200, json!({"deployment": {"id": ""}})),
        Act::Json(200, json!({"deployment": {"id": ".."}})),
        Act::Json(200, json!({"deployment": {"id": {"x": 1}}})),
        Act::Json(200, huge),
        Act::Html(200, "<p>"),
    ] {
        let server = Server::start(move |_| act.clone());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state.json");
        let run = explained(deploy(&server, &[&format!("--state-file={}", file.display())]).run(), 9);
        run.says("may deploy twice").says("contract show");
        assert_eq!(server.count(TRIGGER), 1);
        let state = std::fs::read_to_string(&file).unwrap();
        assert!(state.contains("unknown"), "a later step can still look for it: {state}");
    }
}

#[test]
fn what_was_refused_started_nothing_and_is_not_looked_for() {
    let server = Server::start(|_| Act::Json(422, json!({"error": {"message": "no such branch"}})));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let run = explained(deploy(&server, &[&format!("--state-file={}", file.display())]).run(), 8);
    run.says("known: nothing was triggered");
    assert!(std::fs::read_to_string(&file).unwrap().contains("refused"));
    command(&server, &["cancel", &format!("--from-state={}", file.display())])
        .run()
        .expect(0);
    assert_eq!(server.count(TRIGGER), 1);
    assert_eq!(
        server.requests().len(),
        2,
        "with the look before it, and no request of `cancel`"
    );
}

#[test]
fn nobody_at_home_is_7_and_nothing_was_triggered() {
    let run = Sproobo::new(["deploy", "demo", "--no-key-check", "--max-unreachable=1s"])
        .key()
        .env("SPROOBO_API_URL", "http://127.0.0.1:1/api")
        .run();
    explained(run, 7)
        .says("known: nothing was triggered")
        .says("doctor")
        .says("127.0.0.1:1");
}

#[test]
fn without_a_list_a_lost_reply_is_7_and_says_so() {
    let server = Server::start(|_| Act::Close);
    let contract = without(&["deployments"]);
    let run = deploy(&server, &[&format!("--contract={}", contract.path().display())]).run();
    explained(run, 7)
        .says("can't be looked for")
        .says("does not offer the operation `deployments`")
        .says("may deploy twice");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn what_the_contract_does_not_offer_degrades_with_one_line() {
    let failing = polled(|| Act::Json(200, deployment("failed")));
    let contract = without(&["logs", "deployments", "api_keys"]);
    let file = format!("--contract={}", contract.path().display());
    let run = command(&failing, &["deploy", "demo", &file]).run();
    explained(run, 1).says("does not offer the operation `logs`");

    let server = polled(|| Act::Json(200, deployment("success")));
    let contract = without(&["deployment"]);
    let file = format!("--contract={}", contract.path().display());
    explained(deploy(&server, &[&file]).run(), 2).says("--no-wait");
    assert!(
        server.requests().is_empty(),
        "what can't be followed must not be started"
    );
    deploy(&server, &[&file, "--no-wait"]).run().expect(0);
    for operation in ["trigger", "rollback"] {
        let server = polled(|| Act::Json(200, deployment("success")));
        let contract = without(&[operation]);
        let file = format!("--contract={}", contract.path().display());
        let run = if operation == "trigger" {
            deploy(&server, &[&file])
        } else {
            command(&server, &["rollback", "demo", "--to=d-0", &file])
        };
        explained(run.run(), 2).says("does not offer");
        assert!(only_gets(&server));
    }
}

#[test]
fn no_wait_says_so_and_proves_nothing() {
    let server = polled(|| Act::Json(500, Value::Null));
    deploy(&server, &["--no-wait"])
        .run()
        .expect(0)
        .says("triggered, not waited for")
        .says("d-1");
    assert_eq!(
        server.requests().len(),
        2,
        "the look before the trigger, and the trigger"
    );
    for proof in ["--verify-url=http://127.0.0.1:1/", "--require-commit"] {
        explained(deploy(&server, &["--no-wait", proof]).run(), 2).says(proof.split('=').next().unwrap());
    }
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_conflict_fails_when_told_so() {
    let busy = Server::start(|request: &Request| match request.method.as_str() {
        "POST" => Act::Json(409, json!({"error": {"message": "busy", "deploymentId": "d-0"}})),
        _ => Act::Json(200, json!({"id": "d-0", "status": "building"})),
    });
    explained(deploy(&busy, &["--on-conflict=fail"]).run(), 8).says("d-0");
    assert_eq!(busy.count(TRIGGER), 1);
}

/// One token for two sites could get one site's deployment as the other's reply.
#[test]
fn an_idempotency_key_marks_each_site_apart() {
    let server = Server::start(|request: &Request| {
        let site = request.path.split('/').nth(2).unwrap_or_default();
        Act::Json(200, json!({"id": format!("d-{site}"), "status": "success"}))
    });
    command(
        &server,
        &["deploy", "one", "two", "--no-key-check", "--idempotency-key=run-7"],
    )
    .run()
    .expect(0);
    command(&server, &["deploy", "one", "--no-key-check", "--idempotency-key=run-7"])
        .run()
        .expect(0);
    let mut tokens: Vec<String> = server
        .requests()
        .iter()
        .filter_map(|request| request.header("idempotency-key").map(str::to_owned))
        .collect();
    tokens.sort();
    assert_eq!(
        tokens,
        ["run-7-one", "run-7-one", "run-7-two"],
        "alone or not, of this run or the next"
    );
}

#[test]
fn two_deployments_with_our_token_are_no_reason_to_guess() {
    let mut token = Value::Null;
    let server = Server::start(move |request: &Request| match request.line().as_str() {
        TRIGGER => {
            token = request.body["clientToken"].clone();
            Act::Close
        }
        _ => Act::Json(
            200,
            json!([{"id": "d-1", "status": "building", "clientToken": token}, {"id": "d-2", "status": "failed", "clientToken": token}]),
        ),
    });
    explained(deploy(&server, &[]).run(), 7).says("more than one");
    assert_eq!(server.count(TRIGGER), 1);
}

#[test]
fn a_job_without_time_left_triggers_nothing_and_says_why() {
    let server = polled(|| Act::Json(200, deployment("success")));
    let started = |minutes: i64| (chrono::Utc::now() - chrono::Duration::minutes(minutes)).to_rfc3339();
    let on_gitlab = |started: String| {
        deploy(&server, &[])
            .env("GITLAB_CI", "true")
            .env("CI_JOB_STARTED_AT", started)
            .env("CI_JOB_TIMEOUT", "600")
    };
    let run = on_gitlab(started(60))
        .run()
        .expect(4)
        .says("job's own limit")
        .says("nothing was triggered");
    assert!(!run.printed().contains("twice"), "{}", run.printed());
    assert!(server.requests().is_empty());
    on_gitlab(started(1)).run().expect(0).says("raise the job's `timeout`");
}

#[test]
fn dry_runs_send_nothing_that_changes_anything() {
    for answer in [200, 404, 500] {
        let server = Server::start(move |_| Act::Json(answer, json!({"site": {"id": "demo"}, "deployments": []})));
        let code = match answer {
            200 => 0,
            404 => 9,
            _ => 7,
        };
        deploy(&server, &["--dry-run"])
            .run()
            .expect(code)
            .says("nothing is deployed");
        assert!(only_gets(&server));
        let before = server.requests().len();
        deploy(&server, &["--dry-run=offline"])
            .env("SPROOBO_API_KEY", "")
            .run()
            .expect(0);
        assert_eq!(server.requests().len(), before);
    }
}
