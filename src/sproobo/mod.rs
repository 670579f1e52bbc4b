//! Sproobo's API as data: the contract, and the client that follows it.
//!
//! Sproobo publishes no paths, fields or status words, so all of them are in one JSON document with a built-in
//! default that is *assumed*, and that a user's file can correct without a release.

mod budget;
mod check;
mod client;
mod contract;
mod document;
mod log_page;
mod logs;
mod member;
mod merge;
mod not_found;
mod operation;
mod pages;
mod path;
mod pointer;
mod read;
mod reply;
mod schema;
mod statuses;
mod template;
mod visit;

pub use budget::{MOST_PER_SECOND, RequestBudget};
pub use check::Problem;
pub use client::Client;
pub use contract::Contract;
pub use operation::{BodyAs, Call, Operation, Unusable};
pub use path::is_path;
pub use schema::schema;
pub use template::Values;
