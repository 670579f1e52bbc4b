//! Options of the commands that start or follow a deployment.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};

use super::github_args::GithubArgs;
use super::shared_args::{ApiArgs, DeploymentArgs, KeyAgeArgs};
use super::values;
use crate::deploy::{self, OnConflict, OnFailure, OnOutdated};
use crate::model::EarlyExit;
use crate::watch::{self, Logs, OnSuperseded};

/// Headings in the help of `deploy`.
const SOURCE: &str = "What to deploy";
const PROOF: &str = "Proof of what is live";

/// `deploy`.
#[derive(Debug, Args)]
pub struct DeployArgs {
    /// The site, or several [env: SPROOBO_SITE]
    pub site: Vec<String>,
    /// How many sites at a time
    #[arg(long, value_name = "COUNT", default_value_t = deploy::DEFAULT_PARALLEL, allow_negative_numbers = true, value_parser = values::count::<u16>(1..=64), hide_short_help = true)]
    pub parallel: u16,
    /// Branch or tag to deploy [default: what the CI run tested, else the git checkout]
    #[arg(long = "ref", value_name = "REF", help_heading = SOURCE)]
    pub git_ref: Option<String>,
    /// Commit to deploy, 7 to 64 hex digits [default: what the CI run tested, else the git checkout]
    #[arg(long, value_name = "HASH", help_heading = SOURCE, value_parser = values::commit)]
    pub commit: Option<String>,
    /// A line for the deployment's history [default: the commit's subject]
    #[arg(long, value_name = "TEXT", help_heading = SOURCE, hide_short_help = true)]
    pub message: Option<String>,
    /// Fail when the deployment reports another commit than was asked for
    #[arg(long, help_heading = SOURCE, hide_short_help = true)]
    pub require_commit: bool,
    /// Wait for the verdict (the default)
    #[arg(long, overrides_with = "no_wait", hide_short_help = true)]
    pub wait: bool,
    /// End once the deployment is triggered, so without --verify-url and --require-commit
    #[arg(long)]
    pub no_wait: bool,
    /// What to do when another deployment of the site is running
    #[arg(long, value_enum, value_name = "ACTION", default_value_t, hide_short_help = true)]
    pub on_conflict: OnConflict,
    /// What to do when the commit is older than what is live or under way, as far as git or the code host tells
    #[arg(long, value_enum, value_name = "ACTION", default_value_t, hide_short_help = true)]
    pub on_outdated: OnOutdated,
    /// What to do when the deployment fails
    #[arg(long, value_enum, value_name = "ACTION", default_value_t)]
    pub on_failure: OnFailure,
    /// Prove what is live: this URL must answer 2xx
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, help_heading = PROOF, value_parser = values::web_url)]
    pub verify_url: Option<String>,
    /// The text that it must contain; `{commit}` is the commit asked for
    #[arg(long, value_name = "TEXT", requires = "verify_url", help_heading = PROOF, hide_short_help = true)]
    pub verify_contains: Option<String>,
    /// How long the proof may take
    #[arg(long, help_heading = PROOF, value_name = "DURATION", default_value = values::typed(deploy::DEFAULT_VERIFY_TIMEOUT), value_parser = values::positive_duration, hide_short_help = true)]
    pub verify_timeout: Duration,
    /// Token that marks the deployment as ours; the same token never deploys a site twice, and -SITE is put behind it [default: random]
    #[arg(long, value_name = "TOKEN", hide_short_help = true)]
    pub idempotency_key: Option<String>,
    /// Show the plan and deploy nothing: `online` sends GET requests alone, `offline` sends nothing
    #[arg(long, value_enum, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "online")]
    pub dry_run: Option<DryRun>,
    #[command(flatten)]
    pub wait_options: WaitArgs,
    /// Don't look at the key's age
    #[arg(long, conflicts_with = "fail_on_stale_key", hide_short_help = true)]
    pub no_key_check: bool,
    #[command(flatten)]
    pub key: KeyAgeArgs,
    #[command(flatten)]
    pub github: GithubArgs,
    #[command(flatten)]
    pub api: ApiArgs,
}

/// About the wait, shared by `deploy`, `wait` and `rollback`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Waiting")]
pub struct WaitArgs {
    /// Time limit of the whole run [default: 30m, and on GitLab never past the job's own limit]
    #[arg(long, value_name = "DURATION", value_parser = values::positive_duration)]
    pub timeout: Option<Duration>,
    /// What to do with the deployment when the time is over
    #[arg(long, value_enum, value_name = "ACTION", default_value_t = deploy::DEFAULT_ON_TIMEOUT, hide_short_help = true)]
    pub on_timeout: EarlyExit,
    /// What to do with the deployment on SIGINT, SIGTERM or SIGHUP
    #[arg(long, value_enum, value_name = "ACTION", default_value_t = deploy::DEFAULT_ON_INTERRUPT, hide_short_help = true)]
    pub on_interrupt: EarlyExit,
    /// How to take a deployment that a newer one replaced
    #[arg(long, value_enum, value_name = "END", default_value_t, hide_short_help = true)]
    pub on_superseded: OnSuperseded,
    /// When to show the deployment's log
    #[arg(long, value_enum, value_name = "WHEN", default_value_t, hide_short_help = true)]
    pub logs: Logs,
    /// How many of its lines at most
    #[arg(long, value_name = "COUNT", default_value_t = watch::DEFAULT_LOG_LINES, allow_negative_numbers = true, value_parser = values::count::<u32>(0..=10_000), hide_short_help = true)]
    pub log_lines: u32,
    /// How long a completed deployment may leave its health unsaid before it counts as succeeded
    #[arg(long, value_name = "DURATION", default_value = values::typed(watch::DEFAULT_SETTLE), value_parser = values::duration, hide_short_help = true)]
    pub settle: Duration,
    /// Ask at this interval [default: by the site's history, 1s to 15s]
    #[arg(long, value_name = "DURATION", value_parser = values::positive_duration, hide_short_help = true)]
    pub poll_interval: Option<Duration>,
    /// How long the API may fail without a break before the run gives up
    #[arg(long, value_name = "DURATION", default_value = values::typed(watch::DEFAULT_MAX_UNREACHABLE), value_parser = values::positive_duration, hide_short_help = true)]
    pub max_unreachable: Duration,
    /// Where to keep what a later step needs [default: in $RUNNER_TEMP or $CI_PROJECT_DIR, else none]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub state_file: Option<PathBuf>,
}

/// `wait`.
#[derive(Debug, Args)]
pub struct WaitCommand {
    #[command(flatten)]
    pub which: DeploymentArgs,
    /// Instead of DEPLOYMENT: the newest of this commit, which a git push starts
    #[arg(long, value_name = "HASH", value_parser = values::commit)]
    pub commit: Option<String>,
    /// How long it may take to appear
    #[arg(long, value_name = "DURATION", default_value = values::typed(deploy::DEFAULT_APPEAR_WITHIN), value_parser = values::duration)]
    pub appear_within: Duration,
    #[command(flatten)]
    pub wait_options: WaitArgs,
    #[command(flatten)]
    pub api: ApiArgs,
}

/// `rollback`.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The site
    pub site: String,
    /// The deployment to return to [default: the newest that succeeded and is older than the newest one]
    #[arg(long, value_name = "DEPLOYMENT")]
    pub to: Option<String>,
    #[command(flatten)]
    pub wait_options: WaitArgs,
    #[command(flatten)]
    pub api: ApiArgs,
}

/// How dry the run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DryRun {
    /// GET requests alone
    Online,
    /// Nothing is sent
    Offline,
}
