//! Why a request has no answer.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use url::Url;

use crate::error::{ExitCode, Transport};
use crate::redact::Redactor;

/// Why a request has no answer. Texts are redacted and sanitized, and hold no query and no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Refused by us: the key would have gone over plain http. Nothing was sent.
    #[error("{host} is not https, and only https (or http to this machine) may carry the key")]
    Insecure { host: String },
    /// No client could be built, or the URL is none. Nothing was sent.
    #[error("{detail}")]
    Unusable { detail: String },
    /// Lost on the way.
    #[error(transparent)]
    Transport(#[from] Transport),
    /// The answer's body is longer than the request allowed, in bytes.
    #[error("the body is longer than {limit} bytes")]
    TooLarge { limit: usize },
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
            Transport::Certificate { host, detail }.into()
        } else {
            Transport::NotConnected { host, detail }.into()
        }
    } else if error.is_timeout() {
        Transport::TimedOut { after: timeout }.into()
    } else if error.is_builder() {
        Error::Unusable { detail }
    } else {
        Transport::Broken { detail }.into()
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
