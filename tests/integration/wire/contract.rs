//! The contract: what a user's file changes, and what is wrong with one.

#![expect(clippy::unwrap_used, reason = "a helper that fails ends the test, which is right")]

use std::collections::BTreeMap;

use clap::ValueEnum as _;
use serde_json::{Value, json};
use sproobo_deploy::model::StatusClass;
use sproobo_deploy::sproobo::{Contract, Operation, Unusable, Values};

pub(crate) fn parse(user: Value) -> Contract {
    Contract::parse(&user.to_string()).unwrap()
}

/// Every problem as `path: expected`.
pub(crate) fn problems(user: &str) -> Vec<String> {
    let problems = Contract::parse(user).expect_err("the file is wrong");
    problems.iter().map(ToString::to_string).collect()
}

pub(crate) fn values(pairs: &[(&str, &str)]) -> Values {
    pairs
        .iter()
        .fold(Values::default(), |values, (name, value)| values.with(name, *value))
}

pub(crate) fn url(contract: &Contract, operation: Operation, pairs: &[(&str, &str)]) -> String {
    contract.call(operation, &values(pairs)).unwrap().url.to_string()
}

#[test]
fn the_default_offers_every_operation_and_holds_nothing_else() {
    let contract = Contract::default();
    let named: Vec<&str> = contract.document()["operations"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let offered: Vec<&str> = Operation::ALL.iter().map(|operation| operation.name()).collect();
    assert_eq!(named, offered);
    assert!(Operation::ALL.iter().all(|operation| contract.offers(*operation)));
    assert_eq!(contract.base_url().as_str(), "https://dashboard.sproobo.com/api");
}

#[test]
fn the_default_trigger_is_the_documented_request() {
    let call = Contract::default()
        .call(
            Operation::Trigger,
            &values(&[("site", "shop"), ("commit", "abc"), ("client_token", "t1")]),
        )
        .unwrap();
    assert_eq!(call.method, "POST");
    assert_eq!(
        call.url.as_str(),
        "https://dashboard.sproobo.com/api/sites/shop/deployments"
    );
    assert_eq!(call.headers, [("Idempotency-Key".to_owned(), "t1".to_owned())]);
    // `ref` and `message` are unset, so they are left out.
    assert_eq!(call.body, Some(json!({ "commit": "abc", "clientToken": "t1" })));
}

#[test]
fn objects_merge_and_arrays_replace() {
    let contract = parse(json!({
        "operations": { "trigger": { "path": "/v2/{site}/go" } },
        "fields": { "deployment": { "id": ["/uuid"] } }
    }));
    let document = contract.document();
    assert_eq!(document["operations"]["trigger"]["method"], "POST");
    assert_eq!(document["operations"]["trigger"]["path"], "/v2/{site}/go");
    assert_eq!(document["fields"]["deployment"]["id"], json!(["/uuid"]));
    assert_eq!(document["fields"]["deployment"]["status"], json!(["/status", "/state"]));
}

#[test]
fn body_and_headers_replace_as_a_whole() {
    let contract = parse(json!({ "operations": { "trigger": {
        "headers": { "X-Run": "{client_token}" },
        "body": { "branch": "{ref}", "options": { "force": true, "retries": 3, "tags": ["ci", "{message}"] } }
    } } }));
    let call = contract
        .call(Operation::Trigger, &values(&[("site", "a"), ("client_token", "t")]))
        .unwrap();
    assert_eq!(call.headers, [("X-Run".to_owned(), "t".to_owned())]);
    let expected = json!({ "options": { "force": true, "retries": 3, "tags": ["ci"] } });
    assert_eq!(call.body, Some(expected));
}

#[test]
fn a_header_of_one_unset_variable_is_left_out() {
    let call = Contract::default()
        .call(Operation::Trigger, &values(&[("site", "a")]))
        .unwrap();
    assert_eq!(call.headers, []);
}

#[test]
fn a_brace_that_begins_no_variable_is_text() {
    let query = "{} { site { id } } {Site} {a b} {site}";
    let contract = parse(json!({ "operations": { "trigger": { "body": { "query": query } } } }));
    let call = contract.call(Operation::Trigger, &values(&[("site", "a")])).unwrap();
    assert_eq!(call.body.unwrap()["query"], "{} { site { id } } {Site} {a b} a");
}

#[test]
fn null_removes_a_body_a_header_set_and_a_pointer_list() {
    let contract = parse(json!({
        "operations": { "trigger": { "body": null, "headers": null } },
        "fields": { "deployment": { "health": null } }
    }));
    let call = contract.call(Operation::Trigger, &values(&[("site", "a")])).unwrap();
    assert_eq!((call.headers, call.body), (vec![], None));
}

#[test]
fn an_operation_that_is_null_is_not_offered() {
    let contract = parse(json!({ "operations": { "cancel": null } }));
    assert!(!contract.offers(Operation::Cancel));
    assert_eq!(
        contract.call(Operation::Cancel, &Values::default()),
        Err(Unusable::NotOffered)
    );
    assert!(contract.offers(Operation::Trigger));
}

#[test]
fn status_words_ignore_case_hyphens_and_spaces() {
    let contract = Contract::default();
    for word in ["in_progress", "In-Progress", "IN PROGRESS", " in progress "] {
        assert_eq!(contract.status_class(word), StatusClass::Running, "{word:?}");
    }
    assert_eq!(contract.status_class("Completed"), StatusClass::Finished);
    assert_eq!(contract.status_class("hibernated"), StatusClass::Unknown);
    assert_eq!(contract.status_class(""), StatusClass::Unknown);
}

#[test]
fn a_word_in_the_users_file_leaves_every_default_list() {
    let contract = parse(json!({ "statuses": { "running": ["queued", "Active", "live"] } }));
    assert_eq!(contract.status_class("active"), StatusClass::Running);
    assert_eq!(contract.status_class("LIVE"), StatusClass::Running);
    assert_eq!(contract.status_class("success"), StatusClass::Succeeded);
    // The array replaced the default's, so its other words are unknown now.
    assert_eq!(contract.status_class("building"), StatusClass::Unknown);
}

#[test]
fn the_default_contract_knows_every_class() {
    let mut classes: Vec<String> = StatusClass::named().map(|(_, name)| name).collect();
    classes.extend(["healthy", "unhealthy"].map(str::to_owned));
    classes.sort();
    let contract = Contract::default();
    let lists = contract.document()["statuses"].as_object().unwrap();
    let mut listed: Vec<&String> = lists.keys().collect();
    listed.sort();
    assert_eq!(listed, classes.iter().collect::<Vec<_>>());
}

#[test]
fn the_status_map_moves_a_word_and_keeps_the_others() {
    let map = [("done".to_owned(), StatusClass::Succeeded)];
    let contract = Contract::default().with_status_map(&map).unwrap();
    assert_eq!(contract.status_class("done"), StatusClass::Succeeded);
    assert_eq!(contract.status_class("completed"), StatusClass::Finished);
    assert_eq!(StatusClass::from_str("unknown", false).ok(), None);
    assert!(
        Contract::default()
            .with_status_map(&[(" ".to_owned(), StatusClass::Failed)])
            .is_err()
    );
}

#[test]
fn all_problems_come_at_once_each_with_its_place() {
    let user = json!({
        "version": 2,
        "base_ur": "https://x",
        "auth": { "value": "Bearer" },
        "operations": {
            "triger": {},
            "cancel": { "method": "post" },
            "site": { "path": "sites/{site}" },
            "sites": { "path": "/sites/{deployment}" },
            "logs": { "path": "/sites/{sit}/logs", "body": { "a": 1 } },
            "trigger": { "headers": { "Host": "evil" }, "body": { "deep": [{ "x": "{committ}" }] } }
        },
        "fields": { "deployment": { "id": [], "status": ["status"], "health": "/health" }, "deploy": {} },
        "statuses": { "failed": ["boom"], "succeeded": ["Boom"], "won": [] },
        "billing_words": [1]
    });
    assert_eq!(
        problems(&user.to_string()),
        [
            "/base_ur: unknown member (did you mean `base_url`?)",
            "/version: expected 1, the only version there is",
            "/auth/value: expected a header's value with `{key}` once and no other variable",
            "/operations/triger: unknown member (did you mean `trigger`?)",
            "/operations/trigger/headers/Host: expected the name of a header that may be set",
            "/operations/trigger/body: unknown variable {committ} (did you mean `commit`?); your own are {var.NAME}",
            "/operations/cancel/method: expected one of GET, POST, PUT, PATCH, DELETE",
            "/operations/logs/path: unknown variable {sit} (did you mean `site`?); your own are {var.NAME}",
            "/operations/logs/body: expected none: a GET carries no body",
            "/operations/logs: expected {deployment} in it: else it would answer about another one",
            "/operations/site/path: expected a path that begins with /, without white space, `#`, `\\`, `.` and `..` \
             steps and stray braces",
            "/operations/sites/path: {deployment} has no value in `sites`; these have: {cursor}",
            "/fields/deploy: unknown member (did you mean `deployment`?)",
            "/fields/deployment/id: expected at least one JSON pointer",
            "/fields/deployment/status: \"status\" is no JSON pointer (RFC 6901): expected \"\" or /a/b",
            "/fields/deployment/health: expected an array of strings",
            "/statuses/won: unknown member: expected one of succeeded, finished, failed, cancelled, superseded, running, healthy, unhealthy",
            "/statuses/failed: \"boom\" is in succeeded too: expected one class a word",
            "/billing_words: expected an array of strings",
        ]
    );
}

#[test]
fn a_file_that_is_no_contract_at_all_says_so() {
    assert_eq!(problems("[]"), ["the contract: expected an object"]);
    assert_eq!(problems("null"), ["the contract: expected an object"]);
    let [problem] = problems("{\"version\": 1,").try_into().unwrap();
    assert!(
        problem.starts_with("the contract: expected a JSON document: EOF"),
        "{problem}"
    );
}

#[test]
fn a_problem_from_a_hostile_file_can_not_act_as_a_workflow_command() {
    let all = problems("{ \"x\\n::error::gotcha\": 1, \"\\u001b[2J\": 2 }").join("\n");
    assert!(!all.contains("\n::"), "{all:?}");
    assert!(!all.contains('\u{1b}'), "{all:?}");
}

#[test]
fn the_effective_document_is_a_contract_that_gives_itself() {
    let user = json!({
        "operations": { "cancel": null, "trigger": { "headers": null, "body": { "a": null } } },
        "fields": { "deployment": { "health": null }, "created_key": null, "logs": { "time": null } },
        "statuses": { "finished": null, "failed": ["done"] }
    });
    // `created_key` needs its pointers.
    assert_eq!(
        problems(&user.to_string()),
        ["/fields/created_key/value: expected at least one JSON pointer"]
    );
    let mut user = user;
    user["fields"]["created_key"] = json!({});
    let contract = parse(user);
    let again = Contract::parse(&contract.document().to_string()).unwrap();
    assert_eq!(again.document(), contract.document());
    assert!(!again.offers(Operation::Cancel));
    assert_eq!(again.status_class("done"), StatusClass::Failed);
    assert_eq!(again.status_class("completed"), StatusClass::Unknown);
}

#[test]
fn an_unset_query_variable_drops_its_pair() {
    let contract = parse(json!({ "operations": { "logs": {
        "path": "/l/{deployment}?fixed=1&cursor={cursor}&both={site}-{cursor}"
    } } }));
    let all = [("deployment", "d"), ("site", "a b"), ("cursor", "c&d=e")];
    assert!(url(&contract, Operation::Logs, &all).ends_with("/l/d?fixed=1&cursor=c%26d%3De&both=a%20b-c%26d%3De"));
    assert!(url(&contract, Operation::Logs, &all[..2]).ends_with("/l/d?fixed=1"));
    let default = Contract::default();
    assert!(url(&default, Operation::Logs, &all[..2]).ends_with("/deployments/d/logs"));
}

#[test]
fn an_unset_path_variable_can_not_be_used() {
    let contract = parse(json!({ "operations": { "trigger": { "path": "/go/{site}/{ref}" } } }));
    let unset = contract.call(Operation::Trigger, &values(&[("site", "a")]));
    assert_eq!(
        unset,
        Err(Unusable::Value(
            "`{ref}` has no value, and the path needs one".to_owned()
        ))
    );
}

#[test]
fn a_forgotten_own_variable_is_named_wherever_it_stands() {
    let contract = parse(json!({ "operations": {
        "trigger": { "body": { "team": "{var.team}" } },
        "sites": { "path": "/teams/{var.team}/sites?region={var.region-1}" }
    } }));
    assert_eq!(contract.missing_vars(&BTreeMap::new()), ["region-1", "team"]);
    assert_eq!(
        contract.call(Operation::Trigger, &values(&[("site", "a")])),
        Err(Unusable::Value(
            "`{var.team}` has no value: give --var team=VALUE".to_owned()
        ))
    );
    let own = BTreeMap::from([
        ("team".to_owned(), "ü/x".to_owned()),
        ("region-1".to_owned(), "eu".to_owned()),
    ]);
    assert!(contract.missing_vars(&own).is_empty());
    let call = contract.call(Operation::Sites, &Values::new(&own)).unwrap();
    assert_eq!(call.url.path(), "/api/teams/%C3%BC%2Fx/sites");
    assert_eq!(call.url.query(), Some("region=eu"));
}

#[test]
fn a_value_can_not_become_a_step_of_the_path() {
    let contract = parse(json!({ "operations": { "sites": { "path": "/teams/{var.team}/sites" } } }));
    for step in [".", ".."] {
        let own = BTreeMap::from([("team".to_owned(), step.to_owned())]);
        assert!(
            matches!(
                contract.call(Operation::Sites, &Values::new(&own)),
                Err(Unusable::Value(_))
            ),
            "{step}"
        );
    }
}

#[test]
fn braces_that_begin_no_variable_are_text_in_a_body() {
    let query = "mutation { deploy(site: \"{site}\") { id } }";
    let contract = parse(json!({ "operations": { "trigger": { "body": { "query": query } } } }));
    let call = contract.call(Operation::Trigger, &values(&[("site", "shop")])).unwrap();
    assert_eq!(
        call.body,
        Some(json!({ "query": "mutation { deploy(site: \"shop\") { id } }" }))
    );
}

#[test]
fn laying_nothing_over_the_default_changes_nothing() {
    assert_eq!(parse(json!({})).document(), Contract::default().document());
    assert_eq!(
        parse(json!({ "operations": {}, "fields": {} })).document(),
        Contract::default().document()
    );
}

/// A contract lies in the checkout: it must not make `status` or a dry run change anything.
#[test]
fn what_reads_is_a_get_or_says_that_its_post_reads() {
    let entry = |operation: &str, entry: Value| json!({ "operations": { operation: entry } }).to_string();
    for operation in ["deployment", "deployments", "logs", "site", "sites", "api_keys"] {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let told = problems(&entry(operation, json!({ "method": method })));
            assert!(told[0].contains("only reads"), "{operation} {method}: {told:?}");
        }
        let told = problems(&entry(operation, json!({ "method": "DELETE", "read": true })));
        assert!(told[0].contains("only reads"), "{operation}: {told:?}");
        parse(json!({ "operations": { operation: { "method": "POST", "read": true } } }));
    }
    for operation in ["trigger", "cancel", "rollback", "create_api_key", "revoke_api_key"] {
        let told = problems(&entry(operation, json!({ "read": true })));
        assert!(told[0].contains("read: unknown member"), "{operation}: {told:?}");
    }
}
