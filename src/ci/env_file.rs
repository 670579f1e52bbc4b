//! Records for the files behind `GITHUB_OUTPUT`, `GITHUB_ENV` and `GITHUB_STATE`
//! (actions/runner, FileCommandManager.cs).

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Appends records to a file that the runner has made, all of them in one write. For a name that is
/// there already the new value counts.
///
/// # Errors
/// A name that the runner would not take (nothing is written then), a missing file, or a failed write.
pub fn append(path: &Path, records: &[(&str, &str)]) -> io::Result<()> {
    if let Some((name, _)) = records.iter().find(|(name, _)| !is_name(name)) {
        let problem = format!("`{name}` can't be the name of an output");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    let mut file = OpenOptions::new().read(true).append(true).open(path)?;
    let mut text = String::new();
    if !ends_a_line(&mut file)? {
        text.push('\n');
    }
    for (name, value) in records {
        let delimiter = delimiter(value);
        text.push_str(&format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"));
    }
    file.write_all(text.as_bytes())
}

/// Whether what is appended to the file begins a line. Another command of the same step may have left
/// its last line open.
pub(super) fn ends_a_line(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// A fresh one a record, so that no value can end its record early.
fn delimiter(value: &str) -> String {
    loop {
        let delimiter = format!("sproobo_{:032x}", fastrand::u128(..));
        if !value.contains(&delimiter) {
            return delimiter;
        }
    }
}
