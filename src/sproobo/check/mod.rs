//! What can be wrong with a contract file: everything at once, each with its place and what was expected there.

mod document;
mod duplicates;
mod fields;
mod operations;
mod problem;

pub(super) use document::problems;
pub(super) use duplicates::parse;
pub use problem::Problem;
