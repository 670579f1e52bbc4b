//! GitLab's dotenv report (gitlabhq, parse_dotenv_artifact_service.rb). One bad line and GitLab refuses
//! the whole file, so nothing is written that it would not take.

use std::io;
use std::path::Path;

use crate::file::{self, Readers};
use crate::sanitize;

/// The parser refuses files of this many bytes or more (its default; an instance may set another).
const LIMIT_BYTES: usize = 5 * 1024;

/// The most variables that a self-managed GitLab takes by default.
const LIMIT_VARIABLES: usize = 20;

/// The longest key that GitLab takes.
const LIMIT_KEY: usize = 255;

/// Writes the variables to the file, replacing it at once as a whole. A value becomes one line without
/// surrounding white space, and its `$` are doubled, since GitLab expands variables in it.
///
/// # Errors
/// What GitLab would refuse (nothing is written then), or a failed write.
pub fn write<V: AsRef<str>>(path: &Path, variables: &[(&str, V)]) -> io::Result<()> {
    let text = format(variables).map_err(|problem| io::Error::new(io::ErrorKind::InvalidInput, problem))?;
    file::replace(path, text.as_bytes(), Readers::Umask)
}

fn format<V: AsRef<str>>(variables: &[(&str, V)]) -> Result<String, String> {
    if variables.len() > LIMIT_VARIABLES {
        return Err(format!(
            "a dotenv report can't have more than {LIMIT_VARIABLES} variables"
        ));
    }
    let mut text = String::new();
    for (key, value) in variables {
        if !is_key(key) {
            return Err(format!("`{key}` can't be a variable of a dotenv report"));
        }
        let value = sanitize::line(value.as_ref()).replace('$', "$$");
        text.push_str(&format!("{key}={value}\n"));
    }
    if text.len() >= LIMIT_BYTES {
        return Err(format!("a dotenv report has to stay under {LIMIT_BYTES} bytes"));
    }
    Ok(text)
}

fn is_key(key: &str) -> bool {
    (1..=LIMIT_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
