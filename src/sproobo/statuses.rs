//! Status words, and the class that each has.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

pub(super) use crate::model::normal_word as normal;
use crate::model::{Health, StatusClass};

/// The lists of health words; every other one is of status words.
pub(super) const HEALTH: [&str; 2] = ["healthy", "unhealthy"];

/// The health that a word tells; none for an empty one.
pub(super) fn health(lists: &Value, word: &str) -> Option<Health> {
    let is_in = |name| listed(lists, name).any(|known| normal(known) == normal(word));
    match HEALTH.map(is_in) {
        _ if word.trim().is_empty() => None,
        [true, _] => Some(Health::Healthy),
        [_, true] => Some(Health::Unhealthy),
        _ => Some(Health::Pending(word.to_owned())),
    }
}

/// How little of a success it is that one of several parts is of this class.
pub(super) fn badness(class: StatusClass) -> u8 {
    match class {
        StatusClass::Succeeded => 0,
        StatusClass::Finished => 1,
        StatusClass::Running => 2,
        StatusClass::Unknown => 3,
        StatusClass::Superseded => 4,
        StatusClass::Cancelled => 5,
        StatusClass::Failed => 6,
    }
}

/// The words of a contract's `statuses`, by their normal form.
pub(super) fn words(lists: &Value) -> HashMap<String, StatusClass> {
    let mut words = HashMap::new();
    for (class, name) in StatusClass::named() {
        words.extend(listed(lists, &name).map(|word| (normal(word), class)));
    }
    words
}

/// Takes the words of `over` out of every list of `base`: a user's word has the class that the user gives it.
pub(super) fn leave(base: &mut Value, over: &Value) {
    for (name, other) in [(HEALTH[0], HEALTH[1]), (HEALTH[1], HEALTH[0])] {
        if let Some(list) = base.get_mut(name).and_then(Value::as_array_mut) {
            let is_taken = |word: &str| listed(over, other).any(|taken| normal(taken) == normal(word));
            list.retain(|word| word.as_str().is_none_or(|word| !is_taken(word)));
        }
    }
    let taken = words(over);
    for (_, name) in StatusClass::named() {
        if let Some(list) = base.get_mut(&name).and_then(Value::as_array_mut) {
            list.retain(|word| word.as_str().is_none_or(|word| !taken.contains_key(&normal(word))));
        }
    }
}

/// Gives words their class, whatever they had.
pub(super) fn put(lists: &mut Value, map: &[(String, StatusClass)]) {
    for (word, class) in map {
        let Some((_, name)) = StatusClass::named().find(|(known, _)| known == class) else {
            continue;
        };
        let mut over = Map::new();
        over.insert(name.clone(), json!([word]));
        leave(lists, &over.into());
        match lists.get_mut(&name).and_then(Value::as_array_mut) {
            Some(list) => list.push(json!(word)),
            None => lists[name] = json!([word]),
        }
    }
}

/// The words of one list.
fn listed<'v>(lists: &'v Value, name: &str) -> impl Iterator<Item = &'v str> {
    lists
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}
