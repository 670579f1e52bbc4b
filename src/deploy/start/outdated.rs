//! `--on-outdated`: whether the commit to deploy is older than what is live or under way.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::timeout;

use crate::deploy::lookup::look_first;
use crate::deploy::start::Starter;
use crate::deploy::target::live;
use crate::deploy::{OnOutdated, Platform};
use crate::error::Error;
use crate::event::Note;
use crate::model::{Deployment, StatusClass, is_commit_hash, same_commit};

/// How long the question may hold up a deployment: a checkout on a slow disk, or a slow code host.
const ASKED_WITHIN: Duration = Duration::from_secs(10);

/// The commits that ours has been compared with.
#[derive(Default)]
pub(super) struct Compared(HashSet<String>);

impl<P: Platform> Starter<'_, P> {
    /// Compares our commit with what this list of the site's deployments shows.
    ///
    /// # Errors
    /// [`Error::Outdated`], unless it is to be deployed all the same: then that is a warning. After a loss
    /// [`Error::ReplyLost`], since then something may have been started.
    pub(super) async fn refuse_outdated(&mut self, list: &[Deployment]) -> Result<(), Error> {
        let Some(ours) = self.request.triggers().filter(|commit| is_commit_hash(commit)) else {
            return Ok(());
        };
        // An unknown word may mean anything, and is no reason to hold a deployment back.
        let is_under_way = |item: &&Deployment| !item.has_ended() && item.status != StatusClass::Unknown;
        let under_way = list.iter().filter(is_under_way);
        for other in under_way.chain(live(list)) {
            let Some(theirs) = other.commit.as_deref().filter(|commit| is_commit_hash(commit)) else {
                continue;
            };
            if same_commit(ours, theirs) || !self.compared.0.insert(theirs.to_owned()) {
                continue;
            }
            let asked = ASKED_WITHIN.min(self.tracker.deadline().left());
            let is_older = timeout(asked, self.ancestry.is_ancestor(ours, theirs)).await;
            if is_older != Ok(Some(true)) {
                log::debug!("whether {ours} is older than {theirs}: {is_older:?}");
                continue;
            }
            let outdated = Error::Outdated {
                commit: ours.to_owned(),
                newer: theirs.to_owned(),
                deployment: other.id.clone(),
                is_live: other.has_ended(),
            };
            match self.options.on_outdated {
                OnOutdated::Proceed => {
                    let text = format!(
                        "{outdated}; it is deployed all the same: `--on-outdated skip` (exit code 0) or `fail` (6) \
                         would not"
                    );
                    self.tracker.note(Note::warning("An older commit is deployed", text));
                    return Ok(());
                }
                OnOutdated::Skip | OnOutdated::Fail if self.lookup.lost().is_some() => {
                    return Err(self.lookup.given_up(format!(
                        "no deployment of it was found; it is not sent again, since {outdated}"
                    )));
                }
                OnOutdated::Skip | OnOutdated::Fail => return Err(outdated),
            }
        }
        Ok(())
    }

    /// The same after other deployments had the site: they may have brought a newer commit.
    ///
    /// # Errors
    /// As [`refuse_outdated`](Self::refuse_outdated).
    pub(super) async fn refuse_outdated_by_now(&mut self) -> Result<(), Error> {
        if self.request.triggers().is_none() {
            return Ok(());
        }
        match look_first(self.platform, self.tracker).await {
            Some(list) => self.refuse_outdated(&list).await,
            None => Ok(()),
        }
    }
}
