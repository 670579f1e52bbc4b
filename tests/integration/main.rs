//! Behaviour, through the binary and the public API.

mod ci_formats;
mod redactor;
mod runner_model;
mod secrets;
mod support;
mod untrusted;
