//! What the tests share.

pub(crate) mod cli;
pub(crate) mod demo;
pub(crate) mod fake_platform;
pub(crate) mod outside;
pub(crate) mod raw_server;
pub(crate) mod report;
pub(crate) mod rotation;
pub(crate) mod runner;
pub(crate) mod server;
pub(crate) mod simulation;
pub(crate) mod world;
