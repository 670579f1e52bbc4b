//! git, run as a program: the one place that spawns it.
//!
//! Every call has the same precautions (`command`): no pager, hook, prompt or lock, no program that the repository's
//! configuration names, none of our secrets in its environment, and it ends when it is no longer waited for.

mod command;
mod facts;

pub use command::{Git, Running, stopped};
pub use facts::{Head, Repository, path_of};
