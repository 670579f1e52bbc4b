//! The checks that ask the API: which of connection, base URL, key, path and shape is wrong, and on what evidence.

use super::answers::{Answer, Answers};
use super::history;
use super::ports::{Preflight, Reading};
use crate::error::{ApiError, Error, ExitCode, Purpose, Subject, Transport};
use crate::event::Check;
use crate::model::{Human, SiteId};

/// The way out of a contract that does not fit.
const RECORD: &str = "to know instead of assuming, record one deployment in the dashboard (the browser's network panel, \
                      \"Save all as HAR\"), then `sproobo-deploy contract learn FILE.har > sproobo.json`, and doctor again with \
                      `--contract sproobo.json`; `sproobo-deploy contract show` prints what is assumed now";

const NOTHING_TO_ASK: &str =
    "put the operation into your contract file, if the API has it: nothing else can be asked without changing anything";

/// Connection, base URL, key, paths, shape and site, from at most three requests.
pub async fn check_api<P: Preflight>(api: &P, site: Option<&SiteId>) -> Vec<Check> {
    let answers = Answers::ask(api, site).await;
    if answers.given.is_empty() {
        return match answers.unusable {
            Some(error @ ApiError::NotOffered { .. }) => {
                // A deploy works without it, so it is no failure.
                vec![Check::warned("site", error.to_string(), NOTHING_TO_ASK)]
            }
            Some(error) => vec![failure("contract", &error, site)],
            None => Vec::new(),
        };
    }
    let examination = Examination {
        base_url: api.base_url(),
        auth: api.auth(),
        answers: &answers,
        site,
    };
    let mut checks = Vec::new();
    for check in [
        Examination::connection,
        Examination::base_url,
        Examination::key,
        Examination::paths,
        Examination::shape,
        Examination::site,
    ] {
        let Some(check) = check(&examination) else { continue };
        let failed = check.is_failed();
        checks.push(check);
        if failed {
            return checks;
        }
    }
    if site.is_some() {
        checks.push(match (&answers.history, answers.to(Reading::Deployments)) {
            (Some(items), _) => history::check(items),
            (None, Some(Answer { error: Some(error), .. })) => failure(history::NAME, error, site),
            (None, _) => history::not_offered(),
        });
    }
    if let (Some(site), Some(items)) = (site, &answers.history) {
        checks.extend(history::deployed_by_push(items, site));
    }
    checks
}

/// What the answers say, taken one question at a time; `None` where a question does not arise.
struct Examination<'a> {
    base_url: String,
    auth: String,
    answers: &'a Answers,
    site: Option<&'a SiteId>,
}

impl Examination<'_> {
    /// Did anything answer at all, over a connection that we trust?
    fn connection(&self) -> Option<Check> {
        const NAME: &str = "connection";
        let mut errors = self.answers.given.iter().filter_map(|answer| answer.error.as_ref());
        Some(match errors.find(|error| matches!(error, ApiError::Transport(_))) {
            Some(error) => not_reached(NAME, error, self.site),
            None => Check::passed(NAME, "a server answers"),
        })
    }

    /// Is it an API that answers there, or a page?
    fn base_url(&self) -> Option<Check> {
        const NAME: &str = "base URL";
        if let Some(error) = &self.answers.given[0].error
            && error.status().is_some_and(|status| status >= 500)
        {
            return Some(failure(NAME, error, self.site));
        }
        let mut speaking = self.answers.given.iter().filter(|answer| answer.is_of_an_api());
        if speaking.clone().next().is_none() {
            let found = format!("no API answers below {}: {}", self.base_url, self.answers.evidence());
            return Some(outside(
                NAME,
                found,
                "the base URL (`base_url`, `--api-url`) is most likely wrong",
            ));
        }
        if speaking.all(Answer::is_no_such_path) {
            let found = format!(
                "an API answers below {}, but shows no path that was asked for: {}",
                self.base_url,
                self.answers.evidence()
            );
            return Some(outside(NAME, found, "the base URL or every path is wrong"));
        }
        Some(Check::passed(NAME, format!("an API answers below {}", self.base_url)))
    }

    /// Is the key accepted? A 404 is no answer to that: many APIs look for the path before they look at the key.
    fn key(&self) -> Option<Check> {
        const NAME: &str = "key accepted";
        let with_status = |wanted: &[u16]| {
            let is_it = |answer: &&Answer| answer.status().is_some_and(|status| wanted.contains(&status));
            self.answers.given.iter().find(is_it)
        };
        if let Some(Answer { error: Some(error), .. }) = with_status(&[401]) {
            let hint = format!(
                "; the key was sent as `{}`: if the API takes it another way, correct `auth` in the contract",
                self.auth
            );
            return Some(failure(NAME, error, self.site).with_more_to_do(&hint));
        }
        if let Some(Answer { error: Some(error), .. }) = with_status(&[402, 403]) {
            return Some(failure(NAME, error, self.site));
        }
        Some(match self.answers.given.iter().find(|answer| answer.is_good()) {
            Some(good) => Check::passed(NAME, format!("the API took it for {}", good.request)),
            None => Check::skipped(NAME, "no answer tells"),
        })
    }

    /// Which paths are there?
    fn paths(&self) -> Option<Check> {
        // A 404 on what asks for a site that the key does not see is about the site.
        let is_unknown_site = self.site.is_some_and(|site| self.answers.lists_others_than(site));
        let is_wrong = |answer: &&Answer| {
            // Where a site was asked for, the list of sites is evidence only: the API may well not have it.
            let counts = self.site.is_none() || answer.reading != Reading::Sites;
            counts && answer.is_wrong_path() && !(is_unknown_site && answer.status() == Some(404))
        };
        let wrong = self.answers.given.iter().find(is_wrong)?;
        let fix = format!("the path of `{}` is most likely wrong", wrong.reading.operation());
        Some(outside("path", wrong.evidence(), &fix))
    }

    /// Do the replies hold what the contract says?
    fn shape(&self) -> Option<Check> {
        let is_other = |answer: &&Answer| matches!(answer.error, Some(ApiError::Incomplete { .. }));
        let other = self.answers.given.iter().find(is_other)?;
        let fix = format!(
            "the pointers of {} in the contract are most likely wrong",
            other.reading.fields()
        );
        Some(outside("shape", other.evidence(), &fix))
    }

    /// Can the key see what it is to deploy?
    fn site(&self) -> Option<Check> {
        let name = if self.site.is_some() { "site" } else { "sites" };
        let found = match (&self.answers.given[0].error, self.site) {
            (Some(error), _) => return Some(failure(name, error, self.site)),
            (None, Some(site)) => format!("{site} is visible"),
            (None, None) => format!("the key can see {} site(s)", self.answers.sites.as_ref()?.len()),
        };
        Some(Check::passed(name, found))
    }
}

/// A failed check about the contract, with the way to a better one.
fn outside(name: &'static str, found: impl Into<String>, likely: &str) -> Check {
    Check::failed(name, ExitCode::OutsideContract, found, format!("{likely}; {RECORD}"))
}

/// A failed check of the connection. Elsewhere such an error sends people here, so this has to have another way on.
fn not_reached(name: &'static str, error: &ApiError, site: Option<&SiteId>) -> Check {
    let next = match error {
        ApiError::Transport(Transport::NotConnected { host, .. }) => format!(
            "see that {host} is right (`--api-url`), that this machine can resolve and reach it, and that HTTPS_PROXY and NO_PROXY \
             lead there"
        ),
        ApiError::Transport(Transport::TimedOut { after }) => format!(
            "see whether a proxy or a firewall holds requests up on the way; if the API is only slow, raise `--request-timeout` above {}",
            Human(*after)
        ),
        ApiError::Transport(Transport::Broken { .. }) => {
            "see whether a proxy or a firewall cuts connections on the way".to_owned()
        }
        _ => return failure(name, error, site),
    };
    let code = Error::api("the preflight", error.clone()).exit_code();
    Check::failed(name, code, error.to_string(), next)
}

/// A failed check with the advice that a deploy would give.
fn failure(name: &'static str, error: &ApiError, site: Option<&SiteId>) -> Check {
    let subject = Subject {
        site: site.cloned(),
        ..Subject::of(Purpose::Look)
    };
    let whole = Error::api("the preflight", error.clone());
    let next = match error {
        // Elsewhere it sends people here too.
        ApiError::Reply(reply) if !matches!(reply.status, 401..=404 | 408 | 429 | 500..) => {
            format!("the API does not take this request as the contract words it; {RECORD}")
        }
        _ => whole.next(&subject),
    };
    Check::failed(name, whole.exit_code(), error.to_string(), next)
}
