//! Whether a key that was revoked is gone: seen by using it, or by looking at the list. No reply is taken at its word.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::listing::{Listing, is_same};
use super::ports::KeyApi;
use crate::error::{ApiError, ExitCode};
use crate::model::ApiKeyInfo;
use crate::secret::Secret;

/// How long a key that was revoked is looked for: revoking works at once, by Sproobo's own word, but lists may lag.
pub(super) const REVOKED_WITHIN: Duration = Duration::from_secs(30);

const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// What asking with a revoked key came to.
pub(super) enum Used {
    Refused,
    Accepted,
    /// No answer that tells.
    Unknown(String),
}

/// What looking for revoked keys in the list came to.
pub(super) enum Listed {
    /// None of them is in it any more.
    Gone,
    /// These are.
    Still(Vec<ApiKeyInfo>),
    /// The key that the list was asked for with is refused.
    Refused(ApiError),
    /// None of them, but neither is the key in use: it shows less than there is.
    Partial,
    /// The list could not be read.
    Unknown(ApiError),
}

/// Asks with the key until it is refused.
pub(super) async fn until_refused(api: &impl KeyApi, key: &Secret, within: Duration) -> Used {
    let ask = async || match api.prove(key).await {
        Ok(()) => Used::Accepted,
        Err(error) if is_refusal(&error) => Used::Refused,
        Err(error) => Used::Unknown(error.to_string()),
    };
    patiently(within, ask, |used| matches!(used, Used::Refused)).await
}

/// Looks at the list, with the key in use, until it shows none of these keys. `ours` is the row of the key in use, if one
/// was there: a list that lost that too proves nothing.
pub(super) async fn until_unlisted(
    api: &impl KeyApi,
    keys: &[ApiKeyInfo],
    ours: Option<&ApiKeyInfo>,
    within: Duration,
) -> Listed {
    let look = async || match Listing::ask(api).await {
        Ok(listing) => {
            let is_listed = |row: &ApiKeyInfo| listing.keys.iter().any(|info| is_same(info, row));
            let still: Vec<_> = keys.iter().filter(|gone| is_listed(gone)).cloned().collect();
            match ours {
                _ if !still.is_empty() => Listed::Still(still),
                Some(ours) if !is_listed(ours) => Listed::Partial,
                _ => Listed::Gone,
            }
        }
        Err(error) if is_refusal(&error) => Listed::Refused(error),
        Err(error) => Listed::Unknown(error),
    };
    patiently(within, look, |listed| {
        matches!(listed, Listed::Gone | Listed::Refused(_))
    })
    .await
}

/// Looks again until what is seen is the end of it, or the time is over; at least once.
async fn patiently<T>(within: Duration, look: impl AsyncFn() -> T, is_end: impl Fn(&T) -> bool) -> T {
    let deadline = Instant::now() + within;
    let mut last = look().await;
    while !is_end(&last) && Instant::now() + BETWEEN_LOOKS <= deadline {
        sleep(BETWEEN_LOOKS).await;
        match timeout_at(deadline, look()).await {
            Ok(seen) => last = seen,
            Err(_) => break,
        }
    }
    last
}

/// Whether the API does not know the key, rather than having another trouble.
fn is_refusal(error: &ApiError) -> bool {
    error.exit_code() == ExitCode::Key
}
