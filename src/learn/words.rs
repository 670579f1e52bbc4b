//! What the status words mean, by when they came and what came with them.

use serde_json::Value;

use super::value::name_parts;
use super::{Assumed, Sure};
use crate::model::{StatusClass, normal_word};

/// Parts of a compound word that tell its class, beside every present participle (`deploying`), which is running.
const PARTS: [(StatusClass, &[&str]); 4] = [
    (
        StatusClass::Failed,
        &[
            "fail",
            "failed",
            "failure",
            "error",
            "errored",
            "crashed",
            "unhealthy",
            "rejected",
        ],
    ),
    (
        StatusClass::Cancelled,
        &[
            "cancel",
            "cancelled",
            "canceled",
            "canceling",
            "aborted",
            "stopped",
            "killed",
        ],
    ),
    (
        StatusClass::Superseded,
        &["superseded", "replaced", "skipped", "removed", "deactivated", "expired"],
    ),
    (
        StatusClass::Running,
        &[
            "progress",
            "pending",
            "queued",
            "waiting",
            "idle",
            "new",
            "enqueued",
            "preparing",
        ],
    ),
];

impl<'a> Assumed<'a> {
    /// The class that a word seems to have: by the built-in lists, and by the parts of a compound.
    pub(super) fn looks_like(self, word: &str) -> Option<StatusClass> {
        let whole = normal_word(word);
        let mut listed = StatusClass::named().map(|(class, _)| class);
        if let Some(class) = listed.find(|class| self.words_of(*class).any(|known| normal_word(known) == whole)) {
            return Some(class);
        }
        let parts = name_parts(&whole);
        let has = |words: &[&str]| parts.iter().any(|part| words.contains(&part.as_str()));
        let told = PARTS.iter().find(|(_, words)| has(words)).map(|(class, _)| *class);
        told.or_else(|| {
            parts
                .iter()
                .any(|part| part.ends_with("ing"))
                .then_some(StatusClass::Running)
        })
    }

    /// The words of one of the built-in lists.
    pub(super) fn words_of(self, class: StatusClass) -> impl Iterator<Item = &'a str> {
        let name = StatusClass::named()
            .find(|(known, _)| *known == class)
            .map(|(_, name)| name);
        let list = name.and_then(|name| self.document["statuses"][name].as_array());
        list.into_iter().flatten().filter_map(Value::as_str)
    }
}

/// How one run ended.
#[derive(Debug, Default)]
pub(super) struct Ending {
    /// The words before the last.
    pub(super) before: Vec<String>,
    /// The last word; none if nothing was shown, or the items of a list did not agree.
    pub(super) last: Option<String>,
    /// For how many polls it stayed.
    pub(super) stayed: usize,
    /// The words of a list whose items did not agree at the end.
    pub(super) mixed: Vec<String>,
    pub(super) has_link: bool,
    pub(super) has_failure: bool,
    pub(super) was_cancelled: bool,
}

/// A word's class, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) word: String,
    /// None where the recording does not tell.
    pub(super) class: Option<StatusClass>,
    pub(super) sure: Sure,
    pub(super) because: String,
}

/// What is known of a word.
pub(super) fn find<'m>(meanings: &'m mut [Meaning], word: &str) -> Option<&'m mut Meaning> {
    let word = normal_word(word);
    meanings.iter_mut().find(|known| normal_word(&known.word) == word)
}

/// Gives each word that the runs showed a class.
pub(super) fn meanings(runs: &[Ending], assumed: Assumed<'_>, has_health: bool) -> Vec<Meaning> {
    let mut meanings: Vec<Meaning> = Vec::new();
    let moved_on = |word: &str| {
        runs.iter()
            .any(|run| run.before.iter().any(|known| normal_word(known) == normal_word(word)))
    };
    for run in runs {
        for word in run.last.iter().chain(&run.mixed) {
            let mut meaning = ending(word, run, assumed, has_health);
            let mixed = run.last.as_ref() != Some(word);
            if let Some(known) = find(&mut meanings, word) {
                // Another field must tell the two ends apart.
                if !mixed && known.class.is_some() && known.class != meaning.class {
                    known.class = None;
                    known.because =
                        "runs that ended in different ways ended with it, so another field must tell them apart"
                            .to_owned();
                }
                continue;
            }
            if moved_on(word) && meaning.class != Some(StatusClass::Running) && !mixed {
                meaning.class = None;
                meaning.because =
                    "it was the last word of one run and was moved on from in another, so it does not tell the \
                     end: the status may stand elsewhere"
                        .to_owned();
            } else if mixed
                && meaning.class != Some(StatusClass::Failed)
                && meaning.class != Some(StatusClass::Cancelled)
            {
                continue;
            }
            meanings.push(meaning);
        }
    }
    for word in runs.iter().flat_map(|run| &run.before) {
        if find(&mut meanings, word).is_none() {
            meanings.push(Meaning {
                word: word.clone(),
                class: Some(StatusClass::Running),
                sure: Sure::Certain,
                because: "the deployment moved on from it".to_owned(),
            });
        }
    }
    meanings
}

/// Adds words that only older deployments of a list show. By its looks alone no word is a success.
pub(super) fn add_listed(meanings: &mut Vec<Meaning>, words: Vec<String>, assumed: Assumed<'_>) {
    for word in words {
        if find(meanings, &word).is_some() {
            continue;
        }
        let class = assumed.looks_like(&word).filter(|class| {
            matches!(
                class,
                StatusClass::Failed | StatusClass::Cancelled | StatusClass::Superseded
            )
        });
        meanings.push(Meaning {
            word,
            class,
            sure: Sure::Guess,
            because: "only an older deployment of the list has it".to_owned(),
        });
    }
}

fn ending(word: &str, run: &Ending, assumed: Assumed<'_>, has_health: bool) -> Meaning {
    let told = |class, sure, because: &str| Meaning {
        word: word.to_owned(),
        class,
        sure,
        because: because.to_owned(),
    };
    let looks = assumed.looks_like(word);
    match looks {
        Some(StatusClass::Finished) if has_health => told(
            looks,
            Sure::Likely,
            "the last word of a run; the health beside it decides",
        ),
        Some(StatusClass::Failed) if run.has_failure => {
            told(looks, Sure::Certain, "the last word of a run, with a reason beside it")
        }
        Some(StatusClass::Failed) => told(looks, Sure::Likely, "the last word of a run, and a word of failure"),
        Some(StatusClass::Cancelled | StatusClass::Superseded) | None if run.was_cancelled => told(
            Some(StatusClass::Cancelled),
            Sure::Likely,
            "the last word of a run that was cancelled",
        ),
        Some(StatusClass::Cancelled | StatusClass::Superseded) => {
            told(looks, Sure::Likely, "the last word of a run, by what it says")
        }
        Some(StatusClass::Running) => told(
            looks,
            Sure::Guess,
            "the last word that was recorded, but it sounds as if the deployment was still running",
        ),
        _ if run.has_failure => told(
            Some(StatusClass::Failed),
            Sure::Likely,
            "the last word of a run, with a reason beside it",
        ),
        Some(StatusClass::Finished) => told(
            looks,
            Sure::Likely,
            "the last word of a run: proposed as finished, which is a success unless a health says otherwise within the \
             settling time",
        ),
        _ if run.has_link => told(
            Some(StatusClass::Succeeded),
            Sure::Likely,
            "the last word of a run, with a link to what is live beside it: proposed as success",
        ),
        Some(StatusClass::Succeeded) => told(
            looks,
            Sure::Guess,
            "the last word of a run, and a word of success: proposed as success",
        ),
        _ => told(
            None,
            Sure::Guess,
            "the last word of a run, and nothing beside it tells how the run ended",
        ),
    }
}
