//! Behaviour, through the binary and the public API.

mod sandbox_api;
mod support;
