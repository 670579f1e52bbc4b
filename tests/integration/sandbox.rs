//! The embedded Sproobo, over real HTTP on loopback. tokio's clock is paused, so its deployments take no time.
#![expect(clippy::unwrap_used, reason = "a helper that panics is a test that fails")]

mod acting;
mod faults;
mod keys;
mod life;
mod lists;
mod logs;
mod loopback;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use sproobo_deploy::sandbox::{Options, Pace, Sandbox, Scenario, StartError, start};
use sproobo_deploy::secret::Secret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::advance;

/// A sandbox and a client that holds its key.
struct Rig {
    sandbox: Sandbox,
    client: reqwest::Client,
}

impl Rig {
    async fn new(scenario: Scenario) -> Self {
        Self::with(Options {
            scenario,
            ..Options::default()
        })
        .await
    }

    async fn with(options: Options) -> Self {
        // Several tests may come first; whoever does installs it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            sandbox: start(options).await.unwrap(),
            // A pool or a timeout would be a timer, and a paused clock jumps to the next timer.
            client: reqwest::Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(0)
                .build()
                .unwrap(),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.sandbox.base_url()))
            .bearer_auth(self.sandbox.key().expose())
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        read(self.request(Method::POST, path).json(&body).send().await.unwrap()).await
    }

    async fn trigger(&self, site: &str) -> String {
        let (status, body) = self.post(&format!("/sites/{site}/deployments"), json!({})).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        text(&body["deployment"]["id"]).to_owned()
    }

    async fn deployment(&self, site: &str, id: &str) -> Value {
        let (status, mut body) = self.get(&format!("/sites/{site}/deployments/{id}")).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["deployment"].take()
    }

    async fn history(&self, site: &str) -> Vec<Value> {
        let (status, body) = self.get(&format!("/sites/{site}/deployments")).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["deployments"].as_array().unwrap().clone()
    }

    /// The whole log as it is now, and the sizes of its pages.
    async fn log(&self, site: &str, id: &str) -> (Vec<String>, Vec<usize>) {
        let (mut lines, mut pages, mut cursor) = (Vec::new(), Vec::new(), String::new());
        loop {
            let (status, page) = self
                .get(&format!("/sites/{site}/deployments/{id}/logs?cursor={cursor}"))
                .await;
            assert_eq!(status, StatusCode::OK, "{page}");
            let items = page["lines"].as_array().unwrap();
            lines.extend(items.iter().map(|line| text(&line["text"]).to_owned()));
            pages.push(items.len());
            match page["cursor"].as_str() {
                Some(next) if !items.is_empty() => cursor = next.to_owned(),
                _ => return (lines, pages),
            }
        }
    }

    async fn page(&self, url: &str) -> (StatusCode, String) {
        let response = self.client.get(url).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
        (response.status(), response.text().await.unwrap())
    }
}

async fn read(response: Response) -> (StatusCode, Value) {
    assert_eq!(response.headers()["content-type"], "application/json");
    (response.status(), response.json().await.unwrap())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn time(value: &Value) -> DateTime<Utc> {
    text(value).parse().unwrap()
}

fn code(body: &Value) -> &str {
    text(&body["error"]["code"])
}

fn word(deployment: &Value) -> (&str, Option<&str>) {
    (text(&deployment["status"]), deployment["health"].as_str())
}

async fn pass(millis: u64) {
    advance(Duration::from_millis(millis)).await;
}
