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
}
