//! How a request can fail, told apart by the one thing that matters: may the server have received it?

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use url::Url;

use crate::error::ExitCode;
use crate::model::Human;
use crate::redact::Redactor;

/// Why a request has no answer. Texts are redacted and sanitized, and hold no query and no credentials.
///
/// In doubt, a request counts as sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Refused by us: the key would have gone over plain http. Nothing was sent.
    #[error("{host} is not https, and only https (or http to this machine) may carry the key")]
    Insecure {
        /// Host and port.
        host: String,
    },
    /// No client could be built, or the URL is none. Nothing was sent.
    #[error("{detail}")]
    Unusable {
        /// The cause.
        detail: String,
    },
    /// The connection was never made (DNS, refused, connect timeout, proxy, handshake). Nothing was sent.
    #[error("no connection to {host}: {detail}")]
    NotConnected {
        /// Host and port.
        host: String,
        /// The cause, innermost last.
        detail: String,
    },
    /// The server's certificate was refused. Nothing was sent.
    #[error("the TLS certificate of {host} was refused: {detail}")]
    Certificate {
        /// Host and port.
        host: String,
        /// The cause.
        detail: String,
    },
    /// No complete answer in time; the request may have been received.
    #[error("no complete answer within {}", Human(*after))]
    TimedOut {
        /// The request's timeout.
        after: Duration,
    },
    /// The connection broke; the request may have been received.
    #[error("the connection broke before the answer was complete: {detail}")]
    Broken {
        /// The cause, innermost last.
        detail: String,
    },
    /// The answer's body is longer than the request allowed.
    #[error("the body is longer than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
}

impl Error {
    /// The same, of a request to GitHub or GitLab.
    #[must_use]
    pub fn while_at_code_host(&self, doing: &str) -> crate::error::Error {
        crate::error::Error::code_host(
            format!("{doing}: {self}"),
            "try again later; behind a proxy see HTTPS_PROXY and --ca-cert",
            match self {
                Self::Insecure { .. } | Self::Unusable { .. } => ExitCode::Usage,
                _ => ExitCode::CouldNotTell,
            },
        )
    }
}

/// Host and port of a URL: all of it that an error shows.
pub(super) fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or("no host");
    match url.port_or_known_default() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    }
}

/// Tells apart what reqwest reports.
pub(super) fn classify(error: reqwest::Error, url: &Url, timeout: Duration, redactor: &Redactor) -> Error {
    let error = error.without_url();
    let detail = redactor.line(&chain(&error));
    if error.is_connect() {
        let host = host(url);
        if is_certificate(&error) {
            Error::Certificate { host, detail }
        } else {
            Error::NotConnected { host, detail }
        }
    } else if error.is_timeout() {
        Error::TimedOut { after: timeout }
    } else if error.is_builder() {
        Error::Unusable { detail }
    } else {
        Error::Broken { detail }
    }
}

/// Every error of the chain, outermost first. An `io::Error` is opened up too: its `source()` skips the very
/// error it wraps, which is where rustls' errors are.
fn errors<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

/// The texts of the chain, each said once, without those of the two layers that say only "a request failed".
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    for text in errors(error).map(ToString::to_string) {
        let is_layer = text.starts_with("error sending request") || text.starts_with("client error (");
        let is_said = texts.last().is_some_and(|last| last.ends_with(&text));
        if !is_layer && !is_said {
            texts.push(text);
        }
    }
    if texts.is_empty() {
        return error.to_string();
    }
    texts.join(": ")
}

/// Whether it was the certificate: trying again won't change it. A handshake that fails otherwise (an alert, no TLS
/// at all) may be a proxy or a restart, and counts as no connection.
fn is_certificate(error: &(dyn StdError + 'static)) -> bool {
    errors(error).any(|error| {
        matches!(
            error.downcast_ref::<rustls::Error>(),
            Some(
                rustls::Error::InvalidCertificate(_)
                    | rustls::Error::NoCertificatesPresented
                    | rustls::Error::UnsupportedNameType
                    | rustls::Error::InvalidCertRevocationList(_)
            )
        )
    })
}
