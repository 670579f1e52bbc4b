//! Waiting on servers at their worst: what needs the process, and one of each kind that `wire::robust` simulates.

use std::time::Duration;

use serde_json::json;
use tempfile::tempdir;

use crate::support::demo::{LIST, READ, TRIGGER, deploy, deployment, explained, once, polled};
use crate::support::server::{Act, Request, Server};
use crate::support::tools;

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

/// The server's own patience is longer than what is allowed here.
#[test]
fn drip_fed_and_hanging_polls_end_by_the_request_timeout() {
    let runs = [Act::Drip, Act::Hang].map(|act| {
        let server = once(act);
        (deploy(&server, &["--request-timeout=4s"]).spawn(), server)
    });
    for (run, server) in runs {
        let run = run.finish().expect(0);
        assert!(run.took < Duration::from_secs(25), "{:?}", run.took);
        assert!(server.count(READ) >= 2);
    }
}

#[test]
fn an_api_that_is_gone_for_good_is_7() {
    let server = polled(|| Act::Close);
    explained(deploy(&server, &["--max-unreachable=1s"]).run(), 7)
        .says("no good answer")
        .says("sproobo-deploy wait demo d-1");
    assert_eq!(server.count(TRIGGER), 1);
}

/// The time-out counts from the process's start, which takes its time where the machine is busy: four seconds leave
/// enough for the trigger.
#[test]
fn a_time_out_shorter_than_one_request_still_ends_on_time() {
    let server = polled(|| Act::Hang);
    let run = deploy(&server, &["--timeout=4s", "--logs=never", "--request-timeout=5s"]).run();
    let run = explained(run, 4).says("sproobo-deploy wait demo d-1");
    assert!(run.took < Duration::from_secs(20), "{:?}", run.took);
}

#[test]
fn an_unknown_word_can_be_mapped_and_ends_a_finished_deployment_at_once() {
    let server = polled(|| Act::Json(200, deployment("on hold")));
    deploy(&server, &["--status-map=On-Hold=succeeded"]).run().expect(0);
    let finished = json!({"deployment": {"id": "d-1", "status": "on hold", "finishedAt": "2026-01-01T00:00:00Z"}});
    let server = polled(move || Act::Json(200, finished.clone()));
    explained(deploy(&server, &[]).run(), 4).says("--status-map");
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

/// Reading the system's certificates costs milliseconds, and could fail: not where no certificate is looked at.
#[cfg(unix)]
#[test]
fn plain_http_to_this_machine_reads_no_certificates() {
    let folder = tempdir().expect("a folder");
    let never_written = folder.path().join("ca.pem");
    tools::pipe(&never_written);
    let server = polled(|| Act::Json(200, deployment("live")));
    deploy(&server, &[])
        .env("SSL_CERT_FILE", &never_written)
        .run()
        .expect(0);
}
