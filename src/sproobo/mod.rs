//! Sproobo's API as data: the contract, and the client that follows it.
//!
//! Sproobo publishes no paths, fields or status words, so all of them are in one JSON document with a built-in
//! default that is *assumed*, and that a user's file can correct without a release.

mod check;
mod client;
mod contract;
mod merge;
mod operation;
mod read;
mod reply;
mod statuses;
mod template;

pub use client::Client;
pub use contract::Contract;
pub use operation::{Call, Operation, Unusable};
pub use template::Values;

use crate::sanitize;

/// One thing that is wrong with a contract file. Safe to print.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {expected}", if .path.is_empty() { "the contract" } else { .path.as_str() })]
pub struct Problem {
    /// Where, as a JSON pointer; empty for the whole file.
    pub path: String,
    /// What was expected there.
    pub expected: String,
}

impl Problem {
    fn new(path: impl AsRef<str>, expected: impl AsRef<str>) -> Self {
        // The file lies in a checkout, so what it holds is data from outside.
        Self {
            path: sanitize::line(path.as_ref()).into_owned(),
            expected: sanitize::line(expected.as_ref()).into_owned(),
        }
    }
}
