//! GitHub: the dates and values of secrets, one issue, the order of commits, and the records of a deployment. Through
//! octocrab, on our own client.

mod author;
mod calls;
mod client;
mod comments;
mod compare;
mod deployments;
mod issues;
mod seal;
mod secrets;

pub use client::Client;
pub use deployments::{DeploymentState, DeploymentStatus, NewDeployment};
pub use seal::{BadPublicKey, seal};
