//! Picks adapters and composes the commands.

mod adapters;
mod ancestry;
mod commands;
pub mod connection;
mod console;
mod dry_run;
mod entry;
mod face;
mod github_records;
pub mod input;
mod key_check;
mod key_stores;
mod options;
pub mod printer;
pub mod run;
mod selection;
mod setup;
mod signals;
mod source;
mod verbose;

pub use commands::contract::assumed;
pub use entry::main;
