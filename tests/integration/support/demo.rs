//! Runs of the binary against a server of the test's own, with the default contract's paths for the site `demo`.

use serde_json::{Value, json};

use crate::support::cli::{Finished, Sproobo};
use crate::support::server::{Act, Request, Server};

pub(crate) const TRIGGER: &str = "POST /sites/demo/deployments";
pub(crate) const LIST: &str = "GET /sites/demo/deployments";
pub(crate) const READ: &str = "GET /sites/demo/deployments/d-1";
pub(crate) const CANCEL: &str = "POST /sites/demo/deployments/d-1/cancel";

pub(crate) fn command(server: &Server, arguments: &[&str]) -> Sproobo {
    Sproobo::new(arguments).key().env("SPROOBO_API_URL", &server.url)
}

pub(crate) fn deploy(server: &Server, more: &[&str]) -> Sproobo {
    let arguments: Vec<&str> = ["deploy", "demo", "--no-key-check", "--poll-interval=100ms"]
        .iter()
        .chain(more)
        .copied()
        .collect();
    command(server, &arguments)
}

pub(crate) fn deployment(status: &str) -> Value {
    json!({ "deployment": { "id": "d-1", "status": status } })
}

/// Triggers well, has no history, and then answers polls like this.
pub(crate) fn polled(mut poll: impl FnMut() -> Act + Send + 'static) -> Server {
    Server::start(move |request: &Request| match request.line().as_str() {
        TRIGGER => Act::Json(201, deployment("queued")),
        LIST => Act::Json(200, json!([])),
        CANCEL => Act::Json(200, json!({})),
        _ => poll(),
    })
}

/// Answers the first time so, and then that the deployment succeeded.
pub(crate) fn once(act: Act) -> Server {
    let mut act = Some(act);
    polled(move || act.take().unwrap_or_else(|| Act::Json(200, deployment("success"))))
}

/// A contract file with these changes.
pub(crate) fn contract(changes: Value) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut document = json!({ "version": 1 });
    document
        .as_object_mut()
        .unwrap()
        .extend(changes.as_object().unwrap().clone());
    std::fs::write(file.path(), document.to_string()).unwrap();
    file
}

pub(crate) fn without(operations: &[&str]) -> tempfile::NamedTempFile {
    let null: serde_json::Map<String, Value> = operations
        .iter()
        .map(|name| ((*name).to_owned(), Value::Null))
        .collect();
    contract(json!({ "operations": Value::Object(null) }))
}

pub(crate) fn only_gets(server: &Server) -> bool {
    server.requests().iter().all(|request| request.method == "GET")
}

/// Every end other than well says what happened, what is known, what to do.
#[track_caller]
pub(crate) fn explained(run: Finished, code: i32) -> Finished {
    let run = run.expect(code);
    for part in ["error: ", "\n  known: ", "\n  next: "] {
        assert!(run.printed().contains(part), "{part:?} is not in:\n{}", run.printed());
    }
    run
}
