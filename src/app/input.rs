//! Small texts that a run reads: from files, from pipes and from stdin.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::timeout;

use crate::error::Error;
use crate::file;
use crate::model::Human;

/// Where a text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Stdin,
    /// A file, or a pipe that has a path.
    File(PathBuf),
}

/// How long a pipe or stdin may take where the command has no limit of its own.
pub(super) const PIPE_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads at most `limit` bytes, from what is no regular file for at most `pipe_timeout`; `doing` is for the error, as
/// "could not read …".
pub(super) async fn text(
    source: &Origin,
    limit: u64,
    pipe_timeout: Duration,
    doing: &'static str,
) -> Result<String, Error> {
    let path = match source {
        Origin::Stdin => None,
        Origin::File(path) => Some(path.as_path()),
    };
    let of = path.map(Path::to_owned);
    let read = move || match of {
        None => file::text_of(io::stdin(), limit),
        Some(path) => file::read_text(&path, limit),
    };
    let read = bounded(path, pipe_timeout, doing, read).await?;
    read.map_err(|error| Error::file(doing, place(path), error))
}

fn place(path: Option<&Path>) -> String {
    path.map_or("stdin".to_owned(), |path| path.display().to_string())
}

/// What `read` makes of this file, or of stdin: at once of a regular file, of anything else within `pipe_timeout`.
///
/// On a thread of its own, which nobody waits for: a pipe that nobody writes to must hold up neither a signal, nor a limit
/// on the time, nor the end of the process.
pub(super) async fn bounded<T: Send + 'static>(
    path: Option<&Path>,
    pipe_timeout: Duration,
    doing: &'static str,
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    // What can't be looked at is an error of the reading.
    let is_file = path.is_some_and(|path| path.metadata().is_ok_and(|found| found.is_file()));
    let read = tokio::task::spawn_blocking(read);
    match timeout(if is_file { Duration::MAX } else { pipe_timeout }, read).await {
        Ok(read) => read.map_err(|failed| Error::file(doing, place(path), failed)),
        Err(_) => Err(Error::usage(
            format!("{doing} {}: it did not end within {}", place(path), Human(pipe_timeout)),
            "see that whatever writes to it writes all of it and closes it",
        )),
    }
}
