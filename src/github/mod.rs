//! GitHub, as far as keys go: the dates and values of secrets, and one issue. Through octocrab, on our own client.

mod client;
mod compare;
mod issues;
mod seal;
mod secrets;

pub use client::Client;
pub use issues::Issue;
pub use seal::{BadPublicKey, seal};
