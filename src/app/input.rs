//! Small texts that a run reads: from files, from pipes and from stdin.

use std::io::{self, Read};
use std::path::PathBuf;

use crate::error::Error;
use crate::file;

/// Where a text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The process's stdin.
    Stdin,
    /// A file, or a pipe that has a path.
    File(PathBuf),
}

/// Reads at most `limit` bytes; `doing` is for the error, as "could not read …".
///
/// On a thread of its own: a pipe that nobody writes to must hold up neither a signal nor a limit on the time.
pub(super) async fn text(source: &Source, limit: u64, doing: &'static str) -> Result<String, Error> {
    let place = match source {
        Source::Stdin => "stdin".to_owned(),
        Source::File(path) => path.display().to_string(),
    };
    let source = source.clone();
    let read = tokio::task::spawn_blocking(move || match source {
        Source::Stdin => {
            let mut text = String::new();
            io::stdin().take(limit).read_to_string(&mut text).map(|_| text)
        }
        Source::File(path) => file::read_text(&path, limit),
    });
    let read = read.await.unwrap_or_else(|failed| Err(io::Error::other(failed)));
    read.map_err(|error| Error::file(doing, place, error))
}
