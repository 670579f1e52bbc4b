//! The commands and their options. Every option `--some-name` can also be given as `SPROOBO_SOME_NAME`
//! (see [`super::env`]).

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use super::deferred::Deferred;
use super::deploy_args::{DeployArgs, RollbackArgs, WaitCommand};
use super::keys_args::KeysCommand;
use super::shared_args::{ApiArgs, DeploymentArgs, StatusWordArgs};
use super::{examples, values};
use crate::sandbox::Scenario;

/// Trigger a deployment on Sproobo and wait for its true verdict
#[derive(Debug, Parser)]
#[command(name = "sproobo-deploy", version, after_help = examples::TOP, max_term_width = 100, infer_long_args = false)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Base URL of the API (https; plain http for loopback alone)
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url, hide_short_help = true)]
    pub api_url: Option<String>,
    /// A contract file that corrects what is assumed about the API
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub contract: Option<PathBuf>,
    /// Read the API key from a file, or from stdin with `-`
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub api_key_file: Option<PathBuf>,
    /// Trust the certificates of this PEM file too
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub ca_cert: Option<PathBuf>,
    /// How to report
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "FORMAT")]
    pub output: Output,
    /// Write the result as a GitLab dotenv report
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub dotenv: Option<PathBuf>,
    /// Log each request; twice for what the HTTP and TLS libraries say too
    #[arg(short, long, global = true, action = clap::ArgAction::Count, hide_short_help = true)]
    pub verbose: u8,
}

/// How to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// By where it runs: GitHub, GitLab, a terminal, or plain
    Auto,
    /// Workflow commands, groups and annotations
    Github,
    /// Collapsible sections
    Gitlab,
    /// A progress line a site
    Tty,
    /// A line when something changes
    Plain,
    /// One JSON event a line
    Json,
}

/// Everything that the binary does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Trigger a deployment, wait for its end, and tell how it ended
    #[command(after_help = examples::DEPLOY)]
    Deploy(Deferred<DeployArgs>),
    /// Write a CI workflow that deploys a site, and say what is left to do
    #[command(after_help = examples::INIT)]
    Init(Deferred<InitArgs>),
    /// Wait for a deployment that is already triggered
    #[command(after_help = examples::WAIT)]
    Wait(Deferred<WaitCommand>),
    /// Show the status of a deployment, or of the site's newest; exits by verdict, 0 while it runs
    #[command(after_help = examples::STATUS)]
    Status(Deferred<StatusArgs>),
    /// Cancel a deployment
    #[command(after_help = examples::CANCEL)]
    Cancel(Deferred<CancelArgs>),
    /// Print the log of a deployment, or of the site's newest, and follow it
    #[command(after_help = examples::LOGS)]
    Logs(Deferred<LogsArgs>),
    /// Return to an earlier deployment and wait for it
    #[command(after_help = examples::ROLLBACK)]
    Rollback(Deferred<RollbackArgs>),
    /// List a site's deployments, newest first
    #[command(after_help = examples::DEPLOYMENTS)]
    Deployments(Deferred<DeploymentsArgs>),
    /// Open a site, or its dashboard, in a browser; prints the link, alone where there is none
    #[command(after_help = examples::OPEN)]
    Open(Deferred<OpenArgs>),
    /// List the sites that the key can see
    #[command(after_help = examples::SITES)]
    Sites(Deferred<SitesArgs>),
    /// List, check, create, revoke, rotate and look for API keys
    #[command(subcommand, after_help = examples::KEYS)]
    Keys(Deferred<KeysCommand>),
    /// Check everything that a deploy needs, without deploying
    #[command(after_help = examples::DOCTOR)]
    Doctor(Deferred<DoctorArgs>),
    /// Show, check or learn the contract: what is assumed about the API
    #[command(after_help = examples::CONTRACT)]
    Contract {
        /// What to do; `show` without one.
        #[command(subcommand)]
        command: Option<Deferred<ContractCommand>>,
    },
    /// Run the embedded sandbox in the foreground; any site's id exists there
    #[command(after_help = examples::SANDBOX)]
    Sandbox(Deferred<SandboxArgs>),
    /// Print a shell's completion script
    #[command(after_help = examples::COMPLETIONS)]
    Completions(Deferred<CompletionsArgs>),
}

/// `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The site; without it, the one that the key sees, or a choice
    #[arg(long)]
    pub site: Option<String>,
    /// Write a job for GitLab CI instead of a GitHub workflow
    #[arg(long)]
    pub gitlab: bool,
    /// Where the tool comes from: OWNER/REPOSITORY@COMMIT of a release, OWNER/REPOSITORY to build it, on GitLab an image
    #[arg(long, value_name = "PLACE")]
    pub from: Option<String>,
    #[command(flatten)]
    pub api: ApiArgs,
}

/// `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    pub which: DeploymentArgs,
    #[command(flatten)]
    pub api: ApiArgs,
}

/// `cancel`.
#[derive(Debug, Args)]
pub struct CancelArgs {
    #[command(flatten)]
    pub which: DeploymentArgs,
    /// Cancel even what was told to go on (`--on-interrupt detach`)
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub api: ApiArgs,
}

/// `logs`.
#[derive(Debug, Args)]
pub struct LogsArgs {
    #[command(flatten)]
    pub which: DeploymentArgs,
    /// Only the last lines of what is there
    #[arg(long, value_name = "LINES", allow_negative_numbers = true, value_parser = values::lines)]
    pub tail: Option<usize>,
    /// Go on until the deployment has ended: exits with 0 then, however it ended (`status` exits by that)
    #[arg(short, long)]
    pub follow: bool,
    /// How long to read and follow at most; then it exits with 4 [default: 30m]
    #[arg(long, value_name = "DURATION", value_parser = values::positive_duration)]
    pub timeout: Option<Duration>,
    #[command(flatten)]
    pub api: ApiArgs,
}

/// `deployments`.
#[derive(Debug, Args)]
pub struct DeploymentsArgs {
    /// The site
    pub site: String,
    /// How many at most
    #[arg(long, value_name = "COUNT", default_value_t = 20, allow_negative_numbers = true, value_parser = values::count::<u32>(1..=1000))]
    pub limit: u32,
    #[command(flatten)]
    pub api: ApiArgs,
}

/// `open`.
#[derive(Debug, Args)]
pub struct OpenArgs {
    /// The site
    pub site: String,
    /// The dashboard's page of its newest deployment
    #[arg(long)]
    pub dashboard: bool,
    #[command(flatten)]
    pub api: ApiArgs,
}

/// `sites`.
#[derive(Debug, Args)]
pub struct SitesArgs {
    #[command(flatten)]
    pub api: ApiArgs,
}

/// `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Check that this site is visible too
    #[arg(long)]
    pub site: Option<String>,
    #[command(flatten)]
    pub api: ApiArgs,
}

/// `contract`.
#[derive(Debug, Subcommand)]
pub enum ContractCommand {
    /// Print the effective contract: the assumed default with --contract, --api-url and --status-map applied
    #[command(after_help = examples::CONTRACT_SHOW)]
    Show(Deferred<ContractShowArgs>),
    /// Report every problem of a contract file at once
    #[command(after_help = examples::CONTRACT_CHECK)]
    Check(Deferred<ContractCheckArgs>),
    /// Derive a contract from what a browser recorded of a deployment, or from an API description
    #[command(after_help = examples::CONTRACT_LEARN)]
    Learn(Deferred<ContractLearnArgs>),
    /// Print the JSON Schema of a contract file, for editors and checks of your own
    #[command(after_help = examples::CONTRACT_SCHEMA)]
    Schema,
}

/// `contract show`.
#[derive(Debug, Args)]
pub struct ContractShowArgs {
    #[command(flatten)]
    pub words: StatusWordArgs,
}

/// `contract check`.
#[derive(Debug, Args)]
pub struct ContractCheckArgs {
    /// The file
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
}

/// `contract learn`.
#[derive(Debug, Args)]
pub struct ContractLearnArgs {
    /// HAR recordings, and OpenAPI 3 or Swagger 2 documents as JSON
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
}

/// `sandbox`.
#[derive(Debug, Args)]
pub struct SandboxArgs {
    /// Loopback address and port; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = values::address)]
    pub listen: SocketAddr,
    /// How deployments end
    #[arg(long, value_name = "SCENARIO", default_value = "success")]
    pub scenario: Scenario,
    /// When its first API key was created, to rehearse a stale one [default: now]
    #[arg(long, value_name = "DATE", value_parser = values::date)]
    pub key_created_at: Option<DateTime<Utc>>,
}

/// `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Which shell
    pub shell: Shell,
}
