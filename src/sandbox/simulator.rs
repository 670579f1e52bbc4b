//! The simulated Sproobo behind the server: routes a request, checks its key, and answers from what it holds in memory.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use hyper::header::{ALLOW, WWW_AUTHENTICATE};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::deployment::Deployment;
use super::faults::TriggerFault;
use super::keys::KeyRing;
use super::options::{Options, Pace, Scenario};
use super::pages;
use super::reply::{HttpReply, Refusal, Reply};
use super::request::{Request, Resource, text};
use super::site::{Course, Order, Site};
use crate::secret::Secret;

/// How many requests are remembered, and how much of each path.
const MAX_RECORDED: usize = 10_000;
const MAX_RECORDED_PATH: usize = 200;
/// Page sizes of the history.
const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 100;
/// How many sites there are at most: nobody rehearses more, and what is stored stays bounded.
const MAX_SITES: usize = 100;

/// A request that the sandbox got: for tests that count. Holds no header, query or body, and no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub method: String,
    /// Its path as sent, without the query; cut after 200 characters; a key in it is `***`.
    pub path: String,
    /// Whether it carried a valid key.
    pub authorized: bool,
}

/// Wall time that follows tokio's clock, so that a paused clock drives the timestamps too.
struct Clock {
    wall: DateTime<Utc>,
    origin: Instant,
}

impl Clock {
    fn start() -> Self {
        Self {
            wall: Utc::now(),
            origin: Instant::now(),
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.wall + self.origin.elapsed()
    }
}

/// All that the sandbox knows.
pub(super) struct Simulator {
    clock: Clock,
    scenario: Scenario,
    pace: Pace,
    /// `http://ADDRESS` of the server.
    origin: String,
    keys: KeyRing,
    sites: Vec<Site>,
    recorded: VecDeque<Recorded>,
}

impl Simulator {
    /// Sproobo with four sites (and whatever else is asked for), a short history for each, and one key; `origin` is `http://ADDRESS`.
    pub(super) fn new(options: &Options, first_key: &Secret, origin: &str) -> Self {
        let clock = Clock::start();
        let now = clock.now();
        let mut keys = KeyRing::default();
        keys.insert("first key", first_key, options.first_key_created_at.unwrap_or(now));
        let site = |id, name, has_health: bool| {
            let course = Course {
                scenario: options.scenario,
                pace: options.pace,
                has_health,
            };
            Site::new(id, name, origin, course, now)
        };
        let sites = vec![
            site("demo", "Demo", true),
            site("shop", "Shop", true),
            site("docs", "Docs", true),
            site("worker", "Worker", false),
        ];
        Self {
            clock,
            scenario: options.scenario,
            pace: options.pace,
            origin: origin.to_owned(),
            keys,
            sites,
            recorded: VecDeque::new(),
        }
    }

    /// The requests so far, oldest first; the oldest are forgotten beyond 10,000.
    pub(super) fn recorded(&self) -> Vec<Recorded> {
        self.recorded.iter().cloned().collect()
    }

    pub(super) fn handle(&mut self, request: &Request) -> Reply {
        let authorized = request.bearer.as_deref().is_some_and(|key| self.keys.accepts(key));
        self.record(request, authorized);
        self.route(request, authorized)
            .unwrap_or_else(|refusal| HttpReply::from(refusal).into())
    }

    fn record(&mut self, request: &Request, authorized: bool) {
        if self.recorded.len() >= MAX_RECORDED {
            self.recorded.pop_front();
        }
        // `keys revoke` with a value where an id belongs is a slip that somebody will make.
        let hide = |segment| if self.keys.accepts(segment) { "***" } else { segment };
        let path = request.path.split('/').map(hide).collect::<Vec<_>>().join("/");
        self.recorded.push_back(Recorded {
            method: request.method.to_string(),
            path: path.chars().take(MAX_RECORDED_PATH).collect(),
            authorized,
        });
    }

    fn route(&mut self, request: &Request, authorized: bool) -> Result<Reply, Refusal> {
        let Some(resource) = Resource::of(&request.path) else {
            return Err(Refusal::not_found("not_found", "there is nothing under this path"));
        };
        if !resource.takes(&request.method) {
            let refusal = Refusal::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                format!("this path takes {}", resource.methods()),
            );
            return Ok(HttpReply::from(refusal).with_header(ALLOW, resource.methods()).into());
        }
        if !authorized && !resource.is_public() {
            let refusal = Refusal::new(
                StatusCode::UNAUTHORIZED,
                "invalid_api_key",
                "the API key is missing, unknown or revoked",
            );
            return Ok(HttpReply::from(refusal).with_header(WWW_AUTHENTICATE, "Bearer").into());
        }
        self.answer(request, resource)
    }

    fn answer(&mut self, request: &Request, resource: Resource) -> Result<Reply, Refusal> {
        let now = self.clock.now();
        let ok = |body| Reply::from(HttpReply::json(StatusCode::OK, body));
        Ok(match resource {
            Resource::Sites => ok(json!({ "sites": self.sites.iter().map(|site| site.json(now)).collect::<Vec<_>>() })),
            Resource::Site(site) => ok(json!({ "site": self.site_mut(&site)?.json(now) })),
            Resource::Deployments(site) if request.method == Method::POST => self.trigger(&site, request, now)?,
            Resource::Deployments(site) => ok(self.history(&site, request, now)?),
            Resource::Deployment(site, id) => self.read(&site, &id, now)?,
            Resource::Cancel(site, id) => self.cancel(&site, &id, now)?,
            Resource::Rollback(site, id) => self.rollback(&site, &id, request, now)?,
            Resource::Logs(site, id) => {
                let deployment = self.site_mut(&site)?.deployment(&id, now)?;
                ok(deployment.log_page(request.query("cursor").as_deref(), now)?)
            }
            Resource::ApiKeys if request.method == Method::POST => {
                let name = text(&request.object()?, "name")?.unwrap_or_default();
                HttpReply::json(StatusCode::CREATED, self.keys.create(&name, now)?).into()
            }
            Resource::ApiKeys => ok(self.keys.list()),
            Resource::ApiKey(id) => ok(self.keys.revoke(&id)?),
            Resource::Live(site) => self.live_page(&site, now).into(),
            Resource::Dashboard(site, id) => self.dashboard_page(&site, &id, now).into(),
        })
    }

    fn trigger(&mut self, site: &str, request: &Request, now: DateTime<Utc>) -> Result<Reply, Refusal> {
        let body = request.object()?;
        let order = Order {
            token: request.token(&body)?,
            git_ref: text(&body, "ref")?,
            commit: text(&body, "commit")?,
            message: text(&body, "message")?,
        };
        let flaky = self.scenario == Scenario::Flaky;
        let site = self.site_mut(site)?;
        let fault = if flaky { site.faults.next_trigger() } else { None };
        if let Some(TriggerFault::Refused(reply)) = fault {
            return Ok(reply);
        }
        let (deployment, made) = site.trigger(order, now)?;
        Ok(match fault {
            Some(TriggerFault::ReplyLost) => Reply::Hangup,
            _ => shown(made.status(), deployment, now),
        })
    }

    fn rollback(&mut self, site: &str, id: &str, request: &Request, now: DateTime<Utc>) -> Result<Reply, Refusal> {
        let token = request.token(&request.object()?)?;
        let (deployment, made) = self.site_mut(site)?.rollback(id, token, now)?;
        Ok(shown(made.status(), deployment, now))
    }

    fn cancel(&mut self, site: &str, id: &str, now: DateTime<Utc>) -> Result<Reply, Refusal> {
        let deployment = self.site_mut(site)?.cancel(id, now)?;
        Ok(shown(StatusCode::ACCEPTED, deployment, now))
    }

    fn read(&mut self, site: &str, id: &str, now: DateTime<Utc>) -> Result<Reply, Refusal> {
        let flaky = self.scenario == Scenario::Flaky;
        let site = self.site_mut(site)?;
        let fault = if flaky { site.faults.next_read() } else { None };
        match fault {
            Some(reply) => Ok(reply),
            None => Ok(shown(StatusCode::OK, site.deployment(id, now)?, now)),
        }
    }

    fn history(&mut self, site: &str, request: &Request, now: DateTime<Utc>) -> Result<Value, Refusal> {
        let limit = match request.query("limit") {
            None => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                .ok_or_else(|| Refusal::invalid("invalid_limit", format!("limit must be from 1 to {MAX_LIMIT}")))?,
        };
        let newest = self.site_mut(site)?.deployments(now).take(limit);
        Ok(json!({ "deployments": newest.map(|each| each.json(now)).collect::<Vec<_>>() }))
    }

    fn live_page(&self, site: &str, now: DateTime<Utc>) -> HttpReply {
        let found = self.site(site).ok().filter(|site| site.has_page());
        match found.and_then(|site| site.live(now)) {
            Some(live) => HttpReply::html(StatusCode::OK, pages::live(site, &live.commit, live.version)),
            None => HttpReply::html(StatusCode::NOT_FOUND, pages::not_found()),
        }
    }

    fn dashboard_page(&self, site: &str, id: &str, now: DateTime<Utc>) -> HttpReply {
        match self.site(site).and_then(|site| site.deployment(id, now)) {
            Ok(found) => HttpReply::html(
                StatusCode::OK,
                pages::dashboard(&found.id, found.status(now), &found.commit),
            ),
            Err(_) => HttpReply::html(StatusCode::NOT_FOUND, pages::not_found()),
        }
    }

    fn site(&self, id: &str) -> Result<&Site, Refusal> {
        self.sites.iter().find(|site| site.id == id).ok_or_else(no_site)
    }

    /// The site that whoever has the key asks for. Any id is a site, so that a workflow can be rehearsed as it is.
    fn site_mut(&mut self, id: &str) -> Result<&mut Site, Refusal> {
        if self.scenario == Scenario::UnknownSite {
            return Err(no_site());
        }
        let known = self.sites.iter().position(|site| site.id == id);
        if known.is_none() && !id.is_empty() && self.sites.len() < MAX_SITES {
            let course = Course {
                scenario: self.scenario,
                pace: self.pace,
                has_health: true,
            };
            self.sites
                .push(Site::new(id, id, &self.origin, course, self.clock.now()));
        }
        self.sites.iter_mut().find(|site| site.id == id).ok_or_else(no_site)
    }
}

fn shown(status: StatusCode, deployment: &Deployment, now: DateTime<Utc>) -> Reply {
    HttpReply::json(status, json!({ "deployment": deployment.json(now) })).into()
}

fn no_site() -> Refusal {
    Refusal::not_found("site_not_found", "there is no site with this id")
}
