//! Recordings written by hand, for what no dashboard here does.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sproobo_deploy::app::assumed;
use sproobo_deploy::learn::{self, Evidence, Learned};
use sproobo_deploy::sproobo::Contract;

pub(crate) const HOST: &str = "https://api.platform.example";
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A recording; each call is one second after the one before it.
#[derive(Clone, Default)]
pub(crate) struct Tape {
    entries: Vec<Value>,
}

impl Tape {
    pub(crate) fn get(self, path: &str, reply: Value) -> Self {
        self.call("GET", path, &json!(null), 200, reply)
    }

    pub(crate) fn post(self, path: &str, body: &Value, reply: Value) -> Self {
        self.call("POST", path, body, 201, reply)
    }

    pub(crate) fn call(mut self, method: &str, path: &str, body: &Value, status: u16, reply: Value) -> Self {
        let url = if path.starts_with('/') {
            format!("{HOST}{path}")
        } else {
            path.to_owned()
        };
        let begin: DateTime<Utc> = "2026-03-01T02:00:00Z".parse().unwrap();
        let at = begin + TimeDelta::seconds(i64::try_from(self.entries.len()).unwrap());
        let mut request =
            json!({ "method": method, "url": url, "headers": [{ "name": "authorization", "value": "Bearer t0ken" }] });
        if !body.is_null() {
            request["postData"] = json!({ "mimeType": "application/json", "text": body.to_string() });
        }
        self.entries.push(json!({
            "startedDateTime": at.to_rfc3339(),
            "time": 40,
            "request": request,
            "response": { "status": status, "content": { "mimeType": "application/json", "text": reply.to_string() } },
        }));
        self
    }

    /// Changes the last call.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(self.entries.last_mut().unwrap());
        self
    }

    /// Adds a header to the last call.
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        let header = json!({ "name": name, "value": value });
        self.with(|entry| entry["request"]["headers"].as_array_mut().unwrap().push(header))
    }

    /// The last call's reply as a text of this kind.
    pub(crate) fn text(self, kind: &str, text: &str) -> Self {
        self.with(|entry| entry["response"]["content"] = json!({ "mimeType": kind, "text": text }))
    }

    /// Each word twice, as polls of `/sites/s-1/deployments/ID` would show it.
    pub(crate) fn polls(mut self, id: &str, words: &[&str]) -> Self {
        for word in words.iter().flat_map(|word| [word, word]) {
            self = self.get(
                &format!("/sites/s-17/deployments/{id}"),
                json!({ "id": id, "status": word }),
            );
        }
        self
    }

    pub(crate) fn har(&self) -> String {
        json!({ "log": { "version": "1.2", "creator": { "name": "by hand" }, "entries": self.entries } }).to_string()
    }

    pub(crate) fn source(&self) -> Evidence {
        Evidence::read(self.har().as_bytes()).unwrap()
    }

    pub(crate) fn learn(&self) -> Learned {
        learn_all(&[self.source()])
    }
}

pub(crate) fn learn_all(sources: &[Evidence]) -> Learned {
    let built_in = Contract::default();
    learn::learn(sources, assumed(&built_in))
}

/// A plain deployment that succeeds, up to its start.
pub(crate) fn started() -> Tape {
    Tape::default().post(
        "/sites/s-17/deployments",
        &json!({ "commit": COMMIT, "branch": "main" }),
        json!({ "id": "dep-901", "status": "queued" }),
    )
}

/// A plain deployment that succeeds, and is listed.
pub(crate) fn plain() -> Tape {
    started().polls("dep-901", &["queued", "building", "live"]).get(
        "/sites/s-17/deployments?limit=20",
        json!({ "deployments": [{ "id": "dep-901", "status": "live" }, { "id": "dep-900", "status": "live" }] }),
    )
}

/// Everything that is given out, as one text.
pub(crate) fn all_text(learned: &Learned) -> String {
    format!("{}\n{}", learned.contract, learn::explain(learned).join("\n"))
}

/// The sentences about one thing.
pub(crate) fn about<'l>(learned: &'l Learned, what: &str) -> Vec<&'l str> {
    let chosen = learned.evidence.iter().filter(|choice| choice.what == what);
    let missing = learned.missing.iter().filter(|missing| missing.what == what);
    chosen
        .map(|choice| choice.because.as_str())
        .chain(missing.map(|missing| missing.how.as_str()))
        .collect()
}

pub(crate) fn path_of(learned: &Learned, operation: &str) -> String {
    learned.contract["operations"][operation]["path"]
        .as_str()
        .unwrap_or("none")
        .to_owned()
}

pub(crate) fn words(learned: &Learned, class: &str) -> Vec<String> {
    let words = learned.contract["statuses"][class].as_array().unwrap();
    words.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

pub(crate) fn lacks(learned: &Learned, what: &str) -> bool {
    learned.missing.iter().any(|missing| missing.what == what)
}
