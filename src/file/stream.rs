//! Paths that lead to this process's own output, such as `/dev/stdout` where that goes to a file.

use std::fs::File;
use std::path::Path;

/// The stream whose regular file this path leads to. Opened by its path it would have a place of its own in the file:
/// emptied, and each overwriting what the other has written.
#[cfg(unix)]
pub(super) fn own(path: &Path) -> Option<File> {
    use std::io::{stderr, stdout};
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::MetadataExt as _;

    let found = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let streams = [
        stdout().as_fd().try_clone_to_owned(),
        stderr().as_fd().try_clone_to_owned(),
    ];
    streams.into_iter().flatten().map(File::from).find(|stream| {
        let is_it = |of: std::fs::Metadata| (of.dev(), of.ino()) == (found.dev(), found.ino());
        stream.metadata().is_ok_and(is_it)
    })
}

/// No path leads there.
#[cfg(not(unix))]
pub(super) fn own(_: &Path) -> Option<File> {
    None
}
