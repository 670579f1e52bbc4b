//! Programs that some tests need beside the binary. Where one is missing the test fails, with its name.

use std::ffi::OsString;
use std::fs::File;
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

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

/// Writes a shell script that can be started.
#[track_caller]
pub(crate) fn script(file: &Path, text: &str) {
    std::fs::write(file, format!("#!/bin/sh\n{text}\n")).expect("its folder is there");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
}

/// `PATH` with this folder before what is there.
pub(crate) fn path_with(first: impl AsRef<Path>) -> OsString {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(first.as_ref().to_owned()).chain(std::env::split_paths(&rest));
    std::env::join_paths(folders).expect("no folder has the separator in its name")
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

/// Opens a pipe for writing, once there is somebody to read from it; what does not fit at once is an error.
#[cfg(unix)]
#[track_caller]
pub(crate) fn held_open(pipe: &Path) -> File {
    let begun = Instant::now();
    loop {
        match File::options().write(true).custom_flags(libc::O_NONBLOCK).open(pipe) {
            Ok(file) => return file,
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(30), "nobody reads: {error}"),
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A pipe that is full, for whoever writes to it as a plain file: its reader, and the writer.
#[cfg(unix)]
#[track_caller]
pub(crate) fn full_pipe(path: &Path) -> (File, File) {
    use std::io::Write as _;
    pipe(path);
    let reader = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path);
    let mut filler = held_open(path);
    while filler.write_all(&[b'.'; 512]).is_ok() {}
    let writer = File::options().write(true).open(path);
    (reader.expect("it can be read"), writer.expect("it can be written"))
}

/// Waits until there is such a file.
#[track_caller]
pub(crate) fn wait_for_file(path: &Path) {
    let begun = Instant::now();
    while !path.exists() {
        assert!(begun.elapsed() < Duration::from_secs(30), "no {}", path.display());
        std::thread::sleep(Duration::from_millis(2));
    }
}
