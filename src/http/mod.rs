//! The one place that builds an HTTP client: TLS, proxies, time-outs, bounded bodies, no redirects.

mod client;
mod error;
mod no_proxy;
mod rate_limit;
mod retry_after;
mod tls;

pub use client::{Client, Options, Request, Response};
pub use error::Error;
pub use no_proxy::is_excepted;
pub use rate_limit::RateLimit;
pub use reqwest::Method;
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
pub use retry_after::retry_after;
pub use url::Url;

/// The most that a reply may hold unless the request says otherwise: 1 MiB.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// Reads an absolute URL.
///
/// # Errors
/// What is wrong with it. Unicode's tables are left out of the program (Cargo.toml), so a host that is not ASCII is refused
/// with a word on how to write it.
pub fn parse_url(text: &str) -> Result<Url, String> {
    Url::parse(text).map_err(|error| match error {
        url::ParseError::IdnaError => "write the host in ASCII, as DNS has it (xn--…)".to_owned(),
        error => error.to_string(),
    })
}

/// Whether the URL's host is this machine: `localhost`, 127.0.0.0/8 or `::1`, by its text alone (no look-up).
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether a request to this URL may carry a key: https, or http to this machine.
#[must_use]
pub fn may_carry_key(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(url),
        _ => false,
    }
}
