//! What the tests share.

pub(crate) mod fake_platform;
pub(crate) mod world;
