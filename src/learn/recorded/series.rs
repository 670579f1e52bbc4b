//! Values that move from one reply to the next, and then stay.

use serde_json::Value;

use crate::learn::json::{arrays, has_index, leaves};
use crate::learn::value::{is_word, speaks_of};

/// One place of the polls' replies, and what stood there in each of them.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// Where; `*` stands for every item of a list.
    pub(super) pointer: String,
    /// For each run, for each reply: the words; several for `*`, none where the place is empty.
    pub(super) runs: Vec<Vec<Vec<String>>>,
}

impl Series {
    /// The words of one run in their order, with how many replies in a row showed each.
    pub(super) fn steps(&self, run: usize) -> Vec<(Vec<String>, usize)> {
        let mut steps: Vec<(Vec<String>, usize)> = Vec::new();
        for words in &self.runs[run] {
            match steps.last_mut() {
                Some((last, count)) if last == words => *count += 1,
                _ => steps.push((words.clone(), 1)),
            }
        }
        steps
    }

    /// The last reply of a run that shows another value than the one before it.
    pub(super) fn last_change(&self, run: usize) -> usize {
        let replies = &self.runs[run];
        (1..replies.len())
            .rev()
            .find(|at| replies[*at] != replies[at - 1])
            .unwrap_or(0)
    }

    /// Whether every run leaves a word for good, and fills the place until its end once it is filled.
    pub(super) fn is_progress(&self) -> bool {
        (0..self.runs.len()).all(|run| {
            let steps = self.steps(run);
            let filled: Vec<&Vec<String>> = steps
                .iter()
                .map(|(words, _)| words)
                .skip_while(|words| words.is_empty())
                .collect();
            filled.iter().all(|words| !words.is_empty())
                && (1..filled.len()).all(|at| !filled[..at].contains(&filled[at]))
        })
    }

    pub(super) fn moves(&self) -> bool {
        (0..self.runs.len()).any(|run| self.steps(run).iter().filter(|(words, _)| !words.is_empty()).count() > 1)
    }

    pub(super) fn is_many(&self) -> bool {
        self.pointer.contains("/*")
    }
}

/// Whether a place named like a status shows words that move.
pub(super) fn moves(replies: &[&Value]) -> bool {
    words(&[replies.to_vec()])
        .iter()
        .any(|series| series.moves() && speaks_of(&series.pointer, &["status", "state", "phase"]))
}

/// Every place that shows nothing but short words.
pub(super) fn words(runs: &[Vec<&Value>]) -> Vec<Series> {
    let mut pointers: Vec<String> = Vec::new();
    for reply in runs.iter().flatten() {
        let plain = leaves(reply)
            .into_iter()
            .filter(|leaf| {
                let says = leaf.value.is_string() || (leaf.value.is_boolean() && is_health(&leaf.pointer));
                says && !has_index(&leaf.pointer)
            })
            .map(|leaf| leaf.pointer);
        let many = arrays(reply).into_iter().flat_map(|(pointer, items)| {
            let members = items.iter().filter_map(Value::as_object).flatten();
            members
                .filter(|(name, member)| member.is_string() && speaks_of(name, &["status", "state", "phase"]))
                .map(move |(name, _)| format!("{pointer}/*/{name}"))
                .collect::<Vec<_>>()
        });
        for pointer in plain.chain(many) {
            if !pointers.contains(&pointer) {
                pointers.push(pointer);
            }
        }
    }
    let series = pointers.into_iter().map(|pointer| Series {
        runs: runs
            .iter()
            .map(|replies| replies.iter().map(|reply| texts(reply, &pointer)).collect())
            .collect(),
        pointer,
    });
    series
        .filter(|series| series.runs.iter().flatten().flatten().all(|text| is_word(text)))
        .collect()
}

/// Whether a place tells a health. It may be a yes or no.
pub(super) fn is_health(pointer: &str) -> bool {
    speaks_of(pointer, &["health", "healthcheck", "healthy"])
}

/// The texts at a pointer that may have one `*`.
pub(super) fn texts(reply: &Value, pointer: &str) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Bool(is) if is_health(pointer) => Some(is.to_string()),
        _ => None,
    };
    match pointer.split_once("/*") {
        None => reply.pointer(pointer).and_then(text).into_iter().collect(),
        Some((list, rest)) => {
            let items = reply.pointer(list).and_then(Value::as_array).into_iter().flatten();
            items.filter_map(|item| item.pointer(rest).and_then(text)).collect()
        }
    }
}
