//! `--revoke-after`: older keys of the name go at a later run, when whatever still had one in hand is over.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::deploy::Interrupts;
use crate::error::{ApiError, Error};
use crate::event::{Event, Sink};
use crate::keys::doubt::{last_look, may_be_done};
use crate::keys::listing::{Declared, Listing, PROVE_IT, is_same, named};
use crate::keys::ports::KeyApi;
use crate::keys::revoked::{Listed, REVOKED_WITHIN, until_unlisted};
use crate::model::{ApiKeyInfo, Human, Signal};
use crate::secret::Secret;

/// Which keys go, and when.
#[derive(Debug, Clone)]
pub struct Grace {
    /// The name that all of them have, the key in use too.
    pub name: String,
    /// How old the newest has to be.
    pub after: Duration,
    pub now: DateTime<Utc>,
    /// `--key-created-at`.
    pub created_at: Option<DateTime<Utc>>,
}

/// Revokes the keys of the name that are older than the one in use, if that is the newest and old enough.
///
/// Gives back what was revoked and is gone from the list; why nothing was is told.
///
/// # Errors
/// [`Error::Usage`] where it is not beyond doubt which key is in use. [`Error::Api`]. [`Error::KeyInDoubt`] where an answer
/// was lost, and [`Error::KeysInterrupted`]: both say which keys Sproobo was asked to revoke, and which of them are gone.
pub async fn revoke_older(
    api: &impl KeyApi,
    in_use: &Secret,
    grace: &Grace,
    sink: &dyn Sink,
    mut interrupts: Interrupts,
) -> Result<Vec<ApiKeyInfo>, Error> {
    let listing = interrupts.race(Listing::read(api)).await.map_err(nothing_asked)??;
    let declared = Declared {
        name: &grace.name,
        created_at: grace.created_at,
    };
    let (ours, _) = listing
        .row_of(in_use, declared)
        .map_err(|doubt| Error::usage(format!("--revoke-after: {doubt}; nothing was revoked"), PROVE_IT))?;
    let others: Vec<_> = listing
        .keys
        .iter()
        .filter(|info| info.name.as_deref() == Some(&*grace.name) && !is_same(info, ours))
        .collect();
    if let Some(why) = too_early(ours, &others, &listing, grace) {
        sink.emit(why);
        return Ok(Vec::new());
    }
    let mut asked = Vec::new();
    let revoking = async {
        revoke_each(api, &others, &mut asked, sink).await?;
        // The list is read with the key in use, so this proves too that it was none of those.
        Ok(until_unlisted(api, &asked, Some(ours), REVOKED_WITHIN).await)
    };
    let ended = interrupts.race(revoking).await;
    let ended = match ended {
        Ok(Err(error)) if may_be_done(&error) => {
            let known = one_more_look(api, &asked, ours).await;
            return Err(Error::KeyInDoubt {
                what: format!("the answer to a request to revoke a key was lost ({error}): {known}"),
                next: AGAIN.to_owned(),
                code: error.exit_code(),
            });
        }
        Ok(ended) => ended.map_err(|source| Error::api("could not revoke an older key", source))?,
        Err(signal) if asked.is_empty() => return Err(nothing_asked(signal)),
        Err(signal) => {
            return Err(Error::KeysInterrupted {
                signal,
                known: one_more_look(api, &asked, ours).await,
                next: AGAIN.to_owned(),
            });
        }
    };
    seen_gone(ended, asked, sink)
}

/// Revokes one key after the other; those that Sproobo was asked to revoke are `asked`, the last one maybe in vain.
async fn revoke_each(
    api: &impl KeyApi,
    keys: &[&ApiKeyInfo],
    asked: &mut Vec<ApiKeyInfo>,
    sink: &dyn Sink,
) -> Result<(), ApiError> {
    for info in keys {
        let Some(id) = &info.id else {
            let text = format!("the list shows no id for {info}, so it can't be revoked from here");
            sink.emit(Event::warning("Not revoked", text));
            continue;
        };
        asked.push((*info).clone());
        api.revoke_api_key(id).await?;
        sink.emit(Event::notice("Revoked", format!("the older key {info} is revoked")));
    }
    Ok(())
}

/// Which of the keys that Sproobo said are revoked were seen to be gone.
fn seen_gone(listed: Listed, mut revoked: Vec<ApiKeyInfo>, sink: &dyn Sink) -> Result<Vec<ApiKeyInfo>, Error> {
    match listed {
        Listed::Gone => {}
        Listed::Still(left) => {
            let text = format!(
                "Sproobo said that these are revoked, and its list still shows them: {}; see Settings → API Keys",
                named(&left.iter().collect::<Vec<_>>())
            );
            sink.emit(Event::warning("Still listed", text));
            revoked.retain(|gone| !left.contains(gone));
        }
        Listed::Partial => {
            let text = "Sproobo's list shows none of the keys that it said are revoked, but not the key in use either, so \
                        it proves nothing; see Settings → API Keys";
            sink.emit(Event::warning("Not seen", text));
            revoked.clear();
        }
        Listed::Refused(source) | Listed::Unknown(source) => {
            return Err(Error::api("could not read the list of API keys", source));
        }
    }
    Ok(revoked)
}

/// What is to be done again: what is gone by then is not found, and so not asked for.
const AGAIN: &str = "run this again: it revokes what is left (`keys list` shows it)";

fn nothing_asked(signal: Signal) -> Error {
    Error::KeysInterrupted {
        signal,
        known: "no key was revoked, and none created".to_owned(),
        next: "run this again".to_owned(),
    }
}

/// Looks once for the keys that Sproobo was asked to revoke: which of them are gone, as a clause.
async fn one_more_look(api: &impl KeyApi, asked: &[ApiKeyInfo], ours: &ApiKeyInfo) -> String {
    let look = until_unlisted(api, asked, Some(ours), Duration::ZERO);
    let keys = named(&asked.iter().collect::<Vec<_>>());
    let seen = match last_look(look, Listed::Unknown).await {
        Listed::Gone => "and the list shows none of these any more".to_owned(),
        Listed::Still(left) => format!(
            "and right after that the list still shows {}, which may yet be revoked",
            named(&left.iter().collect::<Vec<_>>())
        ),
        Listed::Partial => "but the list does not show the key in use either, so it proves nothing".to_owned(),
        Listed::Refused(error) | Listed::Unknown(error) => {
            format!("and whether they are gone could not be seen ({error})")
        }
    };
    format!("Sproobo was asked to revoke {keys}, {seen}")
}

/// Why nothing is revoked at this run.
fn too_early(ours: &ApiKeyInfo, others: &[&ApiKeyInfo], listing: &Listing, grace: &Grace) -> Option<Event> {
    let kept = "Nothing revoked";
    let Some(created) = ours.created_at else {
        return Some(Event::warning(
            kept,
            format!("the list shows no date for the key in use ({ours})"),
        ));
    };
    if ours.name.as_deref() != Some(&*grace.name) {
        let text = format!("the key in use ({ours}) is not named `{}`", grace.name);
        return Some(Event::warning(kept, text));
    }
    if listing.may_be_cut() {
        let text = format!(
            "the list shows {} keys, which may be a page of a longer one: a newer key of this name may be on another",
            listing.keys.len()
        );
        return Some(Event::warning(kept, text));
    }
    let not_older: Vec<_> = others
        .iter()
        .copied()
        .filter(|info| info.created_at.is_none_or(|date| date >= created))
        .collect();
    if !not_older.is_empty() {
        let text = format!(
            "the key in use ({ours}) is not known to be the newest of its name: {}. A store may hold another one than this \
             run was given",
            named(&not_older)
        );
        return Some(Event::warning(kept, text));
    }
    let age = (grace.now - created).to_std().unwrap_or_default();
    (age < grace.after && !others.is_empty()).then(|| {
        Event::notice(
            kept,
            format!(
                "{} stay valid until the key in use is {} old",
                named(others),
                Human(grace.after)
            ),
        )
    })
}
