//! The state file: what a later step (`cancel --from-state`, `wait --from-state`) needs to find a run again.
//!
//! JSON of [`VERSION`], readable by its owner alone.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::file::{self, Readers};
use crate::model::{EarlyExit, SiteState};
use crate::redact::Redactor;
use crate::sanitize;

/// The version that this program writes, and the newest that it reads.
pub const VERSION: u64 = 1;

/// The most that is read: a state of more sites than anybody deploys at once.
const LIMIT: u64 = 4 * 1024 * 1024;

/// The content of a state file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunState {
    version: u64,
    /// The command that wrote it, e.g. `deploy`.
    pub command: String,
    /// The API's base URL of that run.
    pub api: String,
    /// What that run was told.
    pub on_interrupt: EarlyExit,
    pub started_at: DateTime<Utc>,
    /// One entry a site, in the order in which they were first recorded.
    pub sites: Vec<SiteState>,
}

impl RunState {
    /// The state of a run that has recorded no site yet.
    pub fn new(command: &str, api: &str, on_interrupt: EarlyExit, started_at: DateTime<Utc>) -> Self {
        Self {
            version: VERSION,
            command: command.to_owned(),
            api: api.to_owned(),
            on_interrupt,
            started_at,
            sites: Vec::new(),
        }
    }

    /// Reads a state file; `None` if there is none.
    ///
    /// # Errors
    /// [`Error::File`] if it can't be read or is not a state file, [`Error::Usage`] if a newer program wrote it.
    pub fn read(path: &Path) -> Result<Option<Self>, Error> {
        let unreadable = |detail: String| Error::file("could not read the state file", shown(path), detail);
        let text = match file::read_text(path, LIMIT) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error.to_string())),
        };
        let broken = |detail: &dyn std::fmt::Display| {
            unreadable(sanitize::line(&format!("it is damaged: {detail}")).into_owned())
        };
        let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| broken(&error))?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            None => Err(broken(&"it has no version")),
            Some(version) if version > VERSION => Err(Error::usage(
                format!(
                    "the state file {} has version {version}; this program reads up to version {VERSION}",
                    shown(path)
                ),
                "use the sproobo-deploy that wrote it, or name SITE and DEPLOYMENT instead of `--from-state`",
            )),
            Some(_) => serde_json::from_value(value).map(Some).map_err(|error| broken(&error)),
        }
    }
}

/// A state file that this run keeps up to date.
pub struct StateFile {
    path: PathBuf,
    redactor: Redactor,
    state: Mutex<RunState>,
}

impl StateFile {
    /// Will write to `path`; nothing is written before the first [`record`](Self::record).
    pub fn new(path: PathBuf, state: RunState, redactor: Redactor) -> Self {
        Self {
            path,
            redactor,
            state: Mutex::new(state),
        }
    }

    /// Removes what an earlier run left (or what somebody committed) at this place: `--from-state` must not act on it.
    ///
    /// # Errors
    /// [`Error::File`] if it is there and can't be removed.
    pub fn clear(&self) -> Result<(), Error> {
        match file::remove(&self.path) {
            Ok(true) => Ok(()),
            // What can't be removed gets a state in which there is nothing to act on.
            Ok(false) => self.write(&self.lock()),
            Err(error) => Err(self.unwritable(&error)),
        }
    }

    /// Adds or replaces a site's entry. On disk, and synced, when this returns; sites may be recorded concurrently.
    ///
    /// # Errors
    /// [`Error::File`] if it can't be written; the file then still holds what it held before.
    pub fn record(&self, site: &SiteState) -> Result<(), Error> {
        let mut state = self.lock();
        match state.sites.iter_mut().find(|known| known.site == site.site) {
            Some(known) => known.clone_from(site),
            None => state.sites.push(site.clone()),
        }
        // The lock is held while writing, or an older content could replace a newer one.
        self.write(&state)
    }

    fn lock(&self) -> MutexGuard<'_, RunState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, state: &RunState) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(state).map_err(|error| self.unwritable(&error))?;
        let content = self.redactor.redact(&text);
        file::replace(&self.path, content.as_bytes(), Readers::Owner).map_err(|error| self.unwritable(&error))
    }

    fn unwritable(&self, cause: &dyn std::fmt::Display) -> Error {
        Error::file("could not write the state file", shown(&self.path), cause)
    }
}

fn shown(path: &Path) -> String {
    sanitize::line(&path.to_string_lossy()).into_owned()
}
