//! Starting on servers at their worst: never a second deployment by accident. Whole deploys over HTTP on a clock that
//! jumps.

use std::time::Duration;

use serde_json::json;
use sproobo_deploy::model::TimeLimit;

use crate::support::demo::{LIST, TRIGGER, deployment, explained};
use crate::support::fake_platform::COMMIT;
use crate::support::server::{Act, Request, Server};
use crate::support::simulation::{eager, simulate, simulate_with};

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

/// A server that shows no tokens and whose clock is off: ours looks old or new, runs or has ended, yet is started once.
#[tokio::test(start_paused = true)]
async fn a_server_with_another_clock_gets_no_second_deployment() {
    for minutes in [-180, -3, 0, 3, 180] {
        for promised in [true, false] {
            let mut triggered = false;
            let mut looks = 0;
            let server = Server::start(move |request: &Request| match request.line().as_str() {
                TRIGGER => {
                    triggered = true;
                    Act::Close
                }
                LIST if !triggered => Act::Json(200, json!([])),
                LIST => {
                    looks += 1;
                    let created = chrono::Utc::now() + chrono::Duration::minutes(minutes);
                    let status = if looks < 2 { "building" } else { "success" };
                    let item =
                        json!({"id": "d-1", "status": status, "commit": COMMIT, "createdAt": created.to_rfc3339()});
                    Act::Json(200, json!([item]))
                }
                _ => Act::Json(200, deployment("success")),
            });
            if promised {
                // The contract says that tokens are shown: what shows none may be anybody's.
                explained(simulate(&server, eager).await, 7).says("may deploy twice");
            } else {
                let contract = json!({"fields": {"deployment": {"client_token": []}}});
                let run = simulate_with(&server, contract, eager).await;
                run.expect(0).says("found our deployment again").says("somebody else's");
            }
            assert_eq!(server.count(TRIGGER), 1, "{minutes} min");
        }
    }
}

/// After a loss, no refusal makes it certain that nothing was triggered.
#[tokio::test(start_paused = true)]
async fn what_was_lost_stays_lost() {
    for second in [
        Act::Json(409, json!({"error": {"message": "busy", "deploymentId": "d-0"}})),
        Act::Json(409, json!({"error": {"message": "busy"}})),
        Act::Json(429, json!({})),
        Act::Json(422, json!({})),
    ] {
        let shown = format!("{second:?}");
        let mut sent = 0;
        let server = Server::start(move |request: &Request| match request.line().as_str() {
            TRIGGER => {
                sent += 1;
                if sent == 1 { Act::Close } else { second.clone() }
            }
            LIST => Act::Json(200, json!([])),
            _ => Act::Json(404, json!({})),
        });
        let run = simulate(&server, |options| {
            eager(options);
            options.watch.limit = TimeLimit::Timeout(Duration::from_secs(60));
        });
        let finished = run.await;
        assert!(matches!(finished.code, 4 | 7), "{shown}: {}", finished.printed());
        let finished = finished.says("may deploy twice");
        assert!(!finished.printed().contains("nothing was triggered"), "{shown}");
        assert!(!finished.printed().contains("nothing of ours was started"), "{shown}");
    }
}

/// A form-like API redirects after it created the deployment.
#[tokio::test(start_paused = true)]
async fn a_redirect_after_creating_is_looked_up() {
    let mut token = json!(null);
    let server = Server::start(move |request: &Request| match request.line().as_str() {
        TRIGGER => {
            token = request.body["clientToken"].clone();
            Act::Redirect("/sites/demo/deployments/d-1".to_owned())
        }
        LIST => match &token {
            token if token.is_null() => Act::Json(200, json!([])),
            token => Act::Json(200, json!([{"id": "d-1", "status": "building", "clientToken": token}])),
        },
        _ => Act::Json(200, deployment("success")),
    });
    simulate(&server, eager)
        .await
        .expect(0)
        .says("found our deployment again");
    assert_eq!(server.count(TRIGGER), 1);
    let server = Server::start(|request: &Request| match request.line().as_str() {
        TRIGGER => Act::Redirect("/login".to_owned()),
        _ => Act::Json(200, json!([])),
    });
    let run = explained(simulate(&server, eager).await, 9);
    assert!(!run.printed().contains("nothing was triggered"), "{}", run.printed());
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_shows_another_runs_token_is_not_followed() {
    let server = Server::start(|request: &Request| match request.line().as_str() {
        TRIGGER => Act::Json(
            201,
            json!({"id": "theirs", "status": "queued", "clientToken": "another"}),
        ),
        LIST => Act::Json(200, json!([])),
        _ => Act::Json(200, json!({"id": "theirs", "status": "success"})),
    });
    explained(simulate(&server, eager).await, 7)
        .says("theirs")
        .says("another run");
    assert!(server.requests().iter().all(|request| !request.path.contains("theirs")));
}
