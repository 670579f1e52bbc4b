//! The check of the key's age, alone or beside a deploy.

use chrono::Utc;

use super::connection::Connection;
use super::key_stores::SecretOnGithub;
use crate::cli::shared_args::KeyAgeArgs;
use crate::error::Error;
use crate::github;
use crate::keys::age::{self, AgePolicy, Checked};
use crate::secret::Secret;
use crate::sproobo::Client;

/// What the options say about the key's age.
///
/// # Errors
/// A declared date in the future.
pub(crate) fn policy(args: &KeyAgeArgs) -> Result<AgePolicy, Error> {
    AgePolicy::new(Utc::now(), args.stale.key_stale_after, args.key_created_at)
}

/// A key check, ready to run beside a deploy.
pub(crate) struct KeyCheck {
    platform: Client,
    dates: Option<SecretOnGithub>,
    key: Secret,
    policy: AgePolicy,
}

impl KeyCheck {
    pub(crate) fn new(
        args: &KeyAgeArgs,
        connection: &Connection,
        github: Result<Option<github::Client>, Error>,
        policy: AgePolicy,
    ) -> Self {
        let github = github.transpose();
        Self {
            platform: connection.client.clone(),
            dates: github.map(|client| SecretOnGithub::new(client, &args.github_secret)),
            key: connection.key.clone(),
            policy,
        }
    }

    pub(crate) async fn run(self) -> Checked {
        age::check(&self.platform, self.dates.as_ref(), &self.key, &self.policy).await
    }
}
