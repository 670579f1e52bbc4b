//! What the tests share.

pub(crate) mod report;
pub(crate) mod runner;
