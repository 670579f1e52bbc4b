//! What the git checkout would deploy, when no CI system says it.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::cli::ci::Source;
use crate::secret;

/// A checkout on a network file system that is gone must not hold the deploy up.
const LIMIT: Duration = Duration::from_secs(10);

/// Reads branch, commit and subject of `HEAD`; what can't be read is left out.
pub(crate) async fn source() -> Source {
    let (commit, git_ref, message) = tokio::join!(
        git(&["rev-parse", "--verify", "HEAD"]),
        git(&["symbolic-ref", "--quiet", "--short", "HEAD"]),
        git(&["log", "-1", "--format=%s"]),
    );
    Source {
        git_ref,
        commit,
        message,
    }
}

async fn git(arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    for name in secret::VARIABLES {
        command.env_remove(name);
    }
    let run = command
        // It would run a program that the repository's own configuration names.
        .args(["-c", "log.showSignature=false"])
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(LIMIT, run).await.ok()?.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}
