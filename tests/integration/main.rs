//! Behaviour, through the binary and the public API.

mod advice;
mod ci_formats;
mod github_api;
mod gitlab_api;
mod keys_age;
mod redactor;
mod reports;
mod reports_console;
mod reports_files;
mod reports_secrets;
mod runner_model;
mod sandbox_api;
mod secrets;
mod state_file;
mod support;
mod untrusted;
