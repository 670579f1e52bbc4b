//! What a run says when the contract most likely reads the wrong thing.

use serde_json::{Value, json};

use crate::support::cli::Sproobo;
use crate::support::demo::{LIST, TRIGGER, command, contract, polled};
use crate::support::server::{Act, Request, Server};
use crate::support::simulation::{eager, simulate, simulate_with};

#[tokio::test(start_paused = true)]
async fn a_deployment_with_the_sites_id_is_a_warning_that_names_the_pointer() {
    let server = Server::start(|request: &Request| match request.line().as_str() {
        TRIGGER => Act::Json(201, json!({ "id": "demo", "status": "queued" })),
        LIST => Act::Json(200, json!([])),
        _ => Act::Json(200, json!({ "id": "demo", "status": "active" })),
    });
    let run = simulate(&server, eager).await.expect(0);
    run.says("warning").says("`fields.deployment.id`");
}

#[tokio::test(start_paused = true)]
async fn a_success_beside_a_failure_is_a_warning_that_names_both_pointers() {
    let shown = |failure: Value| {
        polled(move || {
            Act::Json(
                200,
                json!({ "id": "d-1", "status": "success", "failureReason": failure }),
            )
        })
    };
    let run = simulate(&shown(json!("exit status 1")), eager).await.expect(0);
    let run = run
        .says("warning")
        .says("exit status 1")
        .says("`fields.deployment.failure`");
    run.says("`fields.deployment.status`");
    let run = simulate(&shown(json!("")), eager).await.expect(0);
    assert!(!run.printed().contains("warning"), "{}", run.printed());
}

/// Nothing is lost where the API never names what it starts: it is looked up, and not sent again.
#[tokio::test(start_paused = true)]
async fn a_trigger_that_is_only_accepted_is_followed_by_its_token() {
    let accepting = |shows: bool| {
        let mut token = Value::Null;
        Server::start(move |request: &Request| match request.line().as_str() {
            TRIGGER => {
                token = request.body["clientToken"].clone();
                Act::Json(202, json!({ "queued": true }))
            }
            LIST if token.is_null() || !shows => Act::Json(200, json!([])),
            LIST => Act::Json(
                200,
                json!([{ "id": "d-1", "status": "building", "clientToken": token }]),
            ),
            _ => Act::Json(200, json!({ "id": "d-1", "status": "success" })),
        })
    };
    let contract = json!({ "operations": { "trigger": { "reply": "accepted" } } });
    let server = accepting(true);
    let run = simulate_with(&server, contract.clone(), eager).await.expect(0);
    assert!(!run.printed().contains("lost"), "{}", run.printed());
    assert_eq!(server.count(TRIGGER), 1);
    let server = accepting(false);
    let run = simulate_with(&server, contract, eager).await.expect(7);
    let run = run.says("the trigger was taken").says("may deploy twice");
    assert!(!run.printed().contains("nothing was triggered"), "{}", run.printed());
    assert_eq!(server.count(TRIGGER), 1);
}

fn without_commit() -> Value {
    json!({ "operations": { "trigger": { "body": { "branch": "{ref}" } } } })
}

#[tokio::test(start_paused = true)]
async fn a_trigger_that_carries_no_commit_says_so() {
    let server = || polled(|| Act::Json(200, json!({ "id": "d-1", "status": "success" })));
    let run = simulate_with(&server(), without_commit(), eager).await.expect(0);
    run.says("has no {commit}").says("--require-commit");
    let run = simulate(&server(), eager).await.expect(0);
    assert!(!run.printed().contains("has no {commit}"), "{}", run.printed());
}

#[test]
fn the_plan_of_a_trigger_without_a_commit_says_so() {
    let file = contract(without_commit());
    let plan = |more: &[&str]| {
        let arguments = ["deploy", "demo", "--dry-run=offline", "--commit=0123456789abcdef"];
        let run = Sproobo::new(arguments.iter().chain(more)).run().expect(0);
        run.printed().contains("names no commit")
    };
    let given = format!("--contract={}", file.path().display());
    assert!(plan(&[&given]));
    assert!(!plan(&[]));
}

#[test]
fn doctor_lists_assumed_words_of_success_where_the_api_is_not_known_to_be_sproobos() {
    let server = Server::always(Act::Json(200, json!([])));
    let run = command(&server, &["doctor"]).run().expect(0);
    run.says("would count as a success there: success, succeeded, healthy");
    let file = contract(json!({ "statuses": { "succeeded": ["UP"], "finished": [] } }));
    let given = format!("--contract={}", file.path().display());
    let run = command(&server, &["doctor", &given]).run().expect(0);
    assert!(!run.printed().contains("would count as a success"), "{}", run.printed());
}
