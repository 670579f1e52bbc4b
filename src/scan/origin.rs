//! From objects to what a person can look at: commit, path, line.

use std::collections::{HashMap, HashSet};

use tokio::io::AsyncBufReadExt;

use super::history::{Kind, Objects};
use super::report::{Location, Report, What};
use super::search::{Searcher, Which};
use crate::error::Error;
use crate::git::{Git, stopped};
use crate::model::sort_by;

/// Names the places of the objects that were found, and refs whose names hold the key.
pub(super) async fn locate(
    searcher: &Searcher,
    git: &Git,
    mut found: Objects,
    report: &mut Report,
) -> Result<(), Error> {
    let refs = git.output(&["for-each-ref", "--format=%(refname)"]).await?;
    for name in refs.split(|byte| *byte == b'\n') {
        if let Some((_, key)) = searcher.look(name).first() {
            let location = Location::new(What::RefName).of(searcher, *key);
            report.add(location.at(searcher, &String::from_utf8_lossy(name)));
        }
    }
    let (mut commits, mut tags): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
    found.retain(|id, object| {
        match object.kind {
            Kind::Commit => commits.extend(
                object
                    .places
                    .iter()
                    .map(|place| Location::new(What::Commit).in_commit(id).found(searcher, place)),
            ),
            Kind::Tag => tags.extend(
                object
                    .places
                    .iter()
                    .map(|place| Location::new(What::Tag).in_object(id).found(searcher, place)),
            ),
            Kind::Blob | Kind::Tree => return true,
        }
        false
    });
    if !found.is_empty() {
        in_commits(searcher, git, &mut found, report).await?;
    }
    if !found.is_empty() {
        in_index(searcher, git, &mut found, report).await?;
    }
    sort_by(&mut commits, |one, other| one.commit.cmp(&other.commit));
    sort_by(&mut tags, |one, other| one.object.cmp(&other.object));
    for location in commits.into_iter().chain(tags) {
        report.add(location);
    }
    let mut rest: Vec<_> = found.into_iter().collect();
    sort_by(&mut rest, |(one, _), (other, _)| one.cmp(other));
    for (id, object) in rest {
        for place in &object.places {
            report.add(Location::new(What::Unreachable).in_object(&id).found(searcher, place));
        }
    }
    Ok(())
}

/// Removes from `found` what the history shows, and names its places there.
async fn in_commits(searcher: &Searcher, git: &Git, found: &mut Objects, report: &mut Report) -> Result<(), Error> {
    let met = Met::in_history(searcher, git, found).await?;
    let mut named: Vec<_> = met.named.into_iter().collect();
    sort_by(&mut named, |(one, _), (other, _)| one.cmp(other));
    for (path, (commit, key)) in &named {
        let location = Location::new(What::FileName).of(searcher, *key);
        report.add(location.at(searcher, path).in_commit(commit));
    }
    if !named.is_empty() {
        found.retain(|_, object| object.kind != Kind::Tree);
    }
    let mut versions: Vec<_> = met.versions.into_iter().collect();
    sort_by(&mut versions, Ord::cmp);
    let mut met = HashSet::new();
    for ((path, id), commit) in versions {
        if let Some(object) = found.get(&id) {
            for place in &object.places {
                report.add(
                    Location::new(What::History)
                        .at(searcher, &path)
                        .in_commit(&commit)
                        .found(searcher, place),
                );
            }
        }
        met.insert(id);
    }
    found.retain(|id, _| !met.contains(id));
    Ok(())
}

/// What the history shows of what was found, each with the oldest commit, which brought it in.
#[derive(Default)]
struct Met {
    /// By path and object.
    versions: HashMap<(String, String), String>,
    /// By path: those that hold a key themselves, and which.
    named: HashMap<String, (String, Which)>,
}

impl Met {
    /// Goes through all of the history once, the newest first; so what stays is the oldest.
    async fn in_history(searcher: &Searcher, git: &Git, found: &Objects) -> Result<Self, Error> {
        let names = found.values().any(|object| object.kind == Kind::Tree);
        let mut running = git.start(&[
            "log",
            "--all",
            "--reflog",
            "--format=%H",
            "--raw",
            "--no-abbrev",
            "-m",
            "--no-renames",
            "--no-ext-diff",
            "--ignore-submodules=none",
        ])?;
        let mut met = Self::default();
        let mut commit = String::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = running.out.read_until(b'\n', &mut line).await;
            if read.map_err(|error| stopped(&error.to_string()))? == 0 {
                break;
            }
            let text = String::from_utf8_lossy(line.trim_ascii_end());
            let Some((change, path)) = text.strip_prefix(':').and_then(|change| change.split_once('\t')) else {
                if !text.is_empty() {
                    commit = text.into_owned();
                }
                continue;
            };
            if names && let Some((_, key)) = searcher.look(path.as_bytes()).first() {
                met.named.insert(path.to_owned(), (commit.clone(), *key));
            }
            // `OLDMODE NEWMODE OLDID NEWID STATUS`
            if let Some(id) = change.split(' ').nth(3).filter(|id| found.contains_key(*id)) {
                met.versions.insert((path.to_owned(), id.to_owned()), commit.clone());
            }
        }
        running.finish().await?;
        Ok(met)
    }
}

/// What was staged and never committed.
async fn in_index(searcher: &Searcher, git: &Git, found: &mut Objects, report: &mut Report) -> Result<(), Error> {
    let staged = git.output(&["ls-files", "--stage", "-z"]).await?;
    for entry in staged.split(|byte| *byte == 0) {
        let entry = String::from_utf8_lossy(entry);
        // `MODE ID STAGE`, a tab, the path
        let Some((head, path)) = entry.split_once('\t') else {
            continue;
        };
        if let Some(object) = head.split(' ').nth(1).and_then(|id| found.remove(id)) {
            for place in &object.places {
                report.add(Location::new(What::Index).at(searcher, path).found(searcher, place));
            }
        }
    }
    Ok(())
}
