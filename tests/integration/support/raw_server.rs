//! A server made by hand, for what no HTTP library would send.

#![expect(clippy::unwrap_used, reason = "a helper that fails ends the test, which is right")]

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Listens on loopback, records every request's text, and answers by a function of it.
pub(crate) struct RawServer {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl RawServer {
    /// Each connection is handed over with its first request's text (head and body).
    pub(crate) async fn start<F, R>(handle: F) -> Self
    where
        F: Fn(TcpStream, String) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let recorded = Arc::clone(&requests);
        let handle = Arc::new(handle);
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (recorded, handle) = (Arc::clone(&recorded), Arc::clone(&handle));
                tokio::spawn(async move {
                    let request = read_request(&mut stream).await;
                    recorded.lock().unwrap().push(request.clone());
                    handle(stream, request).await;
                });
            }
        });
        Self {
            address,
            requests,
            task,
        }
    }

    /// Answers every request with these bytes, then closes.
    pub(crate) async fn replying(reply: impl Into<Vec<u8>>) -> Self {
        let reply = Arc::new(reply.into());
        Self::start(move |mut stream, _| {
            let reply = Arc::clone(&reply);
            async move {
                // A client that has read enough may be gone already.
                let _ = stream.write_all(&reply).await;
                let _ = stream.shutdown().await;
            }
        })
        .await
    }

    /// What was received, in order.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// A whole answer with a content type.
pub(crate) fn reply(status: u16, content_type: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Made\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// A whole answer with JSON.
pub(crate) fn json(status: u16, body: &str) -> String {
    reply(status, "application/json", body)
}

/// Reads one request: its head, and as much body as the head promises.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let promised = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length:")?
                        .trim()
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            if body.len() >= promised {
                return text;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return text,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}
