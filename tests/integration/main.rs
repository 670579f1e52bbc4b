//! Behaviour, through the binary and the public API.

mod ci_formats;
mod github_api;
mod gitlab_api;
mod keys_age;
mod keys_hunt;
mod keys_lifecycle;
mod keys_rotate;
mod keys_scan;
mod keys_store;
mod redactor;
mod runner_model;
mod secrets;
mod support;
mod untrusted;
