//! Behaviour, through the binary and the public API.

mod advice;
mod reports;
mod reports_console;
mod reports_files;
mod state_file;
mod support;
