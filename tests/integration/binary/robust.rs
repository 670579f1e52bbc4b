//! Waiting on servers at their worst: never a false green, never a hang.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::demo::{
    CANCEL, LIST, READ, TRIGGER, command, deploy, deployment, explained, once, polled, without,
};
use crate::support::server::{Act, Request, Server};

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
