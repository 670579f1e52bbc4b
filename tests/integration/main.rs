//! Behaviour, through the binary and the public API.

mod keys_age;
mod state_file;
mod support;
