//! What CI runners understand: workflow commands, env files and the job summary of GitHub, sections and
//! dotenv reports of GitLab. Formatting, and writing to files whose paths the caller gives.
//!
//! Values are written as they are given: whoever calls has redacted and sanitized what came from outside.

pub mod commands;
pub mod dotenv;
pub mod env_file;
pub mod sections;
pub mod summary_file;

pub use commands::guard_line;
