//! What the tests share.

pub(crate) mod rotation;
pub(crate) mod runner;
