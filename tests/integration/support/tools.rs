//! Programs that some tests need beside the binary. Where one is missing the test fails, with its name.

use std::path::Path;
use std::process::{Command, Output};

/// Runs it to its end.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| {
        panic!(
            "this test needs the program `{}`: {error}",
            command.get_program().display()
        )
    })
}

/// Runs git as a person without any configuration; what it printed, without the last line end.
#[track_caller]
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(folder);
    // A hook that runs the tests would have them work in its own repository.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            command.env_remove(name);
        }
    }
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    for setting in ["user.name=t", "user.email=t@example.com", "protocol.file.allow=always"] {
        command.args(["-c", setting]);
    }
    let done = run(command.args(arguments));
    assert!(
        done.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout).expect("UTF-8").trim_end().to_owned()
}

/// Makes a pipe that nobody reads or writes.
#[cfg(unix)]
#[track_caller]
pub(crate) fn pipe(path: &Path) {
    let made = run(Command::new("mkfifo").arg(path));
    assert!(
        made.status.success(),
        "mkfifo: {}",
        String::from_utf8_lossy(&made.stderr)
    );
}
