//! Which value of the start names the site.

use serde_json::Value;

use super::exchange::{Body, Exchange};
use super::roles::Run;
use super::variables::{Variables, segment_name};
use crate::learn::json::{last_name, leaves, parent};
use crate::learn::value::{id_text, is_commit, is_url, name_parts};

/// What names the site.
#[derive(Debug, Clone)]
pub(super) struct Site {
    pub(super) value: String,
    /// Where the start has it.
    pub(super) place: String,
    /// Another text that names the same site elsewhere.
    pub(super) alias: Option<String>,
}

struct Candidate {
    value: String,
    name: String,
    place: String,
    /// Its place in the path, from 1; the last names the narrowest thing.
    depth: usize,
}

/// The site that a run's start is for.
pub(super) fn find(run: &Run<'_>, variables: &Variables<'_>) -> Option<Site> {
    let start = run.start.exchange;
    let listed = run.list.as_ref().map(|list| list.reads[0].values()).unwrap_or_default();
    let alias = |candidate: &Candidate| {
        aliases(run, &candidate.value)
            .into_iter()
            .find(|other| listed.contains(other))
    };
    let best = candidates(start, variables)
        .into_iter()
        .filter(|candidate| run.target.as_ref() != Some(&candidate.value))
        .max_by_key(|candidate| {
            let in_list = listed.contains(&candidate.value) || alias(candidate).is_some();
            (
                rank(&candidate.name) > 0,
                run.list.is_some() && in_list,
                candidate.depth,
                rank(&candidate.name),
            )
        })?;
    let alias = (!listed.contains(&best.value)).then(|| alias(&best)).flatten();
    Some(Site {
        value: best.value,
        place: best.place,
        alias,
    })
}

fn candidates(start: &Exchange, variables: &Variables<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    for at in 0..start.segments.len() {
        if variables.find(&start.segments[at]).is_none() && !variables.is_literal(&start.segments, at) {
            let name = segment_name(&start.segments, at);
            found.push(Candidate {
                value: start.segments[at].clone(),
                place: format!("in the path, behind `{name}`"),
                name,
                depth: at + 1,
            });
        }
    }
    for (name, value) in &start.query {
        found.push(Candidate {
            value: value.clone(),
            name: name.clone(),
            place: format!("in the query, as `{name}`"),
            depth: 0,
        });
    }
    let body = match &start.body {
        Body::Json(body) => leaves(body)
            .into_iter()
            .filter(|leaf| !matches!(leaf.value, Value::Bool(_)))
            .filter_map(|leaf| Some((leaf.pointer.clone(), id_text(leaf.value)?)))
            .collect(),
        Body::Form(pairs) => pairs
            .iter()
            .map(|(name, value)| (format!("/{name}"), value.clone()))
            .collect(),
        Body::None | Body::Other => Vec::new(),
    };
    for (pointer, value) in body {
        found.push(Candidate {
            value,
            name: last_name(&pointer).to_owned(),
            place: format!("in the body, at `{pointer}`"),
            depth: 0,
        });
    }
    for (name, value) in start.graphql().map(|query| query.literals()).unwrap_or_default() {
        found.push(Candidate {
            value: value.to_owned(),
            name: name.to_owned(),
            place: format!("in the query's text, as `{name}`"),
            depth: 0,
        });
    }
    found.retain(|candidate| {
        let value = candidate.value.as_str();
        let short = value.len() <= 128 && !value.is_empty() && !value.contains(char::is_whitespace);
        short && !is_commit(value) && !is_url(value) && variables.find(value).is_none() && rank(&candidate.name) > -5
    });
    found
}

/// How much a name speaks for a site; less than nothing for an owner, a switch, a version.
fn rank(name: &str) -> i32 {
    let parts = name_parts(name);
    let has = |words: &[&str]| parts.iter().any(|part| words.contains(&part.as_str()));
    if has(&[
        "team",
        "account",
        "org",
        "organization",
        "organisation",
        "owner",
        "workspace",
        "user",
        "region",
        "environment",
        "tenant",
        "server",
    ]) {
        return 0;
    }
    if has(&[
        "query",
        "ref",
        "branch",
        "message",
        "sha",
        "commit",
        "target",
        "type",
        "force",
        "limit",
        "cache",
        "operation",
        "version",
        "tag",
    ]) {
        return -5;
    }
    if has(&["site", "service", "app", "application"]) {
        return 5;
    }
    if has(&["project", "resource", "program", "function", "worker", "instance"]) {
        return 4;
    }
    if has(&["uuid", "id", "slug"]) {
        return 2;
    }
    i32::from(has(&["name"]))
}

/// Other ids and names of the thing that some reply shows beside this one.
fn aliases(run: &Run<'_>, value: &str) -> Vec<String> {
    let mut found = Vec::new();
    for reply in run.all.iter().filter_map(|exchange| exchange.json()) {
        let leaves = leaves(reply);
        let is_name = |pointer: &str| matches!(last_name(pointer), "id" | "uid" | "uuid" | "slug" | "name" | "_id");
        for leaf in leaves
            .iter()
            .filter(|leaf| id_text(leaf.value).as_deref() == Some(value) && is_name(&leaf.pointer))
        {
            let beside = leaves
                .iter()
                .filter(|other| parent(&other.pointer) == parent(&leaf.pointer) && is_name(&other.pointer));
            found.extend(
                beside
                    .filter_map(|other| id_text(other.value))
                    .filter(|other| other != value),
            );
        }
    }
    found
}
