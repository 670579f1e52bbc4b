//! Revoking one key, and seeing that it is gone.

mod target;

use std::time::Duration;

use super::doubt::{last_look, may_be_done};
use super::ports::KeyApi;
use super::revoked::{Listed, REVOKED_WITHIN, Used, until_refused, until_unlisted};
use crate::deploy::Interrupts;
use crate::error::{ApiError, Error, ExitCode};
use crate::model::{ApiKeyInfo, Signal};
use crate::secret::Secret;
use target::{Is, Target};

/// A key that Sproobo revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    pub key: ApiKeyInfo,
    /// Whether that was seen: not where the list can't be read.
    pub is_proven: bool,
}

/// Why it is not known to be gone.
enum Doubt {
    /// What was seen of it.
    Still(&'static str),
    /// The key in use does not work any more, and was not to go.
    OursRefused(ApiError),
    Unknown(String),
}

/// How Sproobo took the request.
enum Reply {
    Yes,
    /// It may have been done all the same.
    Lost(ApiError),
    /// None yet when a signal came.
    Out,
}

/// Revokes the key with this id, or the one key whose first characters these are, and sees that it is gone.
///
/// # Errors
/// [`Error::Usage`] for a text that fits no key or several, for the key in use without `yes`, and where the list can't
/// be read, so that nobody knows whether it is the key in use, without `yes`. [`Error::Api`] where nothing was revoked.
/// [`Error::KeyInDoubt`] where Sproobo said yes and 30 s later the key is still there, or that can't be told; and where its
/// answer was lost, unless the key is seen to be gone. [`Error::KeysInterrupted`], after one more look.
pub async fn revoke(
    api: &impl KeyApi,
    key: &Secret,
    which: &str,
    yes: bool,
    mut interrupts: Interrupts,
) -> Result<Revoked, Error> {
    let choosing = Target::choose(api, key, which, yes);
    let target = interrupts.race(choosing).await.map_err(nothing_revoked)??;
    let id = target.id()?;
    let reply = match interrupts.race(api.revoke_api_key(id)).await {
        Ok(Ok(())) => Reply::Yes,
        Ok(Err(error)) if may_be_done(&error) => Reply::Lost(error),
        Ok(Err(error)) => return Err(Error::api("could not revoke the API key", error)),
        Err(_) => Reply::Out,
    };
    let within = match reply {
        Reply::Yes => REVOKED_WITHIN,
        Reply::Lost(_) | Reply::Out => Duration::ZERO,
    };
    match interrupts.race(seen_gone(api, key, &target, within)).await {
        Ok(Ok(is_proven)) if is_proven || matches!(reply, Reply::Yes) => Ok(Revoked {
            key: target.info,
            is_proven,
        }),
        Ok(seen) => Err(in_doubt(&target, reply, seen)),
        Err(signal) => {
            let look = seen_gone(api, key, &target, Duration::ZERO);
            let seen = last_look(look, |error| Err(Doubt::Unknown(error.to_string())));
            Err(interrupted(signal, &target, &reply, seen.await))
        }
    }
}

/// Whether it was seen that the key is gone; not where nobody could, before and after.
async fn seen_gone(api: &impl KeyApi, key: &Secret, target: &Target, within: Duration) -> Result<bool, Doubt> {
    if matches!(target.is, Is::InUse) {
        return match until_refused(api, key, within).await {
            Used::Refused => Ok(true),
            Used::Accepted => Err(Doubt::Still("it still works")),
            Used::Unknown(why) => Err(Doubt::Unknown(why)),
        };
    }
    let keys = std::slice::from_ref(&target.info);
    match (until_unlisted(api, keys, target.ours.as_ref(), within).await, target.is) {
        (Listed::Gone, _) | (Listed::Refused(_), Is::Alike) => Ok(true),
        (Listed::Still(_), _) => Err(Doubt::Still("the list still shows it")),
        (Listed::Refused(_) | Listed::Unknown(_), Is::Unlisted) => Ok(false),
        (Listed::Refused(error), _) => Err(Doubt::OursRefused(error)),
        (Listed::Partial, _) => Err(Doubt::Unknown(
            "the list does not show the key in use either".to_owned(),
        )),
        (Listed::Unknown(error), _) => Err(Doubt::Unknown(error.to_string())),
    }
}

fn in_doubt(target: &Target, reply: Reply, seen: Result<bool, Doubt>) -> Error {
    let asked = asked(target, &reply);
    let (when, code) = match &reply {
        Reply::Yes => (format!("{} s later", REVOKED_WITHIN.as_secs()), None),
        Reply::Lost(error) => (RIGHT_AFTER.to_owned(), Some(error.exit_code())),
        Reply::Out => (RIGHT_AFTER.to_owned(), None),
    };
    let (next, code) = match &seen {
        Err(Doubt::OursRefused(_)) => (MEND_OURS.to_owned(), ExitCode::Key),
        Err(Doubt::Still(_)) if matches!(reply, Reply::Yes) => (
            "revoke it on Sproobo, in Settings → API Keys, and see with `keys list` that it is gone".to_owned(),
            ExitCode::OutsideContract,
        ),
        _ => (look_again(target), code.unwrap_or(ExitCode::CouldNotTell)),
    };
    Error::KeyInDoubt {
        what: format!("{asked}, {}", found(seen, &when)),
        next,
        code,
    }
}

fn interrupted(signal: Signal, target: &Target, reply: &Reply, seen: Result<bool, Doubt>) -> Error {
    let next = match &seen {
        Ok(true) => "nothing is left to do: the key is gone".to_owned(),
        Err(Doubt::OursRefused(_)) => MEND_OURS.to_owned(),
        Ok(false) | Err(Doubt::Still(_) | Doubt::Unknown(_)) => look_again(target),
    };
    Error::KeysInterrupted {
        signal,
        known: format!("{}, {}", asked(target, reply), found(seen, RIGHT_AFTER)),
        next,
    }
}

fn nothing_revoked(signal: Signal) -> Error {
    Error::KeysInterrupted {
        signal,
        known: "nothing was revoked".to_owned(),
        next: "run this again".to_owned(),
    }
}

const RIGHT_AFTER: &str = "right after that";

const MEND_OURS: &str = "look at Settings → API Keys for what was revoked, and put a key that works into the stores";

fn asked(target: &Target, reply: &Reply) -> String {
    let info = &target.info;
    match reply {
        Reply::Yes => format!("Sproobo answered that {info} is revoked"),
        Reply::Lost(error) => format!("Sproobo was asked to revoke {info} and its answer was lost ({error})"),
        Reply::Out => format!("Sproobo was asked to revoke {info} and had not answered yet"),
    }
}

fn found(seen: Result<bool, Doubt>, when: &str) -> String {
    match seen {
        Ok(true) => "and the key is gone".to_owned(),
        Ok(false) => "and the list of keys can't be read, so whether the key is gone is not known".to_owned(),
        Err(Doubt::Still(how)) => format!("but {how} {when}"),
        Err(Doubt::OursRefused(error)) => format!("but since then the key in use is refused ({error})"),
        Err(Doubt::Unknown(why)) => format!("but whether the key is gone could not be seen {when} ({why})"),
    }
}

/// A request without an answer may still take effect, and a second one does no harm: a key that is gone is not found.
fn look_again(target: &Target) -> String {
    let look = match target.is {
        Is::InUse => "see with `sproobo-deploy keys check` whether the key is refused (it is gone then)",
        Is::Alike | Is::Another => "see with `sproobo-deploy keys list` whether it is still there",
        Is::Unlisted => "see in Settings → API Keys on Sproobo whether it is still there",
    };
    format!("{look}; if it is not gone, run this again: revoking may be repeated")
}
