//! Behaviour, through the binary and the public API.

mod keys_age;
mod sandbox_api;
mod state_file;
mod support;
