//! What the checks come to.

use crate::error::ExitCode;
use crate::event::{Check, CheckOutcome};

/// The code of the first check that failed.
pub fn exit_code(checks: &[Check]) -> ExitCode {
    checks
        .iter()
        .find_map(|check| match check.outcome {
            CheckOutcome::Failed { code, .. } => Some(code),
            CheckOutcome::Passed(_) | CheckOutcome::Warned { .. } | CheckOutcome::Skipped(_) => None,
        })
        .unwrap_or(ExitCode::Ok)
}
