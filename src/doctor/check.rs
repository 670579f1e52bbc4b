//! What the checks come to.

use crate::error::ExitCode;
use crate::model::{Check, Outcome};

/// The code of the first check that failed.
#[must_use]
pub fn exit_code(checks: &[Check]) -> ExitCode {
    checks
        .iter()
        .find_map(|check| match check.outcome {
            Outcome::Failed { code, .. } => Some(code),
            Outcome::Passed(_) | Outcome::Warned { .. } | Outcome::Skipped(_) => None,
        })
        .unwrap_or(ExitCode::Ok)
}
