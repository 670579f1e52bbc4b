//! Behaviour, through the binary and the public API.

mod answers;
mod client;
mod contract;
mod contract_laws;
mod state_file;
mod support;
mod tls;
