//! The last step: the old key goes, and that is believed when it is refused, not when a reply says so.

use std::time::Duration;

use super::progress::Progress;
use super::proof::prove;
use super::survey::InUse;
use crate::deploy::Interrupts;
use crate::error::{ApiError, Error, ExitCode};
use crate::keys::doubt::last_look;
use crate::keys::ports::KeyApi;
use crate::keys::revoked::{REVOKED_WITHIN, Used, until_refused};
use crate::model::Signal;
use crate::secret::Secret;

/// Revokes the old key, waits until it is refused, and proves the new one a last time.
///
/// # Errors
/// [`Error::Rotation`] and [`Error::KeysInterrupted`], saying which of the two keys works.
pub(super) async fn revoke_old(
    api: &impl KeyApi,
    old: &Secret,
    in_use: &InUse,
    new: &Secret,
    progress: &Progress<'_>,
    mut interrupts: Interrupts,
) -> Result<(), Error> {
    let revoking = async {
        let reply = api.revoke_api_key(&in_use.id).await;
        // A reply that was lost tells nothing, and one that refuses leaves the key as it was: asked once, for the words' sake.
        let within = if reply.is_ok() { REVOKED_WITHIN } else { Duration::ZERO };
        let old_key = until_refused(api, old, within).await;
        (old_key, prove(api, new).await, reply)
    };
    let (old_key, new_key, reply) = match interrupts.race(revoking).await {
        Ok(done) => done,
        Err(signal) => {
            let look = until_refused(api, old, Duration::ZERO);
            let old_key = last_look(look, |error| Used::Unknown(error.to_string())).await;
            return Err(interrupted(signal, progress, in_use, &old_key));
        }
    };
    match (old_key, new_key, reply) {
        (Used::Refused, Ok(()), _) => Ok(()),
        (Used::Accepted | Used::Unknown(_), Ok(()), Err(error)) => Err(not_revoked(progress, in_use, &error)),
        (Used::Accepted, Ok(()), Ok(())) => Err(still_valid(progress, in_use)),
        (Used::Unknown(why), Ok(()), Ok(())) => Err(unproven(progress, in_use, &why)),
        (Used::Refused, Err(error), _) => Err(no_key_left(progress, &error)),
        (Used::Accepted | Used::Unknown(_), Err(error), _) => Err(wrong_key_gone(progress, in_use, &error)),
    }
}

fn interrupted(signal: Signal, progress: &Progress<'_>, old: &InUse, old_key: &Used) -> Error {
    let id = &old.id;
    let seen = match old_key {
        Used::Refused => "that is done: the old key is refused",
        Used::Accepted => "the old key still works; it may yet be revoked",
        Used::Unknown(why) => &format!("whether that is done is not known ({why})"),
    };
    let next = match old_key {
        Used::Refused => {
            "see that the new key still works (`keys check` with it); nothing else is left to do".to_owned()
        }
        Used::Accepted | Used::Unknown(_) => {
            format!(
                "see with `keys list` whether the old key is still there; if it is, `keys revoke {id}` may be repeated"
            )
        }
    };
    Error::KeysInterrupted {
        signal,
        known: format!(
            "the new key ({}) was seen to work. Sproobo was asked to revoke the old one (id {id}), and {seen}. {}",
            progress.new,
            progress.who_holds_what()
        ),
        next,
    }
}

fn not_revoked(progress: &Progress<'_>, old: &InUse, error: &ApiError) -> Error {
    Error::Rotation {
        what: format!(
            "the new key ({}) works and is stored, but revoking the old one failed ({error}), so the old key is \
             probably still valid. {}",
            progress.new,
            progress.who_holds_what()
        ),
        next: by_hand(old),
        code: error.exit_code(),
    }
}

fn still_valid(progress: &Progress<'_>, old: &InUse) -> Error {
    Error::Rotation {
        what: format!(
            "the new key ({}) works and is stored, but the old key still works too, {} s after Sproobo said that id {} is \
             revoked: either nothing was revoked, or that id was another key's. {}",
            progress.new,
            REVOKED_WITHIN.as_secs(),
            old.id,
            progress.who_holds_what()
        ),
        next: by_hand(old),
        code: ExitCode::OutsideContract,
    }
}

fn unproven(progress: &Progress<'_>, old: &InUse, why: &str) -> Error {
    Error::Rotation {
        what: format!(
            "the new key ({}) works and is stored, and Sproobo said that the old one is revoked, but whether that is so \
             could not be asked within {} s ({why}). {}",
            progress.new,
            REVOKED_WITHIN.as_secs(),
            progress.who_holds_what()
        ),
        next: format!("see whether the old key (id {}) is still in `keys list`", old.id),
        code: ExitCode::CouldNotTell,
    }
}

fn no_key_left(progress: &Progress<'_>, error: &ApiError) -> Error {
    Error::Rotation {
        what: format!(
            "the old key is revoked, but the new one ({}) has stopped working too ({error}). {}",
            progress.new,
            progress.who_holds_what()
        ),
        next: "try the new key once more (`doctor`); if it is refused, create one in Settings → API Keys and put it into the \
               stores by hand"
            .to_owned(),
        code: error.exit_code(),
    }
}

fn wrong_key_gone(progress: &Progress<'_>, old: &InUse, error: &ApiError) -> Error {
    Error::Rotation {
        what: format!(
            "the new key ({}) has stopped working ({error}) since Sproobo was asked to revoke the old one (id {}), which was not \
             refused since. {}",
            progress.new,
            old.id,
            progress.who_holds_what()
        ),
        next:
            "if `doctor` accepts the old key, put it back into the stores, or run the rotation again with it; look at \
               Settings → API Keys for what was revoked"
                .to_owned(),
        code: error.exit_code(),
    }
}

fn by_hand(old: &InUse) -> String {
    format!("revoke the old key (id {}) on Sproobo, in Settings → API Keys", old.id)
}
