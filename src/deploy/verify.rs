//! Proving what is live: the commit that the API reports, and `--verify-url`.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use crate::deploy::{Options, Probe, Verify};
use crate::error::{Error, Phase};
use crate::event::{Note, SiteEvent};
use crate::model::{Human, same_commit};
use crate::sanitize;
use crate::watch::{Tracker, later};

const PROBE_EVERY: Duration = Duration::from_secs(2);
const LAST_PROBE: Duration = Duration::from_secs(10);

/// Compares the commit that was asked for with the one that the succeeded deployment reports.
///
/// # Errors
/// [`Error::WrongCommit`], only with `--require-commit`; then also if nothing was asked for or reported, since nothing
/// is proven.
pub(super) fn check_commit(tracker: &Tracker, asked: Option<&str>, require: bool) -> Result<(), Error> {
    let reported = tracker.seen().and_then(|deployment| deployment.commit);
    let wrong = match (asked, reported.as_deref()) {
        (Some(asked), Some(reported)) => !same_commit(asked, reported),
        _ => require,
    };
    if !wrong {
        return Ok(());
    }
    let error = Error::WrongCommit {
        asked: asked.unwrap_or("none").to_owned(),
        reported: reported.unwrap_or_else(|| "none".to_owned()),
    };
    if require {
        return Err(error);
    }
    let text = format!("{error}; --require-commit makes this a failure");
    tracker.note(Note::warning("Another commit is live", text));
    Ok(())
}

/// Asks `--verify-url` until it proves that the deployment is live.
///
/// # Errors
/// [`Error::NotVerified`] after the time for it, [`Error::TimedOut`] if the run's own limit comes first.
pub(super) async fn verify<V: Probe>(
    probe: &V,
    tracker: &Tracker,
    verify: &Verify,
    asked: Option<&str>,
    options: &Options,
) -> Result<(), Error> {
    // For people: what is asked is the URL as it was given.
    let shown = sanitize::shown_url(&verify.url);
    let deadline = tracker.deadline();
    let until = later(Instant::now(), verify.timeout).min(deadline.at);
    tracker.emit(SiteEvent::Verifying { url: shown.clone() });
    let reported = tracker.seen().and_then(|deployment| deployment.commit);
    let commit = asked.or(reported.as_deref());
    let not_verified = |detail| Error::NotVerified {
        url: shown.clone(),
        within: verify.timeout,
        detail,
    };
    let wanted = match (&verify.contains, commit) {
        (Some(text), None) if text.contains("{commit}") => {
            return Err(not_verified("the commit to look for is not known".to_owned()));
        }
        (text, commit) => text
            .as_ref()
            .map(|text| text.replace("{commit}", commit.unwrap_or_default())),
    };
    loop {
        let sent = Instant::now();
        let is_last = sent >= until;
        let limit = if is_last {
            // Nothing else is left to be done.
            deadline.for_log(LAST_PROBE)
        } else {
            (until - sent).max(PROBE_EVERY)
        };
        let limit = limit.min(options.watch.request_timeout);
        let answer = timeout(limit, probe.probe(&verify.url))
            .await
            .unwrap_or_else(|_| Err(format!("no complete answer within {}", Human(limit))));
        match holds(answer, wanted.as_deref()) {
            Ok(()) => {
                tracker.emit(SiteEvent::Verified { url: shown });
                return Ok(());
            }
            Err(_) if is_last && until == deadline.at => {
                return Err(deadline.timed_out(Phase::Verify));
            }
            Err(why) if is_last => return Err(not_verified(why)),
            Err(_) => sleep_until((sent + PROBE_EVERY).min(until)).await,
        }
    }
}

/// Whether an answer is the proof.
fn holds(answer: Result<(u16, String), String>, wanted: Option<&str>) -> Result<(), String> {
    let (status, body) = answer?;
    if !(200..300).contains(&status) {
        return Err(format!("HTTP {status}"));
    }
    match wanted {
        Some(text) if !body.contains(text) => Err(format!("HTTP {status}, but its body does not contain `{text}`")),
        _ => Ok(()),
    }
}
