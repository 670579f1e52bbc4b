//! The command line, and the only reader of the environment.

pub mod args;
pub mod ci;
mod ci_systems;
pub mod deploy_args;
pub mod env;
pub mod github_args;
mod hints;
mod inputs;
pub mod keys_args;
mod names;
mod parse;
pub mod shared_args;
pub mod tested;
mod unknown;
pub mod values;

pub use hints::Hints;
pub use parse::{Invocation, Refusal, parse};
