//! What a deployment is, as plain values: no I/O, no clock, no rendering.

mod commit;
mod deployment;
mod human;
mod id;
mod issue;
mod key;
pub(crate) mod moment;
mod page;
mod run;
mod sort;
mod words;

pub use commit::{is_commit_hash, same_commit};
pub use deployment::{Deployment, Health, Known, LogLine, LogPage, Site, StatusClass, normal_word};
pub use human::{Age, Human};
pub use id::{ApiKeyId, ClientToken, DeploymentId, InvalidId, SiteId};
pub use issue::Issue;
pub use key::{AgeSource, ApiKeyInfo, KeyAge, KeyRow};
pub(crate) use page::may_be_a_page;
pub use page::{Listed, Rest};
pub use run::{EarlyExit, Priority, RunStatus, Signal, SiteState, Start, TimeLimit, TriggerRequest};
pub(crate) use sort::sort_by;
pub(crate) use words::name_parts;
