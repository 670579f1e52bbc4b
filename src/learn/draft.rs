//! What is known of a contract so far, and the contract that comes of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::words::{self, Meaning};
use super::{Assumed, Choice, Learned, Missing, Sure};
use crate::model::{StatusClass, normal_word};

/// One operation, with its whole path from the host on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operation {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Map<String, Value>,
    pub(super) body: Option<Value>,
    /// The body is a form.
    pub(super) form: bool,
    /// It reads by another method than `GET`.
    pub(super) read: bool,
    /// A 2xx without an id is an acceptance.
    pub(super) accepted: bool,
}

/// Where a deployment's fields stand, where its list, its log and its site do.
pub(super) type Fields = BTreeMap<&'static str, BTreeMap<&'static str, Value>>;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) origin: Option<String>,
    /// Header and value.
    pub(super) auth: Option<(String, String)>,
    pub(super) headers: Map<String, Value>,
    pub(super) operations: BTreeMap<&'static str, Operation>,
    pub(super) fields: Fields,
    pub(super) meanings: Vec<Meaning>,
    pub(super) evidence: Vec<Choice>,
    pub(super) missing: Vec<Missing>,
}

impl Draft {
    pub(super) fn choose(&mut self, what: impl Into<String>, sure: Sure, because: impl Into<String>) {
        self.evidence.push(Choice {
            what: what.into(),
            sure,
            because: because.into(),
        });
    }

    pub(super) fn lacks(&mut self, what: impl Into<String>, how: impl Into<String>) {
        self.missing.push(Missing {
            what: what.into(),
            how: how.into(),
        });
    }

    pub(super) fn field(&mut self, object: &'static str, field: &'static str, pointers: Value) {
        self.fields.entry(object).or_default().insert(field, pointers);
    }

    /// Takes from another draft what this one does not know.
    pub(super) fn complete_with(&mut self, other: Self) {
        let begins = self.operations.is_empty();
        let mut taken: Vec<String> = Vec::new();
        if self.origin.is_none() {
            self.origin = other.origin;
            taken.push("base_url".to_owned());
        }
        // A browser's session is not how a program signs in; a description says how.
        let assumed = self
            .evidence
            .iter()
            .any(|choice| choice.what == "auth" && choice.sure == Sure::Guess);
        if other.auth.is_some() && (self.auth.is_none() || assumed) {
            self.auth = other.auth;
            self.evidence.retain(|choice| choice.what != "auth");
            taken.push("auth".to_owned());
        }
        for (name, operation) in other.operations {
            if !self.operations.contains_key(name) {
                self.operations.insert(name, operation);
                taken.push(format!("operations/{name}"));
            }
        }
        for (object, members) in other.fields {
            for (field, pointers) in members {
                let known = self.fields.entry(object).or_default();
                if !known.contains_key(field) && (begins || !matches!(field, "root" | "items")) {
                    known.insert(field, pointers);
                    taken.push(format!("fields/{object}/{field}"));
                }
            }
        }
        for meaning in other.meanings {
            match words::find(&mut self.meanings, &meaning.word) {
                Some(known) if known.class.is_some() => {}
                Some(known) => *known = meaning,
                None => self.meanings.push(meaning),
            }
        }
        self.evidence
            .extend(other.evidence.into_iter().filter(|choice| taken.contains(&choice.what)));
        self.missing.retain(|missing| !taken.contains(&missing.what));
        self.missing.extend(other.missing);
    }

    /// The contract with everything that speaks for it.
    pub(super) fn learned(mut self, assumed: Assumed<'_>) -> Learned {
        let prefix = self.prefix();
        let operations: Map<String, Value> = assumed
            .members("operations")
            .map(|name| {
                let entry = self
                    .operations
                    .get(name)
                    .map(|operation| entry(name, operation, &prefix));
                (name.to_owned(), entry.unwrap_or(Value::Null))
            })
            .collect();
        let mut contract = json!({ "version": 1 });
        if let Some(origin) = &self.origin {
            contract["base_url"] = format!("{origin}{prefix}").into();
        }
        if let Some((header, value)) = &self.auth {
            contract["auth"] = json!({ "header": header, "value": value });
        }
        if !self.headers.is_empty() {
            contract["headers"] = self.headers.clone().into();
        }
        contract["operations"] = operations.into();
        contract["fields"] = self.fields(assumed);
        contract["statuses"] = self.statuses(assumed);
        Learned {
            contract,
            evidence: self.evidence,
            missing: self.missing,
        }
    }

    /// What every path begins with: `/api`, a version.
    fn prefix(&self) -> String {
        let mut paths = self
            .operations
            .values()
            .map(|operation| operation.path.split('/').skip(1));
        let Some(first) = paths.next() else {
            return String::new();
        };
        let mut common: Vec<&str> = first.collect();
        // At least one segment is left for each path.
        common.pop();
        for path in paths {
            let mut its: Vec<&str> = path.collect();
            its.pop();
            let same = common.iter().zip(&its).take_while(|(one, other)| one == other).count();
            common.truncate(same);
        }
        let is_base = |segment: &&str| {
            let version = segment.strip_prefix('v').unwrap_or_default();
            matches!(*segment, "api" | "rest" | "client" | "public" | "internal")
                || version.starts_with(|letter: char| letter.is_ascii_digit())
        };
        common
            .iter()
            .take_while(|segment| is_base(segment))
            .map(|segment| format!("/{segment}"))
            .collect()
    }

    /// All fields of a deployment, so that no assumed pointer is left to lead to something else.
    fn fields(&self, assumed: Assumed<'_>) -> Value {
        let mut objects = Map::new();
        let empty = BTreeMap::new();
        let deployment = self.fields.get("deployment").unwrap_or(&empty);
        let mut members = Map::new();
        for field in assumed.members("fields/deployment") {
            let pointers = deployment.get(field).cloned().unwrap_or_else(|| json!([]));
            // These two can't be empty; without them the assumed ones stand, and the report says so.
            if !(matches!(field, "root" | "id" | "status") && pointers == json!([])) {
                members.insert(field.to_owned(), pointers);
            }
        }
        objects.insert("deployment".to_owned(), members.into());
        for (object, known) in self.fields.iter().filter(|(object, _)| **object != "deployment") {
            let members: Map<String, Value> = known
                .iter()
                .map(|(field, value)| ((*field).to_owned(), value.clone()))
                .collect();
            objects.insert((*object).to_owned(), members.into());
        }
        objects.into()
    }

    /// The words by class. No assumed word of success is left: it may mean something else here.
    fn statuses(&mut self, assumed: Assumed<'_>) -> Value {
        let mut lists = Map::new();
        for (class, name) in StatusClass::named() {
            let mut words: Vec<&str> = self
                .meanings
                .iter()
                .filter(|meaning| meaning.class == Some(class))
                .map(|meaning| meaning.word.as_str())
                .collect();
            if matches!(
                class,
                StatusClass::Failed | StatusClass::Cancelled | StatusClass::Superseded
            ) {
                // A failure in a word that was not seen is still better told at once than after the whole time limit.
                let seen: Vec<String> = self.meanings.iter().map(|meaning| normal_word(&meaning.word)).collect();
                words.extend(
                    assumed
                        .words_of(class)
                        .filter(|word| !seen.contains(&normal_word(word))),
                );
            }
            lists.insert(name, json!(words));
        }
        let unclear = self.meanings.iter().filter(|meaning| meaning.class.is_none());
        let mut lacking: Vec<Missing> = Vec::new();
        for Meaning { word, because, .. } in unclear {
            lacking.push(Missing {
                what: format!("the class of the status word `{word}`"),
                how: format!("{because}; put it into a list of `statuses`, or give `--status-map WORD=CLASS`"),
            });
        }
        let has = |class| self.meanings.iter().any(|meaning| meaning.class == Some(class));
        if !self.meanings.is_empty() && !has(StatusClass::Succeeded) && !has(StatusClass::Finished) {
            lacking.push(Missing {
                what: "statuses/succeeded".to_owned(),
                how: "record a deployment that succeeds, until the dashboard says so".to_owned(),
            });
        }
        if !self.meanings.is_empty() && !has(StatusClass::Failed) {
            lacking.push(Missing {
                what: "statuses/failed".to_owned(),
                how:
                    "only assumed words are listed, and a failure could even end in the word of success; record a deployment \
                      that fails (a commit that does not build) and give both recordings"
                        .to_owned(),
            });
        }
        self.missing.extend(lacking);
        for meaning in &self.meanings {
            let named = StatusClass::named().find(|(class, _)| Some(*class) == meaning.class);
            let Some((_, name)) = named else { continue };
            self.evidence.push(Choice {
                what: format!("statuses/{name}"),
                sure: meaning.sure,
                because: format!("`{}`: {}", meaning.word, meaning.because),
            });
        }
        lists.into()
    }
}

fn entry(name: &str, operation: &Operation, prefix: &str) -> Value {
    let path = operation.path.strip_prefix(prefix).unwrap_or(&operation.path);
    let mut entry = json!({ "method": operation.method, "path": path });
    if operation.read {
        entry["read"] = true.into();
    }
    if operation.accepted {
        entry["reply"] = "accepted".into();
    }
    if operation.form {
        entry["body_as"] = "form".into();
    }
    // What the built-in contract sends along is not this API's.
    if !operation.headers.is_empty() || matches!(name, "trigger" | "rollback") {
        entry["headers"] = operation.headers.clone().into();
    }
    if operation.body.is_some() || matches!(name, "trigger" | "create_api_key") {
        entry["body"] = operation.body.clone().into();
    }
    entry
}
