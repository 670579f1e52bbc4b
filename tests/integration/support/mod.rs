//! What the tests share, and which to take for what:
//! - a rule alone: [`world::World`] around a platform in memory, on tokio's paused clock ([`rotation::Fake`] for a rotation);
//! - a client alone, and any answer that no library would send: a scripted [`server::Server`];
//! - rules and client together: [`simulation::simulate`] against such a server. Waits cost nothing;
//! - the process: [`cli::Sproobo`], which clears the environment, with `--sandbox` or against a server. [`demo`] has the
//!   paths and replies of the site `demo`;
//! - the process with keys, GitHub and GitLab: [`outside::Outside`], which remembers what it was sent;
//! - what is printed: events made by hand in [`report`], read by models of the CI runners in [`runner`];
//! - git and other programs: [`tools`], so that one that is missing fails the test with its name.
//!
//! HTTP is faked in two ways alone: a `Server` does what its script says, the sandbox does what Sproobo would.
//! Nothing may hang on how busy the machine is: wait for what happens (`wait_for`), not for a time.

pub(crate) mod cli;
pub(crate) mod demo;
pub(crate) mod fake_platform;
pub(crate) mod outside;
pub(crate) mod report;
pub(crate) mod rotation;
pub(crate) mod runner;
pub(crate) mod server;
pub(crate) mod simulation;
pub(crate) mod tools;
pub(crate) mod world;
