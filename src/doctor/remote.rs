//! The checks that ask the API.

use std::future::Future;

use crate::error::{ApiError, Error, ExitCode, Subject};
use crate::event::{Check, CheckOutcome};
use crate::model::{Deployment, Site, SiteId, StatusClass};
use crate::watch::Deployments;

/// How many deployments of the history are held against the contract.
const SAMPLE: u32 = 10;

/// What the preflight asks. All of it is GET.
pub trait Preflight: Deployments {
    /// The sites that the key can see.
    fn sites(&self) -> impl Future<Output = Result<Vec<Site>, ApiError>> + Send;

    /// One site.
    fn site(&self, site: &SiteId) -> impl Future<Output = Result<Site, ApiError>> + Send;
}

/// Connection, TLS, JSON, key, site and contract, from at most three requests.
pub async fn check_api<P: Preflight>(api: &P, site: Option<&SiteId>) -> Vec<Check> {
    let answer = ask(api, site).await;
    let mut checks = Vec::new();
    for check in [connection, format, key] {
        let check = check(answer.as_ref().err(), site);
        let failed = matches!(check.outcome, CheckOutcome::Failed { .. });
        checks.push(check);
        if failed {
            checks.push(Check::skipped("site", "the API gave no usable answer"));
            return checks;
        }
    }
    checks.push(match (&answer, site) {
        (Err(error @ ApiError::NotOffered { .. }), _) => {
            // A deploy works without it, so it is no failure.
            return [checks, vec![Check::warned("site", error.to_string(), NOTHING_TO_ASK)]].concat();
        }
        (Ok(sites), None) => Check::passed("sites", format!("the key can see {} site(s)", sites.len())),
        (Ok(_), Some(site)) => Check::passed("site", format!("{site} is visible")),
        (Err(error), _) => failure("site", error, site),
    });
    if let (Some(site), Ok(_)) = (site, &answer) {
        checks.push(history(api, site).await);
    }
    checks
}

const NOTHING_TO_ASK: &str =
    "put the operation into your contract file, if the API has it: nothing else can be asked without changing anything";

/// Asks for the site, or for all of them; where the contract has no such operation, for the site's history.
async fn ask<P: Preflight>(api: &P, site: Option<&SiteId>) -> Result<Vec<Site>, ApiError> {
    let Some(site) = site else {
        return api.sites().await;
    };
    match api.site(site).await {
        Err(not_offered @ ApiError::NotOffered { .. }) => match api.deployments(site, 1).await {
            Err(ApiError::NotOffered { .. }) => Err(not_offered),
            other => other.map(|_| Vec::new()),
        },
        other => other.map(|site| vec![site]),
    }
}

/// Did anything answer at all, over a connection that we trust?
fn connection(error: Option<&ApiError>, site: Option<&SiteId>) -> Check {
    match error {
        Some(error @ ApiError::Transport(_)) => failure("connection", error, site),
        Some(error @ (ApiError::NotOffered { .. } | ApiError::Unusable { .. })) => {
            Check::skipped("connection", error.to_string())
        }
        _ => Check::passed("connection", "the API answers"),
    }
}

/// Is it an API that answers, or a page?
fn format(error: Option<&ApiError>, site: Option<&SiteId>) -> Check {
    match error {
        Some(error) if error.is_outside_contract() => failure("answer", error, site),
        Some(error) if error.status().is_some_and(|status| status >= 500) => failure("answer", error, site),
        Some(error @ (ApiError::NotOffered { .. } | ApiError::Unusable { .. })) => {
            Check::skipped("answer", error.to_string())
        }
        _ => Check::passed("answer", "JSON, as the contract says"),
    }
}

/// Is the key accepted?
fn key(error: Option<&ApiError>, site: Option<&SiteId>) -> Check {
    match error {
        Some(error) if matches!(error.status(), Some(401..=403)) => failure("key accepted", error, site),
        Some(ApiError::NotOffered { .. } | ApiError::Unusable { .. }) => {
            Check::skipped("key accepted", "the contract offers nothing to ask")
        }
        _ => Check::passed("key accepted", "the API took the key"),
    }
}

/// A failed check with the advice that a deploy would give.
fn failure(name: &'static str, error: &ApiError, site: Option<&SiteId>) -> Check {
    let subject = Subject {
        site: site.cloned(),
        deployment: None,
        token: None,
    };
    let whole = Error::api("the preflight", error.clone());
    Check::failed(name, whole.exit_code(), error.to_string(), whole.next(&subject))
}

/// Does the history read as the contract says?
async fn history<P: Preflight>(api: &P, site: &SiteId) -> Check {
    const NAME: &str = "contract";
    match api.deployments(site, SAMPLE).await {
        Ok(items) if items.is_empty() => Check::warned(
            NAME,
            "the site has no deployments to compare with",
            "run doctor again after the first one",
        ),
        Ok(items) => judge(&items),
        Err(error @ ApiError::NotOffered { .. }) => Check::warned(
            NAME,
            error.to_string(),
            "a trigger whose reply is lost can't be looked up (exit code 7); correct the contract if the API has a list",
        ),
        Err(error) => failure(NAME, &error, Some(site)),
    }
}

/// What the newest deployments show of the contract's fields.
fn judge(items: &[Deployment]) -> Check {
    const NAME: &str = "contract";
    let unknown = items.iter().find(|item| item.status == StatusClass::Unknown);
    if let Some(unknown) = unknown {
        let found = match unknown.word.as_str() {
            "" => "a deployment in the history has no status where the contract looks".to_owned(),
            word => format!("the history has the status `{word}`, which is in no list of the contract"),
        };
        return Check::failed(
            NAME,
            ExitCode::OutsideContract,
            found,
            "give the word a class with --status-map WORD=CLASS, or correct `fields` and `statuses` in the contract",
        );
    }
    let mut missing = Vec::new();
    if items.iter().all(|item| item.commit.is_none()) {
        missing.push("commit (--require-commit can't be proven)");
    }
    if items.iter().all(|item| item.client_token.is_none()) {
        missing.push("client token (a lost trigger reply is matched by commit and time instead)");
    }
    if items.iter().all(|item| item.duration().is_none()) {
        missing.push("begin and end (no ETA, and a blind poll interval)");
    }
    if missing.is_empty() {
        Check::passed(
            NAME,
            format!("{} deployment(s) of the history read as it says", items.len()),
        )
    } else {
        let fix = "correct the pointers of `fields.deployment` in the contract, if the API has them under other names";
        Check::warned(NAME, format!("deployments show no {}", missing.join(", no ")), fix)
    }
}
