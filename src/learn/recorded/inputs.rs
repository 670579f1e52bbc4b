//! What a start sends that is different each time: commit, branch, message, a token of its own.

use super::exchange::{Body, Exchange};
use super::roles::Run;
use super::variables::Variables;
use crate::learn::json::{last_name, leaves};
use crate::learn::value::{id_text, is_commit, name_parts, speaks_of};

/// Gives the start's inputs their names.
pub(super) fn name(run: &Run<'_>, variables: &mut Variables<'_>) {
    for (name, value) in sent(run.start.exchange) {
        if variables.find(&value).is_some() {
            continue;
        }
        if is_commit(&value) || (speaks_of(&name, &["commit", "sha", "revision"]) && is_short_hash(&value)) {
            variables.name(&value, "commit");
        } else if is_token(&name, &value, run) {
            variables.name(&value, "client_token");
        } else if is_ref(&name, &value) {
            variables.name(&value, "ref");
        } else if speaks_of(&name, &["message", "title", "description", "comment", "reason", "note"]) {
            variables.name(&value, "message");
        }
    }
}

/// The commit that a start asks for.
pub(super) fn commit(run: &Run<'_>) -> Option<String> {
    sent(run.start.exchange)
        .into_iter()
        .map(|(_, value)| value)
        .find(|value| is_commit(value))
}

/// The token that a start sends and that later replies show.
pub(super) fn token(run: &Run<'_>, variables: &Variables<'_>) -> Option<String> {
    let sent = sent(run.start.exchange).into_iter().map(|(_, value)| value);
    let headers = run
        .start
        .exchange
        .headers
        .iter()
        .filter(|(name, _)| speaks_of(name, &["idempotency"]));
    sent.filter(|value| variables.find(value) == Some("client_token"))
        .chain(headers.map(|(_, value)| value.clone()))
        .find(|value| is_shown(value, run))
}

/// Everything that a request's query and body hold, by name.
pub(super) fn sent(start: &Exchange) -> Vec<(String, String)> {
    let mut sent: Vec<(String, String)> = start.query.clone();
    match &start.body {
        Body::Json(body) => {
            let leaves = leaves(body).into_iter().filter(|leaf| leaf.name() != "query");
            sent.extend(leaves.filter_map(|leaf| Some((last_name(&leaf.pointer).to_owned(), id_text(leaf.value)?))));
        }
        Body::Form(pairs) => sent.extend(pairs.iter().cloned()),
        Body::None | Body::Other => {}
    }
    sent.retain(|(_, value)| !value.is_empty());
    sent
}

fn is_short_hash(value: &str) -> bool {
    (7..=64).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_ref(name: &str, value: &str) -> bool {
    let whole = name_parts(name).join("_");
    value.starts_with("refs/")
        || matches!(
            whole.as_str(),
            "ref" | "branch" | "git_ref" | "git_branch" | "branch_name" | "tag" | "revision"
        )
        || (matches!(value, "main" | "master") && !matches!(whole.as_str(), "environment" | "name"))
}

/// A value of the start's own: named so, or shown by later replies though nothing before had it.
fn is_token(name: &str, value: &str, run: &Run<'_>) -> bool {
    let whole = name_parts(name).join("_");
    let named = [
        "idempotency",
        "client_token",
        "request_id",
        "nonce",
        "correlation",
        "client_request",
        "client_id",
    ];
    if named.iter().any(|known| whole.contains(known)) && value.len() >= 8 {
        return true;
    }
    value.len() >= 16
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && is_shown(value, run)
        && !was_there(value, run)
}

fn is_shown(value: &str, run: &Run<'_>) -> bool {
    let mut all = run.all.iter();
    all.any(|exchange| exchange.sent >= run.start.exchange.sent && exchange.shows(value))
}

fn was_there(value: &str, run: &Run<'_>) -> bool {
    let mut earlier = run
        .all
        .iter()
        .filter(|exchange| exchange.sent < run.start.exchange.sent);
    earlier.any(|exchange| exchange.mentions(value) || exchange.shows(value))
}
