//! Behaviour, through the binary and the public API.

mod github_api;
mod gitlab_api;
mod keys_age;
mod sandbox_api;
mod state_file;
mod support;
