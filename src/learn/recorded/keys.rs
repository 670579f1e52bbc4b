//! The calls about API keys, where a recording shows the page of the account's keys.

use serde_json::{Value, json};

use super::exchange::Exchange;
use super::operations::add;
use super::variables::Variables;
use crate::learn::Sure;
use crate::learn::draft::Draft;
use crate::learn::json::{Leaf, arrays, leaves, parent};
use crate::learn::value::{id_text, is_date, is_id, speaks_of};

/// Keys of other kinds that such pages show.
const OTHERS: &[&str] = &["ssh", "deploy", "public", "gpg", "encryption", "signing", "push"];

/// What shows enough of a key to tell it from others.
const PREFIXES: &[&str] = &["prefix", "start", "masked", "hint", "preview", "redacted", "partial"];

/// Finds the list of keys, and how one is made and revoked; whether there is a list.
pub(super) fn find(calls: &[&Exchange], variables: &mut Variables<'_>, draft: &mut Draft) -> bool {
    let about = |call: &&&Exchange| call.worked() && is_about_keys(call);
    let list = calls.iter().filter(about).filter(|call| call.reads()).find_map(|call| {
        let lists = call.json().map(arrays).unwrap_or_default();
        let (pointer, items) = lists.into_iter().find(|(_, items)| items.first().is_some_and(is_key))?;
        Some((*call, pointer, items))
    });
    let Some((call, pointer, items)) = list else {
        return false;
    };
    let text = add("api_keys", &[call], variables, draft);
    draft.choose(
        "operations/api_keys",
        Sure::Likely,
        format!("{text}: a list of keys, by its name and its items"),
    );
    draft.field("api_keys", "items", json!([pointer]));
    fields(&items[0], draft);
    let ids: Vec<String> = items
        .iter()
        .flat_map(leaves)
        .filter(is_its_id)
        .filter_map(|leaf| id_text(leaf.value))
        .collect();
    for call in calls.iter().filter(about).filter(|call| !call.reads()) {
        let revoked = ids.iter().find(|id| call.mentions(id));
        match revoked {
            Some(id) if call.method == "DELETE" || call.is_named(&["revoke", "delete"]) => {
                variables.name(id, "api_key");
                let text = add("revoke_api_key", &[call], variables, draft);
                draft.choose(
                    "operations/revoke_api_key",
                    Sure::Likely,
                    format!("{text}: it names a key of the list"),
                );
            }
            None if call.method == "POST" => create(call, variables, draft),
            _ => {}
        }
    }
    true
}

fn create(call: &Exchange, variables: &mut Variables<'_>, draft: &mut Draft) {
    // The one reply that ever shows a key: only its place is taken.
    let shown = call.json().map(leaves).unwrap_or_default().into_iter().find(|leaf| {
        let long = leaf
            .value
            .as_str()
            .is_some_and(|text| text.len() >= 16 && !text.contains(' '));
        long && !is_date(leaf.name(), leaf.value)
            && speaks_of(leaf.name(), &["key", "token", "value", "secret", "plaintext", "raw"])
    });
    let Some(shown) = shown else { return };
    for (name, value) in super::inputs::sent(call) {
        if speaks_of(&name, &["name", "label", "title", "description"]) {
            variables.name(&value, "name");
        }
    }
    let text = add("create_api_key", &[call], variables, draft);
    draft.field("created_key", "value", json!([shown.pointer]));
    draft.choose(
        "operations/create_api_key",
        Sure::Likely,
        format!("{text}: its reply shows a key, at `{}`", shown.pointer),
    );
}

fn fields(item: &Value, draft: &mut Draft) {
    let leaves = leaves(item);
    let root = leaves
        .iter()
        .find(|leaf| is_its_id(leaf))
        .map(|leaf| parent(&leaf.pointer).to_owned())
        .unwrap_or_default();
    let mut roots = vec![root.clone()];
    if !root.is_empty() {
        roots.push(String::new());
    }
    draft.field("api_key", "root", json!(roots));
    let mut put = |field: &'static str, test: &dyn Fn(&Leaf<'_>) -> bool| {
        let found = leaves.iter().find(|leaf| parent(&leaf.pointer) == root && test(leaf));
        let pointers: Vec<&str> = found
            .and_then(|leaf| leaf.pointer.strip_prefix(&root))
            .into_iter()
            .collect();
        draft.field("api_key", field, json!(pointers));
    };
    put("id", &is_its_id);
    put("name", &|leaf| speaks_of(leaf.name(), &["name", "label", "title"]));
    put("prefix", &|leaf| {
        leaf.value.is_string() && speaks_of(leaf.name(), PREFIXES)
    });
    put("created_at", &|leaf| {
        is_date(leaf.name(), leaf.value) && speaks_of(leaf.name(), &["created"])
    });
}

fn is_key(item: &Value) -> bool {
    let leaves = leaves(item);
    let has = |test: &dyn Fn(&Leaf<'_>) -> bool| leaves.iter().any(test);
    has(&is_its_id) && (has(&|leaf| speaks_of(leaf.name(), PREFIXES)) || has(&|leaf| is_date(leaf.name(), leaf.value)))
}

fn is_its_id(leaf: &Leaf<'_>) -> bool {
    is_id(leaf.value) && matches!(leaf.name(), "id" | "uid" | "uuid" | "_id")
}

fn is_about_keys(call: &Exchange) -> bool {
    call.is_named(&["key", "keys", "apikey", "apikeys", "token", "tokens"]) && !call.is_named(OTHERS)
}
