//! Platforms of unlike shape. Each answers its API's calls as its makers describe them in public, for one account with one
//! site, and has a dashboard (`tests/e2e/dashboard/`) that a browser can open.

mod cloudflare;
mod coolify;
mod digitalocean;
mod netlify;
mod railway;
mod render;
mod servers;
mod vercel;

use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::cli::KEY;
use crate::support::server::{Act, Request, Server};

/// What the browser is signed in with. No such text may ever leave a recording.
pub(crate) const SESSION: &str = "sess1on-9f8e7d6c5b4a-Do-Not-Show";

pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
pub(crate) const OLD_COMMIT: &str = "fedcba9876543210fedcba9876543210fedcba98";

/// How the deployments end that are started from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Success,
    Failure,
}

/// The status words of a platform in their order.
pub(crate) struct Words {
    pub(crate) running: &'static [&'static str],
    pub(crate) success: &'static str,
    pub(crate) failure: &'static str,
    pub(crate) cancelled: &'static str,
}

/// A call of the API.
pub(crate) struct Call<'r> {
    pub(crate) request: &'r Request,
    pub(crate) path: Vec<&'r str>,
}

impl Call<'_> {
    pub(crate) fn route(&self) -> (&str, &[&str]) {
        (self.request.method.as_str(), &self.path)
    }

    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.request.path.split_once('?')?;
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }

    pub(crate) fn text(&self, pointer: &str) -> Option<String> {
        self.request.body.pointer(pointer)?.as_str().map(str::to_owned)
    }
}

/// One deployment.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    pub(crate) number: usize,
    pub(crate) id: String,
    pub(crate) commit: String,
    pub(crate) token: Option<String>,
    /// The words that it shows one after the other.
    life: Vec<&'static str>,
    looks: usize,
    looks_each: usize,
}

impl Deployment {
    /// Its word, after one more look by its own read; the last one stays.
    pub(crate) fn look(&mut self) -> &'static str {
        let word = self.word();
        self.looks += 1;
        word
    }

    pub(crate) fn word(&self) -> &'static str {
        self.life[self.step()]
    }

    /// How many words have gone by.
    pub(crate) fn step(&self) -> usize {
        (self.looks / self.looks_each).min(self.life.len() - 1)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.step() == self.life.len() - 1
    }

    /// A time of its life, `part` seconds after its begin.
    pub(crate) fn time(&self, part: usize) -> String {
        format!("2026-03-01T02:{:02}:{:02}Z", self.number % 60, part)
    }

    pub(crate) fn milliseconds(&self, part: usize) -> u64 {
        1_772_330_400_000 + (self.number * 60_000 + part * 1000) as u64
    }

    /// Its end, or null.
    pub(crate) fn end(&self) -> Value {
        if self.is_over() {
            json!(self.time(40))
        } else {
            Value::Null
        }
    }

    /// Four lines, of which those so far are there.
    pub(crate) fn log(&self) -> Vec<String> {
        let lines = [
            "Cloning the repository",
            "Installing packages",
            "Building 214 pages",
            "Uploading",
        ];
        lines[..(self.step() + 1).min(4)]
            .iter()
            .map(|line| (*line).to_owned())
            .collect()
    }
}

/// What a platform remembers.
pub(crate) struct Store {
    pub(crate) all: Vec<Deployment>,
    pub(crate) ending: Ending,
    words: Words,
    id: fn(usize) -> String,
    pub(crate) looks_each: usize,
}

impl Store {
    fn new(platform: &dyn Platform, looks_each: usize) -> Self {
        let words = platform.words();
        let id = platform.id();
        let older = (1..=2).map(|number| Deployment {
            number,
            id: id(number),
            commit: OLD_COMMIT.to_owned(),
            token: None,
            life: vec![words.success],
            looks: 0,
            looks_each,
        });
        Self {
            all: older.collect(),
            ending: Ending::Success,
            words,
            id,
            looks_each,
        }
    }

    pub(crate) fn start(&mut self, commit: Option<String>, token: Option<String>) -> &mut Deployment {
        let number = self.all.len() + 1;
        let last = match self.ending {
            Ending::Success => self.words.success,
            Ending::Failure => self.words.failure,
        };
        self.all.push(Deployment {
            number,
            id: (self.id)(number),
            commit: commit.unwrap_or_else(|| COMMIT.to_owned()),
            token,
            life: self.words.running.iter().copied().chain([last]).collect(),
            looks: 0,
            looks_each: self.looks_each,
        });
        self.all.last_mut().unwrap()
    }

    pub(crate) fn find(&mut self, id: &str) -> Option<&mut Deployment> {
        self.all.iter_mut().find(|deployment| deployment.id == id)
    }

    pub(crate) fn cancel(&mut self, id: &str) -> Option<&mut Deployment> {
        let cancelled = self.words.cancelled;
        let deployment = self.find(id)?;
        if !deployment.is_over() {
            deployment.life.truncate(deployment.step() + 1);
            deployment.life.push(cancelled);
            deployment.looks = deployment.looks_each * (deployment.life.len() - 1);
        }
        Some(deployment)
    }

    /// The newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &Deployment> {
        self.all.iter().rev()
    }
}

/// A platform's API.
pub(crate) trait Platform: Send {
    fn words(&self) -> Words;

    /// The ids that it gives.
    fn id(&self) -> fn(usize) -> String;

    /// Where it takes a key: header and what stands before the key.
    fn key_header(&self) -> (&'static str, &'static str) {
        ("authorization", "Bearer ")
    }

    /// Answers a call; nothing for what is not there.
    fn answer(&mut self, call: &Call<'_>, store: &mut Store) -> Option<(u16, Value)>;

    /// A plain text that lies at an address of its own.
    fn text(&self, _call: &Call<'_>, _store: &Store) -> Option<String> {
        None
    }
}

fn platform(name: &str) -> Box<dyn Platform> {
    match name {
        "cloudflare" => Box::new(cloudflare::Cloudflare),
        "coolify" => Box::new(coolify::Coolify),
        "digitalocean" => Box::new(digitalocean::DigitalOcean::default()),
        "netlify" => Box::new(netlify::Netlify),
        "railway" => Box::new(railway::Railway),
        "render" => Box::new(render::Render),
        "servers" => Box::new(servers::Servers),
        "vercel" => Box::new(vercel::Vercel),
        other => panic!("no platform {other}"),
    }
}

/// A platform that runs: API and dashboard at one address.
pub(crate) struct Running {
    pub(crate) server: Server,
    pub(crate) store: Arc<Mutex<Store>>,
}

/// Starts a platform whose deployments show each word for so many reads.
pub(crate) fn start(name: &'static str, looks_each: usize) -> Running {
    let mut platform = platform(name);
    let store = Arc::new(Mutex::new(Store::new(&*platform, looks_each)));
    let its = store.clone();
    let server = Server::start(move |request| respond(name, &mut *platform, request, &mut its.lock().unwrap()));
    Running { server, store }
}

fn respond(name: &str, platform: &mut dyn Platform, request: &Request, store: &mut Store) -> Act {
    let path = request.path.split('?').next().unwrap_or_default();
    let call = Call {
        request,
        path: path.trim_start_matches('/').split('/').collect(),
    };
    if let Some(file) = file(name, path) {
        return file;
    }
    if let Some(text) = platform.text(&call, store) {
        return raw("200 OK", "text/plain; charset=utf-8", &text);
    }
    let (header, before) = platform.key_header();
    let with_key = request.header(header) == Some(format!("{before}{KEY}").as_str());
    let signed_in = request.header("cookie").is_some_and(|cookie| cookie.contains(SESSION))
        || request
            .header("authorization")
            .is_some_and(|value| value.contains(SESSION));
    if !with_key && !signed_in {
        return Act::Json(
            401,
            json!({ "error": { "code": "unauthorized", "message": "no valid credentials" } }),
        );
    }
    match platform.answer(&call, store) {
        Some((status, body)) => Act::Json(status, body),
        None => Act::Json(
            404,
            json!({ "error": { "code": "route_not_found", "message": "no such route" } }),
        ),
    }
}

/// The dashboard's own files, and what else a page asks for.
fn file(name: &str, path: &str) -> Option<Act> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/dashboard");
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
    Some(match path {
        "/" => {
            let cookie = format!("set-cookie: session={SESSION}; Path=/; HttpOnly\r\n");
            let page = read("index.html").replace("PLATFORM", name);
            Act::Raw(format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n{cookie}\r\n{page}",
                page.len()
            ))
        }
        "/static/style.css" => raw("200 OK", "text/css", &read("style.css")),
        _ if path.starts_with("/static/") => raw("200 OK", "text/javascript", &read(&path["/static/".len()..])),
        "/favicon.ico" => raw("204 No Content", "image/x-icon", ""),
        "/collect" => Act::Json(200, json!({ "ok": true, "event_id": "ev-58213" })),
        _ => return None,
    })
}

fn raw(status: &str, kind: &str, body: &str) -> Act {
    Act::Raw(format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\
         access-control-allow-origin: *\r\n\r\n{body}",
        body.len()
    ))
}
