//! What a run is for and what is known of it, beside its error.

use crate::model::{ClientToken, Known, SiteId};

/// What a command is for: what an end other than well comes to depends on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Purpose {
    /// It starts or ends something, or waits for a verdict.
    #[default]
    Act,
    /// It shows what there is.
    Look,
    /// It shows what a deployment writes until that has ended.
    Follow,
}

impl Purpose {
    /// Whether nothing is other than before, however it ends.
    #[must_use]
    pub fn only_looks(self) -> bool {
        match self {
            Self::Act => false,
            Self::Look | Self::Follow => true,
        }
    }
}

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
    /// What the command is for.
    pub purpose: Purpose,
}

impl Subject {
    /// Nothing known yet, for a command of this purpose.
    #[must_use]
    pub fn of(purpose: Purpose) -> Self {
        Self {
            purpose,
            ..Self::default()
        }
    }

    /// The same for a command that is about this site.
    #[must_use]
    pub fn of_site(purpose: Purpose, site: SiteId) -> Self {
        Self {
            site: Some(site),
            ..Self::of(purpose)
        }
    }
}
