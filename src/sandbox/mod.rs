//! The embedded Sproobo: an HTTP server on loopback that speaks the *assumed* default contract, keeps the
//! documented semantics of API keys, and rehearses good and bad ends of a deployment. Nothing is deployed.
//!
//! It lives in memory, is bounded in all that it stores, and runs on the caller's tokio runtime. All of its
//! time derives from tokio's clock at the moment of a request: no background work, and a paused clock drives it.
//!
//! One request goes `server` (HTTP, loopback guard) → `simulator` (route, key, handler) → `site`, `keys` or
//! `pages`. What a deployment does over time is a `script`, made once when it is created.

mod deployment;
mod faults;
mod keys;
mod options;
mod pages;
mod reply;
mod request;
mod script;
mod server;
mod simulator;
mod site;

pub use options::{Options, Pace, Scenario};
pub use server::{Sandbox, StartError, start};
pub use simulator::Recorded;
