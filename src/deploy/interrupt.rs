//! Signals: what is going on is dropped, and our own deployment is cancelled if so told.

use crate::deploy::Interrupts;
use crate::model::Signal;

/// The first signal; also one that came before. Never, if nobody can send one any more.
pub async fn first_signal(interrupts: &mut Interrupts) -> Signal {
    let arrived = match interrupts.wait_for(Option::is_some).await {
        Ok(signal) => *signal,
        Err(_) => None,
    };
    match arrived {
        Some(signal) => signal,
        None => std::future::pending().await,
    }
}

/// A further signal after [`first_signal`].
pub(super) async fn another(interrupts: &mut Interrupts) {
    if interrupts.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
