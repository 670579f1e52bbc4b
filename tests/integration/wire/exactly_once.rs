//! Starting on servers at their worst: never a second deployment by accident. Whole deploys over HTTP on a clock that
//! jumps.

use std::time::Duration;

use serde_json::json;
use sproobo_deploy::model::TimeLimit;

use crate::support::demo::{LIST, TRIGGER, deployment, explained};
use crate::support::fake_platform::COMMIT;
use crate::support::server::{Act, Request, Server};
use crate::support::simulation::{eager, simulate};

#[tokio::test(start_paused = true)]
async fn a_conflict_is_waited_for_to_its_end_or_to_the_deadline() {
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
    simulate(&server, eager).await.expect(0).says("another deployment");
    assert_eq!(server.count(TRIGGER), 2);
    let busy = Server::start(move |request: &Request| match request.method.as_str() {
        "POST" => Act::Json(409, conflict.clone()),
        _ => Act::Json(200, json!({"id": "d-0", "status": "building"})),
    });
    let run = simulate(&busy, |options| {
        eager(options);
        options.watch.limit = TimeLimit::Timeout(Duration::from_secs(2));
    });
    explained(run.await, 4).says("nothing of ours was started");
    assert_eq!(busy.count(TRIGGER), 1);
}

/// A server that shows no tokens and whose clock is hours off: ours looks old, yet must not be started twice.
#[tokio::test(start_paused = true)]
async fn a_server_with_another_clock_gets_no_second_deployment() {
    let shown = move |minutes: i64, status: &str| {
        let created = chrono::Utc::now() + chrono::Duration::minutes(minutes);
        json!([{"id": "d-1", "status": status, "commit": COMMIT, "createdAt": created.to_rfc3339()}])
    };
    for minutes in [-180, 180] {
        let server = Server::start(move |request: &Request| match request.line().as_str() {
            TRIGGER => Act::Close,
            _ => Act::Json(200, shown(minutes, "building")),
        });
        explained(simulate(&server, eager).await, 7);
        assert_eq!(server.count(TRIGGER), 1, "{minutes} min");
    }
    // Within two minutes of our sending it is ours.
    let server = Server::start(move |request: &Request| match request.line().as_str() {
        TRIGGER => Act::Close,
        LIST => Act::Json(200, shown(1, "building")),
        _ => Act::Json(200, deployment("success")),
    });
    simulate(&server, eager)
        .await
        .expect(0)
        .says("found our deployment again");
    assert_eq!(server.count(TRIGGER), 1);
}
