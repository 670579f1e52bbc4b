//! What git says about a folder.

use std::ffi::OsStr;
use std::path::PathBuf;

use super::command::Git;
use crate::error::Error;

/// What is checked out; `None` where git does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Full hash.
    pub commit: Option<String>,
    /// Short name; `None` where `HEAD` is detached.
    pub branch: Option<String>,
    /// The first line of the commit's message.
    pub subject: Option<String>,
}

/// What a folder belongs to.
#[derive(Debug)]
pub enum Repository {
    /// Nothing of git's.
    None,
    /// One of git's.
    Found {
        /// The top of its work tree; `None` if it is bare.
        top: Option<PathBuf>,
        /// Whether only the latest part of the history is there.
        shallow: bool,
        /// Whether objects are left out until they are needed.
        partial: bool,
    },
}

impl Git {
    /// What is checked out. Why something is not known is logged.
    pub async fn head(&self) -> Head {
        let (commit, branch, subject) = tokio::join!(
            self.fact(&["rev-parse", "--verify", "HEAD"]),
            self.fact(&["symbolic-ref", "--quiet", "--short", "HEAD"]),
            self.fact(&["log", "-1", "--format=%s"]),
        );
        Head {
            commit,
            branch,
            subject,
        }
    }

    async fn fact(&self, arguments: &[&str]) -> Option<String> {
        self.line(arguments)
            .await
            .inspect_err(|why| log::debug!("git {}: {why}", arguments.join(" ")))
            .ok()
    }

    /// Whether `commit` is an ancestor of `of`, or the same; nothing where the repository does not tell: a commit may be
    /// missing, or the history between them, as in CI's usual checkout of one commit. Both are hashes, maybe
    /// abbreviated.
    pub async fn is_ancestor(&self, commit: &str, of: &str) -> Option<bool> {
        let answer = self.answer(&["merge-base", "--is-ancestor", commit, of]).await;
        match answer.map(|answer| answer.code) {
            Ok(Some(0)) => Some(true),
            // Where the history is cut off, a way that is not seen may still be one.
            Ok(Some(1)) if self.fact(&["rev-parse", "--is-shallow-repository"]).await? == "false" => Some(false),
            _ => None,
        }
    }

    /// What the folder belongs to.
    ///
    /// # Errors
    /// [`Error::Usage`] when git can't be started or refuses the repository, [`Error::File`] when it ends badly.
    pub async fn repository(&self) -> Result<Repository, Error> {
        let facts = ["rev-parse", "--is-inside-work-tree", "--is-shallow-repository"];
        let answer = self.ask(&facts).await?;
        if !answer.is_good() && answer.complaints.contains("not a git repository") {
            return Ok(Repository::None);
        }
        if !answer.is_good() {
            return Err(self.refused(&answer.complaints));
        }
        let facts = String::from_utf8_lossy(&answer.out);
        let mut facts = facts.lines();
        let top = if facts.next() == Some("true") {
            let top = self.output(&["rev-parse", "--show-toplevel"]).await?;
            Some(path_of(top.trim_ascii_end()))
        } else {
            None
        };
        let shallow = facts.next() == Some("true");
        // It fails where there is none.
        let promisors = self.ask(&["config", "--get-regexp", r"^remote\..*\.promisor$"]).await?;
        Ok(Repository::Found {
            top,
            shallow,
            partial: !promisors.out.is_empty(),
        })
    }
}

/// A path as git prints it: bytes on Unix, UTF-8 on Windows.
pub fn path_of(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        PathBuf::from(OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    {
        let text = String::from_utf8_lossy(bytes);
        PathBuf::from(OsStr::new(text.as_ref()))
    }
}
