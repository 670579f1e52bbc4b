//! What a CI system says of the commit it runs for.

/// What a run tested, and so should deploy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Branch or tag.
    pub git_ref: Option<String>,
    /// Full hash.
    pub commit: Option<String>,
    /// Subject line.
    pub message: Option<String>,
}
