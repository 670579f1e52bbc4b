//! One check of the preflight and what came of it.

use crate::error::ExitCode;

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckOutcome {
    /// In order; what was found.
    Passed(String),
    /// Works, but something is worth knowing.
    Warned { found: String, fix: String },
    /// A deploy would end with this code.
    Failed {
        found: String,
        fix: String,
        /// The code that a deploy would exit with.
        code: ExitCode,
    },
    /// Could not be looked at; why.
    Skipped(String),
}

/// A named check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked, in a word or two.
    pub name: &'static str,
    pub outcome: CheckOutcome,
}

impl Check {
    /// A check that passed.
    pub fn passed(name: &'static str, found: impl Into<String>) -> Self {
        let outcome = CheckOutcome::Passed(found.into());
        Self { name, outcome }
    }

    /// A check that passed with something to know.
    pub fn warned(name: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        let (found, fix) = (found.into(), fix.into());
        let outcome = CheckOutcome::Warned { found, fix };
        Self { name, outcome }
    }

    /// A check that failed.
    pub fn failed(name: &'static str, code: ExitCode, found: impl Into<String>, fix: impl Into<String>) -> Self {
        let (found, fix) = (found.into(), fix.into());
        let outcome = CheckOutcome::Failed { found, fix, code };
        Self { name, outcome }
    }

    /// A check that could not be made.
    pub fn skipped(name: &'static str, why: impl Into<String>) -> Self {
        let outcome = CheckOutcome::Skipped(why.into());
        Self { name, outcome }
    }

    /// Whether a deploy would fail by it.
    pub fn is_failed(&self) -> bool {
        matches!(self.outcome, CheckOutcome::Failed { .. })
    }

    /// The same with more advice behind what it has.
    #[must_use]
    pub fn with_more_to_do(mut self, more: &str) -> Self {
        if let CheckOutcome::Failed { fix, .. } | CheckOutcome::Warned { fix, .. } = &mut self.outcome {
            fix.push_str(more);
        }
        self
    }
}
