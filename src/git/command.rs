//! Starts git and reads what it prints.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::environment;
use crate::error::Error;
use crate::program;
use crate::sanitize;

/// How long a question about the checkout may take. One on a network file system that is gone must not hold a run up.
const LIMIT: Duration = Duration::from_secs(10);
/// How much of git's output is read in one go.
const BUFFER: usize = 256 * 1024;
/// How much of git's complaints is kept.
const COMPLAINTS: u64 = 16 * 1024;

/// git, run in one folder.
#[derive(Debug)]
pub struct Git {
    /// `None`: wherever this process is, and in the repository that `GIT_DIR` names, as in git's own hooks.
    dir: Option<PathBuf>,
}

/// git at work. Dropping it ends git.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// What git prints.
    pub out: BufReader<ChildStdout>,
    complaints: tokio::task::JoinHandle<String>,
}

/// What git came to.
pub(super) struct Finished {
    pub(super) out: Vec<u8>,
    pub(super) complaints: String,
    /// Nothing if a signal ended it.
    pub(super) code: Option<i32>,
}

impl Finished {
    pub(super) fn is_good(&self) -> bool {
        self.code == Some(0)
    }
}

impl Git {
    /// git in the folder that this process runs in. A bare repository that lies there counts only if `GIT_DIR` names it.
    pub fn here() -> Self {
        Self { dir: None }
    }

    /// git in `dir`: the folder alone says which repository is meant, and may be a bare one.
    pub fn at(dir: &Path) -> Self {
        Self {
            dir: Some(dir.to_owned()),
        }
    }

    /// All that git prints, however long that takes.
    ///
    /// # Errors
    /// [`Error::Usage`] when git can't be started or refuses the repository, [`Error::File`] when it ends badly.
    pub async fn output(&self, arguments: &[&str]) -> Result<Vec<u8>, Error> {
        let answer = self.ask(arguments).await?;
        if answer.is_good() {
            Ok(answer.out)
        } else {
            Err(self.refused(&answer.complaints))
        }
    }

    /// The one line that git prints, or why there is none, within [`LIMIT`].
    pub(super) async fn line(&self, arguments: &[&str]) -> Result<String, String> {
        let answer = self.answer(arguments).await?;
        let is_good = answer.is_good();
        let line = String::from_utf8(answer.out).map_err(|error| error.to_string())?;
        match line.trim() {
            _ if !is_good => Err(format!("it failed: {}", answer.complaints.trim())),
            "" => Err("it printed nothing".to_owned()),
            line => Ok(line.to_owned()),
        }
    }

    /// What git answers, or why it does not, within [`LIMIT`].
    pub(super) async fn answer(&self, arguments: &[&str]) -> Result<Finished, String> {
        timeout(LIMIT, self.ask(arguments))
            .await
            .map_err(|_| format!("no answer within {} s", LIMIT.as_secs()))?
            .map_err(|error| error.to_string())
    }

    pub(super) async fn ask(&self, arguments: &[&str]) -> Result<Finished, Error> {
        let mut running = self.start(arguments)?;
        let mut out = Vec::new();
        running
            .out
            .read_to_end(&mut out)
            .await
            .map_err(|error| stopped(&error.to_string()))?;
        let (complaints, status) = running.end().await?;
        Ok(Finished {
            out,
            complaints,
            code: status.code(),
        })
    }

    /// Starts git, to be read bit by bit.
    ///
    /// # Errors
    /// [`Error::Usage`] when it can't be started.
    pub fn start(&self, arguments: &[&str]) -> Result<Running, Error> {
        self.spawn(arguments, Stdio::null())
    }

    /// The same, with this on its stdin.
    ///
    /// # Errors
    /// [`Error::Usage`] when it can't be started.
    pub fn start_with(&self, arguments: &[&str], input: Vec<u8>) -> Result<Running, Error> {
        let mut running = self.spawn(arguments, Stdio::piped())?;
        if let Some(mut stdin) = running.child.stdin.take() {
            // Beside the reading, or both sides could wait for each other. A git that ends early says why itself.
            tokio::spawn(async move { stdin.write_all(&input).await });
        }
        Ok(running)
    }

    fn spawn(&self, arguments: &[&str], stdin: Stdio) -> Result<Running, Error> {
        let git = program::find("git").map_err(|error| not_started(&error))?;
        let mut command = Command::new(git.file);
        command
            .env_clear()
            .envs(environment::inherited(self.dir.is_none()))
            .env("PATH", git.path);
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        } else {
            // Whatever lies in a checkout may be laid out as a bare repository, with a configuration of its own making.
            command.args(["-c", "safe.bareRepository=explicit"]);
        }
        let mut child = command
            .arg("--no-pager")
            .arg("--no-replace-objects")
            .args(["-c", "core.quotepath=off", "-c", "log.showRoot=true"])
            // Each of these could run a program that the repository's own configuration names.
            .args(["-c", "core.fsmonitor=false", "-c", "log.showSignature=false"])
            .args(["-c", "core.hooksPath=/dev/null"])
            .args(arguments)
            .env("GIT_OPTIONAL_LOCKS", "0")
            // An object that is missing is fetched by the transport that the configuration names. Versions of git
            // before 2.45 know only the second of these, which allows no protocol at all.
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_ALLOW_PROTOCOL", "")
            .env("GIT_TERMINAL_PROMPT", "0")
            // What it complains of is read.
            .env("LC_ALL", "C")
            .stdin(stdin)
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

    pub(super) fn refused(&self, complaints: &str) -> Error {
        match &self.dir {
            Some(dir) if complaints.contains("dubious ownership") => Error::usage(
                format!("git refuses {}: it belongs to another user", dir.display()),
                format!(
                    "run `git config --global --add safe.directory {}` first, if you trust it",
                    dir.display()
                ),
            ),
            _ => stopped(complaints),
        }
    }
}

impl Running {
    /// Waits for git to end well, after its output was read to the end.
    ///
    /// # Errors
    /// [`Error::File`] when it ends badly.
    pub async fn finish(self) -> Result<(), Error> {
        match self.end().await? {
            (_, status) if status.success() => Ok(()),
            (complaints, _) => Err(stopped(&complaints)),
        }
    }

    async fn end(mut self) -> Result<(String, ExitStatus), Error> {
        let status = self.child.wait().await.map_err(|error| stopped(&error.to_string()))?;
        Ok((self.complaints.await.unwrap_or_default(), status))
    }
}

fn not_started(error: &io::Error) -> Error {
    Error::usage(
        format!("git could not be started: {error}"),
        "install git, or see whether the folder is there",
    )
}

/// git ended badly: not all of the repository was read.
pub fn stopped(complaints: &str) -> Error {
    Error::file(
        "could not read all of",
        "the git repository",
        sanitize::line(complaints),
    )
}
