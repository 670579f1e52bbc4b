//! The main job against servers at their worst: never a false green, never a hang, never a second deployment.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::cli::{Finished, Sproobo};
use crate::support::server::{Act, Request, Server};

const TRIGGER: &str = "POST /sites/demo/deployments";
const LIST: &str = "GET /sites/demo/deployments";
const READ: &str = "GET /sites/demo/deployments/d-1";
const CANCEL: &str = "POST /sites/demo/deployments/d-1/cancel";

fn command(server: &Server, arguments: &[&str]) -> Sproobo {
    Sproobo::new(arguments).key().env("SPROOBO_API_URL", &server.url)
}

fn deploy(server: &Server, more: &[&str]) -> Sproobo {
    let arguments: Vec<&str> = ["deploy", "demo", "--no-key-check", "--poll-interval=100ms"]
        .iter()
        .chain(more)
        .copied()
        .collect();
    command(server, &arguments)
}

fn deployment(status: &str) -> Value {
    json!({ "deployment": { "id": "d-1", "status": status } })
}

/// Triggers well, has no history, and then answers polls like this.
fn polled(mut poll: impl FnMut() -> Act + Send + 'static) -> Server {
    Server::start(move |request: &Request| match request.line().as_str() {
        TRIGGER => Act::Json(201, deployment("queued")),
        LIST => Act::Json(200, json!([])),
        CANCEL => Act::Json(200, json!({})),
        _ => poll(),
    })
}

/// Answers the first time so, and then that the deployment succeeded.
fn once(act: Act) -> Server {
    let mut act = Some(act);
    polled(move || act.take().unwrap_or_else(|| Act::Json(200, deployment("success"))))
}

/// A contract file with these changes.
fn contract(changes: Value) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut document = json!({ "version": 1 });
    document
        .as_object_mut()
        .unwrap()
        .extend(changes.as_object().unwrap().clone());
    std::fs::write(file.path(), document.to_string()).unwrap();
    file
}

fn without(operations: &[&str]) -> tempfile::NamedTempFile {
    let null: serde_json::Map<String, Value> = operations
        .iter()
        .map(|name| ((*name).to_owned(), Value::Null))
        .collect();
    contract(json!({ "operations": Value::Object(null) }))
}

fn only_gets(server: &Server) -> bool {
    server.requests().iter().all(|request| request.method == "GET")
}

/// Every end other than well says what happened, what is known, what to do.
#[track_caller]
fn explained(run: Finished, code: i32) -> Finished {
    let run = run.expect(code);
    for part in ["error: ", "\n  known: ", "\n  next: "] {
        assert!(run.printed().contains(part), "{part:?} is not in:\n{}", run.printed());
    }
    run
}

#[test]
fn whatever_a_poll_answers_but_a_rejection_is_temporary() {
    let somebody_else = json!({ "deployment": { "id": "d-2", "status": "success" } });
    for act in [
        Act::Html(200, "<h1>Maintenance</h1>"),
        Act::Html(403, "<h1>Firewall</h1>"),
        Act::Redirect("/login".to_owned()),
        Act::Json(404, json!({"error": "not yet"})),
        Act::Json(408, Value::Null),
        Act::Json(429, Value::Null),
        Act::Json(500, json!("oops")),
        Act::Json(402, Value::Null),
        Act::Json(200, json!([])),
        Act::Json(200, json!("success")),
        Act::Json(200, json!({"deployment": {"status": "success"}})),
        Act::Json(200, somebody_else),
        Act::Close,
    ] {
        let server = once(act);
        deploy(&server, &[]).run().expect(0);
        assert_eq!(server.count(TRIGGER), 1);
    }
}

#[test]
fn a_rejected_key_or_a_refusal_ends_the_wait_at_once() {
    for (act, code) in [
        (Act::Json(401, json!({"error": {"message": "revoked"}})), 3),
        (Act::Html(401, "<p>"), 3),
        (Act::Json(403, json!({"error": {"message": "no"}})), 3),
        (Act::Json(403, json!({"error": {"code": "plan_limit"}})), 8),
    ] {
        let server = once(act);
        explained(deploy(&server, &[]).run(), code).says("d-1");
        assert_eq!(server.count(READ), 1);
    }
}

#[test]
fn drip_fed_and_hanging_polls_end_by_the_request_timeout() {
    for act in [Act::Drip, Act::Hang] {
        let server = once(act);
        let run = deploy(&server, &["--request-timeout=1s"]).run().expect(0);
        assert!(run.took < Duration::from_secs(10), "{:?}", run.took);
    }
}

#[test]
fn an_api_that_is_gone_for_good_is_7_and_one_that_talks_otherwise_9() {
    for (act, code, words) in [
        (Act::Close, 7, "no good answer"),
        (Act::Json(503, Value::Null), 7, "503"),
        (Act::Html(200, "<p>"), 9, "contract show"),
        (Act::Redirect("/login".to_owned()), 9, "redirect"),
    ] {
        let server = polled(move || act.clone());
        let run = explained(deploy(&server, &["--max-unreachable=1s"]).run(), code).says(words);
        let run = run.says("sproobo-deploy wait demo d-1");
        assert!(run.took < Duration::from_secs(20), "{:?}", run.took);
        assert_eq!(server.count(TRIGGER), 1);
    }
}

/// `Retry-After: 0`, or a date that the server's fast clock has passed, is no invitation to a storm.
#[test]
fn a_retry_after_of_nothing_still_backs_off() {
    for after in ["0", "Mon, 01 Jan 2001 00:00:00 GMT"] {
        let server = polled(move || {
            Act::Raw(format!(
                "HTTP/1.1 503 No\r\nretry-after: {after}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            ))
        });
        explained(deploy(&server, &["--max-unreachable=3s"]).run(), 7);
        assert!(server.count(READ) < 60, "{} polls in 3 s", server.count(READ));
    }
}

#[test]
fn a_time_out_shorter_than_one_request_still_ends_on_time() {
    let server = polled(|| Act::Hang);
    let run = explained(
        deploy(&server, &["--timeout=2s", "--logs=never", "--request-timeout=3s"]).run(),
        4,
    );
    assert!(run.took < Duration::from_secs(8), "{:?}", run.took);
    run.says("sproobo-deploy wait demo d-1");
}

#[test]
fn a_deadline_while_settling_is_a_time_out_and_never_a_success() {
    let server = polled(|| Act::Json(200, deployment("completed")));
    explained(deploy(&server, &["--timeout=2s", "--settle=1m"]).run(), 4).says("health");
}

#[test]
fn on_timeout_cancel_cancels_and_stays_4() {
    let server = polled(|| Act::Json(200, deployment("building")));
    explained(deploy(&server, &["--timeout=2s", "--on-timeout=cancel"]).run(), 4)
        .says("accepted our request to cancel");
    assert_eq!(server.count(CANCEL), 1);
    let no_cancel = without(&["cancel"]);
    let file = format!("--contract={}", no_cancel.path().display());
    let run = explained(
        deploy(&server, &["--timeout=2s", "--on-timeout=cancel", &file]).run(),
        4,
    );
    assert!(run.says("could not be cancelled").says("does not offer").code == 4);
}

/// The time-out's own advice is not enough when the word was the reason.
#[test]
fn a_time_out_on_an_unknown_word_teaches_the_word() {
    let server = polled(|| Act::Json(200, deployment("on hold")));
    let run = explained(deploy(&server, &["--timeout=2s"]).run(), 4);
    let next = run.printed().split("next: ").nth(1).unwrap().to_owned();
    assert!(
        next.contains("`on hold`") && next.contains("--status-map 'on hold'=CLASS"),
        "{next}"
    );
    deploy(&server, &["--status-map=On-Hold=succeeded"]).run().expect(0);
    let no_word = polled(|| Act::Json(200, json!({"deployment": {"id": "d-1"}})));
    explained(deploy(&no_word, &["--timeout=2s"]).run(), 4).says("fields.deployment.status");
}

#[test]
fn an_unknown_word_of_a_finished_deployment_ends_at_once() {
    let finished = |at: Value| json!({"deployment": {"id": "d-1", "status": "on hold", "finishedAt": at}});
    let server = polled(move || Act::Json(200, finished(json!("2026-01-01T00:00:00Z"))));
    explained(deploy(&server, &[]).run(), 4).says("--status-map");
    // Zero is how many APIs write "not yet".
    for zero in [
        json!(0),
        json!("0001-01-01T00:00:00Z"),
        json!("NaN"),
        json!(""),
        json!(false),
    ] {
        let server = polled(move || Act::Json(200, finished(zero.clone())));
        explained(deploy(&server, &["--timeout=2s"]).run(), 4).says("timed out");
    }
}

#[test]
fn odd_replies_are_read_for_what_they_say() {
    let id = "\u{fc}n\u{ef} c\u{f6}de/?#%::error::";
    for (reply, shown) in [
        (
            json!({"id": 18_446_744_073_709_551_615_u64, "status": "success"}),
            "18446744073709551615".to_owned(),
        ),
        (
            json!({"data": {"id": id, "state": "SUCCESS", "url": null, "health": null, "commit": null}}),
            "c\u{f6}de".to_owned(),
        ),
        (
            json!({"deployment": {"id": "i".repeat(3000), "status": "success", "error": {"x": 1}}}),
            "iii".to_owned(),
        ),
        (
            json!({"deployment": null, "data": null, "id": true, "status": "Success", "createdAt": "soon"}),
            "true".to_owned(),
        ),
    ] {
        let server = Server::start(move |request: &Request| match request.line().as_str() {
            LIST => Act::Json(200, json!([null])),
            _ => Act::Json(200, reply.clone()),
        });
        deploy(&server, &[]).run().expect(0).says(&shown);
        assert_eq!(server.count(TRIGGER), 1);
    }
}

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
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn nobody_at_home_is_7_and_nothing_was_triggered() {
    let run = Sproobo::new(["deploy", "demo", "--no-key-check", "--max-unreachable=1s"])
        .key()
        .env("SPROOBO_API_URL", "http://127.0.0.1:1/api")
        .run();
    explained(run, 7).says("known: nothing was triggered").says("doctor");
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
        assert!(server.requests().is_empty());
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
    assert_eq!(server.requests().len(), 1);
    for proof in ["--verify-url=http://127.0.0.1:1/", "--require-commit"] {
        explained(deploy(&server, &["--no-wait", proof]).run(), 2).says(proof.split('=').next().unwrap());
    }
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn conflicts_are_waited_for_or_fail() {
    let conflict = json!({"error": {"message": "busy", "deploymentId": "d-0"}});
    let server = {
        let conflict = conflict.clone();
        let mut polls = 0;
        Server::start(move |request: &Request| match request.line().as_str() {
            TRIGGER if polls < 2 => Act::Json(409, conflict.clone()),
            "GET /sites/demo/deployments/d-0" => {
                polls += 1;
                let status = if polls < 2 { "building" } else { "success" };
                Act::Json(200, json!({"id": "d-0", "status": status}))
            }
            TRIGGER => Act::Json(201, deployment("queued")),
            LIST => Act::Json(200, json!([])),
            _ => Act::Json(200, deployment("success")),
        })
    };
    deploy(&server, &[]).run().expect(0).says("another deployment");
    assert_eq!(server.count(TRIGGER), 2);
    let busy = Server::start(move |request: &Request| match request.method.as_str() {
        "POST" => Act::Json(409, conflict.clone()),
        _ => Act::Json(200, json!({"id": "d-0", "status": "building"})),
    });
    explained(deploy(&busy, &["--on-conflict=fail"]).run(), 8).says("d-0");
    explained(deploy(&busy, &["--timeout=2s"]).run(), 4).says("nothing of ours was started");
    assert_eq!(busy.count(TRIGGER), 2);
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
    assert_eq!(tokens, ["run-7", "run-7-one", "run-7-two"]);
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

/// A server that shows no tokens and whose clock is hours off: ours looks old, yet must not be started twice.
#[test]
fn a_server_with_another_clock_gets_no_second_deployment() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let shown = move |minutes: i64, status: &str| {
        let created = chrono::Utc::now() + chrono::Duration::minutes(minutes);
        json!([{"id": "d-1", "status": status, "commit": commit, "createdAt": created.to_rfc3339()}])
    };
    for minutes in [-180, 180] {
        let server = Server::start(move |request: &Request| match request.line().as_str() {
            TRIGGER => Act::Close,
            _ => Act::Json(200, shown(minutes, "building")),
        });
        explained(deploy(&server, &["--commit", commit, "--max-unreachable=5s"]).run(), 7);
        assert_eq!(server.count(TRIGGER), 1, "{minutes} min");
    }
    // Within two minutes of our sending it is ours.
    let server = Server::start(move |request: &Request| match request.line().as_str() {
        TRIGGER => Act::Close,
        LIST => Act::Json(200, shown(1, "building")),
        _ => Act::Json(200, deployment("success")),
    });
    deploy(&server, &["--commit", commit])
        .run()
        .expect(0)
        .says("found our deployment again");
    assert_eq!(server.count(TRIGGER), 1);
}

/// By the server's clock it is three hours old at its first sight: it is polled as the new one that it is.
#[test]
fn a_server_with_another_clock_is_polled_at_our_pace() {
    let created = (chrono::Utc::now() - chrono::Duration::hours(3)).to_rfc3339();
    let mut polls = 0;
    let server = polled(move || {
        polls += 1;
        let status = if polls < 4 { "building" } else { "success" };
        Act::Json(
            200,
            json!({"deployment": {"id": "d-1", "status": status, "createdAt": created}}),
        )
    });
    let run = command(&server, &["deploy", "demo", "--no-key-check"]).run().expect(0);
    assert!(run.took < Duration::from_secs(15), "{:?}", run.took);
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
fn loopback_is_never_sent_through_a_proxy() {
    let server = polled(|| Act::Json(200, deployment("success")));
    let proxy = Server::start(|_| Act::Html(502, "<p>"));
    let mut run = deploy(&server, &[]);
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        run = run.env(name, &proxy.url);
    }
    run.run().expect(0);
    assert!(proxy.requests().is_empty());
}

#[test]
fn ipv6_loopback_and_a_base_path_with_a_slash_work() {
    let answers = |request: &Request| match request.line().as_str() {
        "POST /api/v1/sites/demo/deployments" => Act::Json(201, deployment("queued")),
        _ => Act::Json(200, deployment("success")),
    };
    let server = Server::start_on("[::1]:0", answers);
    deploy(&server, &[])
        .env("SPROOBO_API_URL", format!("{}/api/v1/", server.url))
        .run()
        .expect(0);
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.path.starts_with("/api/v1/sites/"))
    );
}

#[test]
fn dry_runs_send_nothing_that_changes_anything() {
    for answer in [200, 404, 500] {
        let server = Server::start(move |_| Act::Json(answer, json!({"site": {"id": "demo"}, "deployments": []})));
        let code = match answer {
            200 => 0,
            404 => 8,
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
