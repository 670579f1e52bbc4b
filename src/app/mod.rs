//! Picks adapters and composes the commands.

mod adapters;
mod commands;
mod console;
mod dry_run;
mod entry;
mod key_check;
mod key_stores;
mod options;
mod run;
mod setup;
mod signals;
mod source;
mod targets;
mod verbose;

pub use entry::main;
