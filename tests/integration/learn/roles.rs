//! Which call does what, on recordings written by hand: told by behaviour.

use serde_json::{Value, json};
use sproobo_deploy::learn::Sure;

use crate::learn::tape::{COMMIT, Tape, about, lacks, learn_all, path_of, plain, started, words};

#[test]
fn the_start_is_the_write_whose_new_id_is_asked_for() {
    let learned = plain().learn();
    assert_eq!(path_of(&learned, "trigger"), "/sites/{site}/deployments");
    assert_eq!(
        path_of(&learned, "deployment"),
        "/sites/{site}/deployments/{deployment}"
    );
    assert_eq!(
        path_of(&learned, "deployments"),
        "/sites/{site}/deployments?limit={limit}"
    );
    assert_eq!(
        learned.contract["operations"]["trigger"]["body"],
        json!({ "commit": "{commit}", "branch": "{ref}" })
    );
    assert_eq!(learned.contract["base_url"], "https://api.platform.example");
    assert_eq!(
        about(&learned, "operations/trigger"),
        ["`POST /sites/{site}/deployments`: its reply's `/id` is asked for by 6 later reads"]
    );
    assert!(learned.is_enough());
}

#[test]
fn a_write_whose_id_was_known_before_starts_nothing() {
    let tape = Tape::default()
        .get(
            "/sites/s-17/deployments",
            json!([{ "id": "dep-900", "status": "live" }]),
        )
        .post(
            "/sites/s-17/deployments/dep-900/seen",
            &json!({}),
            json!({ "id": "dep-900" }),
        )
        .polls("dep-900", &["live"]);
    let learned = tape.learn();
    assert!(!learned.is_enough());
    assert!(
        about(&learned, "recording 1")[0].contains("press Deploy"),
        "{:?}",
        learned.missing
    );
}

#[test]
fn noise_changes_nothing() {
    let quiet = plain().learn();
    let other = |tape: Tape, kind: &str| {
        tape.post(
            "https://metrics.example/collect",
            &json!({ "visitor": "v-1" }),
            json!({ "session": "ses-4711" }),
        )
        .get(
            "https://metrics.example/poll?session=ses-4711",
            json!({ "status": kind }),
        )
        .call("OPTIONS", "/sites/s-17/deployments", &json!(null), 204, json!(null))
        .get("/static/app.js", json!({ "status": kind }))
        .with(|entry| entry["_resourceType"] = json!("script"))
        .get("wss://api.platform.example/live", json!(null))
    };
    let tape = other(Tape::default(), "a").post(
        "/sites/s-17/deployments",
        &json!({ "commit": COMMIT, "branch": "main" }),
        json!({ "id": "dep-901", "status": "queued" }),
    );
    let tape = other(tape.polls("dep-901", &["queued", "building", "live"]), "b").get(
        "/sites/s-17/deployments?limit=20",
        json!({ "deployments": [{ "id": "dep-901", "status": "live" }, { "id": "dep-900", "status": "live" }] }),
    );
    assert_eq!(tape.learn().contract, quiet.contract);
}

#[test]
fn where_only_a_list_was_read_the_single_read_is_a_guess_and_said_to_be_one() {
    let list = |word: &str| json!([{ "id": "dep-901", "status": word }, { "id": "dep-900", "status": "live" }]);
    let tape = started()
        .get("/sites/s-17/deployments", list("queued"))
        .get("/sites/s-17/deployments", list("building"))
        .get("/sites/s-17/deployments", list("live"))
        .get("/sites/s-17/deployments/dep-901/log", json!(["line one"]));
    let learned = tape.learn();
    assert_eq!(
        path_of(&learned, "deployment"),
        "/sites/{site}/deployments/{deployment}"
    );
    assert!(
        learned
            .evidence
            .iter()
            .any(|choice| choice.what == "operations/deployment" && choice.sure == Sure::Guess)
    );
    assert!(lacks(&learned, "operations/deployment"));
    assert_eq!(words(&learned, "succeeded"), ["live"]);
}

#[test]
fn a_start_without_an_id_is_an_acceptance() {
    let list = |new: &[Value]| {
        let mut items = new.to_vec();
        items.push(json!({ "id": "dep-900", "status": "live" }));
        json!({ "items": items })
    };
    let tape = Tape::default()
        .get("/sites/s-17/deployments", list(&[]))
        .post(
            "/sites/s-17/deploy",
            &json!({ "commit": COMMIT }),
            json!({ "accepted": true }),
        )
        .get(
            "/sites/s-17/deployments",
            list(&[json!({ "id": "dep-901", "status": "queued" })]),
        )
        .polls("dep-901", &["queued", "live"]);
    let learned = tape.learn();
    assert_eq!(path_of(&learned, "trigger"), "/sites/{site}/deploy");
    assert_eq!(learned.contract["operations"]["trigger"]["reply"], "accepted");
    assert_eq!(
        path_of(&learned, "deployment"),
        "/sites/{site}/deployments/{deployment}"
    );
}

#[test]
fn a_list_that_does_not_name_the_site_is_told() {
    let tape = started()
        .polls("dep-901", &["queued", "live"])
        .get("/recent", json!([{ "id": "dep-901", "status": "live" }]));
    let learned = tape.learn();
    assert!(
        about(&learned, "operations/deployments")
            .iter()
            .any(|text| text.contains("does not name the site"))
    );
}

#[test]
fn a_rollback_is_a_start_that_names_an_older_deployment() {
    let tape = Tape::default()
        .get(
            "/sites/s-17/deployments",
            json!([{ "id": "dep-900", "status": "live" }, { "id": "dep-899", "status": "live" }]),
        )
        .post(
            "/sites/s-17/rollbacks",
            &json!({ "to": "dep-899" }),
            json!({ "id": "dep-901" }),
        )
        .polls("dep-901", &["queued", "live"])
        .get(
            "/sites/s-17/deployments",
            json!([{ "id": "dep-901", "status": "live" }]),
        );
    let alone = tape.learn();
    assert_eq!(alone.contract["operations"]["trigger"], Value::Null);
    assert!(lacks(&alone, "operations/trigger"));
    let learned = learn_all(&[plain().source(), tape.source()]);
    assert_eq!(path_of(&learned, "rollback"), "/sites/{site}/rollbacks");
    assert_eq!(
        learned.contract["operations"]["rollback"]["body"],
        json!({ "to": "{deployment}" })
    );
}

#[test]
fn what_is_chosen_reads_every_recorded_reply_right() {
    // The start's own `/id` is a build's; the deployment's stands beside it.
    let mut tape = Tape::default().post(
        "/sites/s-17/builds",
        &json!({}),
        json!({ "id": "b-7001", "deploy_id": "dep-901" }),
    );
    for word in ["queued", "live"] {
        tape = tape.get(
            "/deploys/dep-901",
            json!({ "id": "dep-901", "state": word, "build_id": "b-7001" }),
        );
    }
    let learned = tape.learn();
    assert_eq!(
        learned.contract["fields"]["deployment"]["id"],
        json!(["/deploy_id", "/id"])
    );
    assert_eq!(
        about(&learned, "fields/deployment/id"),
        ["`/deploy_id`, `/id`: reads the right id in 3 of 3 recorded replies"]
    );
}

#[test]
fn recordings_of_another_host_are_left_out_and_named() {
    let har = plain().har().replace("api.platform.example", "other.example");
    let learned = learn_all(&[
        plain().source(),
        sproobo_deploy::learn::Evidence::read(har.as_bytes()).unwrap(),
    ]);
    assert_eq!(learned.contract, plain().learn().contract);
    assert!(about(&learned, "recordings")[0].starts_with("1 recording left out"));
}
