//! Returning to an earlier deployment.

use std::sync::atomic::AtomicBool;

use crate::deploy::lookup::history;
use crate::deploy::site::SiteRun;
use crate::deploy::start::{StartRequest, Starter};
use crate::deploy::target::{default_target, target_after_failure};
use crate::deploy::{Platform, Probe, new_token};
use crate::error::Error;
use crate::event::SiteEvent;
use crate::model::{ClientToken, Deployment, DeploymentId};
use crate::watch::{self, Ended, Logs};

impl<P: Platform, V: Probe> SiteRun<'_, P, V> {
    /// The work of `rollback`.
    pub(super) async fn roll_back(&self, to: Option<&DeploymentId>, token: &ClientToken) -> Ended {
        if let Some(to) = to {
            return self.ask_for(to, None, token).await;
        }
        match self
            .history()
            .await
            .and_then(|history| default_target(self.tracker.site(), &history).cloned())
        {
            Ok(target) => self.ask_for(&target.id, target.commit.as_deref(), token).await,
            Err(error) => Err(error).into(),
        }
    }

    async fn ask_for(&self, to: &DeploymentId, commit: Option<&str>, token: &ClientToken) -> Ended {
        self.tracker.emit(SiteEvent::RollingBack { to: to.clone() });
        self.start_and_wait(StartRequest::Rollback { to, commit, token }).await
    }

    /// After a failure: returns to the newest earlier success; gives what came of it, as a sentence.
    pub(super) async fn return_to_earlier(&self) -> String {
        let target = match self.target_after_failure().await {
            Ok(target) => target,
            Err(why) => return format!("nothing was rolled back: {why}"),
        };
        let token = match new_token() {
            Ok(token) => token,
            Err(error) => return format!("nothing was rolled back: {error}"),
        };
        let to = &target.id;
        self.tracker.emit(SiteEvent::RollingBack { to: to.clone() });
        *self.rolling_back() = Some(format!(
            "a rollback to {to} (token {token}) was being asked for and may go on"
        ));
        let tracker = self.tracker.muted();
        let request = StartRequest::Rollback {
            to,
            commit: target.commit.as_deref(),
            token: &token,
        };
        let may_have_started = AtomicBool::new(false);
        let starter = Starter::new(
            self.context.platform,
            &tracker,
            self.options,
            request,
            &may_have_started,
        );
        let id = match starter.start().await {
            Ok(id) => id,
            Err(error) => return format!("the rollback to {to}: {error}"),
        };
        *self.rolling_back() = Some(format!("the rollback to {to} by deployment {id} goes on"));
        let options = watch::Options {
            logs: Logs::Never,
            ..self.options.watch.clone()
        };
        let ended = watch::wait(self.context.platform, &tracker, &id, true, &options).await;
        match ended.end {
            Ok(_) => format!("rolled back to {to} by deployment {id}"),
            Err(error) => format!("the rollback to {to} by deployment {id} did not succeed: {error}"),
        }
    }

    async fn target_after_failure(&self) -> Result<Deployment, String> {
        let Some(failed) = self.tracker.deployment() else {
            return Err("no deployment of ours is known".to_owned());
        };
        let history = self.history().await.map_err(|error| error.to_string())?;
        target_after_failure(&failed.id, &history).cloned()
    }

    async fn history(&self) -> Result<Vec<Deployment>, Error> {
        history(self.context.platform, &self.tracker, &self.options.watch).await
    }
}
