//! Trigger a deployment on Sproobo from CI, wait for its true verdict, and keep the API key out of every log.
//!
//! `docs/ARCHITECTURE.md` walks one deploy through these modules. Imports go downward only:
//! rules (`deploy`, `watch`, `keys`, `doctor`) know adapters only through traits that they define.

pub mod app;
pub mod browser;
pub mod ci;
pub mod cli;
pub mod deploy;
pub mod doctor;
pub mod error;
pub mod event;
pub mod file;
pub mod git;
pub mod github;
pub mod gitlab;
pub mod http;
pub mod keys;
pub mod learn;
pub mod model;
pub mod program;
pub mod redact;
pub mod report;
pub mod sandbox;
pub mod sanitize;
pub mod scan;
pub mod secret;
pub mod sproobo;
pub mod state;
pub mod watch;
