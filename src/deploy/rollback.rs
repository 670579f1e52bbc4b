//! Returning to an earlier deployment.

use std::fmt::Display;

use crate::deploy::lookup::history;
use crate::deploy::site::SiteRun;
use crate::deploy::start::wait_for_end;
use crate::deploy::start::{StartRequest, StartState, Starter};
use crate::deploy::target::{default_target, live, target_after_failure};
use crate::deploy::{OnConflict, Platform, Probe, new_token};
use crate::error::{Error, Phase};
use crate::event::{Commits, Rollback, SiteEvent};
use crate::model::{ClientToken, Deployment, DeploymentId, RunStatus, StatusClass};
use crate::watch::{self, Ended, Logs};

impl<P: Platform, V: Probe> SiteRun<'_, P, V> {
    /// The work of `rollback`.
    pub(super) async fn roll_back(&self, to: Option<&DeploymentId>, token: &ClientToken) -> Ended {
        let done = match to {
            Some(to) => self.roll_back_to(to, token).await,
            None => self.roll_back_by_default(token).await,
        };
        done.unwrap_or_else(|error| Err(error).into())
    }

    async fn roll_back_to(&self, to: &DeploymentId, token: &ClientToken) -> Result<Ended, Error> {
        self.tracker.emit(SiteEvent::RollingBack {
            to: to.clone(),
            commits: None,
        });
        let commit = self.commit_to_name(to).await?;
        let commit = commit.as_deref();
        let request = StartRequest::Rollback { to, commit, token };
        Ok(self.start_and_wait(request, None).await)
    }

    async fn roll_back_by_default(&self, token: &ClientToken) -> Result<Ended, Error> {
        let (history, target, commits) = self.default_target().await?;
        let (to, commit) = (&target.id, target.commit.as_deref());
        self.tracker.emit(SiteEvent::RollingBack {
            to: to.clone(),
            commits,
        });
        let request = StartRequest::Rollback { to, commit, token };
        Ok(self.start_and_wait(request, Some(&history)).await)
    }

    /// The commit of this deployment, where the API's rollback has to name it.
    async fn commit_to_name(&self, to: &DeploymentId) -> Result<Option<String>, Error> {
        if !self.context.platform.rolls_back_by_commit() {
            return Ok(None);
        }
        let limit = self.options.watch.request_timeout.min(self.tracker.deadline().left());
        let target = watch::read(self.context.platform, self.tracker.site(), to, limit).await;
        let target = target.map_err(|source| Error::api("could not read what to return to", source))?;
        if target.commit.is_none() {
            return Err(Error::NothingFits {
                what: format!("deployment {to} shows no commit, and the rollback has to name one"),
            });
        }
        Ok(target.commit)
    }

    /// The history, the deployment to return to, and the commits of what is live and of that, once no other deployment
    /// of the site runs: how that ends may change the target.
    async fn default_target(&self) -> Result<(Vec<Deployment>, Deployment, Option<Commits>), Error> {
        loop {
            let history = self.history().await?;
            let running = history
                .iter()
                .find(|deployment| deployment.status == StatusClass::Running);
            let Some(running) = running.map(|deployment| deployment.id.clone()) else {
                let target = default_target(self.tracker.site(), &history)?.clone();
                let live_commit = live(&history).and_then(|live| live.commit.as_deref());
                let commits = live_commit.zip(target.commit.as_deref());
                let commits = commits.map(|(from, to)| Commits {
                    from: from.to_owned(),
                    to: to.to_owned(),
                });
                return Ok((history, target, commits));
            };
            if self.options.on_conflict == OnConflict::Fail {
                return Err(Error::Conflict { running: Some(running) });
            }
            self.tracker.emit(SiteEvent::Conflict {
                running: Some(running.clone()),
            });
            if !wait_for_end(self.context.platform, &self.tracker, &running, &self.options.watch).await? {
                return Err(self.tracker.deadline().timed_out(Phase::Conflict));
            }
        }
    }

    /// After a failure: returns to the newest earlier success; gives what came of it.
    pub(super) async fn return_to_earlier(&self) -> Rollback {
        let not_asked = |why: &dyn Display| Rollback::refused(format!("nothing was rolled back: {why}"));
        if self.tracker.deadline().has_passed() {
            return not_asked(&"the run's time was over");
        }
        let (history, target) = match self.target_after_failure().await {
            Ok(found) => found,
            Err(why) => return not_asked(&why),
        };
        let token = match new_token() {
            Ok(token) => token,
            Err(error) => return not_asked(&error),
        };
        let to = &target.id;
        self.tracker.emit(SiteEvent::RollingBack {
            to: to.clone(),
            commits: None,
        });
        let came_to = |status, outcome| Rollback {
            to: Some(to.clone()),
            status,
            outcome,
        };
        *self.rolling_back() = Some(came_to(
            RunStatus::Unknown,
            format!("a rollback to {to} (token {token}) was being asked for and may go on"),
        ));
        let tracker = self.tracker.muted();
        let request = StartRequest::Rollback {
            to,
            commit: target.commit.as_deref(),
            token: &token,
        };
        let state = StartState::default();
        let starter = Starter::new(self.context, &tracker, self.options, request, &state);
        let id = match starter.start(Some(&history)).await {
            Ok(id) => id,
            Err(error) => {
                let status = error.status(state.may_have_started());
                return came_to(status, format!("the rollback to {to}: {error}"));
            }
        };
        *self.rolling_back() = Some(came_to(
            RunStatus::Running,
            format!("the rollback to {to} by deployment {id} goes on"),
        ));
        let options = watch::Options {
            logs: Logs::Never,
            ..self.options.watch.clone()
        };
        let ended = watch::wait(self.context.platform, &tracker, &id, true, &options).await;
        match ended.end {
            Ok(status) => came_to(status, format!("rolled back to {to} by deployment {id}")),
            Err(error) => came_to(
                error.status(true),
                format!("the rollback to {to} by deployment {id} did not succeed: {error}"),
            ),
        }
    }

    async fn target_after_failure(&self) -> Result<(Vec<Deployment>, Deployment), String> {
        let Some(failed) = self.tracker.deployment() else {
            return Err("no deployment of ours is known".to_owned());
        };
        if self.start.is_by_commit() {
            return Err("the failed deployment was found by its commit alone, so it may be somebody else's".to_owned());
        }
        let history = self.history().await.map_err(|error| error.to_string())?;
        let target = target_after_failure(&failed.id, &history)?.clone();
        Ok((history, target))
    }

    async fn history(&self) -> Result<Vec<Deployment>, Error> {
        history(self.context.platform, &self.tracker, &self.options.watch).await
    }
}
