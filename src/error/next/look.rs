//! What to do next where a command only looked: it can be run again at any time, and the deployment goes on without it.

use std::time::Duration;

use super::{Error, Human, Phase, Subject, command, dashboard, site, with_command_or_link};
use crate::error::Purpose;

/// After how long most limits on requests are over, where the API does not say it.
const UNSAID_PAUSE: Duration = Duration::from_secs(60);

/// The sentence for a command that only looks, where it is another than for one that acts.
pub(super) fn next(error: &Error, subject: &Subject) -> Option<String> {
    if !subject.purpose.only_looks() {
        return None;
    }
    Some(match error {
        Error::Interrupted { .. } if may_go_on(subject) => format!(
            "the deployment goes on, whoever looks: see how far it is with {}, or {}",
            with_command_or_link("status", subject),
            follow(subject)
        ),
        Error::Interrupted { .. } => "run this again whenever you like".to_owned(),
        Error::TimedOut {
            phase: Phase::Wait | Phase::Settle,
            ..
        } => format!("{}, or raise `--timeout`", follow(subject)),
        Error::Unreachable { last, .. } if subject.purpose == Purpose::Follow => {
            format!("{}; then {}", last.next(subject), follow(subject))
        }
        Error::Cancelled => format!(
            "see on {} who cancelled it; `sproobo-deploy deploy {}` deploys again",
            dashboard(subject),
            site(subject)
        ),
        Error::Superseded => format!("judge the newer deployment (`sproobo-deploy status {}`)", site(subject)),
        Error::Api { source, .. } if source.status() == Some(429) => {
            let pause = source.retry_after().unwrap_or(UNSAID_PAUSE);
            format!("too many requests with this key: run this again in {}", Human(pause))
        }
        _ => return None,
    })
}

/// Whether the deployment may still be under way, as far as it was seen.
fn may_go_on(subject: &Subject) -> bool {
    let seen = subject.deployment.as_ref().and_then(|known| known.seen.as_ref());
    match seen {
        Some(seen) => !seen.status.is_final(),
        None => subject.purpose == Purpose::Follow && subject.deployment.is_some(),
    }
}

fn follow(subject: &Subject) -> String {
    match &subject.deployment {
        Some(_) => format!("follow it again with {}", command("logs --follow", subject)),
        None => "run this again".to_owned(),
    }
}
