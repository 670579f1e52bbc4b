//! Where a program is that we start by its name.
//!
//! We run in checkouts that nobody vouches for. An entry of `PATH` that is empty, `.` or relative means whatever lies
//! there, and Windows looks beside our own file and in its system's folders before `PATH`. So the operating system never
//! searches for us.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// What is searched where there is no `PATH` at all.
const WITHOUT_PATH: &str = if cfg!(windows) { "" } else { "/usr/bin:/bin" };

/// A program, and where it may look for others in turn.
#[derive(Debug)]
pub struct Program {
    /// Its file, by its whole path.
    pub file: PathBuf,
    /// The `PATH` for it: ours without the entries that depend on the current folder.
    pub path: OsString,
}

/// Finds a program in the folders of `PATH` that are given by their whole path.
///
/// # Errors
/// [`io::ErrorKind::NotFound`] when it is in none of them, in words that say whether others were left out.
pub fn find(name: &str) -> io::Result<Program> {
    let path = env::var_os("PATH").unwrap_or_else(|| WITHOUT_PATH.into());
    let (whole, relative): (Vec<_>, Vec<_>) = env::split_paths(&path).partition(|folder| folder.is_absolute());
    let file_name = format!("{name}{}", env::consts::EXE_SUFFIX);
    let found = whole.iter().map(|folder| folder.join(&file_name));
    let Some(file) = found.into_iter().find(|file| is_program(file)) else {
        let left_out = match relative.len() {
            0 => "",
            _ => "; its relative and empty entries are not searched",
        };
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!("{name} is in no folder of PATH{left_out}"),
        ));
    };
    let path = env::join_paths(whole).map_err(io::Error::other)?;
    Ok(Program { file, path })
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    const ANYBODY_RUNS_IT: u32 = 0o111;
    file.metadata()
        .is_ok_and(|about| about.is_file() && about.permissions().mode() & ANYBODY_RUNS_IT != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}
