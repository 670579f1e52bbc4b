//! The preflight: what a deploy needs, checked by reading alone, one line each with its fix.

mod answers;
mod check;
mod history;
mod ports;
mod remote;

pub use check::exit_code;
pub use ports::{Preflight, Reading};
pub use remote::check_api;
