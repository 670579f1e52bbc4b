//! How old the key is, who says so, and whether that is too old.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::ports::{KeyApi, SecretDates};
use crate::error::{ApiError, Error};
use crate::event::{Event, Level, Note, Sink};
use crate::model::{AgeSource, ApiKeyInfo, KeyAge, moment};
use crate::secret::Secret;

const UNKNOWN: &str = "Age of the API key unknown";
/// Clocks that differ by less are as good as clocks get; a key may also be younger than this run.
const CLOCK_TOLERANCE: chrono::Duration = chrono::Duration::minutes(5);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The default of `--key-stale-after`.
pub const DEFAULT_STALE_AFTER: Duration = Duration::from_secs(90 * DAY.as_secs());

/// What the age is judged by.
#[derive(Debug, Clone)]
pub struct AgePolicy {
    now: DateTime<Utc>,
    stale_after: Duration,
    declared: Option<DateTime<Utc>>,
}

impl AgePolicy {
    /// `stale_after` is `--key-stale-after` (a key of exactly that age is stale), `declared` is `--key-created-at`.
    ///
    /// # Errors
    /// [`Error::Usage`] for a declared date in the future: it would keep the key young for ever, so it counts even when
    /// Sproobo's own date is used in the end.
    pub fn new(now: DateTime<Utc>, stale_after: Duration, declared: Option<DateTime<Utc>>) -> Result<Self, Error> {
        match declared {
            Some(date) if date > now => Err(Error::usage(
                format!(
                    "--key-created-at says {} UTC, which is in the future",
                    moment::minute(date)
                ),
                "give the day on which the key was created, as YYYY-MM-DD or RFC 3339",
            )),
            _ => Ok(Self {
                now,
                stale_after,
                declared,
            }),
        }
    }

    /// The age of a key created at `created_at`, in whole days, and whether it is stale.
    /// A date in the future is age 0: clocks differ.
    #[must_use]
    pub fn judge(&self, created_at: DateTime<Utc>) -> (u64, bool) {
        let age = self.since(created_at);
        (age.as_secs() / DAY.as_secs(), age >= self.stale_after)
    }

    fn since(&self, created_at: DateTime<Utc>) -> Duration {
        (self.now - created_at).to_std().unwrap_or_default()
    }

    fn age(&self, created_at: DateTime<Utc>, source: AgeSource, info: Option<&ApiKeyInfo>) -> KeyAge {
        let (_, stale) = self.judge(created_at);
        KeyAge {
            age: self.since(created_at),
            created_at,
            source,
            name: info.and_then(|info| info.name.clone()),
            prefix: info.and_then(|info| info.prefix.clone()),
            stale,
            stale_after: self.stale_after,
        }
    }
}

/// What a key check found.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// The age, if any source knew it.
    pub age: Option<KeyAge>,
    /// What to tell beside it.
    pub notes: Vec<Note>,
    /// Why Sproobo's key list could not be read, if it could not: a reason for `keys check` to fail, not for `deploy`.
    pub list_error: Option<ApiError>,
}

impl Checked {
    /// What is known where the check was not over in time.
    #[must_use]
    pub fn too_late() -> Self {
        let mut checked = Self::default();
        let text = "the age of the API key is unknown: the check was not over in time, and the deployment was not kept \
                    waiting for it";
        checked.notes.push(Note::notice(UNKNOWN, text));
        checked
    }

    /// Sends the notes, the warning about a stale key among them, then the age.
    pub fn emit(&self, sink: &dyn Sink) {
        for note in &self.notes {
            sink.emit(Event::Note(note.clone()));
        }
        if let Some(age) = &self.age {
            sink.emit(Event::KeyAge(age.clone()));
        }
    }

    /// What `--fail-on-stale-key` makes of it. An unknown age passes: see [`Self::warn_if_unknown`].
    ///
    /// # Errors
    /// [`Error::StaleKey`] at or past the threshold.
    pub fn require_fresh(&self) -> Result<(), Error> {
        match &self.age {
            Some(age) if age.stale => Err(Error::StaleKey {
                age: age.told(),
                limit: age.limit(),
            }),
            _ => Ok(()),
        }
    }

    /// Where the run depends on the age (`--fail-on-stale-key`), not knowing it is a warning instead of a notice.
    #[must_use]
    pub fn warn_if_unknown(mut self) -> Self {
        if self.age.is_none() {
            for note in self.notes.iter_mut().filter(|note| note.title == UNKNOWN) {
                note.level = Level::Warning;
                note.text.push_str("; going on, although --fail-on-stale-key is set");
            }
        }
        self
    }
}

/// Finds the key's age: from Sproobo's list, else as declared, else from the date of GitHub's secret.
///
/// Never fails: a check is decoration. What could not be asked is in [`Checked::list_error`] and the notes.
pub async fn check(
    api: &impl KeyApi,
    secret_dates: Option<&impl SecretDates>,
    key: &Secret,
    policy: &AgePolicy,
) -> Checked {
    let mut checked = Checked::default();
    let mut unknown_because = Vec::new();
    let mut listed = None;
    match api.api_keys().await {
        Ok(keys) => {
            listed = newest_match(&keys, key, &mut checked);
            match &listed {
                None => unknown_because.push("Sproobo's key list has no key with its first 12 characters".to_owned()),
                Some(info) if info.created_at.is_none() => {
                    unknown_because.push("Sproobo's key list shows no creation date for it".to_owned());
                }
                Some(_) => {}
            }
        }
        Err(error) => {
            unknown_because.push(format!("Sproobo's key list could not be read ({error})"));
            checked.list_error = Some(error);
        }
    }

    let on_sproobo = listed.as_ref().and_then(|info| info.created_at);
    match dated(on_sproobo, policy.declared, secret_dates, &mut unknown_because).await {
        Some((date, source)) => {
            if date > policy.now + CLOCK_TOLERANCE {
                checked.notes.push(Note::warning(
                    "Clocks disagree",
                    clocks_disagree(date, source, policy.now),
                ));
            }
            let age = policy.age(date, source, listed.as_ref());
            if age.stale {
                checked
                    .notes
                    .push(Note::warning("The API key is stale", stale_warning(&age)));
            }
            checked.age = Some(age);
        }
        None => checked.notes.push(Note::notice(
            UNKNOWN,
            format!(
                "the age of the API key is unknown: {}; --key-created-at can declare it",
                unknown_because.join("; ")
            ),
        )),
    }
    checked
}

/// The key's date from the best source that has one; else why the last of them has none.
async fn dated(
    on_sproobo: Option<DateTime<Utc>>,
    declared: Option<DateTime<Utc>>,
    secret_dates: Option<&impl SecretDates>,
    unknown_because: &mut Vec<String>,
) -> Option<(DateTime<Utc>, AgeSource)> {
    if let Some(date) = on_sproobo {
        return Some((date, AgeSource::Sproobo));
    }
    if let Some(date) = declared {
        return Some((date, AgeSource::Declared));
    }
    match secret_dates?.updated_at().await {
        Ok(Some(date)) => return Some((date, AgeSource::GithubSecret)),
        Ok(None) => unknown_because.push("GitHub has no such secret here".to_owned()),
        Err(error) => unknown_because.push(error.to_string()),
    }
    None
}

/// The newest listed key with our first 12 characters. Several are possible: twelve characters identify no key for sure.
fn newest_match(keys: &[ApiKeyInfo], key: &Secret, checked: &mut Checked) -> Option<ApiKeyInfo> {
    let matches: Vec<_> = matching(keys, key).collect();
    if matches.len() > 1 {
        checked.notes.push(Note::notice(
            "Several keys look like this one",
            format!(
                "{} keys on Sproobo begin with the same 12 characters as the key in use; the newest of them is taken for it",
                matches.len()
            ),
        ));
    }
    matches.into_iter().max_by_key(|info| info.created_at).cloned()
}

/// The listed keys that have the first 12 characters of `key`.
pub(super) fn matching<'a>(keys: &'a [ApiKeyInfo], key: &'a Secret) -> impl Iterator<Item = &'a ApiKeyInfo> {
    keys.iter().filter(|info| is_listed_as(info, key))
}

/// Whether this may be the list's row for `key`. A value too short for a key has no public prefix and is no row's.
pub(super) fn is_listed_as(info: &ApiKeyInfo, key: &Secret) -> bool {
    let prefix = key.public_prefix();
    !prefix.is_empty() && info.prefix.as_deref() == Some(prefix)
}

fn clocks_disagree(date: DateTime<Utc>, source: AgeSource, now: DateTime<Utc>) -> String {
    format!(
        "the key's date {source} is {} UTC, but the clock here says {} UTC: one of the two clocks is wrong; its age is taken as 0 days",
        moment::minute(date),
        moment::minute(now),
    )
}

/// The warning about a stale key: age, source, name, prefix, and the three steps of a rotation.
pub(super) fn stale_warning(age: &KeyAge) -> String {
    // In an issue the backticks keep a name from mentioning people; it must not end them.
    let name = age.name.as_ref().map(|name| format!(" `{}`", name.replace('`', "'")));
    let name = name.unwrap_or_default();
    let prefix = age
        .prefix
        .as_ref()
        .map(|prefix| format!(" ({prefix}…)"))
        .unwrap_or_default();
    format!(
        "the API key{name}{prefix} is {} old ({}), at or past the limit of {}. To rotate it: 1. create a new \
         key on Sproobo (Settings → API Keys); 2. put it wherever the old one is used; 3. revoke the old one. \
         `sproobo-deploy keys rotate` does all three",
        age.told(),
        age.source,
        age.limit()
    )
}
