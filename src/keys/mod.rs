//! Everything about API keys: age, life cycle, rotation.
//!
//! The rules here see Sproobo, GitHub and GitLab only through the traits of [`ports`].

pub mod age;
pub mod beside;
mod doubt;
pub mod issue;
pub mod lifecycle;
mod listing;
pub mod ports;
pub mod revoke;
mod revoked;
pub mod rotate;
pub mod store;
