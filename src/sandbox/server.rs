//! The sandbox's HTTP side: loopback only, bounded in connections and bodies.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::http::uri::Authority;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::keys::random_key;
use super::options::Options;
use super::reply::{Body, HttpReply, Refusal, Reply};
use super::request::Request;
use super::simulator::{Recorded, Simulator};
use crate::secret::Secret;

/// The largest body that is taken, in bytes.
const MAX_BODY: usize = 1024 * 1024;
/// How many connections are open at a time; further ones are closed at once.
const MAX_CONNECTIONS: usize = 256;
/// The pause after a failed accept, so that a lack of file descriptors doesn't spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Why a sandbox could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It would be reachable from elsewhere.
    #[error("the sandbox listens on loopback only, and {0} is not; use 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    /// The address could not be taken.
    #[error("the sandbox could not listen on {address}: {source}")]
    Bind { address: SocketAddr, source: io::Error },
    /// No key could be made.
    #[error("the sandbox could not make an API key: the system gave no random bytes")]
    NoRandomness,
}

/// A running sandbox; it ends when this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    base_url: String,
    key: Secret,
    simulator: Shared,
    server: JoinHandle<()>,
}

impl Sandbox {
    /// Where it listens, with the port that it got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL of its API, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Its first API key.
    pub fn key(&self) -> &Secret {
        &self.key
    }

    /// The requests so far, oldest first; the oldest are forgotten beyond 10,000.
    pub fn requests(&self) -> Vec<Recorded> {
        self.simulator.lock().recorded()
    }

    /// Stops listening and closes every connection; when it returns, both are done.
    pub async fn shutdown(mut self) {
        self.server.abort();
        // It was aborted, so its only result is that it was.
        let _ = (&mut self.server).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Starts a sandbox on the current tokio runtime.
///
/// # Errors
/// The address is not loopback or can't be taken, or the system has no randomness for a key.
pub async fn start(options: Options) -> Result<Sandbox, StartError> {
    if !options.listen.ip().is_loopback() {
        return Err(StartError::NotLoopback(options.listen));
    }
    let bind_error = |source| StartError::Bind {
        address: options.listen,
        source,
    };
    let listener = TcpListener::bind(options.listen).await.map_err(bind_error)?;
    let address = listener.local_addr().map_err(bind_error)?;
    let key = match &options.first_key {
        Some(key) => key.clone(),
        None => random_key().map_err(|_| StartError::NoRandomness)?,
    };
    let origin = format!("http://{address}");
    let simulator = Shared(Arc::new(Mutex::new(Simulator::new(&options, &key, &origin))));
    Ok(Sandbox {
        address,
        base_url: format!("{origin}/api"),
        key,
        server: tokio::spawn(serve(listener, simulator.clone())),
        simulator,
    })
}

/// The simulator, one request at a time.
#[derive(Clone)]
struct Shared(Arc<Mutex<Simulator>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Simulator> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared(..)")
    }
}

/// The service failed on purpose: hyper then closes the connection without a reply.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without a reply, for rehearsal")]
struct HungUp;

async fn serve(listener: TcpListener, simulator: Shared) {
    // Dropped with this task, which ends every connection.
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                while connections.try_join_next().is_some() {}
                if connections.len() < MAX_CONNECTIONS {
                    connections.spawn(connection(TokioIo::new(stream), simulator.clone()));
                }
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn connection(stream: TokioIo<tokio::net::TcpStream>, simulator: Shared) {
    let service = service_fn(move |request| answer(request, simulator.clone()));
    // A client may say that it has no more to send before it reads, as `nc` does.
    let served = http1::Builder::new().half_close(true).serve_connection(stream, service);
    // A connection that breaks is the client's to notice.
    let _ = served.await;
}

async fn answer(request: hyper::Request<Incoming>, simulator: Shared) -> Result<Response<Full<Bytes>>, HungUp> {
    let reply = match read(request).await {
        Ok(request) => simulator.lock().handle(&request),
        Err(refusal) => HttpReply::from(refusal).into(),
    };
    match reply {
        Reply::Send(answer) => Ok(response(answer)),
        Reply::Hangup => Err(HungUp),
    }
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, Refusal> {
    let (parts, body) = request.into_parts();
    if !is_for_loopback(&parts.uri, &parts.headers) {
        return Err(Refusal::new(
            StatusCode::MISDIRECTED_REQUEST,
            "host_not_loopback",
            "the sandbox answers only requests whose Host is loopback",
        ));
    }
    let too_large = || {
        Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            format!("a body may have {MAX_BODY} bytes at most"),
        )
    };
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(too_large());
    }
    let body = Limited::new(body, MAX_BODY).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            too_large()
        } else {
            Refusal::new(StatusCode::BAD_REQUEST, "broken_body", "the body could not be read")
        }
    })?;
    Ok(Request {
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        bearer: only(&parts.headers, &AUTHORIZATION).and_then(bearer),
        idempotency_key: only(&parts.headers, &HeaderName::from_static("idempotency-key")).map(str::to_owned),
        method: parts.method,
        body: body.to_bytes().into(),
    })
}

/// Guards against DNS rebinding: a page from elsewhere whose name was pointed at 127.0.0.1 still sends that name.
fn is_for_loopback(uri: &hyper::Uri, headers: &HeaderMap) -> bool {
    let named = only(headers, &HOST).and_then(|host| host.parse::<Authority>().ok());
    named.is_some_and(|host| is_loopback(&host)) && uri.authority().is_none_or(is_loopback)
}

fn is_loopback(authority: &Authority) -> bool {
    // `a@b` names `b`, but no honest client sends that as its host.
    if authority.as_str().contains('@') {
        return false;
    }
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The value of a header that is there exactly once and is text.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

fn bearer(value: &str) -> Option<String> {
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim().to_owned())
}

fn response(answer: HttpReply) -> Response<Full<Bytes>> {
    let (kind, body) = match answer.body {
        Body::Json(value) => ("application/json", value.to_string()),
        Body::Html(page) => ("text/html; charset=utf-8", page),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some((name, value)) = answer.header {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
