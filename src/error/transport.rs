//! How a request can fail on the way, told apart by the one thing that matters: may the server have received it?

use std::time::Duration;

use crate::model::Human;

/// A request without a complete answer. Texts are redacted and sanitized, and hold no query and no credentials.
///
/// In doubt, a request counts as sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Transport {
    /// The connection was never made (DNS, refused, connect timeout, proxy, handshake). Nothing was sent.
    #[error("no connection to {host}: {detail}")]
    NotConnected {
        host: String,
        /// The cause, innermost last.
        detail: String,
    },
    /// The server's certificate was refused. Nothing was sent.
    #[error("the TLS certificate of {host} was refused: {detail}")]
    Certificate { host: String, detail: String },
    /// No complete answer within the request's own timeout; it may have been received.
    #[error("no complete answer within {}", Human(*after))]
    TimedOut { after: Duration },
    /// The connection broke; the request may have been received.
    #[error("the connection broke before the answer was complete: {detail}")]
    Broken {
        /// The cause, innermost last.
        detail: String,
    },
}
