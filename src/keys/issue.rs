//! `keys check --issue`: one issue about a stale key, kept up to date, instead of one for each run.

use super::age::stale_warning;
use super::ports::Issues;
use crate::error::Error;
use crate::model::{Issue, KeyAge, moment};

/// Opens or updates the issue about a stale key; does nothing for a fresh one.
///
/// # Errors
/// What the adapter returns, usually [`Error::CodeHost`].
pub async fn report_stale(issues: &impl Issues, age: &KeyAge) -> Result<Option<Issue>, Error> {
    if !age.stale {
        return Ok(None);
    }
    let marker = marker(age);
    let name = age.name.as_deref().unwrap_or("in use");
    let title = format!("The Sproobo API key {name} is {} old: rotate it", age.told());
    let body = format!(
        "{}.\n\n- created: {} ({})\n- limit: {}\n\nThis issue is updated by every check that finds the key stale; \
         close it once the key is rotated.\n\n{marker}\n",
        stale_warning(age),
        moment::day(age.created_at),
        age.source,
        age.limit(),
    );
    issues.upsert(&marker, &title, &body).await.map(Some)
}

/// Invisible in the rendered issue. A new key has another prefix and so gets an issue of its own.
fn marker(age: &KeyAge) -> String {
    let which: String = age
        .prefix
        .iter()
        .flat_map(|prefix| prefix.chars())
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    format!("<!-- sproobo-deploy:stale-key:{which} -->")
}
