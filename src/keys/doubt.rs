//! Requests about keys whose answer was lost, or had not come when a signal ended the work: what may have come of them.

use std::time::Duration;

use tokio::time::timeout;

use super::listing::{Listing, named};
use super::ports::KeyApi;
use crate::deploy::classify::{SendOutcome, classify};
use crate::error::{ApiError, Transport};
use crate::model::ApiKeyInfo;

/// How long one last look may take: within what a signal leaves us.
const LAST_LOOK: Duration = Duration::from_secs(3);

/// Whether what was asked for may have been done, although this was the answer.
pub(super) fn may_be_done(error: &ApiError) -> bool {
    error.is_acceptance() || matches!(classify(error), SendOutcome::Lost { .. })
}

/// What one last look shows, or what an error leaves `unknown` where it got no answer in time.
pub(super) async fn last_look<T>(look: impl Future<Output = T>, unknown: impl FnOnce(ApiError) -> T) -> T {
    let seen = timeout(LAST_LOOK, look).await;
    seen.unwrap_or_else(|_| unknown(Transport::TimedOut { after: LAST_LOOK }.into()))
}

/// Looks once for keys of this name, but for those that were there `before`: which of them the list shows, as a clause.
pub(super) async fn seen_of_name(api: &impl KeyApi, name: &str, before: impl Fn(&ApiKeyInfo) -> bool) -> String {
    match last_look(Listing::ask(api), Err).await {
        Ok(listing) => {
            let of_name = |info: &&ApiKeyInfo| info.name.as_deref() == Some(name) && !before(info);
            match &listing.keys.iter().filter(of_name).collect::<Vec<_>>()[..] {
                [] => "right after that, Sproobo's list shows none".to_owned(),
                keys => format!("right after that, Sproobo's list shows of this name {}", named(keys)),
            }
        }
        Err(error) => format!("the list of keys could not be read after that ({error})"),
    }
}

/// What to do about a key that may have been created, and whose value nobody has.
pub(super) fn remove_created(name: &str, again: &str) -> String {
    format!(
        "if `sproobo-deploy keys list` (or Settings → API Keys on Sproobo) shows a key named `{name}` that was created just \
         now, nobody has its value: revoke it by its id (`sproobo-deploy keys revoke ID`); then {again}"
    )
}
