//! Groups of options that several commands share.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Args, ValueHint};

use super::values;
use crate::keys::age;
use crate::model::StatusClass;
use crate::sandbox::Scenario;
use crate::watch;

/// How the API is spoken to.
#[derive(Debug, Args)]
#[command(next_help_heading = "API")]
pub struct ApiArgs {
    /// Time limit of one request
    #[arg(long, value_name = "DURATION", default_value = values::typed(watch::DEFAULT_REQUEST_TIMEOUT), value_parser = values::positive_duration, hide_short_help = true)]
    pub request_timeout: Duration,
    #[command(flatten)]
    pub words: StatusWordArgs,
    /// Value of {var.NAME} in the contract (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = values::variable, hide_short_help = true)]
    pub var: Vec<(String, String)>,
    /// Use the embedded sandbox: nothing is deployed
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, require_equals = true, default_missing_value = "success")]
    pub sandbox: Option<Scenario>,
}

/// What the status words mean, shared by what speaks to the API and `contract show`.
#[derive(Debug, Args)]
pub struct StatusWordArgs {
    #[arg(long, value_name = "WORD=CLASS", value_parser = values::status_map, hide_short_help = true,
          help = format!("Class of a status word: {} (repeatable)", StatusClass::names()))]
    pub status_map: Vec<(String, StatusClass)>,
}

/// A deployment, named or from a state file.
#[derive(Debug, Args)]
pub struct DeploymentArgs {
    /// The site
    #[arg(conflicts_with = "from_state")]
    pub site: Option<String>,
    /// The deployment's id
    pub deployment: Option<String>,
    /// Act on the deployments of this state file, which `deploy` wrote
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub from_state: Option<PathBuf>,
}

/// When a key counts as stale, shared by all that looks at keys.
#[derive(Debug, Args)]
pub struct StaleAfterArgs {
    /// Age at which a key is stale
    #[arg(long, value_name = "DURATION", default_value = values::typed(age::DEFAULT_STALE_AFTER), value_parser = values::positive_duration, hide_short_help = true)]
    pub key_stale_after: Duration,
}

/// About the key's age, shared by `deploy` and `keys check`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Age of the key")]
pub struct KeyAgeArgs {
    #[command(flatten)]
    pub stale: StaleAfterArgs,
    /// When the key was created, if the API's key list can't be read
    #[arg(long, value_name = "DATE", value_parser = values::date, hide_short_help = true)]
    pub key_created_at: Option<DateTime<Utc>>,
    /// Exit with 10 when the key is stale; `deploy` then deploys nothing
    #[arg(long, hide_short_help = true)]
    pub fail_on_stale_key: bool,
    /// Name of the GitHub secret that holds the key, or ENVIRONMENT/NAME
    #[arg(long, value_name = "NAME", default_value = "SPROOBO_API_KEY", hide_short_help = true)]
    pub github_secret: String,
    /// File with a GitHub token that may read secrets [default: the variable GITHUB_TOKEN]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub github_token_file: Option<PathBuf>,
}
