//! Runs the built binary with a clean environment.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A key of the sort that Sproobo might issue; the tests look for it in everything that is printed.
pub(crate) const KEY: &str = "spb_T3stK3y0nly4Tests9876543210zyxwvutsrqpon";

/// A base URL where nobody answers.
pub(crate) const NOWHERE: &str = "http://127.0.0.1:9/api";

/// How a run of the binary ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl Finished {
    /// Everything that was printed.
    pub(crate) fn printed(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Checks the exit code, and shows what was printed if it is another.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Checks that a text was printed.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.printed().contains(text), "{text:?} is not in:\n{}", self.printed());
        self
    }
}

/// The binary, with nothing of the surrounding CI system or shell in its environment.
pub(crate) struct Sproobo {
    command: Command,
}

impl Sproobo {
    pub(crate) fn new<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Self {
        Self::of(env!("CARGO_BIN_EXE_sproobo-deploy"), arguments)
    }

    fn of<I: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = I>) -> Self {
        let mut command = with_default_signals(program);
        command
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for kept in ["PATH", "HOME", "SYSTEMROOT", "TMPDIR"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        Self { command }
    }

    /// The same by way of a shell that first does `before`.
    #[cfg(unix)]
    pub(crate) fn after<I: AsRef<OsStr>>(before: &str, arguments: impl IntoIterator<Item = I>) -> Self {
        let script = format!("{before}; exec \"$0\" \"$@\"");
        let mut shell = Self::of("/bin/sh", ["-c", &script, env!("CARGO_BIN_EXE_sproobo-deploy")]);
        shell.command.args(arguments);
        shell
    }

    pub(crate) fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn key(self) -> Self {
        self.env("SPROOBO_API_KEY", KEY)
    }

    /// Has it write what later steps read into this folder: `output` and `summary`, which are there as on GitHub, `dotenv`
    /// and `state`.
    pub(crate) fn results_in(self, folder: &Path) -> Self {
        let path = |name: &str| folder.join(name);
        for name in ["output", "summary"] {
            std::fs::write(path(name), "").unwrap();
        }
        self.env("SPROOBO_DOTENV", path("dotenv"))
            .env("SPROOBO_STATE_FILE", path("state"))
            .env("GITHUB_OUTPUT", path("output"))
            .env("GITHUB_STEP_SUMMARY", path("summary"))
    }

    pub(crate) fn current_dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn stdin(mut self, stdin: impl Into<Stdio>) -> Self {
        self.command.stdin(stdin);
        self
    }

    /// The same with `>&-`.
    #[cfg(unix)]
    pub(crate) fn closed_stdout(self) -> Self {
        let mut command = Command::new("sh");
        command
            .args(["-c", "exec \"$0\" \"$@\" >&-"])
            .arg(self.command.get_program())
            .args(self.command.get_args())
            .env_clear()
            .envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        Self { command }
    }

    pub(crate) fn spawn(mut self) -> Running {
        Running {
            begun: Instant::now(),
            child: self.command.spawn().expect("the binary starts"),
        }
    }

    pub(crate) fn run(self) -> Finished {
        self.spawn().finish()
    }
}

/// A command that finds SIGHUP as a terminal leaves it. `nohup` and its like have it ignored, in all that they start too,
/// and the binary takes that as the wish it is; the tests that send one are about the other case.
fn with_default_signals(program: &str) -> Command {
    if !is_hangup_ignored() {
        return Command::new(program);
    }
    const RESET: &str = "--default-signal=HUP";
    let mut command = Command::new("/usr/bin/env");
    assert!(
        command
            .args([RESET, "true"])
            .output()
            .is_ok_and(|run| run.status.success()),
        "SIGHUP is ignored here, as under `nohup`, and this system's `env` can't undo it: start the tests without `nohup`"
    );
    let mut command = Command::new("/usr/bin/env");
    command.args([RESET, program]);
    command
}

/// Whether whoever started the tests has SIGHUP ignored; Linux alone tells.
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() & 1 != 0)
}

/// The binary while it runs; killed if the test gives up on it.
pub(crate) struct Running {
    child: Child,
    begun: Instant,
}

impl Running {
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: nix::sys::signal::Signal) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).expect("a pid"));
        nix::sys::signal::kill(pid, signal).expect("the process is there");
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Waits for the end: the tests' own guard against a hang is a minute.
    pub(crate) fn finish(mut self) -> Finished {
        let mut stdout = self.child.stdout.take();
        let mut stderr = self.child.stderr.take();
        let read = |source: Option<Box<dyn std::io::Read + Send>>| {
            std::thread::spawn(move || {
                let mut text = Vec::new();
                if let Some(mut source) = source {
                    source.read_to_end(&mut text).expect("the output can be read");
                }
                String::from_utf8_lossy(&text).into_owned()
            })
        };
        let stdout = read(stdout.take().map(|pipe| Box::new(pipe) as _));
        let stderr = read(stderr.take().map(|pipe| Box::new(pipe) as _));
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the process can be waited for") {
                break status;
            }
            assert!(self.begun.elapsed() < Duration::from_secs(60), "the binary hangs");
            std::thread::sleep(Duration::from_millis(5));
        };
        let took = self.begun.elapsed();
        Finished {
            code: status.code().unwrap_or(-1),
            stdout: stdout.join().expect("the reader ends"),
            stderr: stderr.join().expect("the reader ends"),
            took,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
