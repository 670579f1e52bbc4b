//! Reporters turn events into output; they alone print.
//!
//! The [`Dispatcher`] takes the events: it writes files (outputs, dotenv, summary) at once, and hands the rest to the
//! console's own thread, so that a blocked stdout delays nothing.

mod ci_log;
mod columns;
mod comment;
mod console;
mod dispatch;
mod files;
mod fitted;
mod format;
mod github;
mod gitlab;
mod json;
mod logs;
mod markdown;
mod narrate;
mod outputs;
mod plain;
mod progress;
mod results;
mod sections;
mod summary;
pub mod table;
mod texts;
mod time_line;
mod tty;

pub use comment::{comment_at_end, comment_marker, comment_under_way};
pub use console::{Reporter, Streams};
pub use dispatch::{BEGINNING, Dispatcher};
pub use files::{FileReports, Paths};
pub use github::{Github, add_mask};
pub use gitlab::Gitlab;
pub use json::{Json, line as json_line};
pub use outputs::Outputs;
pub use plain::Plain;
pub use sections::RunLinks;
pub use summary::{Summary, SummaryWhen};
pub use texts::{ending, status_text};
pub use tty::{Tty, restore_terminal};
