//! Sproobo, GitHub and GitLab behind one address, as they are, whatever the binary believes of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use crypto_box::SecretKey;
use serde_json::{Value, json};

use super::cli::{KEY, Sproobo};
use super::server::{Act, Request, Server};

pub(crate) const GITHUB_TOKEN: &str = "github_pat_0123456789abcdefghij";
pub(crate) const GITLAB_TOKEN: &str = "glpat-0123456789abcdefghij";

pub(crate) const SECRET: &str = "/gh/repos/acme/shop/actions/secrets/SPROOBO_API_KEY";
pub(crate) const ENVIRONMENT_SECRET: &str = "/gh/repos/acme/shop/environments/prod%2Feu/secrets/SPROOBO_API_KEY";
pub(crate) const VARIABLE: &str = "/gl/projects/acme%2Fshop/variables/SPROOBO_API_KEY";

/// The other half of the key that GitHub gives out for secrets.
fn github_key() -> SecretKey {
    SecretKey::from_bytes([7; 32])
}

/// Where a request is left without an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Hang {
    /// The nth request, before it has any effect.
    Before(usize),
    /// The nth request, once it has had its effect.
    After(usize),
}

#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) days: i64,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) keys: Vec<Key>,
    made: usize,
    /// What the stores hold, opened; by path.
    pub(crate) stores: BTreeMap<String, String>,
    pub(crate) issues: Vec<Value>,
    /// Days since GitHub's secret was written, if the token may know.
    pub(crate) secret_age: Option<i64>,
    /// Answers to give instead, by `METHOD path`.
    pub(crate) instead: BTreeMap<String, Act>,
    pub(crate) hang: Option<Hang>,
    /// How many keys the list shows at once, if not all.
    pub(crate) keys_on_a_page: Option<usize>,
    requests: usize,
    pub(crate) hung: bool,
}

impl State {
    pub(crate) fn works(&self, value: &str) -> bool {
        self.keys.iter().any(|key| key.value == value)
    }

    fn handle(&mut self, request: &Request) -> Act {
        self.requests += 1;
        let number = self.requests;
        if matches!(self.hang, Some(Hang::Before(at)) if at == number) {
            self.hung = true;
            return Act::Hang;
        }
        let act = match self.instead.get(&request.line()) {
            Some(act) => act.clone(),
            None => self.answer(request),
        };
        if matches!(self.hang, Some(Hang::After(at)) if at == number) {
            self.hung = true;
            return Act::Hang;
        }
        act
    }

    fn answer(&mut self, request: &Request) -> Act {
        let line = request.line();
        let (method, path) = line.split_once(' ').unwrap_or_default();
        let unauthorized = || {
            Act::Json(
                401,
                json!({"error": {"code": "unauthorized", "message": "who is this?"}}),
            )
        };
        if let Some(path) = path.strip_prefix("/api/") {
            let bearer = request
                .header("authorization")
                .and_then(|value| value.strip_prefix("Bearer "));
            if !bearer.is_some_and(|key| self.works(key)) {
                return unauthorized();
            }
            self.sproobo(method, path, request)
        } else if path.starts_with("/gh/") {
            if request.header("authorization") != Some(&format!("Bearer {GITHUB_TOKEN}")) {
                return unauthorized();
            }
            self.github(method, path, request)
        } else {
            if request.header("private-token") != Some(GITLAB_TOKEN) {
                return unauthorized();
            }
            self.gitlab(method, path, request)
        }
    }

    fn sproobo(&mut self, method: &str, path: &str, request: &Request) -> Act {
        let deployment = |status| json!({"deployment": {"id": "d-1", "status": status, "health": "healthy"}});
        match (method, path) {
            ("GET", "api-keys") => {
                let page = self.keys_on_a_page.unwrap_or(usize::MAX);
                let cursor = request.path.split_once("cursor=").map_or("0", |(_, cursor)| cursor);
                let begin: usize = cursor.parse().unwrap();
                let rows: Vec<_> = self.keys.iter().skip(begin).take(page).map(row).collect();
                let next = begin.saturating_add(page);
                let next = (next < self.keys.len()).then(|| next.to_string());
                Act::Json(200, json!({ "apiKeys": rows, "next": next }))
            }
            ("POST", "api-keys") => {
                self.made += 1;
                let key = Key {
                    id: format!("key_new_{}", self.made),
                    name: request.body["name"].as_str().unwrap_or_default().to_owned(),
                    value: format!("spb_new{}_{}", self.made, "x7Yq".repeat(8)),
                    days: 0,
                };
                let body = json!({ "apiKey": row(&key), "key": key.value });
                self.keys.push(key);
                Act::Json(201, body)
            }
            ("DELETE", _) => {
                let id = path.trim_start_matches("api-keys/");
                self.keys.retain(|key| key.id != id);
                Act::Json(200, json!({}))
            }
            ("POST", "sites/demo/deployments") => Act::Json(201, deployment("queued")),
            ("GET", "sites/demo/deployments") => Act::Json(200, json!({"deployments": []})),
            _ => Act::Json(200, deployment("success")),
        }
    }

    fn github(&mut self, method: &str, path: &str, request: &Request) -> Act {
        match method {
            "GET" if path.ends_with("/public-key") => {
                let key = STANDARD.encode(github_key().public_key().as_bytes());
                Act::Json(200, json!({ "key_id": "k1", "key": key }))
            }
            "GET" if path.contains("/secrets/") => match self.secret_age {
                Some(days) => Act::Json(
                    200,
                    json!({ "name": "K", "created_at": days_ago(days), "updated_at": days_ago(days) }),
                ),
                None => Act::Json(403, json!({ "message": "Resource not accessible by integration" })),
            },
            "PUT" => {
                assert_eq!(request.body["key_id"], "k1");
                let sealed = STANDARD
                    .decode(request.body["encrypted_value"].as_str().unwrap())
                    .unwrap();
                let value = github_key().unseal(&sealed).expect("sealed for this key");
                self.stores.insert(path.to_owned(), String::from_utf8(value).unwrap());
                Act::Json(201, json!({}))
            }
            "GET" => Act::Json(200, json!(self.issues)),
            "PATCH" => {
                let number = path
                    .rsplit('/')
                    .next()
                    .and_then(|number| number.parse::<usize>().ok())
                    .unwrap();
                for member in ["title", "body"] {
                    self.issues[number - 1][member] = request.body[member].clone();
                }
                Act::Json(200, self.issues[number - 1].clone())
            }
            _ => {
                let number = self.issues.len() + 1;
                let issue = json!({
                    "number": number, "title": request.body["title"], "body": request.body["body"],
                    "html_url": format!("https://github.com/acme/shop/issues/{number}"), "user": { "type": "Bot" },
                });
                self.issues.push(issue.clone());
                Act::Json(201, issue)
            }
        }
    }

    fn gitlab(&mut self, method: &str, path: &str, request: &Request) -> Act {
        let store = |path: &str| {
            format!(
                "{path}@{}",
                request.body["environment_scope"].as_str().unwrap_or_default()
            )
        };
        match method {
            "PUT" if !self.stores.contains_key(&store(path)) => Act::Json(404, json!({"message": "404 Not found"})),
            "PUT" | "POST" => {
                let path = match method {
                    "POST" => format!("{path}/{}", request.body["key"].as_str().unwrap_or_default()),
                    _ => path.to_owned(),
                };
                let value = request.body["value"].as_str().unwrap_or_default();
                self.stores.insert(store(&path), value.to_owned());
                Act::Json(200, json!({}))
            }
            _ => Act::Json(200, json!([])),
        }
    }
}

/// And an hour: the binary takes the time before it asks.
fn days_ago(days: i64) -> DateTime<Utc> {
    Utc::now() - TimeDelta::days(days) - TimeDelta::hours(1)
}

fn row(key: &Key) -> Value {
    json!({
        "id": key.id, "name": key.name, "prefix": &key.value[..12], "createdAt": days_ago(key.days),
    })
}

/// The outside world of a run.
pub(crate) struct Outside {
    pub(crate) server: Server,
    state: Arc<Mutex<State>>,
}

impl Outside {
    /// With our key (named `ci`, id `key_1`), so many days old.
    pub(crate) fn with_key_of_days(days: i64) -> Self {
        let ours = Key {
            id: "key_1".to_owned(),
            name: "ci".to_owned(),
            value: KEY.to_owned(),
            days,
        };
        let state = Arc::new(Mutex::new(State {
            keys: vec![ours],
            ..State::default()
        }));
        let handled = state.clone();
        let server =
            Server::start(move |request| handled.lock().unwrap_or_else(PoisonError::into_inner).handle(request));
        Self { server, state }
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The binary in this world, with our key and no tokens.
    pub(crate) fn run<I: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Sproobo {
        Sproobo::new(arguments)
            .key()
            .env("SPROOBO_API_URL", format!("{}/api", self.server.url))
            .env("GITHUB_API_URL", format!("{}/gh", self.server.url))
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env("CI_API_V4_URL", format!("{}/gl", self.server.url))
            .env("CI_PROJECT_ID", "acme/shop")
    }

    /// The same with both tokens.
    pub(crate) fn run_with_tokens<I: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Sproobo {
        self.run(arguments)
            .env("GITHUB_TOKEN", GITHUB_TOKEN)
            .env("GITLAB_TOKEN", GITLAB_TOKEN)
    }

    /// Waits until a request hangs; not if `over` comes first.
    pub(crate) fn hangs(&self, mut over: impl FnMut() -> bool) -> bool {
        let begun = Instant::now();
        loop {
            if self.with(|state| state.hung) {
                return true;
            }
            if over() {
                return false;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "neither hung nor over");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The next run meets a healthy world.
    pub(crate) fn heal(&self) {
        self.with(|state| {
            state.hang = None;
            state.hung = false;
        });
    }
}
