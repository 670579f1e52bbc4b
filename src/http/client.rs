//! The client: requests that may carry a key, and the keyless look at a site.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use chrono::Utc;
use reqwest::header::{self, HeaderMap};
use reqwest::{Method, redirect};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use url::Url;

use super::error::{self, Error};
use super::tls;
use super::{BODY_LIMIT, RateLimit, is_loopback, may_carry_key, retry_after};
use crate::error::Transport;
use crate::redact::Redactor;
use crate::sanitize;

/// How many redirects a look at a site follows.
const MAX_REDIRECTS: usize = 10;

/// The part of a request's time that connecting may take, TLS included. Never more than half is used, so that a connection
/// never made is told apart from an answer that is late.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What every request of a process shares.
#[derive(Debug, Clone)]
pub struct Options {
    /// The content of a PEM file with CAs to trust beside the system's and the bundled ones.
    pub ca_cert: Option<Vec<u8>>,
    /// The time that one request has, from its start to the last byte of its answer.
    pub request_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ca_cert: None,
            request_timeout: Duration::from_secs(30),
        }
    }
}

/// A request that may carry a key. Mark the key's header as sensitive.
pub struct Request {
    pub method: Method,
    /// Where it goes: https, or http to this machine.
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<Vec<u8>>,
    /// The most that the answer's body may hold, in bytes.
    pub body_limit: usize,
}

impl Request {
    /// A request without headers and body, whose answer may hold [`BODY_LIMIT`].
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            body_limit: BODY_LIMIT,
        }
    }
}

/// The head of an answer, with its body still to be read.
pub struct Response {
    inner: reqwest::Response,
    body_limit: usize,
    context: Context,
}

/// Makes requests. Cheap to make and to clone: TLS, with the system's certificates, is set up by the first request that
/// may need it.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    options: Options,
    own_roots: Vec<CertificateDer<'static>>,
    redactor: Redactor,
    /// For http to this machine, where no certificate is ever looked at.
    plain: OnceLock<Result<reqwest::Client, Error>>,
    secure: OnceLock<Result<Secure, Error>>,
}

/// The same settings twice, since what goes to this machine never goes through a proxy.
struct Secure {
    direct: reqwest::Client,
    proxied: reqwest::Client,
}

/// What an error needs to be told well.
struct Context {
    url: Url,
    timeout: Duration,
    redactor: Redactor,
}

impl Context {
    fn classify(&self, error: reqwest::Error) -> Error {
        error::classify(error, &self.url, self.timeout, &self.redactor)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Client {
    /// A client that cleans its errors with this redactor.
    ///
    /// # Errors
    /// Why the CA file is no PEM file of certificates.
    pub fn new(options: Options, redactor: Redactor) -> Result<Self, String> {
        let own_roots = match &options.ca_cert {
            Some(pem) => tls::parse_pem(pem).map_err(|why| format!("the CA certificate can't be used: {why}"))?,
            None => Vec::new(),
        };
        Ok(Self(Arc::new(Inner {
            options,
            own_roots,
            redactor,
            plain: OnceLock::new(),
            secure: OnceLock::new(),
        })))
    }

    /// The reqwest client for requests to this URL's host: our TLS, our proxies, our time-outs, no redirects.
    ///
    /// # Errors
    /// [`Error::Unusable`] when TLS can't be set up.
    pub fn reqwest(&self, url: &Url) -> Result<reqwest::Client, Error> {
        let inner = &self.0;
        let is_loopback = is_loopback(url);
        if is_loopback && url.scheme() == "http" {
            return inner.plain.get_or_init(|| inner.build_plain()).clone();
        }
        let secure = inner.secure.get_or_init(|| inner.build_secure());
        let secure = secure.as_ref().map_err(Clone::clone)?;
        let client = if is_loopback { &secure.direct } else { &secure.proxied };
        Ok(client.clone())
    }

    /// Sends a request once. The answer's head must come, and its body be read, within the request's timeout.
    ///
    /// # Errors
    /// See [`Error`]; nothing is sent to a URL that may not carry a key.
    pub async fn send(&self, request: Request) -> Result<Response, Error> {
        if !may_carry_key(&request.url) {
            return Err(Error::Insecure {
                host: error::host(&request.url),
            });
        }
        self.exchange(request).await
    }

    /// One GET without a key, of an answer with this much at most. A redirect is not followed: where it leads was not
    /// looked at.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn keyless(&self, url: Url, body_limit: usize) -> Result<Response, Error> {
        let request = Request::new(Method::GET, url);
        self.exchange(Request { body_limit, ..request }).await
    }

    /// One GET without a key: status and body (bytes past [`BODY_LIMIT`] are left off, bytes that are no text
    /// replaced), of any http(s) URL and any content type; redirects are followed. The body is raw: compare it,
    /// don't print it.
    ///
    /// # Errors
    /// Why there was no answer, as a text that is safe to print.
    pub async fn probe(&self, url: &str) -> Result<(u16, String), String> {
        let look = async {
            let mut url = super::parse_url(url).map_err(|error| format!("not a URL: {error}"))?;
            for _ in 0..=MAX_REDIRECTS {
                if !matches!(url.scheme(), "http" | "https") {
                    return Err("not an http(s) URL".to_owned());
                }
                // Each hop by its own client: a site may redirect to this machine, or away from it.
                let request = Request::new(Method::GET, url);
                let mut response = self.exchange(request).await.map_err(|error| error.to_string())?;
                match response.redirect_target() {
                    Some(target) => url = target,
                    None => {
                        let body = response.read_some().await.map_err(|error| error.to_string())?;
                        return Ok((response.status(), String::from_utf8_lossy(&body).into_owned()));
                    }
                }
            }
            Err(format!("more than {MAX_REDIRECTS} redirects"))
        };
        let timeout = self.0.options.request_timeout;
        tokio::time::timeout(timeout, look)
            .await
            .unwrap_or_else(|_| Err(Transport::TimedOut { after: timeout }.to_string()))
    }

    async fn exchange(&self, request: Request) -> Result<Response, Error> {
        let client = self.reqwest(&request.url)?;
        let shown = shown(&request.url);
        let context = Context {
            url: request.url.clone(),
            timeout: self.0.options.request_timeout,
            redactor: self.0.redactor.clone(),
        };
        let builder = client
            .request(request.method.clone(), request.url)
            .headers(request.headers);
        let builder = match request.body {
            Some(body) => builder.body(body),
            // Some servers refuse a POST that says no length with 411.
            None if request.method == Method::POST => builder.header(header::CONTENT_LENGTH, 0),
            None => builder,
        };
        let began = Instant::now();
        let response = match builder.send().await {
            Ok(response) => Ok(Response {
                inner: response,
                body_limit: request.body_limit,
                context,
            }),
            Err(error) => Err(context.classify(error)),
        };
        let outcome: &dyn fmt::Display = match &response {
            Ok(response) => &response.inner.status(),
            Err(error) => error,
        };
        log::debug!(
            "{} {shown}: {outcome}, {} ms",
            request.method,
            began.elapsed().as_millis()
        );
        response
    }
}

/// The URL for a log: without credentials, fragment, and the values of its query.
fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    sanitize::strip_url(&mut shown);
    let names: Vec<String> = url.query_pairs().map(|(name, _)| format!("{name}=…")).collect();
    match names.as_slice() {
        [] => shown.to_string(),
        names => format!("{shown}?{}", names.join("&")),
    }
}

impl Inner {
    fn build_plain(&self) -> Result<reqwest::Client, Error> {
        let tls = tls::config_without_roots().map_err(|error| unusable(&error))?;
        self.builder(tls).no_proxy().build().map_err(|error| unusable(&error))
    }

    fn build_secure(&self) -> Result<Secure, Error> {
        let tls = tls::config(&self.own_roots).map_err(|error| unusable(&error))?;
        let direct = self.builder(tls.clone()).no_proxy().build();
        Ok(Secure {
            direct: direct.map_err(|error| unusable(&error))?,
            proxied: self.builder(tls).build().map_err(|error| unusable(&error))?,
        })
    }

    fn builder(&self, tls: ClientConfig) -> reqwest::ClientBuilder {
        let timeout = self.options.request_timeout;
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("sproobo-deploy/", env!("CARGO_PKG_VERSION")))
            .timeout(timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(timeout / 2))
            .redirect(redirect::Policy::none())
            // Whether a request may be sent twice is never decided down here.
            .retry(reqwest::retry::never())
    }
}

fn unusable(what: &dyn fmt::Display) -> Error {
    Error::Unusable {
        detail: format!("TLS can't be set up: {what}"),
    }
}

impl Response {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.inner.status().as_u16()
    }

    /// The headers, as they were sent.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// The media type as it was sent, without its parameters.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        let value = self.header(header::CONTENT_TYPE)?;
        let media_type = value.split(';').next().unwrap_or_default().trim();
        (!media_type.is_empty()).then(|| media_type.to_owned())
    }

    /// The target of a redirect as an absolute URL, without credentials, query and fragment.
    #[must_use]
    pub fn location(&self) -> Option<String> {
        let mut target = self.inner.url().join(self.header(header::LOCATION)?).ok()?;
        sanitize::strip_url(&mut target);
        Some(target.into())
    }

    /// What `Retry-After` asks for.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(self.header(header::RETRY_AFTER)?, Utc::now())
    }

    /// What the server says of its limit on requests.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::from_headers(self.inner.headers(), Utc::now())
    }

    /// Reads the whole body.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Transport::TimedOut`] (the request's own timeout, however the bytes drip) or
    /// [`Transport::Broken`].
    pub async fn body(mut self) -> Result<Vec<u8>, Error> {
        let body = self.read_some().await?;
        if body.len() > self.body_limit {
            return Err(Error::TooLarge { limit: self.body_limit });
        }
        Ok(body)
    }

    /// Reads until the body ends, or is longer than its limit.
    async fn read_some(&mut self) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while body.len() <= self.body_limit {
            match self.inner.chunk().await.map_err(|error| self.context.classify(error))? {
                Some(chunk) => body.extend_from_slice(&chunk),
                None => break,
            }
        }
        Ok(body)
    }

    fn redirect_target(&self) -> Option<Url> {
        if !self.inner.status().is_redirection() {
            return None;
        }
        self.inner.url().join(self.header(header::LOCATION)?).ok()
    }

    fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.inner.headers().get(name)?.to_str().ok()
    }
}
