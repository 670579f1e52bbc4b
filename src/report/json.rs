//! One event a line on stdout, for programs. Fields are public API: docs/json.md lists them.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::console::{Reporter, Streams};
use super::results::ResultObject;
use super::texts::{Ending, cancel_text, health_word, title, whole_run_ending};
use crate::event::{Event, Mode, Note, RunResult, SiteEvent, SiteResult};
use crate::model::{Deployment, DeploymentId};
use crate::sanitize;

/// The reporter for programs: nothing else goes to stdout, and nothing to stderr.
pub struct Json {
    streams: Streams,
    mode: Mode,
}

impl Json {
    pub fn new(streams: Streams) -> Self {
        Self {
            streams,
            mode: Mode::Real,
        }
    }
}

impl Reporter for Json {
    fn event(&mut self, at: Duration, event: &Event) {
        if let Event::Begin { mode, .. } = event {
            self.mode = *mode;
        }
        self.streams.result(&encode(&object(at, event, self.mode)));
    }

    fn tick(&mut self, _at: Duration) {}
}

/// An event as the line that stands for it, for who prints it without a reporter. `at` is the time since the run began, `mode` where it goes.
pub fn line(at: Duration, event: &Event, mode: Mode) -> String {
    encode(&object(at, event, mode))
}

/// One line, in which a CI system finds no command of its own.
fn encode(value: &Value) -> String {
    let line = value.to_string();
    format!("{}\n", sanitize::json_without_commands(&line))
}

fn object(at: Duration, event: &Event, mode: Mode) -> Value {
    match event {
        Event::Begin {
            command,
            sites,
            mode,
            api,
        } => json!({ "event": "begin", "command": command, "sites": sites, "mode": mode, "api": api }),
        Event::Site { site, at: since, what } => {
            let (name, fields) = site_fields(what, mode);
            let mut object = Map::new();
            object.insert("event".to_owned(), name.into());
            object.insert("site".to_owned(), site.as_str().into());
            object.insert("at_seconds".to_owned(), seconds(at.max(*since)));
            if let Value::Object(fields) = fields {
                object.extend(fields);
            }
            Value::Object(object)
        }
        Event::Plan(text) => json!({ "event": "plan", "text": text }),
        Event::Found { object, .. } => {
            let mut found = object.clone();
            found["event"] = "found".into();
            found
        }
        Event::Note(Note { level, title, text }) => {
            json!({ "event": "note", "level": level, "title": title, "text": text })
        }
        Event::KeyAge(age) => json!({
            "event": "key_age",
            "days": age.told().days(),
            "created_at": age.created_at,
            "source": age.source,
            "name": age.name,
            "prefix": age.prefix,
            "stale": age.stale,
            "stale_after_days": age.limit().days(),
        }),
        Event::End(result) => end(result, mode),
    }
}

/// The event's name, and its own members.
fn site_fields(what: &SiteEvent, mode: Mode) -> (&'static str, Value) {
    match what {
        SiteEvent::Triggering {
            token,
            commit,
            git_ref,
            message,
        } => (
            "triggering",
            json!({ "client_token": token.0, "commit": commit, "ref": git_ref, "message": message }),
        ),
        SiteEvent::TriggerRetry { error, after, .. } => (
            "trigger_retry",
            json!({ "error": error.to_string(), "after_seconds": seconds(*after) }),
        ),
        SiteEvent::TriggerLost { error, .. } => ("trigger_lost", json!({ "error": error.to_string() })),
        SiteEvent::Conflict { running } => ("conflict", json!({ "running": running })),
        SiteEvent::Found { deployment, adopted } => (
            "known",
            json!({ "deployment": known_object(&deployment.id, deployment.seen.as_ref()), "adopted": adopted }),
        ),
        SiteEvent::Appearing { commit, within, ended } => (
            "appearing",
            json!({ "commit": commit, "within_seconds": seconds(*within), "ended": ended }),
        ),
        SiteEvent::Expected { usual } => ("expected", json!({ "usual_seconds": seconds(*usual) })),
        SiteEvent::Status { deployment } => ("status", json!({ "deployment": deployment_object(deployment) })),
        SiteEvent::UnknownWord { word } => ("unknown_word", json!({ "word": word })),
        SiteEvent::Settling { within } => ("settling", json!({ "within_seconds": seconds(*within) })),
        SiteEvent::Unreachable { error, budget } => (
            "unreachable",
            json!({ "error": error.to_string(), "budget_seconds": seconds(*budget) }),
        ),
        SiteEvent::Reachable { after } => ("reachable", json!({ "after_seconds": seconds(*after) })),
        SiteEvent::Log { lines } => {
            let lines: Vec<Value> = lines
                .iter()
                .map(|line| json!({ "time": line.time, "text": line.text }))
                .collect();
            ("log", json!({ "lines": lines }))
        }
        SiteEvent::Cancel { outcome } => ("cancel", json!({ "outcome": cancel_text(outcome) })),
        SiteEvent::Verifying { url } => ("verifying", json!({ "url": url })),
        SiteEvent::Verified { url } => ("verified", json!({ "url": url })),
        SiteEvent::RollingBack { to, commits } => (
            "rolling_back",
            json!({
                "to": to,
                "from_commit": commits.as_ref().map(|commits| &commits.from),
                "to_commit": commits.as_ref().map(|commits| &commits.to),
            }),
        ),
        SiteEvent::RolledBack { outcome } => ("rolled_back", json!({ "outcome": outcome })),
        SiteEvent::Verdict(result) => ("verdict", verdict(result, mode)),
    }
}

pub(super) fn deployment_object(deployment: &Deployment) -> Value {
    known_object(&deployment.id, Some(deployment))
}

/// A deployment with all that is known of it; all but the id is null for one that was never seen.
fn known_object(id: &DeploymentId, seen: Option<&Deployment>) -> Value {
    json!({
        "id": id,
        "class": seen.map(|seen| seen.status),
        "word": seen.map(|seen| &seen.word),
        "health": seen.and_then(|seen| seen.health.as_ref()).map(health_word),
        "url": seen.and_then(|seen| seen.url.as_ref()),
        "dashboard_url": seen.and_then(|seen| seen.dashboard_url.as_ref()),
        "commit": seen.and_then(|seen| seen.commit.as_ref()),
        "branch": seen.and_then(|seen| seen.branch.as_ref()),
        "message": seen.and_then(|seen| seen.message.as_ref()),
        "created_at": seen.and_then(|seen| seen.created_at),
        "started_at": seen.and_then(|seen| seen.started_at),
        "finished_at": seen.and_then(|seen| seen.finished_at),
        "failure": seen.and_then(|seen| seen.failure.as_ref()),
    })
}

fn verdict(result: &SiteResult, mode: Mode) -> Value {
    let mut value = json!({
        "result": ResultObject::ended(result),
        "next": result.end.as_ref().err().map(|error| Ending::of_site(error, result, mode).next),
    });
    if !result.log.is_empty() {
        value["log"] = result.log.iter().map(|line| line.text.as_str()).collect();
    }
    value
}

fn end(result: &RunResult, mode: Mode) -> Value {
    let mode = result.mode.unwrap_or(mode);
    let mut sites: Vec<ResultObject> = result.sites.iter().map(ResultObject::ended).collect();
    if let (Some(error), true) = (&result.error, sites.is_empty()) {
        sites.extend(result.asked.iter().map(|site| ResultObject::not_begun(site, error)));
    }
    let error = whole_run_ending(result, mode).map(|(error, ending)| {
        json!({ "title": title(error, result.subject.as_ref()), "message": ending.what, "known": ending.known, "next": ending.next })
    });
    json!({
        "event": "result",
        "exit_code": result.exit.number(),
        "mode": mode,
        "duration_seconds": result.duration.as_secs(),
        "error": error,
        "sites": sites,
    })
}

/// Seconds, to the millisecond.
fn seconds(duration: Duration) -> Value {
    json!((duration.as_secs_f64() * 1000.0).round() / 1000.0)
}
