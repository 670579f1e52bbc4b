//! The command line, and the only reader of the environment.

pub mod args;
pub mod ci;
pub mod deploy_args;
pub mod env;
pub mod keys_args;
mod parse;
pub mod values;

pub use parse::{Invocation, Refusal, parse};
