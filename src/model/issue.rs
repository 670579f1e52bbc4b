//! Issues of a repository.

/// An issue on GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Its number in the repository.
    pub number: u64,
    /// Where a person reads it; empty if GitHub's text is no http(s) URL.
    pub url: String,
    /// Opened by this call, rather than updated.
    pub opened: bool,
}
