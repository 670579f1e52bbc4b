//! The commands that follow deployments: one function each.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Semaphore;

use crate::deploy::lookup::{self, wait_for_token};
use crate::deploy::site::SiteRun;
use crate::deploy::{Context, DeploymentRef, Options, Platform, Probe};
use crate::event::SiteResult;
use crate::model::{ClientToken, DeploymentId, Known, SiteId, TriggerRequest};

/// Deploys these sites, `options.parallel` at a time; one result each, in the order of the requests.
///
/// No site may be named twice, and every request needs its own token. A signal ends all of them, also those that have
/// not begun. Emits every event of a site up to its [`Verdict`](crate::event::SiteEvent::Verdict).
pub async fn deploy<P: Platform, V: Probe>(
    context: &Context<'_, P, V>,
    requests: &[TriggerRequest],
    options: &Options,
) -> Vec<SiteResult> {
    let gate = Semaphore::new(options.parallel.max(1));
    let gate = &gate;
    join_all(requests.iter().map(|request| async move {
        let run = SiteRun::starting(context, &request.site, &request.token, options);
        run.to_verdict(async {
            // Never closed; and without a permit the site would only begin early.
            let _turn = gate.acquire().await.ok();
            run.deploy(request).await
        })
        .await
    }))
    .await
}

/// Waits for a deployment that somebody else, or an earlier run, started. Never cancels it: of `options` only the wait
/// counts.
pub async fn wait<P: Platform, V: Probe>(
    context: &Context<'_, P, V>,
    site: &SiteId,
    deployment: &DeploymentRef,
    options: &Options,
) -> SiteResult {
    match deployment {
        DeploymentRef::Id(id) => {
            let run = SiteRun::watching(context, site, options);
            run.tracker.found(Known::unseen(id.clone()), false);
            run.to_verdict(run.wait(id, false)).await
        }
        DeploymentRef::Token(token) => {
            let run = SiteRun::looking_up(context, site, token, options);
            run.to_verdict(async {
                match wait_for_token(context.platform, &run.tracker, token, &options.watch).await {
                    Ok(found) => run.follow(found, true).await,
                    Err(error) => Err(error).into(),
                }
            })
            .await
        }
    }
}

/// Waits for the deployment of this commit that a push to the repository starts: it may take `appear_within` to appear.
/// Never cancels it: of `options` only the wait counts.
pub async fn wait_for_commit<P: Platform, V: Probe>(
    context: &Context<'_, P, V>,
    site: &SiteId,
    commit: &str,
    appear_within: Duration,
    options: &Options,
) -> SiteResult {
    let run = SiteRun::watching(context, site, options);
    run.to_verdict(async {
        let found = lookup::wait_for_commit(context.platform, &run.tracker, commit, appear_within, &options.watch);
        match found.await {
            Ok(found) => run.follow(found, false).await,
            Err(error) => Err(error).into(),
        }
    })
    .await
}

/// Returns a site to an earlier deployment, by default to the newest success that is older than its newest deployment.
///
/// The rollback is a deployment of its own: waited for, and cancelled on signals and time-outs, as a deploy is.
pub async fn rollback<P: Platform, V: Probe>(
    context: &Context<'_, P, V>,
    site: &SiteId,
    to: Option<&DeploymentId>,
    token: &ClientToken,
    options: &Options,
) -> SiteResult {
    let run = SiteRun::starting(context, site, token, options);
    run.to_verdict(run.roll_back(to, token)).await
}
