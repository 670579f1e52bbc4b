//! Reads replies as a contract does, so that what was learned is proven on every reply that was recorded.

use serde_json::Value;

use crate::learn::json::{at, below, deepest_first};
use crate::learn::value::id_text;

/// A reply with the deployment's id that must be read in it.
#[derive(Debug, Clone)]
pub(super) struct Sample<'e> {
    pub(super) reply: &'e Value,
    pub(super) id: String,
}

/// Where the deployment stands in replies, and its id in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    /// The roots to try in order.
    pub(super) roots: Vec<String>,
    /// The pointers to the id to try in order, from the root.
    pub(super) ids: Vec<String>,
    /// How many of the samples it reads right.
    pub(super) right: usize,
}

/// Finds roots and id pointers that read every sample right, from where each kind of reply shows the id: pairs of a
/// root and the whole pointer.
pub(super) fn find(places: &[(String, String)], samples: &[Sample<'_>]) -> Reading {
    let mut roots: Vec<String> = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    for (root, id) in places {
        push(&mut roots, root);
        push(&mut ids, below(id, root).unwrap_or(id));
    }
    // The deepest first: what stands deep is there in few replies.
    deepest_first(&mut roots);
    let whole: Vec<String> = places.iter().map(|(_, id)| id.clone()).collect();
    let orders = orders(&ids).into_iter().map(|ids| (roots.clone(), ids));
    let plain = self::orders(&whole).into_iter().map(|ids| (vec![String::new()], ids));
    let mut best: Option<Reading> = None;
    for (roots, ids) in orders.chain(plain) {
        let right = samples
            .iter()
            .filter(|sample| id(sample.reply, &roots, &ids).as_deref() == Some(sample.id.as_str()))
            .count();
        if best.as_ref().is_none_or(|known| right > known.right) {
            best = Some(Reading { roots, ids, right });
        }
    }
    best.unwrap_or(Reading {
        roots: vec![String::new()],
        ids: Vec::new(),
        right: 0,
    })
}

fn push(list: &mut Vec<String>, text: &str) {
    if !list.iter().any(|known| known == text) {
        list.push(text.to_owned());
    }
}

/// Every order of up to four texts; of more only the given one.
fn orders(texts: &[String]) -> Vec<Vec<String>> {
    if texts.len() > 4 {
        return vec![texts.to_vec()];
    }
    if texts.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for first in 0..texts.len() {
        let mut rest = texts.to_vec();
        let begin = rest.remove(first);
        for mut order in orders(&rest) {
            order.insert(0, begin.clone());
            all.push(order);
        }
    }
    all
}

fn id(reply: &Value, roots: &[String], ids: &[String]) -> Option<String> {
    let root = roots.iter().find_map(|root| at(reply, root))?;
    ids.iter()
        .filter_map(|pointer| at(root, pointer))
        .find(|found| !found.is_array() && !found.is_object())
        .and_then(id_text)
}

impl Reading {
    /// The root that a reply is read from.
    pub(super) fn root_of(&self, reply: &Value) -> Option<&str> {
        self.roots
            .iter()
            .find(|root| at(reply, root).is_some())
            .map(String::as_str)
    }
}
