//! Picks adapters and composes the commands.

mod commands;
mod console;
mod contract;
mod deploy;
mod diagnose;
mod entry;
mod follow;
mod forge;
mod git;
mod inspect;
mod keys;
mod options;
mod plan;
mod platform;
mod rehearse;
mod scan;
mod setup;
mod signals;
mod source;
mod verbose;

pub use entry::main;
