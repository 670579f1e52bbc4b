//! The preflight: what a deploy needs, checked with GET requests alone, one line each with its fix.

mod check;
mod remote;

pub use check::exit_code;
pub use remote::{Preflight, check_api};
