//! Behaviour, through the binary and the public API.
#![expect(
    clippy::unwrap_used,
    reason = "what is missing in a test fails it; clippy exempts test functions only"
)]

mod advice;
mod answers;
mod architecture;
mod ci_formats;
mod client;
mod command_line;
mod conflict;
mod contract;
mod contract_laws;
mod deploy;
mod exactly_once;
mod exfiltration;
mod github_api;
mod gitlab_api;
mod interrupts;
mod keys_age;
mod keys_commands;
mod keys_hunt;
mod keys_lifecycle;
mod keys_rotate;
mod keys_scan;
mod keys_store;
mod leaks;
mod leaks_ways;
mod lookup;
mod pace;
mod patience;
mod preflight;
mod proof;
mod redactor;
mod refused_usage;
mod reports;
mod reports_console;
mod reports_files;
mod reports_secrets;
mod resume;
mod robust;
mod rollback;
mod runner_model;
mod sandbox_api;
mod secrets;
mod signals;
mod state_file;
mod support;
mod tls;
mod trigger;
mod untrusted;
mod verbose;
mod verdict;
mod wait;
