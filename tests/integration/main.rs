//! Behaviour, through the binary and the public API.

mod github_api;
mod gitlab_api;
mod keys_age;
mod support;
