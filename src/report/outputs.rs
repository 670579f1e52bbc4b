//! The ten outputs on GitHub and the eight dotenv variables on GitLab. Their names are public API.

use std::io;
use std::path::Path;

use super::format::Format;
use super::results::ResultObject;
use crate::ci::{dotenv, env_file};
use crate::error::ExitCode;
use crate::event::{Event, RunResult, SiteEvent};
use crate::model::{KeyAge, RunStatus, SiteId, sort_by};
use crate::redact::Redactor;

/// What is to be handed to later steps, as far as it is known. The scalar values are those of the first site.
#[derive(Debug, Default)]
pub struct Outputs {
    sites: Vec<SiteId>,
    results: Vec<ResultObject>,
    key: Option<KeyAge>,
    end: Option<End>,
}

#[derive(Debug)]
struct End {
    exit: ExitCode,
    /// The status of a run that ended before its first site.
    status: &'static str,
    duration_seconds: u64,
}

impl Outputs {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes an event; whether the outputs should be written now: when a deployment becomes known, and at the end.
    pub fn event(&mut self, event: &Event) -> bool {
        match event {
            Event::Begin { sites, .. } => self.sites.clone_from(sites),
            Event::Site { site, what, .. } => match &**what {
                SiteEvent::Found { deployment, .. } => {
                    self.put(ResultObject::running(site, deployment));
                    return true;
                }
                SiteEvent::Verdict(result) => self.put(ResultObject::ended(result)),
                _ => {}
            },
            Event::KeyAge(age) => self.key = Some(age.clone()),
            Event::End(result) => {
                self.finish(result);
                return true;
            }
            Event::Plan(_) | Event::Found { .. } | Event::Note(_) => {}
        }
        false
    }

    /// The records of `GITHUB_OUTPUT`; what is not known is empty.
    pub fn github(&self) -> Vec<(&'static str, String)> {
        let scalars = self.scalars().into_iter();
        let mut records: Vec<_> = scalars.map(|(name, _, value)| (name, value)).collect();
        // Objects of texts and numbers can always be serialized.
        let json = serde_json::to_string(&self.results).unwrap_or_else(|_| "[]".to_owned());
        records.push(("result-json", json));
        records
    }

    /// The variables of GitLab's dotenv report.
    pub fn dotenv(&self) -> Vec<(&'static str, String)> {
        let variables = self.scalars().into_iter();
        variables
            .filter_map(|(_, variable, value)| Some((variable?, value)))
            .collect()
    }

    /// Output, variable (the commit has none) and value.
    fn scalars(&self) -> Vec<(&'static str, Option<&'static str>, String)> {
        let first = self.first();
        let end = self.end.as_ref();
        let text =
            |of: fn(&ResultObject) -> &Option<String>| first.and_then(|site| of(site).clone()).unwrap_or_default();
        let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
        let status = first.map(|site| site.status).or(end.map(|end| end.status));
        // The run's own time says nothing of a deployment that it did not start.
        let whole_run = || end.map(|end| end.duration_seconds);
        let begun = first.filter(|site| site.status != RunStatus::Refused.as_str() || site.duration_seconds.is_some());
        let seconds = begun.map_or_else(whole_run, |site| site.duration_seconds);
        let exit = end.map(|end| end.exit.number().into());
        let age = self.key.as_ref().map(|key| key.told().days());
        let stale = self.key.as_ref().map(|key| key.stale.to_string()).unwrap_or_default();
        vec![
            (
                "deployment-id",
                Some("SPROOBO_DEPLOYMENT_ID"),
                text(|site| &site.deployment_id),
            ),
            ("status", Some("SPROOBO_STATUS"), status.unwrap_or_default().to_owned()),
            ("url", Some("SPROOBO_URL"), text(|site| &site.url)),
            (
                "dashboard-url",
                Some("SPROOBO_DASHBOARD_URL"),
                text(|site| &site.dashboard_url),
            ),
            ("commit", None, text(|site| &site.commit)),
            ("duration-seconds", Some("SPROOBO_DURATION_SECONDS"), number(seconds)),
            ("key-age-days", Some("SPROOBO_KEY_AGE_DAYS"), number(age)),
            ("key-stale", Some("SPROOBO_KEY_STALE"), stale),
            ("exit-code", Some("SPROOBO_EXIT_CODE"), number(exit)),
        ]
    }

    /// The first site in the user's order, if anything is known of it.
    fn first(&self) -> Option<&ResultObject> {
        match self.sites.first() {
            Some(first) => self.results.iter().find(|result| result.site == first.as_str()),
            None => self.results.first(),
        }
    }

    fn put(&mut self, object: ResultObject) {
        match self.results.iter_mut().find(|known| known.site == object.site) {
            Some(known) => *known = object,
            None => {
                self.results.push(object);
                let rank = |result: &ResultObject| {
                    let place = self.sites.iter().position(|known| known.as_str() == result.site);
                    place.unwrap_or(usize::MAX)
                };
                sort_by(&mut self.results, |one, other| rank(one).cmp(&rank(other)));
            }
        }
    }

    fn finish(&mut self, result: &RunResult) {
        if self.sites.is_empty() {
            self.sites.clone_from(&result.asked);
        }
        for site in &result.sites {
            self.put(ResultObject::ended(site));
        }
        if let Some(error) = &result.error {
            for site in &result.asked {
                if !self.results.iter().any(|known| known.site == site.as_str()) {
                    self.put(ResultObject::not_begun(site, error));
                }
            }
        }
        self.end = Some(End {
            exit: result.exit,
            status: result.error.as_ref().map_or("", |error| error.status(false).as_str()),
            duration_seconds: result.duration.as_secs(),
        });
    }
}

/// The file behind `GITHUB_OUTPUT`: records are appended, and the last one of a name counts.
#[derive(Default)]
pub(super) struct GithubOutput(Outputs);

impl Format for GithubOutput {
    fn update(&mut self, event: &Event, path: &Path, redactor: &Redactor) -> io::Result<()> {
        if !self.0.event(event) {
            return Ok(());
        }
        env_file::append(path, &redacted(self.0.github(), redactor))
    }
}

/// GitLab's dotenv report.
#[derive(Default)]
pub(super) struct Dotenv(Outputs);

impl Format for Dotenv {
    fn update(&mut self, event: &Event, path: &Path, redactor: &Redactor) -> io::Result<()> {
        if !self.0.event(event) {
            return Ok(());
        }
        dotenv::write(path, &redacted(self.0.dotenv(), redactor))
    }
}

fn redacted(pairs: Vec<(&'static str, String)>, redactor: &Redactor) -> Vec<(&'static str, String)> {
    pairs
        .into_iter()
        .map(|(name, value)| (name, redactor.redact(&value)))
        .collect()
}
