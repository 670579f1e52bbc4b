//! The command line, and the only reader of the environment.

pub mod args;
pub mod ci;
mod ci_systems;
mod command;
pub mod deferred;
pub mod deploy_args;
pub mod env;
mod examples;
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

pub use command::{command, command_for_completions};
pub use hints::Hints;
pub use parse::{Invocation, Refusal, parse};
