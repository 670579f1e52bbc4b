//! Which key, and on which line.

use super::search::Which;

/// A place in a file or an object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) key: Which,
    /// The line of a file, or of a message; `None` above the message.
    pub(super) line: Option<u64>,
}
