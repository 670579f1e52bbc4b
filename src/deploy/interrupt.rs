//! Signals: work is raced against them, and dropped when one comes.

use std::future::{Future, pending};

use tokio::sync::watch::Receiver;

use crate::model::Signal;

/// The signals that ask a run to stop. Every clone sees each of them.
#[derive(Debug, Clone)]
pub struct Interrupts(Receiver<Option<Signal>>);

impl Interrupts {
    /// The receiver holds the newest signal, or none yet. Every further one must be sent anew, also an equal one.
    pub fn new(newest: Receiver<Option<Signal>>) -> Self {
        Self(newest)
    }

    /// The first signal; also one that came before. Never, if nobody can send one any more.
    pub async fn first(&mut self) -> Signal {
        let arrived = match self.0.wait_for(Option::is_some).await {
            Ok(signal) => *signal,
            Err(_) => None,
        };
        match arrived {
            Some(signal) => signal,
            None => pending().await,
        }
    }

    /// A further signal after [`first`](Self::first).
    pub(super) async fn another(&mut self) {
        if self.0.changed().await.is_err() {
            pending::<()>().await;
        }
    }

    /// Whether one has come.
    pub fn has_come(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Does the work, unless a signal comes first, or came before: then the work is dropped.
    ///
    /// # Errors
    /// That signal.
    pub async fn race<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Signal> {
        tokio::select! {
            biased;
            signal = self.first() => Err(signal),
            done = work => Ok(done),
        }
    }
}
