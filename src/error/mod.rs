//! Every way a run can end other than well, its exit code, and what to do next.
//!
//! The exit codes are public API: scripts and `allow_failure: exit_codes:` depend on them.

mod api;
mod code;
mod key;
mod known;
mod next;
mod run;

pub use api::{ApiError, ErrorReply};
pub use code::ExitCode;
pub use key::KeyProblem;
pub use known::Known;
pub use run::{CancelOutcome, Error, Phase};
