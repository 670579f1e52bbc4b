//! Behaviour, through the binary and the public API.

mod state_file;
mod support;
