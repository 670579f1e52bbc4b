//! What is deployed: what the user names, else what the CI run tested, else the git checkout.

use crate::cli::ci::Ci;
use crate::cli::deploy_args::DeployArgs;
use crate::cli::tested::Source;
use crate::git::Git;

/// Fills in what the user left out.
///
/// A branch or commit that is named stands alone: the other one of the CI run belongs to something else.
pub(crate) async fn source(args: &DeployArgs, ci: &Ci) -> Source {
    let named = Source {
        git_ref: args.git_ref.clone(),
        commit: args.commit.clone(),
        message: args.message.clone(),
    };
    if named.git_ref.is_some() || named.commit.is_some() {
        return named;
    }
    let found = if ci.source.commit.is_some() {
        ci.source.clone()
    } else {
        let head = Git::here().head().await;
        Source {
            git_ref: head.branch,
            commit: head.commit,
            message: head.subject,
        }
    };
    Source {
        message: named.message.or(found.message),
        ..found
    }
}
