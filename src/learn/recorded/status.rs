//! Which fields of the polls' replies say how the deployment is.

use serde_json::Value;

use super::series::{self, Series};
use crate::learn::json::{at, has_index, last_name, leaves, parent};
use crate::learn::value::speaks_of;

/// The fields that tell how a deployment is, with pointers from the reply's root.
#[derive(Debug)]
pub(super) struct Status {
    pub(super) series: Series,
    /// A field that stays empty until the end, and then holds the verdict's word.
    pub(super) outcome: Option<Series>,
    pub(super) health: Option<Series>,
    /// Whether its name says that it is a status.
    pub(super) named: bool,
    /// Whether its last word came with the last change of everything that looks like progress.
    pub(super) ends_last: bool,
}

impl Status {
    /// The pointers to read, in the contract's order.
    pub(super) fn pointers(&self) -> Vec<&str> {
        let outcome = self.outcome.as_ref().map(|series| series.pointer.as_str());
        outcome.into_iter().chain([self.series.pointer.as_str()]).collect()
    }

    /// The words that ended a run: the outcome's if there is one.
    pub(super) fn last(&self, run: usize) -> Vec<String> {
        let last = |series: &Series| series.runs[run].last().cloned().unwrap_or_default();
        let outcome = self.outcome.as_ref().map(last).unwrap_or_default();
        if outcome.is_empty() {
            last(&self.series)
        } else {
            outcome
        }
    }

    /// The words that a run showed before its last one, each once.
    pub(super) fn before(&self, run: usize) -> Vec<String> {
        // Some items of a list have the last word before all do: it is no word of being under way.
        let agreed: Vec<Vec<String>> = (0..self.series.runs.len())
            .map(|run| self.last(run))
            .filter(|last| self.series.is_many() && !is_mixed(last))
            .collect();
        let last = self.series.runs[run].last().cloned().unwrap_or_default();
        let is_end = |word: &String| {
            // Beside an outcome the status only says that one is to come.
            let stays = self.outcome.is_none() && last.contains(word) && !is_mixed(&last);
            stays || agreed.iter().flatten().any(|known| known == word)
        };
        let mut before: Vec<String> = Vec::new();
        for word in self.series.runs[run].iter().flatten() {
            if !is_end(word) && !before.contains(word) {
                before.push(word.clone());
            }
        }
        before
    }
}

/// Whether the items of a list do not agree.
pub(super) fn is_mixed(words: &[String]) -> bool {
    words.iter().any(|word| *word != words[0])
}

/// Finds the status of runs, each with its polls' replies in order.
pub(super) fn find(runs: &[Vec<&Value>]) -> Option<Status> {
    let words = series::words(runs);
    let is_outcome = |series: &Series| {
        speaks_of(
            last_name(&series.pointer),
            &["conclusion", "result", "outcome", "verdict"],
        )
    };
    let is_health = |series: &Series| series::is_health(&series.pointer);
    let progress: Vec<&Series> = words
        .iter()
        .filter(|series| series.is_progress() && !is_health(series) && !is_outcome(series))
        .collect();
    let last_change = |run: usize| {
        let moving = progress.iter().filter(|series| series.moves() && is_named(series));
        let dates = ends(&runs[run]);
        moving
            .map(|series| series.last_change(run))
            .chain(dates)
            .max()
            .unwrap_or(0)
    };
    let ends_last = |series: &Series| (0..runs.len()).all(|run| series.last_change(run) >= last_change(run));
    // The status of a stage, whose name moves beside it, is not the deployment's.
    let is_of_part = |series: &Series| {
        let above = parent(&series.pointer);
        let beside = |other: &&&Series| parent(&other.pointer) == above && other.pointer != series.pointer;
        let moving = progress
            .iter()
            .filter(beside)
            .any(|other| other.moves() && speaks_of(last_name(&other.pointer), &["name", "stage", "step"]));
        moving && !series.is_many()
    };
    let best = progress
        .iter()
        .filter(|series| series.moves() || is_named(series))
        .max_by_key(|series| {
            let depth = series.pointer.matches('/').count();
            (
                series.moves() && is_named(series),
                !is_of_part(series),
                ends_last(series),
                is_named(series),
                !series.is_many(),
                usize::MAX - depth,
            )
        })?;
    let beside = |test: &dyn Fn(&Series) -> bool| words.iter().find(|series| test(series)).cloned();
    let outcome = beside(&|series: &Series| {
        is_outcome(series)
            && series.is_progress()
            && (0..runs.len()).all(|run| series.steps(run).first().is_some_and(|(words, _)| words.is_empty()))
            && series.runs.iter().flatten().any(|words| !words.is_empty())
    });
    Some(Status {
        named: is_named(best),
        ends_last: ends_last(best),
        outcome,
        health: beside(&is_health),
        series: (*best).clone(),
    })
}

fn is_named(series: &Series) -> bool {
    speaks_of(last_name(&series.pointer), &["status", "state", "phase"])
}

/// When a date that says the end appeared, in a run's replies.
fn ends(replies: &[&Value]) -> Option<usize> {
    let says_end = |name: &str| speaks_of(name, &["finished", "completed", "ended", "end", "done"]);
    (1..replies.len()).find(|number| {
        leaves(replies[*number]).iter().any(|leaf| {
            !leaf.value.is_null()
                && !has_index(&leaf.pointer)
                && says_end(leaf.name())
                && at(replies[number - 1], &leaf.pointer).is_none()
        })
    })
}
