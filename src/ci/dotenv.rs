//! GitLab's dotenv report (gitlabhq, parse_dotenv_artifact_service.rb). One bad line and GitLab refuses
//! the whole file, so nothing is written that it would not take.

use std::io;
use std::path::Path;

use crate::file::{self, Readers};
use crate::sanitize;

/// The parser refuses files of this many bytes or more (its default; an instance may set another).
const LIMIT_BYTES: usize = 5 * 1024;

/// Writes the variables, whose keys are ours, to the file, replacing it at once as a whole. A value becomes one line without
/// surrounding white space, and its `$` are doubled, since GitLab expands variables in it.
///
/// # Errors
/// What GitLab would refuse (nothing is written then), or a failed write.
pub fn write<V: AsRef<str>>(path: &Path, variables: &[(&str, V)]) -> io::Result<()> {
    let text = format(variables).map_err(|problem| io::Error::new(io::ErrorKind::InvalidInput, problem))?;
    file::replace(path, text.as_bytes(), Readers::Umask)
}

fn format<V: AsRef<str>>(variables: &[(&str, V)]) -> Result<String, String> {
    let lines = variables.iter().map(|(key, value)| {
        let value = sanitize::line(value.as_ref()).replace('$', "$$");
        format!("{key}={value}\n")
    });
    let text: String = lines.collect();
    if text.len() >= LIMIT_BYTES {
        return Err(format!("a dotenv report has to stay under {LIMIT_BYTES} bytes"));
    }
    Ok(text)
}
