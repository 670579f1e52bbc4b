//! Ids and tokens.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::sanitize;

/// Why a text can't be an id in a request path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} can't be used as an id: it is empty or a path step")]
pub struct InvalidId {
    text: String,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Any text but the empty string, `.` and `..` (which would change the request's path).
        /// `as_str` is the raw text, for requests; `Display` is safe to print.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text as the API knows it. Never print it: use `Display`.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                match text {
                    "" | "." | ".." => Err(InvalidId { text: text.to_owned() }),
                    _ => Ok(Self(text.to_owned())),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&sanitize::line(&self.0))
            }
        }
    };
}

id! {
    /// A site: what is deployed.
    SiteId
}
id! {
    /// A deployment: one run for a site.
    DeploymentId
}
id! {
    /// An API key's id on Sproobo (not its value).
    ApiKeyId
}

/// The text that marks a deployment as ours: random for each run and site, or `--idempotency-key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientToken(pub String);

impl ClientToken {
    /// What random tokens begin with, of every run.
    pub const PREFIX: &str = "sproobo-deploy-";

    /// Whether a run of this program made it up; a `--idempotency-key` can't be told from anybody's.
    #[must_use]
    pub fn is_random_of_ours(&self) -> bool {
        self.0.starts_with(Self::PREFIX)
    }
}

impl fmt::Display for ClientToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sanitize::line(&self.0))
    }
}
