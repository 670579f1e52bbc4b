//! What is told from which behaviour, on recordings written by hand.

use serde_json::{Value, json};
use sproobo_deploy::learn::{Learned, Sure};

use crate::learn::tape::{COMMIT, Tape, about, all_text, learn_all, plain, started};

fn path_of(learned: &Learned, operation: &str) -> String {
    learned.contract["operations"][operation]["path"]
        .as_str()
        .unwrap_or("none")
        .to_owned()
}

fn words(learned: &Learned, class: &str) -> Vec<String> {
    let words = learned.contract["statuses"][class].as_array().unwrap();
    words.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

fn lacks(learned: &Learned, what: &str) -> bool {
    learned.missing.iter().any(|missing| missing.what == what)
}

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
fn an_id_of_several_segments_is_one_variable() {
    let id = "sites/s-17/rollouts/r-5";
    let mut tape = Tape::default().post(
        "/v1/sites/s-17/rollouts",
        &json!({}),
        json!({ "name": id, "state": "PENDING" }),
    );
    for word in ["PENDING", "RUNNING", "SUCCEEDED"] {
        tape = tape.get(&format!("/v1/{id}"), json!({ "name": id, "state": word }));
    }
    let learned = tape.learn();
    assert_eq!(path_of(&learned, "deployment"), "/{+deployment}");
    assert_eq!(learned.contract["base_url"], "https://api.platform.example/v1");
}

#[test]
fn a_form_is_kept_as_one() {
    let tape = started()
        .with(|entry| {
            entry["request"]["postData"] = json!({
                "mimeType": "application/x-www-form-urlencoded",
                "text": format!("commit={COMMIT}&force=true"),
            });
        })
        .polls("dep-901", &["queued", "live"]);
    let trigger = &tape.learn().contract["operations"]["trigger"];
    assert_eq!(trigger["body_as"], "form");
    assert_eq!(trigger["body"]["commit"], "{commit}");
}

#[test]
fn tokens_of_the_start_are_sent_and_found_again() {
    let token = "5f0c9a3e-7b1d-4f60-8a91-c3d5e7f90b12";
    let mut tape = started().header("Idempotency-Key", token).with(|entry| {
        entry["response"]["content"]["text"] = json!(json!({ "id": "dep-901", "reference": token }).to_string())
    });
    for word in ["queued", "live"] {
        tape = tape.get(
            "/sites/s-17/deployments/dep-901",
            json!({ "id": "dep-901", "status": word, "reference": token }),
        );
    }
    let learned = tape.learn();
    assert_eq!(
        learned.contract["operations"]["trigger"]["headers"],
        json!({ "Idempotency-Key": "{client_token}" })
    );
    assert_eq!(
        learned.contract["fields"]["deployment"]["client_token"],
        json!(["/reference"])
    );
}

#[test]
fn headers_that_every_call_carries_become_variables() {
    let mut tape = started()
        .header("X-Team-Id", "team-4711")
        .header("Accept", "application/vnd.platform+json; version=3");
    for word in ["queued", "live"] {
        tape = tape
            .get(
                "/sites/s-17/deployments/dep-901",
                json!({ "id": "dep-901", "status": word }),
            )
            .header("X-Team-Id", "team-4711")
            .header("Accept", "application/vnd.platform+json; version=3");
    }
    let learned = tape.learn();
    assert_eq!(
        learned.contract["headers"],
        json!({ "X-Team-Id": "{var.team}", "Accept": "{var.accept}" })
    );
    assert!(lacks(&learned, "--var team=VALUE") && lacks(&learned, "--var accept=VALUE"));
}

#[test]
fn how_the_key_goes_is_told_by_the_header_alone() {
    let of = |name: &str, value: &str| {
        let mut tape = started();
        for word in ["queued", "live"] {
            tape = tape.get(
                "/sites/s-17/deployments/dep-901",
                json!({ "id": "dep-901", "status": word }),
            );
        }
        let har = tape.har().replace(
            r#"{"name":"authorization","value":"Bearer t0ken"}"#,
            &json!({ "name": name, "value": value }).to_string(),
        );
        let learned = learn_all(&[sproobo_deploy::learn::Source::read(har.as_bytes()).unwrap()]);
        (learned.contract["auth"].clone(), about(&learned, "auth").join(" "))
    };
    assert_eq!(
        of("authorization", "token abc").0,
        json!({ "header": "Authorization", "value": "Token {key}" })
    );
    assert_eq!(
        of("authorization", "hunter2").0,
        json!({ "header": "Authorization", "value": "{key}" })
    );
    assert_eq!(
        of("X-Api-Key", "abc").0,
        json!({ "header": "X-Api-Key", "value": "{key}" })
    );
    let (auth, because) = of("cookie", "session=abc");
    assert_eq!(auth, json!({ "header": "Authorization", "value": "Bearer {key}" }));
    assert!(
        because.contains("uses a browser session (a cookie); the API's own header is assumed"),
        "{because}"
    );
}

#[test]
fn logs_of_every_form_are_found() {
    let with = |kind: &str, text: &str| {
        let tape = started()
            .polls("dep-901", &["queued", "live"])
            .get("/sites/s-17/deployments/dep-901/log", json!(null));
        tape.text(kind, text).learn().contract["fields"]["logs"].clone()
    };
    assert_eq!(with("text/plain", "one\ntwo\n"), json!({ "format": "text" }));
    let lines =
        "{\"ts\":\"2026-03-01T02:00:00Z\",\"msg\":\"one\"}\n{\"ts\":\"2026-03-01T02:00:01Z\",\"msg\":\"two\"}\n";
    assert_eq!(
        with("application/x-ndjson", lines),
        json!({ "format": "ndjson", "text": ["/msg"], "time": ["/ts"] })
    );
    let json = r#"{"lines":["one","two"]}"#;
    assert_eq!(
        with("application/json", json),
        json!({ "items": ["/lines"], "text": [""] })
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
        sproobo_deploy::learn::Source::read(har.as_bytes()).unwrap(),
    ]);
    assert_eq!(learned.contract, plain().learn().contract);
    assert!(about(&learned, "recordings")[0].starts_with("1 recording left out"));
}

#[test]
fn input_as_json_in_the_query_and_batches_of_one_are_read() {
    let input = |value: Value| {
        let text = json!({ "0": { "json": value } }).to_string();
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
    };
    let reply = |value: Value| json!([{ "result": { "data": { "json": value } } }]);
    let mut tape = Tape::default().post(
        "/api/trpc/application.deploy?batch=1",
        &json!({ "0": { "json": { "applicationId": "app-k3n9x2", "hash": COMMIT } } }),
        reply(json!({ "deploymentId": "dep-901" })),
    );
    for word in ["idle", "running", "running", "done"] {
        let path = format!(
            "/api/trpc/deployment.one?batch=1&input={}",
            input(json!({ "deploymentId": "dep-901" }))
        );
        tape = tape.get(&path, reply(json!({ "deploymentId": "dep-901", "status": word })));
    }
    let path = format!(
        "/api/trpc/deployment.all?batch=1&input={}",
        input(json!({ "applicationId": "app-k3n9x2" }))
    );
    tape = tape.get(&path, reply(json!([{ "deploymentId": "dep-901", "status": "done" }])));
    let learned = tape.learn();
    let asked = |variable: &str| format!("%7B%220%22%3A%7B%22json%22%3A%7B%22{variable}%7D%7D%7D");
    assert_eq!(
        learned.contract["operations"]["trigger"]["body"],
        json!({ "0": { "json": { "applicationId": "{site}", "hash": "{commit}" } } })
    );
    let one = asked("deploymentId%22%3A%22{deployment}%22");
    assert_eq!(
        path_of(&learned, "deployment"),
        format!("/trpc/deployment.one?batch=1&input={one}")
    );
    let all = asked("applicationId%22%3A%22{site}%22");
    assert_eq!(
        path_of(&learned, "deployments"),
        format!("/trpc/deployment.all?batch=1&input={all}")
    );
    assert_eq!(
        learned.contract["fields"]["deployment"]["root"],
        json!(["/0/result/data/json", ""])
    );
    assert_eq!(words(&learned, "finished"), ["done"]);
    sproobo_deploy::sproobo::Contract::parse(&learned.contract.to_string()).unwrap();
}

#[test]
fn a_post_that_asks_the_same_again_and_again_reads() {
    let call =
        |method: &str, argument: &str| json!({ "jsonrpc": "2.0", "method": method, "params": { "id": argument } });
    let mut tape = Tape::default().post(
        "/rpc",
        &call("site.deploy", "site-17a"),
        json!({ "result": { "id": "dep-901" } }),
    );
    for word in ["queued", "building", "building", "live"] {
        tape = tape.post(
            "/rpc",
            &call("deployment.get", "dep-901"),
            json!({ "result": { "id": "dep-901", "status": word } }),
        );
    }
    let learned = tape.learn();
    let operations = &learned.contract["operations"];
    assert_eq!(operations["deployment"]["read"], true);
    assert_eq!(
        operations["deployment"]["body"]["params"],
        json!({ "id": "{deployment}" })
    );
    assert_eq!(operations["trigger"]["body"]["params"], json!({ "id": "{site}" }));
    assert_eq!(operations["trigger"]["read"], Value::Null);
    assert_eq!(words(&learned, "succeeded"), ["live"]);
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
fn brackets_in_a_query_are_kept() {
    let tape = started().polls("dep-901", &["queued", "live"]).get(
        "/deployments?filter[site]=s-17&sort[]=1",
        json!([{ "id": "dep-901", "status": "live" }]),
    );
    assert_eq!(
        path_of(&tape.learn(), "deployments"),
        "/deployments?filter%5Bsite%5D={site}&sort%5B%5D=1"
    );
}

#[test]
fn the_page_of_api_keys_gives_their_calls_and_no_key() {
    let key = "spb_s3cr3tK3yTh4tMustN0tG3tOut";
    let item = |id: &str, prefix: &str| json!({ "id": id, "name": "ci", "prefix": prefix, "createdAt": "2026-01-01T00:00:00Z" });
    let keys = Tape::default()
        .get(
            "/account/ssh-keys",
            json!([{ "id": "ssh-1a", "createdAt": "2026-01-01T00:00:00Z" }]),
        )
        .get("/account/api-keys", json!({ "keys": [item("key-77", "spb_s3cr3tK3")] }))
        .post(
            "/account/api-keys",
            &json!({ "name": "laptop of mine" }),
            json!({ "id": "key-78", "key": key }),
        )
        .call(
            "DELETE",
            "/account/api-keys/key-77",
            &json!(null),
            200,
            json!({ "ok": true }),
        );
    let learned = learn_all(&[plain().source(), keys.source()]);
    let operations = &learned.contract["operations"];
    assert_eq!(
        operations["api_keys"],
        json!({ "method": "GET", "path": "/account/api-keys" })
    );
    assert_eq!(operations["create_api_key"]["body"], json!({ "name": "{name}" }));
    assert_eq!(operations["revoke_api_key"]["path"], "/account/api-keys/{api_key}");
    let fields = &learned.contract["fields"];
    assert_eq!(fields["api_keys"], json!({ "items": ["/keys"] }));
    assert_eq!(
        fields["api_key"],
        json!({ "root": [""], "id": ["/id"], "name": ["/name"], "prefix": ["/prefix"], "created_at": ["/createdAt"] })
    );
    assert_eq!(fields["created_key"], json!({ "value": ["/key"] }));
    assert!(!all_text(&learned).contains("s3cr3t") && !all_text(&learned).contains("laptop"));
    assert!(!lacks(&learned, "recording 2"), "it has no deployment, but the keys");
    assert!(lacks(&plain().learn(), "operations/api_keys"));
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
