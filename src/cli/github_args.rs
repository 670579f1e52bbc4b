//! Options about what GitHub shows beside the log.

use clap::Args;

use crate::report::SummaryWhen;

/// About GitHub, for `deploy`.
#[derive(Debug, Args)]
#[command(next_help_heading = "On GitHub")]
pub struct GithubArgs {
    /// When to write the job summary
    #[arg(long, value_enum, value_name = "WHEN", default_value_t, hide_short_help = true)]
    pub summary: SummaryWhen,
    /// Keep a GitHub deployment of the commit to this environment; the token needs `deployments: write`
    #[arg(long, value_name = "ENVIRONMENT", hide_short_help = true)]
    pub github_deployment: Option<String>,
    /// Keep one comment a site on the pull request; the token needs `pull-requests: write`
    #[arg(long, hide_short_help = true)]
    pub comment: bool,
}
