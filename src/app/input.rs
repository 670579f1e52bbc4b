//! Small texts that a run reads: from files, from pipes and from stdin.

use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::timeout;

use crate::error::Error;
use crate::file;
use crate::model::Human;

/// Where a text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The process's stdin.
    Stdin,
    /// A file, or a pipe that has a path.
    File(PathBuf),
}

/// How long a pipe or stdin may take where the command has no limit of its own.
pub(super) const PIPE_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads at most `limit` bytes, from what is no regular file for at most `pipe_timeout`; `doing` is for the error, as
/// "could not read …".
///
/// On a thread of its own, which nobody waits for: a pipe that nobody writes to must hold up neither a signal, nor a limit
/// on the time, nor the end of the process.
pub(super) async fn text(
    source: &Source,
    limit: u64,
    pipe_timeout: Duration,
    doing: &'static str,
) -> Result<String, Error> {
    let (place, is_file) = match source {
        Source::Stdin => ("stdin".to_owned(), false),
        // What can't be looked at is an error of the reading.
        Source::File(path) => (
            path.display().to_string(),
            path.metadata().is_ok_and(|found| found.is_file()),
        ),
    };
    let source = source.clone();
    let read = tokio::task::spawn_blocking(move || match source {
        Source::Stdin => {
            let mut text = String::new();
            io::stdin().take(limit).read_to_string(&mut text).map(|_| text)
        }
        Source::File(path) => file::read_text(&path, limit),
    });
    let read = timeout(if is_file { Duration::MAX } else { pipe_timeout }, read).await;
    match read {
        Ok(read) => read
            .unwrap_or_else(|failed| Err(io::Error::other(failed)))
            .map_err(|error| Error::file(doing, place, error)),
        Err(_) => Err(Error::usage(
            format!("{doing} {place}: it did not end within {}", Human(pipe_timeout)),
            "see that whatever writes to it writes all of it and closes it",
        )),
    }
}
