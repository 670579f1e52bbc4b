//! Where a description shows a deployment's fields, and which words it lists for the status.

use serde_json::{Value, json};

use super::calls::{Described, has_status, is_status};
use super::input;
use super::schema::Schemas;
use crate::learn::draft::Draft;
use crate::learn::json::{deepest_first, last_name};
use crate::learn::value::{is_name, is_word, name_parts, speaks_of};
use crate::learn::words::Meaning;
use crate::learn::{Assumed, Sure};
use crate::model::StatusClass;

/// Puts a deployment's fields into the draft, from the replies of these calls.
pub(super) fn fields<'d>(
    schemas: Schemas<'d>,
    start: &Described<'d>,
    one: Option<&Described<'d>>,
    list: Option<&Described<'d>>,
    draft: &mut Draft,
) {
    let Some(schema) = roots(schemas, [one, Some(start)], list, draft) else {
        return;
    };
    let properties: Vec<(String, &Value)> = with_parts(schemas, schema);
    let last = |pointer: &str| last_name(pointer).to_owned();
    let mut put = |field: &'static str, test: &dyn Fn(&str, &Value) -> bool| {
        let place = properties
            .iter()
            .filter(|(pointer, property)| test(pointer, property))
            .min_by_key(|(pointer, _)| pointer.matches('/').count());
        if let Some((pointer, _)) = place {
            draft.field("deployment", field, json!([pointer]));
            draft.choose(
                format!("fields/deployment/{field}"),
                Sure::Likely,
                format!("`{pointer}`: by its name in the description"),
            );
        }
    };
    put("id", &|pointer, _| {
        matches!(pointer, "/id" | "/uid" | "/uuid")
            || pointer.ends_with("deployment_id")
            || pointer.ends_with("deployment_uuid")
    });
    put("status", &|pointer, property| {
        is_status(&last(pointer)) && pointer.matches('/').count() == 1 && !schemas.is_kind(property, "object")
    });
    put("health", &|pointer, _| speaks_of(&last(pointer), &["health"]));
    put("commit", &|pointer, property| {
        let name = last(pointer);
        !schemas.is_kind(property, "object")
            && (input(&name) == Some("commit")
                || (name == "id" && speaks_of(pointer, &["commit"]))
                || name == "commit_ref")
    });
    put("url", &|pointer, _| {
        matches!(last(pointer).as_str(), "url" | "live_url" | "ssl_url" | "deploy_url")
    });
    for (field, words) in [
        ("created_at", &["created"][..]),
        ("started_at", &["started"]),
        ("finished_at", &["finished", "completed", "ended"]),
    ] {
        put(field, &|pointer, property| {
            let is_date = property["format"] == "date-time" || !schemas.is_kind(property, "object");
            let name = name_parts(&last(pointer));
            is_date && name.first().is_some_and(|first| words.contains(&first.as_str()))
        });
    }
    put("failure", &|pointer, property| {
        !schemas.is_kind(property, "object")
            && speaks_of(pointer, &["error", "failure"])
            && !speaks_of(pointer, &["code", "at"])
    });
    put("client_token", &|pointer, _| {
        input(&last(pointer)) == Some("client_token")
    });
}

/// Puts into the draft where these calls' replies and the list show a deployment; gives the first description of one.
fn roots<'d>(
    schemas: Schemas<'d>,
    calls: [Option<&Described<'d>>; 2],
    list: Option<&Described<'d>>,
    draft: &mut Draft,
) -> Option<&'d Value> {
    let test = |schema: &'d Value| has_status(schemas, schema);
    let replies = calls.into_iter().flatten().filter_map(|call| call.reply);
    let shown: Vec<(String, &Value)> = replies.filter_map(|reply| schemas.object(reply, &test)).collect();
    let schema = shown.first().map(|(_, schema)| *schema);
    let listed = list.and_then(|call| call.reply);
    let listed = listed.and_then(|reply| schemas.list(reply, &test));
    let in_list = listed.map(|(items, root, _)| {
        draft.field("deployments", "items", json!([items]));
        root
    });
    let mut roots: Vec<String> = Vec::new();
    for root in shown.into_iter().map(|(root, _)| root).chain(in_list) {
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    deepest_first(&mut roots);
    if schema.is_some() {
        draft.field("deployment", "root", json!(roots));
    }
    schema
}

/// An object's properties, and those of its objects.
fn with_parts<'d>(schemas: Schemas<'d>, schema: &'d Value) -> Vec<(String, &'d Value)> {
    let mut found = Vec::new();
    for (name, property) in schemas.properties(schema).into_iter().filter(|(name, _)| is_name(name)) {
        found.push((format!("/{name}"), property));
        for (part, property) in schemas
            .properties(property)
            .into_iter()
            .filter(|(part, _)| is_name(part))
        {
            found.push((format!("/{name}/{part}"), property));
        }
    }
    found
}

/// The words that the description lists for the status, by what they say: nobody has seen them.
pub(super) fn words<'d>(schemas: Schemas<'d>, call: Option<&Described<'d>>, assumed: Assumed<'_>, draft: &mut Draft) {
    let schema = call
        .and_then(|call| call.reply)
        .and_then(|reply| schemas.object(reply, &|schema| has_status(schemas, schema)));
    let Some((_, schema)) = schema else { return };
    let listed = schemas
        .properties(schema)
        .into_iter()
        .find(|(name, _)| is_status(name))
        .map(|(_, property)| property);
    let listed = listed
        .and_then(|property| property["enum"].as_array())
        .into_iter()
        .flatten();
    let mut none = true;
    for word in listed.filter_map(Value::as_str).filter(|word| is_word(word)) {
        none = false;
        let class = assumed.looks_like(word);
        draft.meanings.push(Meaning {
            word: word.to_owned(),
            class,
            sure: if class == Some(StatusClass::Running) {
                Sure::Likely
            } else {
                Sure::Guess
            },
            because: "listed in the description; its class is by what it says".to_owned(),
        });
    }
    if none {
        draft.lacks(
            "statuses",
            "the description lists no words of the status; record a deployment in the dashboard",
        );
    }
}
