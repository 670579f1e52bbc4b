//! Contracts that can't work, or that could make a false green, and what is said of them.

use serde_json::{Value, json};

use crate::support::cli::Sproobo;
use crate::support::demo::contract;
use crate::wire::contract::{parse, problems};

/// What the check says of this change; nothing if it lets it pass.
fn told(change: Value) -> String {
    match sproobo_deploy::sproobo::Contract::parse(&change.to_string()) {
        Ok(_) => String::new(),
        Err(_) => problems(&change.to_string()).join("\n"),
    }
}

fn operation(name: &str, entry: Value) -> Value {
    json!({ "operations": { name: entry } })
}

#[test]
fn a_variable_without_a_value_is_refused_wherever_it_stands() {
    for (change, words) in [
        (
            operation("rollback", json!({ "body": { "commit": "{commit}" } })),
            "{commit} has no value in `rollback`",
        ),
        (
            operation("rollback", json!({ "headers": { "X-Commit": "{commit}" } })),
            "{commit} has no value in `rollback`",
        ),
        (
            operation("deployment", json!({ "path": "/d/{deployment}?ref={ref}" })),
            "{ref} has no value in `deployment`",
        ),
        (
            operation("trigger", json!({ "body": { "id": "{deployment}" } })),
            "{deployment} has no value in `trigger`",
        ),
        (
            operation("trigger", json!({ "body": { "back": "{target.commit}" } })),
            "{target.commit} has no value in `trigger`",
        ),
        (
            json!({ "headers": { "X-Site": "{site}" } }),
            "{site} has no value in `headers`",
        ),
        (
            operation(
                "rollback",
                json!({ "then": { "method": "GET", "path": "/a/{deployment}?of={client_token}" } }),
            ),
            "{client_token} has no value in `then`",
        ),
    ] {
        assert!(
            told(change.clone()).contains(words),
            "{change}: {}",
            told(change.clone())
        );
    }
}

#[test]
fn what_would_answer_about_another_one_is_refused() {
    for (name, entry, words) in [
        (
            "deployment",
            json!({ "path": "/sites/{site}/latest" }),
            "expected {deployment}",
        ),
        (
            "cancel",
            json!({ "path": "/sites/{site}/cancel" }),
            "expected {deployment}",
        ),
        ("logs", json!({ "path": "/sites/{site}/logs" }), "expected {deployment}"),
        (
            "deployments",
            json!({ "path": "/deployments?limit={limit}" }),
            "expected {site}",
        ),
        ("site", json!({ "path": "/me" }), "expected {site}"),
        (
            "rollback",
            json!({ "path": "/sites/{site}/back" }),
            "expected {deployment} or {target.commit}",
        ),
        (
            "rollback",
            json!({ "then": { "method": "GET", "path": "/actions/latest" } }),
            "expected {deployment}",
        ),
    ] {
        let told = told(operation(name, entry));
        assert!(told.contains(words), "{name}: {told}");
    }
    // In the body or a header it is as good as in the path.
    for more in [
        json!({ "body": { "site": "{site}" } }),
        json!({ "headers": { "X-Site": "{site}" } }),
    ] {
        let mut entry = json!({ "method": "POST", "read": true, "path": "/query" });
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        parse(operation("deployments", entry));
    }
}

#[test]
fn headers_that_are_not_a_contracts_to_set_are_refused() {
    for name in [
        "Content-Type",
        "content-type",
        "Host",
        "Content-Length",
        "Transfer-Encoding",
    ] {
        for change in [
            json!({ "headers": { name: "x" } }),
            operation("trigger", json!({ "headers": { name: "x" } })),
        ] {
            assert!(told(change).contains("header that may be set"), "{name}");
        }
    }
}

#[test]
fn pointers_that_can_never_lead_to_anything_are_refused() {
    let fields = |group: &str, name: &str, pointers: Value| json!({ "fields": { group: { name: pointers } } });
    for (change, words) in [
        (
            fields("deployment", "root", json!(["", "/deployment"])),
            "can never count",
        ),
        (
            fields("deployments", "items", json!(["/data", "", "/items"])),
            "can never count",
        ),
        (fields("deployment", "status", json!(["/steps/-/status"])), "`-`"),
        (fields("deployment", "id", json!(["/{site}/id"])), "no variables"),
        (
            fields("deployment", "root", json!(["/runs/*"])),
            "`*` stands for several",
        ),
        (fields("deployment", "status", json!(["$.status"])), "no JSON pointer"),
        (
            fields("deployments", "cursor", json!(["/next"])),
            "no {cursor} to ask for the next page with",
        ),
        (
            fields("logs", "format", json!("xml")),
            "expected one of json, text, ndjson",
        ),
    ] {
        let told = told(change);
        assert!(told.contains(words), "{words}: {told}");
    }
    assert_eq!(told(fields("deployment", "status", json!(["", "/status"]))), "");
}

#[test]
fn a_member_that_stands_twice_is_refused_with_its_place() {
    let twice =
        r#"{ "statuses": { "failed": ["a"], "failed": ["b"] }, "operations": { "cancel": null, "cancel": null } }"#;
    let told = problems(twice);
    assert!(told[0].starts_with("/statuses/failed: expected once"), "{told:?}");
    assert!(told[1].starts_with("/operations/cancel: expected once"), "{told:?}");
}

#[test]
fn a_contract_without_a_word_of_success_is_refused() {
    let none = json!({ "statuses": { "succeeded": [], "finished": null } });
    assert!(told(none).contains("a word of success"));
    assert_eq!(told(json!({ "statuses": { "succeeded": [] } })), "");
}

#[test]
fn forms_replies_and_switches_are_checked() {
    for (entry, words) in [
        (
            json!({ "body_as": "form", "body": { "a": { "b": 1 } } }),
            "a form holds no more",
        ),
        (json!({ "body_as": "form", "body": ["a"] }), "a form holds no more"),
        (json!({ "body_as": "xml" }), "expected one of json, form"),
        (json!({ "reply": "maybe" }), "expected one of deployment, accepted"),
        (json!({ "then": {} }), "then: unknown member"),
    ] {
        let told = told(operation("trigger", entry));
        assert!(told.contains(words), "{words}: {told}");
    }
}

/// No run starts with a contract that the check would refuse.
#[test]
fn every_command_refuses_what_the_check_refuses() {
    let file = contract(operation("rollback", json!({ "body": { "commit": "{commit}" } })));
    let file = file.path().to_str().unwrap();
    let id = ["demo", "d-1"];
    for arguments in [
        &["contract", "check", file][..],
        &["deploy", "demo"],
        &["deploy", "demo", "--dry-run"],
        &["deploy", "demo", "--dry-run=offline"],
        &["deploy", "demo", "--sandbox"],
        &["rollback", "demo"],
        &["status", id[0], id[1]],
        &["wait", id[0], id[1]],
        &["cancel", id[0], id[1]],
        &["logs", id[0], id[1]],
        &["deployments", "demo"],
        &["sites"],
        &["keys", "list"],
        &["doctor"],
        &["contract", "show"],
    ] {
        let run = Sproobo::new(arguments)
            .key()
            .env("SPROOBO_CONTRACT", file)
            .env("SPROOBO_API_URL", "http://127.0.0.1:1")
            .run()
            .expect(2);
        run.says("{commit} has no value in `rollback`");
    }
}

#[test]
fn the_check_lists_assumed_words_of_success_where_the_api_is_not_known_to_be_sproobos() {
    let check = |change: Value, more: &[&str]| {
        let file = contract(change);
        let arguments = ["contract", "check", file.path().to_str().unwrap()];
        Sproobo::new(arguments.iter().chain(more)).run().expect(0).printed()
    };
    let foreign = json!({ "base_url": "https://api.example/v1" });
    let told = check(foreign.clone(), &[]);
    assert!(
        told.contains("success, succeeded, healthy, live, active, ready, deployed, completed"),
        "{told}"
    );
    let mut own = foreign.clone();
    own["statuses"] = json!({ "succeeded": ["UP"], "running": ["ready"] });
    let told = check(own.clone(), &[]);
    assert!(
        told.contains("completed, complete, finished, done.") && !told.contains("ready"),
        "{told}"
    );
    own["statuses"]["finished"] = json!([]);
    assert!(!check(own, &[]).contains("would count as a success"));
    assert!(!check(json!({}), &[]).contains("would count as a success"));
    assert!(check(json!({}), &["--api-url=https://api.example"]).contains("would count as a success"));
}
