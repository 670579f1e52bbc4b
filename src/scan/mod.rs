//! Is a key in this repository? In its work tree, in its history; the one in use in any form that the redactor knows, others by
//! their first characters.
//!
//! Every object of the repository is streamed once, packed or not, reachable or not (`history`); only for what is
//! found is it asked which commit brought it in (`origin`).

mod history;
mod origin;
mod others;
mod place;
mod prefilter;
mod report;
mod sarif;
mod search;
mod staged;
mod tree;

use std::path::Path;
use std::sync::Arc;

pub use others::MIN_TAIL;
pub use report::{Location, Report, What};
pub use sarif::sarif;
pub use search::{Hit, MIN_REVEALED, Searcher, Stream, Which};

use crate::error::Error;
use crate::event::Note;
use crate::git::{Git, Repository};

/// How much of a repository is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The work tree without ignored files, and all of the history.
    Repository,
    /// The same with ignored files.
    WithIgnored,
    /// What the next commit would bring in.
    Staged,
}

/// Looks for keys in the repository that `dir` lies in, or, outside of any, in the files below `dir`.
///
/// Memory is bounded, whatever the size of files and history. Dropping the future ends git.
///
/// # Errors
/// [`Error::Usage`] when git can't be run in a repository or refuses the repository, [`Error::File`] when it stops halfway: what was
/// not looked at is never reported as clean.
pub async fn scan(dir: &Path, searcher: Searcher, extent: Extent) -> Result<Report, Error> {
    let searcher = Arc::new(searcher);
    let mut report = Report::default();
    let git = match extent {
        // A commit of single files, or with `-a`, gives its hooks an index of its own, in a variable.
        Extent::Staged if dir == Path::new(".") => Git::here(),
        _ => Git::at(dir),
    };
    let found = match git.repository().await {
        // A folder that is no repository is looked at where there is no git, too.
        Err(_) if dir.is_dir() && !is_marked(dir) => Repository::None,
        found => found?,
    };
    match found {
        Repository::None if extent == Extent::Staged => {
            return Err(Error::usage(
                format!("--staged: {} is in no git repository", dir.display()),
                "run it inside of one, or name one with --repository",
            ));
        }
        Repository::Found { .. } if extent == Extent::Staged => staged::scan(&searcher, &git, &mut report).await?,
        Repository::None => {
            let text = format!(
                "{} is in no git repository: only its files were looked at",
                dir.display()
            );
            report.notes.push(Note::notice("No git repository", text));
            tree::scan_folder(&searcher, dir, &mut report).await?;
        }
        Repository::Found { top, shallow, partial } => {
            if let Some(top) = top {
                tree::scan_work_tree(
                    &searcher,
                    &Git::at(&top),
                    &top,
                    extent == Extent::WithIgnored,
                    &mut report,
                )
                .await?;
            }
            if shallow {
                let text = "this is a shallow clone: history that was not fetched is not covered; fetch all of it \
                            (`git fetch --unshallow`, actions/checkout with `fetch-depth: 0`, GitLab `GIT_DEPTH: 0`)";
                report.notes.push(Note::warning("Shallow clone", text));
            }
            if partial {
                let text = "this is a partial clone: objects that were never fetched are not covered";
                report.notes.push(Note::warning("Partial clone", text));
            }
            let found = history::search(&searcher, &git, &mut report).await?;
            origin::locate(&searcher, &git, found, &mut report).await?;
        }
    }
    Ok(report)
}

/// Whether this folder, or one that it lies in, looks like a repository to somebody without git. One that nobody may
/// look at does.
fn is_marked(dir: &Path) -> bool {
    let Ok(whole) = dir.canonicalize() else {
        return true;
    };
    whole.ancestors().any(|folder| {
        let has = |name| folder.join(name).try_exists().unwrap_or(true);
        has(".git") || (has("HEAD") && has("objects"))
    })
}
