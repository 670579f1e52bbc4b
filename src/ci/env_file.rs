//! Records for the files behind `GITHUB_OUTPUT`, `GITHUB_ENV` and `GITHUB_STATE`
//! (actions/runner, FileCommandManager.cs).

use std::io;
use std::path::Path;

use crate::file::Appender;

/// Appends records, whose names are ours, to a file that the runner has made, all of them in one write. For a name that is
/// there already the new value counts.
///
/// # Errors
/// A missing file, or a failed write.
pub fn append<V: AsRef<str>>(path: &Path, records: &[(&str, V)]) -> io::Result<()> {
    let mut text = String::new();
    for (name, value) in records {
        let value = value.as_ref();
        let delimiter = delimiter(value);
        text.push_str(&format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"));
    }
    Appender::open(path)?.append(&text)
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
