//! One site and its deployments: the rules of triggering, cancelling and rolling back.

use chrono::{DateTime, TimeDelta, Utc};
use hyper::StatusCode;
use serde_json::{Value, json};

use super::deployment::{Deployment, Origin, invented_commit};
use super::faults::Faults;
use super::options::{Pace, Scenario};
use super::reply::Refusal;
use super::script::Script;

/// How many deployments a site keeps; the oldest go first.
const MAX_DEPLOYMENTS: usize = 100;

/// How a site's deployments go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    pub(super) scenario: Scenario,
    pub(super) pace: Pace,
    /// Workers have no health check.
    pub(super) has_health: bool,
}

/// What a trigger asks for.
#[derive(Debug, Default)]
pub(super) struct Order {
    pub(super) token: Option<String>,
    pub(super) git_ref: Option<String>,
    pub(super) commit: Option<String>,
    pub(super) message: Option<String>,
}

/// Whether a deployment was made by this request or by an earlier one with the same token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Made {
    Now,
    Before,
}

impl Made {
    /// What the reply says of it.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Now => StatusCode::CREATED,
            Self::Before => StatusCode::OK,
        }
    }
}

pub(super) struct Site {
    pub(super) id: String,
    name: String,
    /// `http://ADDRESS` of the server.
    origin: String,
    pub(super) faults: Faults,
    course: Course,
    /// In the order of creation; a push that takes over may still lie in the future.
    deployments: Vec<Deployment>,
    versions: u64,
}

impl Site {
    /// A site with a short history: three successes and a failure, of usual lengths.
    pub(super) fn new(id: &str, name: &str, origin: &str, course: Course, now: DateTime<Utc>) -> Self {
        let mut site = Self {
            id: id.to_owned(),
            name: name.to_owned(),
            origin: origin.to_owned(),
            faults: Faults::default(),
            course,
            deployments: Vec::new(),
            versions: 0,
        };
        let usual = match course.scenario {
            Scenario::Slow => Scenario::Slow,
            _ => Scenario::Success,
        };
        let past = [
            (4, usual, "Add the site"),
            (3, usual, "Answer faster"),
            (2, Scenario::Fail, "Try a new checkout"),
            (1, usual, "Repair the checkout"),
        ];
        for (days, scenario, message) in past {
            let order = Order {
                message: Some(message.to_owned()),
                token: Some(format!("history-{days}")),
                ..Order::default()
            };
            let script = site.script(scenario);
            site.add(order, Origin::History, script, now - TimeDelta::days(days));
        }
        site
    }

    pub(super) fn json(&self, now: DateTime<Utc>) -> Value {
        let newest = self.deployments(now).next();
        let newest = newest.map(|newest| json!({ "id": newest.id, "status": newest.status(now) }));
        json!({ "id": self.id, "name": self.name, "url": self.url(), "lastDeployment": newest })
    }

    /// Whether it answers visitors; a worker doesn't.
    pub(super) fn has_page(&self) -> bool {
        self.course.has_health
    }

    fn url(&self) -> Option<String> {
        self.has_page().then(|| format!("{}/live/{}", self.origin, self.id))
    }

    /// Newest first.
    pub(super) fn deployments(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Deployment> {
        self.deployments.iter().rev().filter(move |each| each.exists(now))
    }

    pub(super) fn deployment(&self, id: &str, now: DateTime<Utc>) -> Result<&Deployment, Refusal> {
        self.deployments(now)
            .find(|each| each.id == id)
            .ok_or_else(|| Refusal::not_found("deployment_not_found", "this site has no such deployment"))
    }

    /// What visitors get.
    pub(super) fn live(&self, now: DateTime<Utc>) -> Option<&Deployment> {
        self.deployments(now).find(|each| each.is_live(now))
    }

    /// Starts a deployment, unless this token did before.
    pub(super) fn trigger(&mut self, order: Order, now: DateTime<Utc>) -> Result<(&Deployment, Made), Refusal> {
        let script = self.script(self.course.scenario);
        let superseded_at = script.superseded_at();
        let (id, made) = self.start(order, Origin::Trigger, script, now)?;
        if let (Made::Now, Some(at)) = (&made, superseded_at) {
            let order = Order {
                message: Some("Push another change".to_owned()),
                ..Order::default()
            };
            let script = self.script(Scenario::Success);
            self.add(order, Origin::Push(id.clone()), script, now + at);
        }
        Ok((self.deployment(&id, now)?, made))
    }

    /// Starts a deployment of an earlier one's commit, unless this token did before.
    pub(super) fn rollback(
        &mut self,
        target: &str,
        token: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(&Deployment, Made), Refusal> {
        let target = self.deployment(target, now)?;
        if !target.has_succeeded(now) {
            return Err(Refusal::invalid(
                "deployment_not_succeeded",
                "only a deployment that succeeded can be rolled back to",
            ));
        }
        let order = Order {
            token,
            git_ref: Some(target.git_ref.clone()),
            commit: Some(target.commit.clone()),
            message: Some(format!("Rollback to version {}", target.version)),
        };
        let script = Script::rollback(self.course.has_health, &target.id, self.course.pace);
        let origin = Origin::Rollback(target.id.clone());
        let (id, made) = self.start(order, origin, script, now)?;
        Ok((self.deployment(&id, now)?, made))
    }

    /// Asks a running deployment to end.
    pub(super) fn cancel(&mut self, id: &str, now: DateTime<Utc>) -> Result<&Deployment, Refusal> {
        let found = self.deployment(id, now)?;
        if !found.is_running(now) {
            return Err(Refusal::conflict(
                "deployment_ended",
                format!("the deployment has ended already, as {}", found.status(now)),
                id,
            ));
        }
        // Who is cancelled is not superseded: the push that was to come stays away.
        self.deployments
            .retain(|each| each.exists(now) || each.origin != Origin::Push(id.to_owned()));
        for each in self.deployments.iter_mut().filter(|each| each.id == id) {
            each.cancel(now);
        }
        self.deployment(id, now)
    }

    fn start(
        &mut self,
        order: Order,
        origin: Origin,
        script: Script,
        now: DateTime<Utc>,
    ) -> Result<(String, Made), Refusal> {
        if order.token.is_some()
            && let Some(earlier) = self.deployments.iter().find(|each| each.token == order.token)
        {
            if earlier.origin != origin {
                return Err(Refusal::invalid(
                    "idempotency_key_reused",
                    "this token belongs to a deployment that something else brought about",
                ));
            }
            return Ok((earlier.id.clone(), Made::Before));
        }
        if let Some(running) = self.deployments(now).find(|each| each.is_running(now)) {
            return Err(Refusal::conflict(
                "deployment_in_progress",
                "another deployment of this site is running",
                &running.id,
            ));
        }
        Ok((self.add(order, origin, script, now), Made::Now))
    }

    fn add(&mut self, order: Order, origin: Origin, script: Script, created_at: DateTime<Utc>) -> String {
        self.versions += 1;
        let version = self.versions;
        if self.deployments.len() >= MAX_DEPLOYMENTS {
            self.deployments.remove(0);
        }
        let id = format!("dep_{}_{version}", self.id);
        self.deployments.push(Deployment {
            url: self.url(),
            dashboard_url: format!("{}/dashboard/{}/{id}", self.origin, self.id),
            id: id.clone(),
            version,
            origin,
            token: order.token,
            git_ref: order.git_ref.unwrap_or_else(|| "main".to_owned()),
            commit: order.commit.unwrap_or_else(|| invented_commit(&self.id, version)),
            message: order.message.unwrap_or_else(|| "Deploy".to_owned()),
            created_at,
            script,
        });
        id
    }

    fn script(&self, scenario: Scenario) -> Script {
        Script::deploy(scenario, self.course.has_health, self.course.pace)
    }
}
