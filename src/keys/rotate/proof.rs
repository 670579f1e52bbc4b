//! Whether a key works is seen by using it.

use std::time::Duration;

use crate::error::ApiError;
use crate::keys::ports::KeyApi;
use crate::secret::Secret;

/// How often a key that Sproobo has only just created is tried, and how far apart: it may take a moment to be known.
pub(super) const PROOFS: u32 = 5;
pub(super) const BETWEEN_PROOFS: Duration = Duration::from_secs(2);

/// Tries a key that ought to work.
pub(super) async fn prove(api: &impl KeyApi, key: &Secret) -> Result<(), ApiError> {
    let mut tries = 1;
    loop {
        match api.prove(key).await {
            Err(_) if tries < PROOFS => {
                tries += 1;
                tokio::time::sleep(BETWEEN_PROOFS).await;
            }
            end => return end,
        }
    }
}
