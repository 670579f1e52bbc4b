//! Runs git: without pager, hooks or locks, in plain English, and ended when it is no longer waited for.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use crate::error::Error;
use crate::sanitize;
use crate::secret;

/// How much of git's output is read in one go.
const BUFFER: usize = 256 * 1024;
/// How much of git's complaints is kept.
const COMPLAINTS: u64 = 16 * 1024;

/// git, run in one folder.
pub(super) struct Git {
    dir: PathBuf,
}

/// What a folder belongs to.
pub(super) enum Repository {
    /// Nothing of git's.
    None,
    /// A repository.
    Found {
        /// The top of its work tree; `None` if it is bare.
        top: Option<PathBuf>,
        /// Whether only the latest part of the history is there.
        shallow: bool,
        /// Whether objects are left out until they are needed.
        partial: bool,
    },
}

/// git at work.
pub(super) struct Running {
    child: Child,
    pub(super) out: BufReader<ChildStdout>,
    complaints: tokio::task::JoinHandle<String>,
}

impl Git {
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// What the folder belongs to.
    pub(super) async fn repository(&self) -> Result<Repository, Error> {
        let facts = ["rev-parse", "--is-inside-work-tree", "--is-shallow-repository"];
        let (out, complaints, success) = self.start(&facts)?.read_all().await?;
        if !success && complaints.contains("not a git repository") {
            return Ok(Repository::None);
        }
        if !success {
            return Err(self.refused(&complaints));
        }
        let facts = String::from_utf8_lossy(&out);
        let mut facts = facts.lines();
        let top = if facts.next() == Some("true") {
            Some(path_of(
                self.output(&["rev-parse", "--show-toplevel"]).await?.trim_ascii_end(),
            ))
        } else {
            None
        };
        let shallow = facts.next() == Some("true");
        let promisors = ["config", "--get-regexp", r"^remote\..*\.promisor$"];
        // It fails where there is none.
        let (promisors, ..) = self.start(&promisors)?.read_all().await?;
        Ok(Repository::Found {
            top,
            shallow,
            partial: !promisors.is_empty(),
        })
    }

    /// All that git prints.
    pub(super) async fn output(&self, arguments: &[&str]) -> Result<Vec<u8>, Error> {
        let (out, complaints, success) = self.start(arguments)?.read_all().await?;
        if success {
            Ok(out)
        } else {
            Err(self.refused(&complaints))
        }
    }

    /// Starts git.
    pub(super) fn start(&self, arguments: &[&str]) -> Result<Running, Error> {
        let mut command = Command::new("git");
        for name in secret::VARIABLES {
            command.env_remove(name);
        }
        let mut child = command
            .arg("--no-pager")
            .arg("--no-replace-objects")
            .args(["-c", "core.quotepath=off"])
            // Each of these would run a program that the repository's own configuration names.
            .args(["-c", "core.fsmonitor=false", "-c", "log.showSignature=false"])
            .args(["-c", "log.showRoot=true"])
            .args(arguments)
            .current_dir(&self.dir)
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            // Set in git's own hooks; here the folder alone says which repository is meant.
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .env_remove("GIT_INDEX_FILE")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| not_started(&error))?;
        let (Some(out), Some(complaints)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(not_started(&io::Error::other("no pipes")));
        };
        let complaints = tokio::spawn(async move {
            let mut text = Vec::new();
            let mut complaints = complaints.take(COMPLAINTS);
            // What can't be read of the complaints is not worth another one.
            let _ = complaints.read_to_end(&mut text).await;
            let _ = tokio::io::copy(&mut complaints.into_inner(), &mut tokio::io::sink()).await;
            String::from_utf8_lossy(&text).into_owned()
        });
        Ok(Running {
            child,
            out: BufReader::with_capacity(BUFFER, out),
            complaints,
        })
    }

    fn refused(&self, complaints: &str) -> Error {
        if complaints.contains("dubious ownership") {
            return Error::usage(
                format!("git refuses {}: it belongs to another user", self.dir.display()),
                format!(
                    "run `git config --global --add safe.directory {}` first, if you trust it",
                    self.dir.display()
                ),
            );
        }
        stopped(complaints)
    }
}

impl Running {
    async fn read_all(mut self) -> Result<(Vec<u8>, String, bool), Error> {
        let mut out = Vec::new();
        self.out
            .read_to_end(&mut out)
            .await
            .map_err(|error| stopped(&error.to_string()))?;
        let (complaints, success) = self.end().await?;
        Ok((out, complaints, success))
    }

    /// Waits for git to end well, after its output was read to the end.
    pub(super) async fn finish(self) -> Result<(), Error> {
        match self.end().await? {
            (_, true) => Ok(()),
            (complaints, false) => Err(stopped(&complaints)),
        }
    }

    async fn end(mut self) -> Result<(String, bool), Error> {
        let status = self.child.wait().await.map_err(|error| stopped(&error.to_string()))?;
        Ok((self.complaints.await.unwrap_or_default(), status.success()))
    }
}

fn not_started(error: &io::Error) -> Error {
    Error::usage(
        format!("git could not be started: {error}"),
        "install git, or see whether the folder is there",
    )
}

/// git ended badly: whatever was not read might hold the key.
pub(super) fn stopped(complaints: &str) -> Error {
    Error::file(
        "could not read all of",
        "the git repository",
        sanitize::line(complaints),
    )
}

/// A path as git prints it: bytes on Unix, UTF-8 on Windows.
pub(super) fn path_of(bytes: &[u8]) -> PathBuf {
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
