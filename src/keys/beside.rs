//! Something that runs beside the deploy and may never delay its verdict.

use std::future::Future;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long the key check is awaited once the verdict is known.
pub const GRACE: Duration = Duration::from_secs(2);

/// A task beside the deploy; dropping it ends the task.
#[derive(Debug)]
pub struct Beside<T>(JoinHandle<T>);

impl<T: Send + 'static> Beside<T> {
    /// Starts it. Needs a tokio runtime.
    pub fn start(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self(tokio::spawn(work))
    }

    /// Whether its result is there already.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    /// Its result, if that comes within [`GRACE`] from now; else the task is ended.
    pub async fn after_verdict(mut self) -> Option<T> {
        timeout(GRACE, &mut self.0).await.ok()?.ok()
    }
}

impl<T> Drop for Beside<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
