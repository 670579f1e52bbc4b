//! Which of two commits is the older one: by the checkout, else by the code host.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::connection::Connection;
use super::key_stores;
use super::setup::Setup;
use crate::deploy::Ancestry;
use crate::error::Error;
use crate::event::Mode;
use crate::git::Git;
use crate::{github, gitlab};

/// The checkout, and the code host where there is a token to ask it with: CI's usual checkout holds one commit.
pub(crate) struct History {
    checkout: Git,
    github: Option<github::Client>,
    gitlab: Option<gitlab::Client>,
}

impl History {
    /// A rehearsal's commits are made up, so no code host is asked about them.
    pub(crate) async fn new(
        setup: &Setup,
        connection: &Connection,
        github: Result<Option<github::Client>, Error>,
    ) -> Self {
        let is_real = connection.mode == Mode::Real;
        let gitlab = key_stores::gitlab(setup, &connection.http, None, None).await;
        Self {
            checkout: Git::here(),
            github: usable(github).filter(|_| is_real),
            gitlab: usable(gitlab).filter(|_| is_real),
        }
    }

    async fn look_up(&self, commit: &str, of: &str) -> Option<bool> {
        if let Some(known) = self.checkout.is_ancestor(commit, of).await {
            return Some(known);
        }
        if let Some(github) = &self.github {
            return usable(github.is_ancestor(commit, of).await.map(Some));
        }
        let gitlab = self.gitlab.as_ref()?;
        usable(gitlab.is_ancestor(commit, of).await.map(Some))
    }
}

/// What can't be asked only leaves the question open.
fn usable<T>(tried: Result<Option<T>, Error>) -> Option<T> {
    tried.unwrap_or_else(|error| {
        log::debug!("the order of commits can't be asked for: {error}");
        None
    })
}

impl Ancestry for History {
    fn is_ancestor<'a>(&'a self, commit: &'a str, of: &'a str) -> BoxFuture<'a, Option<bool>> {
        self.look_up(commit, of).boxed()
    }
}
