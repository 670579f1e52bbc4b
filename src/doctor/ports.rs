//! What the preflight needs of the API.

use std::future::Future;

use crate::error::ApiError;
use crate::model::{Site, SiteId};
use crate::watch::Deployments;

/// One of the readings that the preflight makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    Site,
    Deployments,
    Sites,
}

impl Reading {
    /// Its operation in the contract.
    #[must_use]
    pub fn operation(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Deployments => "deployments",
            Self::Sites => "sites",
        }
    }

    /// Where the contract says how its reply is read.
    pub(super) fn fields(self) -> &'static str {
        match self {
            Self::Site => "`fields.site`",
            Self::Deployments => "`fields.deployments` and `fields.deployment`",
            Self::Sites => "`fields.sites` and `fields.site`",
        }
    }
}

/// What the preflight asks. All of it only reads.
pub trait Preflight: Deployments {
    /// The sites that the key can see.
    fn sites(&self) -> impl Future<Output = Result<Vec<Site>, ApiError>> + Send;

    /// One site.
    fn site(&self, site: &SiteId) -> impl Future<Output = Result<Site, ApiError>> + Send;

    /// The request that a reading is, as method and path below the base URL.
    fn request(&self, reading: Reading, site: Option<&SiteId>) -> String;

    /// Where every path begins.
    fn base_url(&self) -> String;

    /// How the key is sent: a header's name and value, without the key.
    fn auth(&self) -> String;
}
