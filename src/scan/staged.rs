//! Looks at what the next commit would bring in, and at nothing else.

use super::history;
use super::report::{Location, Report, What};
use super::search::Searcher;
use crate::error::Error;
use crate::git::Git;

/// Submodules are commits of other repositories: there is nothing of them to read.
const SUBMODULE: &str = "160000";

/// Looks at the staged version of every file that was added or changed.
pub(super) async fn scan(searcher: &Searcher, git: &Git, report: &mut Report) -> Result<(), Error> {
    let changed = git
        .output(&[
            "diff",
            "--cached",
            "--raw",
            "-z",
            "--no-abbrev",
            "--no-renames",
            "--no-ext-diff",
            "--diff-filter=d",
            "--ignore-submodules=none",
        ])
        .await?;
    let staged = parse(&changed);
    report.staged = true;
    report.files += staged.len() as u64;
    let ids: String = staged.iter().map(|(id, _)| format!("{id}\n")).collect();
    let running = git.start_with(&["cat-file", "--batch", "--buffer"], ids.into_bytes())?;
    let found = history::read(searcher, running, report).await?;
    for (id, path) in &staged {
        if let Some((_, key)) = searcher.look(path.as_bytes()).first() {
            let location = Location::new(What::FileName).of(searcher, *key);
            report.add(location.at(searcher, path));
        }
        for place in found.get(id).iter().flat_map(|object| &object.places) {
            report.add(Location::new(What::Index).at(searcher, path).found(searcher, place));
        }
    }
    Ok(())
}

/// Object and path of each entry: `:OLDMODE NEWMODE OLDID NEWID STATUS`, then the path, each with a NUL behind it.
fn parse(changed: &[u8]) -> Vec<(String, String)> {
    let mut fields = changed
        .split(|byte| *byte == 0)
        .map(|field| String::from_utf8_lossy(field).into_owned());
    let mut staged = Vec::new();
    while let (Some(change), Some(path)) = (fields.next(), fields.next()) {
        let mut words = change.split(' ').skip(1);
        if let (Some(mode), Some(_), Some(id)) = (words.next(), words.next(), words.next())
            && mode != SUBMODULE
        {
            staged.push((id.to_owned(), path));
        }
    }
    staged
}
