//! Options of `keys`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueHint};

use super::deferred::Deferred;
use super::shared_args::{ApiArgs, KeyAgeArgs, StaleAfterArgs};
use super::{examples, values};
use crate::keys::store;

/// `keys`.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// List the keys with their ages
    #[command(after_help = examples::KEYS_LIST)]
    List(Deferred<KeysListArgs>),
    /// Check the age of the key in use, for a scheduled job
    #[command(after_help = examples::KEYS_CHECK)]
    Check(Deferred<KeysCheckArgs>),
    /// Create a key and show its value once (never in CI)
    #[command(after_help = examples::KEYS_CREATE)]
    Create(Deferred<KeysCreateArgs>),
    /// Revoke a key
    #[command(after_help = examples::KEYS_REVOKE)]
    Revoke(Deferred<KeysRevokeArgs>),
    /// Create a key, store it, prove that it works, and only then revoke the old one
    #[command(after_help = examples::KEYS_ROTATE)]
    Rotate(Deferred<RotateArgs>),
    /// Look for keys in this git repository's work tree and history
    #[command(after_help = examples::KEYS_SCAN)]
    Scan(Deferred<KeysScanArgs>),
}

/// `keys create`.
#[derive(Debug, Args)]
pub struct KeysCreateArgs {
    /// Name of the new key: one key an integration
    pub name: String,
    #[command(flatten)]
    pub api: ApiArgs,
}

/// `keys revoke`.
#[derive(Debug, Args)]
pub struct KeysRevokeArgs {
    /// Its id or its first characters
    pub key: String,
    /// Revoke even the key in use
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub api: ApiArgs,
}

/// `keys scan`.
#[derive(Debug, Args)]
pub struct KeysScanArgs {
    /// Look into ignored files too
    #[arg(long)]
    pub include_ignored: bool,
    /// Look only at what the next commit would bring in
    #[arg(long, conflicts_with = "include_ignored")]
    pub staged: bool,
    /// Write what was found as SARIF 2.1.0
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub sarif: Option<PathBuf>,
    /// The repository
    #[arg(long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub repository: PathBuf,
    #[command(flatten)]
    pub api: ApiArgs,
}

/// `keys list`.
#[derive(Debug, Args)]
pub struct KeysListArgs {
    #[command(flatten)]
    pub stale: StaleAfterArgs,
    #[command(flatten)]
    pub api: ApiArgs,
}

/// `keys check`.
#[derive(Debug, Args)]
pub struct KeysCheckArgs {
    #[command(flatten)]
    pub key: KeyAgeArgs,
    /// Open or update one GitHub issue when the key is stale
    #[arg(long)]
    pub issue: bool,
    #[command(flatten)]
    pub api: ApiArgs,
}

/// `keys rotate`.
#[derive(Debug, Args)]
pub struct RotateArgs {
    /// Name of the new key
    #[arg(long)]
    pub name: Option<String>,
    /// Where the new key goes (repeatable)
    #[arg(long, value_name = "STORE", help = format!("Where the new key goes: {} (repeatable)", store::FORMS))]
    pub store: Vec<String>,
    /// Revoke the old key once the new one is stored and proven
    #[arg(long)]
    pub revoke_old: bool,
    /// Revoke older keys of this name first, if the key in use is the newest and that old; without --store do nothing else
    #[arg(long, value_name = "DURATION", value_parser = values::duration, conflicts_with = "revoke_old")]
    pub revoke_after: Option<std::time::Duration>,
    /// When the key in use was created: tells it from another that begins like it
    #[arg(long, value_name = "DATE", value_parser = values::date)]
    pub key_created_at: Option<DateTime<Utc>>,
    /// Make the GitLab variable available to protected branches and tags alone
    #[arg(long)]
    pub protected: bool,
    /// GitHub repository, OWNER/NAME [default: GITHUB_REPOSITORY]
    #[arg(long, value_name = "OWNER/NAME")]
    pub github_repository: Option<String>,
    /// File with a GitHub token that may write secrets [default: the variable GITHUB_TOKEN]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub github_token_file: Option<PathBuf>,
    /// GitLab project, id or path [default: CI_PROJECT_ID]
    #[arg(long, value_name = "PROJECT")]
    pub gitlab_project: Option<String>,
    /// File with a GitLab token of scope `api` [default: the variable GITLAB_TOKEN]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub gitlab_token_file: Option<PathBuf>,
    #[command(flatten)]
    pub api: ApiArgs,
}
