//! What there is before a rotation begins: the key in use, and keys that earlier ones left.

use super::plan::Plan;
use crate::error::Error;
use crate::event::{Event, Sink};
use crate::keys::age::{is_listed_as, matching};
use crate::keys::listing::{Listing, PROVE_IT, is_same, named};
use crate::keys::ports::KeyApi;
use crate::model::{ApiKeyId, ApiKeyInfo};
use crate::secret::Secret;

/// What Sproobo's list showed before anything was created.
pub(super) struct Survey {
    /// `None` where the list can't be read.
    listing: Option<Listing>,
    /// The key in use, where that is beyond doubt.
    pub(super) in_use: Option<InUse>,
}

/// The key in use, as the list has it.
pub(super) struct InUse {
    pub(super) info: ApiKeyInfo,
    pub(super) id: ApiKeyId,
}

impl Survey {
    /// Finds the key in use in Sproobo's list and names every other key of the name, or with the same first characters:
    /// a rotation that was stopped, or that revoked nothing, may have left it.
    ///
    /// # Errors
    /// With `--revoke-old`, where the list can't be read or it is not beyond doubt which key is in use.
    pub(super) async fn take(api: &impl KeyApi, old: &Secret, plan: &Plan, sink: &dyn Sink) -> Result<Self, Error> {
        let listing = match Listing::read(api).await {
            Ok(listing) => listing,
            Err(error) if plan.revokes_old() => return Err(error),
            Err(error) => {
                let text = format!("{error}; so a key that an earlier rotation left behind would not be noticed");
                sink.emit(Event::notice("Key list not readable", text));
                return Ok(Self {
                    listing: None,
                    in_use: None,
                });
            }
        };
        let in_use = match listing.row_of(old, plan.declared()) {
            Ok((info, id)) => Some(InUse {
                info: info.clone(),
                id: id.clone(),
            }),
            Err(doubt) if plan.revokes_old() => {
                return Err(Error::usage(
                    format!("--revoke-old: {doubt}, so it is not clear which one to revoke; nothing was created"),
                    PROVE_IT,
                ));
            }
            Err(_) => None,
        };
        name_others(&listing, in_use.as_ref(), old, plan, sink);
        Ok(Self {
            listing: Some(listing),
            in_use,
        })
    }

    /// Whether the list could be read.
    pub(super) fn is_known(&self) -> bool {
        self.listing.is_some()
    }

    /// The row that was there before and may be about the same key.
    pub(super) fn earlier(&self, key: &ApiKeyInfo) -> Option<&ApiKeyInfo> {
        let listing = self.listing.as_ref()?;
        listing.keys.iter().find(|info| is_same(info, key))
    }
}

fn name_others(listing: &Listing, in_use: Option<&InUse>, old: &Secret, plan: &Plan, sink: &dyn Sink) {
    let orphans = orphans(&listing.keys, old, &plan.name);
    for orphan in &orphans {
        let text = format!(
            "{} has the name of this rotation and is newer than the key in use: an earlier rotation stopped halfway. \
             A store may hold it, so keep it until this rotation has succeeded; then revoke it with `keys revoke`",
            orphan
        );
        sink.emit(Event::warning("A key of an unfinished rotation", text));
    }
    let older: Vec<_> = same_name(&listing.keys, old, &plan.name)
        .filter(|info| !orphans.contains(info))
        .collect();
    if !older.is_empty() {
        let text = format!(
            "older keys of this name are still valid: {}; revoke what nothing uses any more",
            named(&older)
        );
        sink.emit(Event::notice("Older keys", text));
    }
    let alike: Vec<_> = matching(&listing.keys, old)
        .filter(|info| in_use.is_none_or(|in_use| !is_same(&in_use.info, info)))
        .collect();
    let several = in_use.is_some() || alike.len() > 1;
    if several && !alike.is_empty() {
        let text = format!(
            "keys that begin like the key in use are valid too: {}; what they are for, only their owner knows",
            named(&alike)
        );
        sink.emit(Event::notice("Several keys look like this one", text));
    }
}

/// Keys that carry the rotation's name, are not the key in use, and are not older than it.
///
/// A key that is older is what a rotation without `--revoke-old` leaves by design. Where a date is missing, the key
/// counts: naming one too many costs less than leaving a working key unnoticed.
#[must_use]
pub fn orphans<'a>(keys: &'a [ApiKeyInfo], in_use: &Secret, name: &str) -> Vec<&'a ApiKeyInfo> {
    let since = matching(keys, in_use).filter_map(|info| info.created_at).max();
    same_name(keys, in_use, name)
        .filter(|info| match (info.created_at, since) {
            (Some(created), Some(since)) => created >= since,
            _ => true,
        })
        .collect()
}

/// The other keys of this name.
fn same_name<'a, 'b>(
    keys: &'a [ApiKeyInfo],
    in_use: &'b Secret,
    name: &'b str,
) -> impl Iterator<Item = &'a ApiKeyInfo> {
    keys.iter()
        .filter(move |info| info.name.as_deref() == Some(name) && !is_listed_as(info, in_use))
}
