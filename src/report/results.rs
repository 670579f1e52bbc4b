//! One object a site: the `result-json` output and the last event of json mode. Public, documented in docs/json.md.

use serde::Serialize;

use crate::error::Error;
use crate::event::SiteResult;
use crate::model::{Known, RunStatus, SiteId};
use crate::sanitize::http_url;

/// The documented members, in their order; `null` is "not known".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ResultObject {
    pub(super) site: String,
    pub(super) deployment_id: Option<String>,
    pub(super) status: &'static str,
    pub(super) last_word: Option<String>,
    pub(super) url: Option<String>,
    pub(super) dashboard_url: Option<String>,
    pub(super) commit: Option<String>,
    pub(super) duration_seconds: Option<u64>,
    pub(super) exit_code: Option<u8>,
    pub(super) message: String,
    pub(super) rolled_back_to: Option<String>,
    pub(super) rollback_status: Option<&'static str>,
}

impl ResultObject {
    /// A site whose deployment is known and not over.
    pub(super) fn running(site: &SiteId, deployment: &Known) -> Self {
        let message = "the deployment is running".to_owned();
        Self::new(site, RunStatus::Running, message, Some(deployment))
    }

    /// A site with its verdict.
    pub(super) fn ended(result: &SiteResult) -> Self {
        Self {
            duration_seconds: result.took.map(|took| took.as_secs()),
            exit_code: Some(result.exit_code().number()),
            rolled_back_to: result
                .rollback
                .as_ref()
                .and_then(|back| Some(back.to.as_ref()?.to_string())),
            rollback_status: result.rollback.as_ref().map(|back| back.status.as_str()),
            ..Self::new(
                &result.site,
                result.status(),
                result.message(),
                result.subject.deployment.as_ref(),
            )
        }
    }

    /// A site of a run that ended before it could begin with it.
    pub(super) fn not_begun(site: &SiteId, error: &Error) -> Self {
        Self {
            exit_code: Some(error.exit_code().number()),
            ..Self::new(site, error.status(false), error.to_string(), None)
        }
    }

    fn new(site: &SiteId, status: RunStatus, message: String, deployment: Option<&Known>) -> Self {
        let seen = deployment.and_then(|deployment| deployment.seen.as_ref());
        let link = |url: &Option<String>| url.as_deref().and_then(http_url).map(ToOwned::to_owned);
        Self {
            site: site.as_str().to_owned(),
            deployment_id: deployment.map(|deployment| deployment.id.to_string()),
            status: status.as_str(),
            last_word: seen.map(|seen| seen.word.clone()).filter(|word| !word.is_empty()),
            url: seen.and_then(|seen| link(&seen.url)),
            dashboard_url: seen.and_then(|seen| link(&seen.dashboard_url)),
            commit: seen.and_then(|seen| seen.commit.clone()),
            duration_seconds: None,
            exit_code: None,
            message,
            rolled_back_to: None,
            rollback_status: None,
        }
    }
}
