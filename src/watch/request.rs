//! One request to the API, bounded in time.

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;

use crate::error::{ApiError, Transport};

/// The request's answer, or a time-out after `limit`.
pub(crate) async fn within<T>(
    limit: Duration,
    request: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    timeout(limit, request)
        .await
        .unwrap_or(Err(Transport::TimedOut { after: limit }.into()))
}
