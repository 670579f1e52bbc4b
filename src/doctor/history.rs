//! Does the site's history read as the contract says?

use crate::error::ExitCode;
use crate::event::Check;
use crate::model::{Deployment, StatusClass};

pub(super) const NAME: &str = "contract";

/// What the newest deployments show of the contract's fields.
pub(super) fn check(items: &[Deployment]) -> Check {
    if items.is_empty() {
        return Check::warned(
            NAME,
            "the site has no deployments to compare with",
            "run doctor again after the first one",
        );
    }
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
        missing.push("client token (a deployment whose reply was lost can't be known again; if the API never shows one, say `\"client_token\": []`)");
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

/// The contract has no operation for it.
pub(super) fn not_offered() -> Check {
    Check::warned(
        NAME,
        "the contract does not offer the operation `deployments`",
        "a trigger whose reply is lost can't be looked up (exit code 7); correct the contract if the API has a list",
    )
}
