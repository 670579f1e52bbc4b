//! A rotation: create, prove, store, prove again, and only then revoke.
//!
//! The old key is touched last of all, so whatever goes wrong before, and wherever the process is killed, every store
//! holds a key that works: the new one is proven before any store gets to see it.

use std::time::Duration;

use super::age::{is_listed_as, matching};
use super::lifecycle::{read_list, shown_in_ci};
use super::ports::{KeyApi, Stores};
use super::store::Store;
use crate::error::{ApiError, Error, ExitCode, Transport};
use crate::event::{Event, Sink};
use crate::model::{ApiKeyId, ApiKeyInfo};
use crate::secret::Secret;

/// How often a key that Sproobo has only just created is tried, and how far apart: it may take a moment to be known.
const PROOFS: u32 = 5;
const BETWEEN_PROOFS: Duration = Duration::from_secs(2);

/// What to rotate, and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The name of the new key. Rotations of one key keep to one name: it is how a key that an interrupted rotation
    /// left behind is recognised.
    pub name: String,
    /// Where the new key goes.
    pub stores: Vec<Store>,
    /// `--revoke-old`: the old key is the one in use.
    pub revoke_old: bool,
    /// Whether this runs in CI, where nothing may show a key.
    pub in_ci: bool,
}

/// What a finished rotation did.
#[derive(Debug, Clone)]
pub struct Rotated {
    /// The new key.
    pub new: ApiKeyInfo,
    /// The old key, as the list showed it, if it did.
    pub old: Option<ApiKeyInfo>,
    /// Whether the old key was revoked.
    pub revoked: bool,
}

/// Replaces the key in use, `old`, in every store.
///
/// # Errors
/// [`Error::Usage`] before anything happens. [`Error::Rotation`] after the new key may have been created: the old key
/// is still valid, and the text says which store holds which key and names the new one.
pub async fn rotate(
    api: &impl KeyApi,
    stores: &impl Stores,
    old: &Secret,
    plan: &Plan,
    sink: &dyn Sink,
) -> Result<Rotated, Error> {
    let targets = in_order(plan)?;
    let old_info = look_around(api, old, plan, sink).await?;
    for store in &targets {
        stores.check(store).await?;
    }

    let (new, value) = api
        .create_api_key(&plan.name)
        .await
        .map_err(|source| not_created(&plan.name, &source))?;
    sink.emit(Event::notice(
        "Created",
        format!("the new key is {new}; if this run dies, the next one names it"),
    ));
    let mut progress = Progress {
        new: &new,
        targets: &targets,
        holding: 0,
        unsure: false,
    };
    prove(api, &value)
        .await
        .map_err(|error| progress.stopped("the new key does not work", &error.to_string(), error.exit_code()))?;
    for store in &targets {
        if let Err(error) = stores.put(store, &value).await {
            progress.unsure = error.exit_code() == ExitCode::CouldNotTell;
            let problem = format!("{store} could not be written");
            return Err(progress.stopped(&problem, &error.to_string(), error.exit_code()));
        }
        progress.holding += 1;
        sink.emit(Event::notice("Stored", format!("{store} holds the new key now")));
    }
    prove(api, &value)
        .await
        .map_err(|error| progress.stopped("the new key has stopped working", &error.to_string(), error.exit_code()))?;

    if let (true, Some(id)) = (plan.revoke_old, old_info.as_ref().and_then(|info| info.id.as_ref())) {
        api.revoke_api_key(id)
            .await
            .map_err(|error| not_revoked(&progress, id, &error))?;
    }
    Ok(Rotated {
        new,
        old: old_info,
        revoked: plan.revoke_old,
    })
}

/// The stores in the order in which they are written: what a person sees comes last, when the rest is safe.
fn in_order(plan: &Plan) -> Result<Vec<Store>, Error> {
    if plan.name.trim().is_empty() {
        return Err(Error::usage("a rotation needs a name for the new key", "give --name"));
    }
    if plan.stores.is_empty() {
        return Err(Error::usage(
            "a rotation needs a place for the new key",
            "give at least one --store",
        ));
    }
    let mut targets: Vec<Store> = Vec::new();
    for store in &plan.stores {
        if *store == Store::StdoutOnce && plan.in_ci {
            return Err(shown_in_ci("--store stdout-once"));
        }
        if targets.contains(store) {
            return Err(Error::usage(
                format!("--store {store} is given twice"),
                "give each store once",
            ));
        }
        targets.push(store.clone());
    }
    targets.sort_by_key(|store| *store == Store::StdoutOnce);
    Ok(targets)
}

/// Finds the old key in Sproobo's list and names keys that an interrupted rotation may have left behind.
async fn look_around(
    api: &impl KeyApi,
    old: &Secret,
    plan: &Plan,
    sink: &dyn Sink,
) -> Result<Option<ApiKeyInfo>, Error> {
    let keys = match read_list(api).await {
        Ok(keys) => keys,
        Err(error) if plan.revoke_old => return Err(error),
        Err(error) => {
            let text = format!("{error}; so a key that an earlier rotation left behind would not be noticed");
            sink.emit(Event::notice("Key list not readable", text));
            return Ok(None);
        }
    };
    let ours: Vec<_> = matching(&keys, old).collect();
    let old_info = match ours[..] {
        [one] => Some(one),
        _ => None,
    };
    if plan.revoke_old && old_info.and_then(|info| info.id.as_ref()).is_none() {
        return Err(Error::usage(
            format!(
                "--revoke-old: {} keys in Sproobo's list begin with the same 12 characters as the key in use and have an \
                 id, so it is not clear which one to revoke; nothing was created",
                ours.iter().filter(|info| info.id.is_some()).count()
            ),
            "rotate without --revoke-old, then revoke the old key by its id (`keys list`, `keys revoke ID`)",
        ));
    }
    let orphans = orphans(&keys, old, &plan.name);
    for orphan in &orphans {
        let text = format!(
            "{} has the name of this rotation and is newer than the key in use: an earlier rotation stopped halfway. \
             A store may hold it, so keep it until this rotation has succeeded; then revoke it with `keys revoke`",
            orphan
        );
        sink.emit(Event::warning("A key of an unfinished rotation", text));
    }
    let left: Vec<_> = same_name(&keys, old, &plan.name)
        .filter(|info| !orphans.contains(info))
        .map(ToString::to_string)
        .collect();
    if !left.is_empty() {
        let text = format!(
            "older keys of this name are still valid: {}; revoke what nothing uses any more",
            left.join("; ")
        );
        sink.emit(Event::notice("Older keys", text));
    }
    Ok(old_info.cloned())
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

async fn prove(api: &impl KeyApi, key: &Secret) -> Result<(), ApiError> {
    let mut tries = 1;
    loop {
        match api.prove(key).await {
            Err(_) if tries < PROOFS => {
                tries += 1;
                tokio::time::sleep(BETWEEN_PROOFS).await;
            }
            end => return end,
        }
    }
}

/// A lost reply may have created a key that nobody has the value of.
fn not_created(name: &str, error: &ApiError) -> Error {
    let next = match error {
        ApiError::NotOffered { .. }
        | ApiError::Unusable { .. }
        | ApiError::Transport(Transport::NotConnected { .. }) => {
            "create one by hand in Settings → API Keys, or correct the operation `create_api_key` of the contract"
                .to_owned()
        }
        _ => format!(
            "if `keys list` shows a new key named `{name}`, nobody has its value: revoke it; then run the rotation again"
        ),
    };
    Error::Rotation {
        what: format!(
            "no new key came back from Sproobo ({error}); the old key is still valid, and every store holds it"
        ),
        next,
        code: error.exit_code(),
    }
}

/// How far a rotation has come.
struct Progress<'a> {
    new: &'a ApiKeyInfo,
    targets: &'a [Store],
    /// How many of the targets are known to hold the new key.
    holding: usize,
    /// Whether the next one may hold it too: its write was not confirmed, and not refused either.
    unsure: bool,
}

impl Progress<'_> {
    fn stopped(&self, problem: &str, detail: &str, code: ExitCode) -> Error {
        Error::Rotation {
            what: format!(
                "{problem} ({detail}). Nothing was revoked: the old key is still valid. {}",
                self.who_holds_what()
            ),
            next: self.next(),
            code,
        }
    }

    fn who_holds_what(&self) -> String {
        let (new, rest) = self.targets.split_at(self.holding);
        let (unsure, old) = rest.split_at(usize::from(self.unsure).min(rest.len()));
        let mut parts = Vec::new();
        for (stores, content) in [
            (new, "the new key"),
            (unsure, "either key (whether it was written is not known)"),
            (old, "what was there before"),
        ] {
            let names: Vec<_> = stores.iter().map(Store::to_string).collect();
            let verb = match names.len() {
                0 => continue,
                1 => "holds",
                _ => "hold",
            };
            parts.push(format!("{} {verb} {content}", names.join(", ")));
        }
        parts.join("; ")
    }

    fn next(&self) -> String {
        let new = self.new;
        if self.holding == 0 && !self.unsure {
            format!("revoke the new key, which nothing uses ({new}): `keys revoke`; then run the rotation again")
        } else {
            format!(
                "both keys are needed until every store holds the same one: mend the cause and run the rotation again, \
                 then revoke the new key of this attempt ({new}) with `keys revoke`"
            )
        }
    }
}

fn not_revoked(progress: &Progress<'_>, old: &ApiKeyId, error: &ApiError) -> Error {
    Error::Rotation {
        what: format!(
            "the new key ({}) works and is stored, but revoking the old one failed ({error}), so the old key is \
             probably still valid. {}",
            progress.new,
            progress.who_holds_what()
        ),
        next: format!("revoke the old key (id {old}) on Sproobo, in Settings → API Keys"),
        code: error.exit_code(),
    }
}
