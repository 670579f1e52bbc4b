//! `status` and `logs` of a site alone: its newest deployment's.

use serde_json::json;

use crate::support::demo::{LIST, command, only_gets};
use crate::support::server::{Act, Request, Server};

/// Two deployments, listed oldest first, as the dates tell.
fn two() -> Server {
    Server::start(|request: &Request| match request.line().as_str() {
        "GET /sites/demo/deployments" => Act::Json(
            200,
            json!({ "deployments": [
                { "id": "d-1", "status": "live", "createdAt": "2026-01-01T00:00:00Z" },
                { "id": "d-2", "status": "failed", "createdAt": "2026-01-02T00:00:00Z" },
            ] }),
        ),
        "GET /sites/demo/deployments/d-2" => Act::Json(200, json!({ "id": "d-2", "status": "failed" })),
        "GET /sites/demo/deployments/d-2/logs" => Act::Json(200, json!({ "lines": [{ "text": "what happened" }] })),
        _ => Act::Json(500, json!({})),
    })
}

#[test]
fn the_status_of_a_site_is_its_newest_deployments() {
    let server = two();
    let run = command(&server, &["status", "demo"]).run().expect(1);
    run.says("d-2").says("failed");
    assert!(only_gets(&server));
    assert_eq!(server.count(LIST), 1);
}

#[test]
fn the_log_of_a_site_is_its_newest_deployments() {
    let server = two();
    let run = command(&server, &["logs", "demo"]).run().expect(0);
    assert_eq!(run.stdout, "what happened\n");
}

#[test]
fn a_site_without_deployments_has_no_newest() {
    let server = Server::always(Act::Json(200, json!({ "deployments": [] })));
    for what in ["status", "logs"] {
        command(&server, &[what, "demo"])
            .run()
            .expect(8)
            .says("the site demo has no deployment yet");
    }
}

/// These change something, so they act on nothing that was not named.
#[test]
fn wait_and_cancel_take_no_newest() {
    let server = two();
    for what in ["wait", "cancel"] {
        command(&server, &[what, "demo"]).run().expect(2);
    }
    assert!(server.requests().is_empty());
}

/// No more is asked for than is needed: the site alone will do.
#[test]
fn without_a_site_the_advice_is_that_the_site_will_do() {
    let server = two();
    for word in ["status", "logs"] {
        command(&server, &[word])
            .run()
            .expect(2)
            .says("no site was named")
            .says("give SITE for its newest deployment");
    }
    assert_eq!(server.count(LIST), 0);
}
