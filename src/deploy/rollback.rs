//! Returning to an earlier deployment.

use std::sync::atomic::AtomicBool;

use tokio::time::{Instant, sleep_until};

use crate::deploy::site::{SiteRun, Work};
use crate::deploy::start::{Order, Starter};
use crate::deploy::target::{default_target, target_after_failure};
use crate::deploy::{Platform, Probe, new_token};
use crate::error::Error;
use crate::event::SiteEvent;
use crate::model::{ClientToken, Deployment, DeploymentId, StatusClass};
use crate::watch::outage::{self, Outage};
use crate::watch::{self, Logs, within};

/// How much history is searched for a target.
const HISTORY: u32 = 50;

impl<P: Platform, V: Probe> SiteRun<'_, P, V> {
    /// The work of `rollback`.
    pub(super) async fn roll_back(&self, to: Option<&DeploymentId>, token: &ClientToken) -> Work {
        let target = match to {
            Some(id) => Ok(Deployment::new(id.clone(), StatusClass::Succeeded, "")),
            None => self
                .history()
                .await
                .and_then(|history| default_target(self.tracker.site(), &history).cloned()),
        };
        let target = match target {
            Ok(target) => target,
            Err(error) => return error.into(),
        };
        self.tracker.emit(SiteEvent::RollingBack { to: target.id.clone() });
        self.start_and_wait(Order::Rollback { to: &target, token }).await
    }

    /// After a failure: returns to the newest earlier success; gives what came of it, as a sentence.
    pub(super) async fn return_to_earlier(&self) -> String {
        let Some(failed) = self.tracker.deployment() else {
            return "nothing was rolled back: no deployment of ours is known".to_owned();
        };
        let target = match self.history().await {
            Ok(history) => target_after_failure(&failed.id, &history).cloned(),
            Err(error) => Err(error.to_string()),
        };
        let (target, token) = match (target, new_token()) {
            (Ok(target), Ok(token)) => (target, token),
            (Err(why), _) => return format!("nothing was rolled back: {why}"),
            (_, Err(error)) => return format!("nothing was rolled back: {error}"),
        };
        self.tracker.emit(SiteEvent::RollingBack { to: target.id.clone() });
        *self.rolling_back() = Some(format!(
            "a rollback to {} (token {token}) was being asked for and may go on",
            target.id
        ));
        let tracker = self.tracker.muted();
        let starter = Starter {
            platform: self.context.platform,
            tracker: &tracker,
            order: Order::Rollback {
                to: &target,
                token: &token,
            },
            options: self.options,
            may_have_started: &AtomicBool::new(false),
        };
        let id = match starter.start().await {
            Ok(id) => id,
            Err(error) => return format!("the rollback to {}: {error}", target.id),
        };
        *self.rolling_back() = Some(format!("the rollback to {} by deployment {id} goes on", target.id));
        let options = watch::Options {
            logs: Logs::Never,
            ..self.options.watch.clone()
        };
        match watch::wait(self.context.platform, &tracker, &id, true, &options)
            .await
            .end
        {
            Ok(()) => format!("rolled back to {} by deployment {id}", target.id),
            Err(error) => format!(
                "the rollback to {} by deployment {id} did not succeed: {error}",
                target.id
            ),
        }
    }

    /// The deployment that an earlier run asked for with this token.
    pub(super) async fn by_token(&self, token: &ClientToken) -> Result<Deployment, Error> {
        let found = |deployment: &Deployment| deployment.client_token.as_ref() == Some(token);
        let history = self.history().await?;
        let not_found = || Error::NotFound { token: token.clone() };
        history.into_iter().find(found).ok_or_else(not_found)
    }

    /// The site's history, newest first; a weak moment of the API is retried as in a wait.
    async fn history(&self) -> Result<Vec<Deployment>, Error> {
        let limits = &self.options.watch;
        let doing = "could not read the site's deployments";
        let mut outage = Outage::default();
        loop {
            let sent = Instant::now();
            let call = self.context.platform.deployments(self.tracker.site(), HISTORY);
            let source = match within(limits.request_timeout, call).await {
                Ok(history) => {
                    self.tracker.answered();
                    return Ok(history);
                }
                Err(source) => source,
            };
            if outage::is_fatal(&source) || matches!(source.status(), Some(404 | 405)) {
                return Err(Error::api(doing, source));
            }
            let next = self.tracker.retry_at(&mut outage, &source, sent, limits)?;
            let deadline = self.tracker.deadline(limits);
            if sent >= deadline {
                return Err(Error::Unreachable {
                    unbroken: outage.lasted(Instant::now()),
                    last: source,
                });
            }
            sleep_until(next.min(deadline)).await;
        }
    }
}
