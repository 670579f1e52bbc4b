//! What the tests share.

pub(crate) mod raw_server;
pub(crate) mod runner;
