//! How a request is written (forms, tokens, headers, queries, logs, the key), on recordings written by hand.

use serde_json::{Value, json};

use crate::learn::tape::{COMMIT, Tape, about, all_text, lacks, learn_all, path_of, plain, started, words};

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
        let learned = learn_all(&[sproobo_deploy::learn::Evidence::read(har.as_bytes()).unwrap()]);
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
