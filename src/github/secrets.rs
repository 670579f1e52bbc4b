//! Secrets of a repository and of its environments.
//!
//! GitHub REST API, "GitHub Actions Secrets". octocrab's own methods know a repository's secrets, and an environment's by
//! the repository's number only: so its documents are used, with GitHub's present paths.
//!
//! `environment` is `None` for a repository's secret.

use chrono::{DateTime, Utc};
use octocrab::map_github_error;
use octocrab::models::PublicKey;
use octocrab::models::repos::secrets::{CreateRepositorySecret, RepositorySecret};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::client::{Client, is_not_found};
use super::seal::{self, BadPublicKey};
use crate::error::{Error, ExitCode};
use crate::secret::Secret;

impl Client {
    /// When the secret was last written; `None` if there is none of this name (or the token may not know).
    ///
    /// # Errors
    /// [`Error::CodeHost`], naming the missing permission where GitHub does.
    pub async fn secret_updated_at(
        &self,
        environment: Option<&str>,
        name: &str,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let path = self.secrets_path(environment, name);
        match self.octocrab.get(path, None::<&()>).await {
            Err(error) if is_not_found(&error) => Ok(None),
            reply => {
                let secret: RepositorySecret = self.read("could not read the date of the secret", None, reply)?;
                Ok(Some(secret.updated_at))
            }
        }
    }

    /// Whether secrets can be written, as far as reading the public key tells.
    ///
    /// # Errors
    /// [`Error::CodeHost`], naming the missing permission where GitHub does.
    pub async fn check_secrets(&self, environment: Option<&str>) -> Result<(), Error> {
        let key = self.public_key(environment).await?;
        seal::check(&key.key).map_err(|error| bad_key("could not seal a secret", error))
    }

    /// Creates the secret, or replaces its value.
    ///
    /// # Errors
    /// [`Error::CodeHost`], naming the missing permission where GitHub does.
    pub async fn put_secret(&self, environment: Option<&str>, name: &str, value: &Secret) -> Result<(), Error> {
        let doing = "could not write the secret";
        let key = self.public_key(environment).await?;
        let sealed = seal::seal(&key.key, value.expose().as_bytes()).map_err(|error| bad_key(doing, error))?;
        let secret = CreateRepositorySecret {
            encrypted_value: &sealed,
            key_id: &key.key_id,
        };
        let path = self.secrets_path(environment, name);
        // Not `put`: a good reply has no body.
        let put = async { map_github_error(self.octocrab._put(path, Some(&secret)).await?).await };
        self.done(doing, None, put.await).map(drop)
    }

    async fn public_key(&self, environment: Option<&str>) -> Result<PublicKey, Error> {
        let path = self.secrets_path(environment, "public-key");
        let reply = self.octocrab.get(path, None::<&()>).await;
        self.read("could not read the public key for secrets", None, reply)
    }

    fn secrets_path(&self, environment: Option<&str>, last: &str) -> String {
        // `_` and `-` stay readable, since names consist of little else.
        const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-');
        let last = utf8_percent_encode(last, SEGMENT);
        match environment.map(|name| utf8_percent_encode(name, SEGMENT)) {
            None => self.path(&format!("/actions/secrets/{last}")),
            Some(name) => self.path(&format!("/environments/{name}/secrets/{last}")),
        }
    }
}

fn bad_key(doing: &str, error: BadPublicKey) -> Error {
    Error::code_host(
        format!("{doing}: {error}"),
        "see whether the API URL is GitHub's",
        ExitCode::OutsideContract,
    )
}
