//! API keys, never with their values.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Age, ApiKeyId};

/// An API key as the list shows it: never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyInfo {
    pub id: Option<ApiKeyId>,
    pub name: Option<String>,
    /// The first 12 characters of its value.
    pub prefix: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
}

/// As people know it: name, prefix, id.
impl fmt::Display for ApiKeyInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_ref().map(|name| format!("`{name}`"));
        let prefix = self.prefix.as_ref().map(|prefix| format!("{prefix}…"));
        let id = self.id.as_ref().map(|id| format!("id {id}"));
        let parts: Vec<_> = [name, prefix, id].into_iter().flatten().collect();
        match parts.as_slice() {
            [] => f.write_str("a key that the list doesn't describe"),
            parts => f.write_str(&parts.join(", ")),
        }
    }
}

/// Where the age of the key was learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgeSource {
    /// The creation date in Sproobo's key list.
    Sproobo,
    /// `--key-created-at`.
    Declared,
    /// The `updated_at` of the secret on GitHub.
    GithubSecret,
}

impl fmt::Display for AgeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sproobo => "from Sproobo",
            Self::Declared => "declared",
            Self::GithubSecret => "from GitHub's secret",
        })
    }
}

/// What the key check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAge {
    /// How long ago the key was created.
    pub age: Duration,
    pub created_at: DateTime<Utc>,
    /// Where that was learned.
    pub source: AgeSource,
    /// The key's name, if the list was readable.
    pub name: Option<String>,
    /// The key's first 12 characters, if the list was readable.
    pub prefix: Option<String>,
    /// At or past the threshold.
    pub stale: bool,
    /// The threshold.
    pub stale_after: Duration,
}

impl KeyAge {
    /// Its age, as it is told.
    #[must_use]
    pub fn told(&self) -> Age {
        Age {
            time: self.age,
            limit: self.stale_after,
        }
    }

    /// The threshold, as it is told.
    #[must_use]
    pub fn limit(&self) -> Age {
        Age {
            time: self.stale_after,
            limit: self.stale_after,
        }
    }
}

/// One key, as `keys list` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyRow {
    pub id: Option<ApiKeyId>,
    pub name: Option<String>,
    /// The first 12 characters of its value.
    pub prefix: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    /// Whole days since then.
    pub age_days: Option<u64>,
    /// At or past the threshold.
    pub stale: bool,
    /// Its prefix is that of the key this process uses.
    pub in_use: bool,
}
