//! Secrets of a repository and of its environments.
//!
//! GitHub REST API, "GitHub Actions Secrets". `environment` is `None` for a repository's secret.

use chrono::{DateTime, Utc};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::seal::seal;
use crate::error::{Error, ExitCode};
use crate::http::Method;
use crate::secret::Secret;

#[derive(Deserialize)]
struct SecretDates {
    updated_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct PublicKey {
    key_id: String,
    key: String,
}

#[derive(Serialize)]
struct SealedSecret<'a> {
    encrypted_value: &'a str,
    key_id: &'a str,
}

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
        let doing = "could not read the date of the secret";
        let path = self.secrets_path(environment, name);
        let answer = self.send(doing, Method::GET, &path, None::<&()>).await?;
        if answer.is_not_found() {
            return Ok(None);
        }
        let dates: SecretDates = self.read(doing, &answer)?;
        Ok(Some(dates.updated_at))
    }

    /// Whether secrets can be written, as far as reading the public key tells.
    ///
    /// # Errors
    /// [`Error::CodeHost`], naming the missing permission where GitHub does.
    pub async fn check_secrets(&self, environment: Option<&str>) -> Result<(), Error> {
        self.public_key(environment).await.map(drop)
    }

    /// Creates the secret, or replaces its value.
    ///
    /// # Errors
    /// [`Error::CodeHost`], naming the missing permission where GitHub does.
    pub async fn put_secret(&self, environment: Option<&str>, name: &str, value: &Secret) -> Result<(), Error> {
        let doing = "could not write the secret";
        let key = self.public_key(environment).await?;
        let sealed = seal(&key.key, value.expose().as_bytes()).map_err(|error| {
            Error::code_host(
                format!("{doing}: {error}"),
                "see whether the API URL is GitHub's",
                ExitCode::OutsideContract,
            )
        })?;
        let body = SealedSecret {
            encrypted_value: &sealed,
            key_id: &key.key_id,
        };
        let path = self.secrets_path(environment, name);
        let answer = self.send(doing, Method::PUT, &path, Some(&body)).await?;
        self.accept(doing, &answer)
    }

    async fn public_key(&self, environment: Option<&str>) -> Result<PublicKey, Error> {
        let doing = "could not read the public key for secrets";
        let path = self.secrets_path(environment, "public-key");
        let answer = self.send(doing, Method::GET, &path, None::<&()>).await?;
        self.read(doing, &answer)
    }

    fn secrets_path(&self, environment: Option<&str>, last: &str) -> String {
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        match environment {
            None => self.path(&format!("/actions/secrets/{}", last_segment(last))),
            Some(name) => self.path(&format!(
                "/environments/{}/secrets/{}",
                encode(name),
                last_segment(last)
            )),
        }
    }
}

/// `_` and `-` stay readable, since names consist of little else.
fn last_segment(text: &str) -> String {
    const SEGMENT: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-');
    utf8_percent_encode(text, SEGMENT).to_string()
}
