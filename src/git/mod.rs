//! git, run as a program: the one place that spawns it.
//!
//! Checkouts are nobody's word. Every call has the same precautions (`command`): no pager, hook, prompt, lock or fetch, no
//! program that the repository's configuration names, nothing of the job in its environment (`environment`), and it ends
//! when it is no longer waited for.

mod command;
mod environment;
mod facts;

pub use command::{Git, Running, stopped};
pub use facts::{Head, Repository, path_of};
