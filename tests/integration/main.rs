//! Behaviour, through the binary and the public API.

mod advice;
mod answers;
mod ci_formats;
mod client;
mod contract;
mod contract_laws;
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
mod tls;
mod untrusted;
