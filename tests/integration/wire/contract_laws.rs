//! What holds for every contract, id and body.

use proptest::prelude::*;
use serde_json::{Value, json};
use sproobo_deploy::model::StatusClass;
use sproobo_deploy::sproobo::{Contract, Operation};

use crate::wire::contract::{parse, values};

/// Any JSON, with the contract's own names in it so that it reaches deep.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        4 => prop::sample::select(vec![
            "version", "base_url", "auth", "operations", "fields", "statuses", "trigger", "path", "headers", "body",
            "deployment", "root", "id", "items", "succeeded", "value", "method",
        ])
        .prop_map(str::to_owned),
        1 => ".*".prop_map(|name: String| name),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        "[/{}a-z.%~]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Bodies whose every string is a variable alone, a mixture, or plain.
fn any_body() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!("{ref}")),
        Just(json!("{commit}")),
        Just(json!("at {commit}")),
        Just(json!("plain {")),
        Just(json!(7)),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn has_variable(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("{ref}") || text.contains("{commit}"),
        Value::Array(items) => items.iter().any(has_variable),
        Value::Object(members) => members.values().any(has_variable),
        _ => false,
    }
}

fn nulls(value: &Value) -> usize {
    match value {
        Value::Null => 1,
        Value::Array(items) => items.iter().map(nulls).sum(),
        Value::Object(members) => members.values().map(nulls).sum(),
        _ => 0,
    }
}

proptest! {
    #[test]
    fn any_id_is_exactly_one_segment_and_comes_back(id in "\\PC+|.{1,40}") {
        prop_assume!(!matches!(id.as_str(), "." | ".." | ""));
        let call = Contract::default()
            .call(Operation::Deployment, &values(&[("site", "s"), ("deployment", &id)]))
            .unwrap();
        prop_assert_eq!(call.url.host_str(), Some("dashboard.sproobo.com"));
        prop_assert_eq!(call.url.query(), None);
        let segments: Vec<&str> = call.url.path_segments().unwrap().collect();
        prop_assert_eq!(&segments[..4], ["api", "sites", "s", "deployments"]);
        prop_assert_eq!(segments.len(), 5);
        let back = percent_encoding::percent_decode_str(segments[4]).decode_utf8().unwrap();
        prop_assert_eq!(back, id);
    }

    #[test]
    fn any_query_value_is_exactly_one_pair_and_comes_back(cursor in ".{1,40}") {
        let call = Contract::default()
            .call(Operation::Logs, &values(&[("site", "s"), ("deployment", "d"), ("cursor", &cursor)]))
            .unwrap();
        let pairs: Vec<_> = call.url.query_pairs().into_owned().collect();
        prop_assert_eq!(pairs, [("cursor".to_owned(), cursor)]);
    }

    #[test]
    fn parsing_any_json_ends_in_a_contract_or_in_problems(user in any_json()) {
        match Contract::parse(&user.to_string()) {
            Ok(contract) => {
                let again = Contract::parse(&contract.document().to_string()).unwrap();
                prop_assert_eq!(again.document(), contract.document());
            }
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }

    #[test]
    fn a_merged_file_is_laid_over_once(
        words in prop::collection::vec("[a-z_ -]{1,8}", 0..6),
        id in "/[a-z/]{0,8}",
        off in prop::sample::select(vec!["cancel", "logs", "rollback"]),
    ) {
        let user = json!({
            "statuses": { "failed": words }, "fields": { "deployment": { "id": [id] } }, "operations": { off: null }
        });
        // Words of spaces alone are problems, which another test is about.
        if let Ok(once) = Contract::parse(&user.to_string()) {
            let twice = Contract::parse(&once.document().to_string()).unwrap();
            prop_assert_eq!(once.document(), twice.document());
            for word in &words {
                prop_assert_eq!(once.status_class(word), StatusClass::Failed);
                prop_assert_eq!(once.status_class(&word.to_uppercase().replace('_', "-")), StatusClass::Failed);
            }
        }
    }

    #[test]
    fn unset_members_are_gone_and_the_rest_stays(body in any_body()) {
        // A bare `null` body means that there is none.
        let user = json!({ "operations": { "trigger": { "body": { "b": body } } } });
        let contract = parse(user);
        let unset = contract.call(Operation::Trigger, &values(&[("site", "s")])).unwrap();
        let unset = unset.body.unwrap();
        prop_assert!(!has_variable(&unset), "{}", unset);
        prop_assert_eq!(nulls(&unset), nulls(&body));
        let set = contract
            .call(Operation::Trigger, &values(&[("site", "s"), ("ref", "{ref}"), ("commit", "{commit}")]))
            .unwrap();
        // Values are not read as templates again, so a value that looks like one gives the body back.
        prop_assert_eq!(set.body.unwrap(), json!({ "b": body }));
    }
}
