//! Every way a run can end other than well, its exit code, and what to do next.
//!
//! The exit codes are public API: scripts and `allow_failure: exit_codes:` depend on them.

mod api;
mod code;
mod next;
mod run;
mod subject;
mod transport;

pub use api::{ApiError, Destination, ErrorReply};
pub use code::ExitCode;
pub use run::{CancelOutcome, Error, Phase};
pub use subject::{Purpose, Subject};
pub use transport::Transport;
