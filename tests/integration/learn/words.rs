//! Which status word means what, on recordings written by hand: told by order and by what stands beside it.

use serde_json::{Value, json};
use sproobo_deploy::learn::Sure;

use crate::learn::tape::{COMMIT, Tape, about, lacks, learn_all, plain, started, words};

#[test]
fn nothing_assumed_is_left_where_it_could_mean_something_else() {
    let contract = plain().learn().contract;
    assert_eq!(contract["statuses"]["succeeded"], json!(["live"]));
    assert_eq!(contract["statuses"]["finished"], json!([]));
    assert_eq!(contract["fields"]["deployment"]["health"], json!([]));
    assert_eq!(contract["fields"]["deployment"]["client_token"], json!([]));
    for operation in [
        "cancel",
        "rollback",
        "logs",
        "sites",
        "api_keys",
        "create_api_key",
        "revoke_api_key",
    ] {
        assert_eq!(contract["operations"][operation], Value::Null, "{operation}");
    }
    assert_eq!(contract["operations"]["trigger"]["headers"], json!({}));
}

#[test]
fn words_are_told_by_their_order() {
    let learned = plain().learn();
    assert_eq!(words(&learned, "running"), ["queued", "building"]);
    assert!(about(&learned, "statuses/succeeded")[0].ends_with("proposed as success"));
}

#[test]
fn an_unknown_last_word_is_a_success_only_with_a_link() {
    let with = |link: Value| {
        let mut tape = started();
        for word in ["queued", "queued", "up", "up"] {
            tape = tape.get(
                "/sites/s-17/deployments/dep-901",
                json!({ "id": "dep-901", "status": word, "url": link }),
            );
        }
        tape.learn()
    };
    let live = with(json!("https://www.example.org/"));
    assert_eq!(words(&live, "succeeded"), ["up"]);
    assert!(
        live.evidence
            .iter()
            .any(|choice| choice.what == "statuses/succeeded" && choice.sure == Sure::Likely)
    );
    let without = with(json!(null));
    assert_eq!(words(&without, "succeeded"), [""; 0]);
    assert!(lacks(&without, "the class of the status word `up`") && lacks(&without, "statuses/succeeded"));
}

#[test]
fn a_failed_recording_adds_its_word_as_a_failure() {
    let failed = Tape::default()
        .post(
            "/sites/s-17/deployments",
            &json!({ "commit": COMMIT }),
            json!({ "id": "dep-902", "status": "queued" }),
        )
        .polls("dep-902", &["queued", "building"])
        .get(
            "/sites/s-17/deployments/dep-902",
            json!({ "id": "dep-902", "status": "broken", "reason": "exit status 1" }),
        );
    let learned = learn_all(&[plain().source(), failed.source()]);
    assert_eq!(words(&learned, "failed")[0], "broken");
    assert_eq!(words(&learned, "succeeded"), ["live"]);
    assert_eq!(learned.contract["fields"]["deployment"]["failure"], json!(["/reason"]));
}

#[test]
fn a_word_that_ends_both_well_and_badly_is_no_verdict() {
    let run = |id: &str, reason: Value| {
        Tape::default()
            .post("/sites/s-17/deployments", &json!({}), json!({ "id": id }))
            .polls(id, &["queued", "building"])
            .get(
                &format!("/sites/s-17/deployments/{id}"),
                json!({ "id": id, "status": "ready", "reason": reason }),
            )
            .source()
    };
    let learned = learn_all(&[run("dep-1", json!(null)), run("dep-2", json!("exit status 1"))]);
    assert_eq!(words(&learned, "succeeded"), [""; 0]);
    assert!(about(&learned, "the class of the status word `ready`")[0].contains("another field"));
}

#[test]
fn a_word_that_another_run_moved_on_from_is_no_verdict() {
    let short = started().polls("dep-901", &["queued", "deployed"]).source();
    let long = Tape::default()
        .post("/sites/s-17/deployments", &json!({}), json!({ "id": "dep-902" }))
        .polls("dep-902", &["queued", "deployed", "live"])
        .source();
    let learned = learn_all(&[short, long]);
    assert_eq!(words(&learned, "succeeded"), ["live"]);
    assert!(lacks(&learned, "the class of the status word `deployed`"));
}

#[test]
fn a_recording_that_ends_too_early_proposes_no_success() {
    let learned = started().polls("dep-901", &["queued", "building"]).learn();
    assert_eq!(words(&learned, "succeeded"), [""; 0]);
    assert!(lacks(&learned, "statuses/succeeded"));
}

#[test]
fn an_outcome_beside_the_status_is_read_first() {
    let run = |id: &str, outcome: &str| {
        let mut tape = Tape::default().post("/sites/s-17/deployments", &json!({}), json!({ "id": id }));
        for (status, conclusion) in [("queued", None), ("in_progress", None), ("completed", Some(outcome))] {
            let reply = json!({ "id": id, "status": status, "conclusion": conclusion });
            tape = tape
                .get(&format!("/sites/s-17/deployments/{id}"), reply.clone())
                .get(&format!("/sites/s-17/deployments/{id}"), reply);
        }
        tape.source()
    };
    let learned = learn_all(&[run("dep-1", "success"), run("dep-2", "failure")]);
    assert_eq!(
        learned.contract["fields"]["deployment"]["status"],
        json!(["/conclusion", "/status"])
    );
    assert_eq!(words(&learned, "succeeded"), ["success"]);
    assert_eq!(words(&learned, "failed")[0], "failure");
    // Without its outcome it is still under way, and never a success.
    assert_eq!(words(&learned, "running"), ["queued", "in_progress", "completed"]);
}

#[test]
fn a_completed_deployment_is_judged_by_the_health_beside_it() {
    let mut tape = started();
    for (status, health) in [
        ("queued", json!(null)),
        ("completed", json!("checking")),
        ("completed", json!("healthy")),
    ] {
        tape = tape.get(
            "/sites/s-17/deployments/dep-901",
            json!({ "id": "dep-901", "status": status, "health": health }),
        );
    }
    let learned = tape.learn();
    assert_eq!(learned.contract["fields"]["deployment"]["health"], json!(["/health"]));
    assert_eq!(words(&learned, "finished"), ["completed"]);
    assert_eq!(words(&learned, "succeeded"), [""; 0]);
}

#[test]
fn a_health_may_be_a_yes_or_no() {
    let mut tape = started();
    for (status, healthy) in [
        ("queued", json!(null)),
        ("completed", json!(false)),
        ("completed", json!(true)),
    ] {
        tape = tape.get(
            "/sites/s-17/deployments/dep-901",
            json!({ "id": "dep-901", "status": status, "healthy": healthy }),
        );
    }
    assert_eq!(
        tape.learn().contract["fields"]["deployment"]["health"],
        json!(["/healthy"])
    );
}

#[test]
fn words_of_older_deployments_are_told_and_never_a_success_by_their_looks() {
    let tape = plain().get(
        "/sites/s-17/deployments?limit=20",
        json!({ "deployments": [
            { "id": "dep-901", "status": "live" }, { "id": "dep-899", "status": "deactivated" },
            { "id": "dep-898", "status": "active" }, { "id": "dep-897", "status": "build_failed" },
        ] }),
    );
    let learned = tape.learn();
    assert_eq!(words(&learned, "succeeded"), ["live"]);
    assert_eq!(words(&learned, "failed")[0], "build_failed");
    assert!(about(&learned, "the class of the status word `active`")[0].starts_with("only an older deployment"));
}

#[test]
fn the_status_of_a_stage_is_not_the_deployments() {
    let stages = ["build", "deploy"];
    let mut tape = started();
    for (at, word) in [(0, "active"), (0, "active"), (1, "active"), (1, "success")] {
        let all: Vec<Value> = stages
            .iter()
            .enumerate()
            .map(|(stage, name)| {
                let status = match () {
                    () if stage < at => "success",
                    () if stage == at => word,
                    () => "idle",
                };
                json!({ "name": name, "status": status })
            })
            .collect();
        tape = tape.get(
            "/sites/s-17/deployments/dep-901",
            json!({ "id": "dep-901", "latest": all[at], "stages": all }),
        );
    }
    // By chance the latest stage never was a success before the end.
    assert_eq!(
        tape.learn().contract["fields"]["deployment"]["status"],
        json!(["/stages/*/status"])
    );
}
