//! What is known of a run, beside its error.

use crate::model::{ClientToken, Known, SiteId};

/// What is known of a site's run, whatever its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The site, if the command is about one.
    pub site: Option<SiteId>,
    /// The deployment as last seen.
    pub deployment: Option<Known>,
    /// The token that a trigger was sent with.
    pub token: Option<ClientToken>,
    /// Whether the deployment was found by its commit alone, so that ours may be another.
    pub by_commit: bool,
}
