//! A rotation: create, prove, store, prove again, and only then revoke, and prove that too.
//!
//! The old key is touched last of all, so whatever goes wrong before, and wherever the process is killed, every store
//! holds a key that works: the new one is proven before any store gets to see it. No reply is taken at its word: that a
//! key is new, that it works, that the old one is gone is each seen for itself.

mod alone;
mod grace;
mod plan;
mod progress;
mod proof;
mod revoke;
mod survey;

pub use grace::{Grace, revoke_older};
pub use plan::{Plan, Revoke, Rotated};
use progress::{Progress, before_creating, not_created, not_new, while_creating};
use proof::prove;
use survey::Survey;
pub use survey::orphans;

use super::doubt::{may_be_done, seen_of_name};
use super::ports::{KeyApi, Stores};
use crate::deploy::Interrupts;
use crate::error::{Error, ExitCode};
use crate::event::{Event, Sink};
use crate::model::ApiKeyInfo;
use crate::secret::Secret;

/// Replaces the key in use, `old`, in every store.
///
/// # Errors
/// [`Error::Usage`] before anything happens. [`Error::Rotation`] after the new key may have been created, and
/// [`Error::KeysInterrupted`]: the text says which keys are valid and which store holds which, and names the new one.
pub async fn rotate(
    api: &impl KeyApi,
    stores: &impl Stores,
    old: &Secret,
    plan: &Plan,
    sink: &dyn Sink,
    mut interrupts: Interrupts,
) -> Result<Rotated, Error> {
    let ordered = plan.ordered_stores()?;
    if let Revoke::After(after) = plan.revoke {
        revoke_older(api, old, &plan.grace(after), sink, interrupts.clone()).await?;
    }
    let preparing = async {
        let survey = Survey::take(api, old, plan, sink).await?;
        for store in &ordered {
            stores.check(store).await?;
        }
        Ok(survey)
    };
    let survey = interrupts.race(preparing).await.map_err(before_creating)??;

    let look = || seen_of_name(api, &plan.name, |info| survey.earlier(info).is_some());
    let (new, value) = match interrupts.race(api.create_api_key(&plan.name)).await {
        Ok(Ok(created)) => created,
        Ok(Err(error)) if may_be_done(&error) => return Err(not_created(&plan.name, &error, Some(&look().await))),
        Ok(Err(error)) => return Err(not_created(&plan.name, &error, None)),
        Err(signal) => return Err(while_creating(signal, &plan.name, &look().await)),
    };
    check_new(&survey, old, &new, &value).map_err(|why| not_new(&plan.name, &why))?;
    sink.emit(Event::notice(
        "Created",
        format!("the new key is {new}; if this run dies, the next one names it"),
    ));
    let mut progress = Progress {
        new: &new,
        stores: &ordered,
        holding: 0,
        unsure: false,
    };
    let storing = store(api, stores, &value, &mut progress, sink);
    let stored = interrupts.race(storing).await;
    stored.map_err(|signal| progress.interrupted(signal))??;
    let checking = alone::check(api, &survey, &value, plan, &progress);
    let left = interrupts.race(checking).await;
    let left = left.map_err(|signal| progress.interrupted(signal))??;
    if let (Revoke::Old, Some(in_use)) = (plan.revoke, &survey.in_use) {
        revoke::revoke_old(api, old, in_use, &value, &progress, interrupts).await?;
    }
    Ok(Rotated {
        new,
        old: survey.in_use.map(|in_use| in_use.info),
        revoked: plan.revokes_old(),
        left,
    })
}

/// Puts the new key, which is proven before and after, into one store after the other.
async fn store(
    api: &impl KeyApi,
    stores: &impl Stores,
    value: &Secret,
    progress: &mut Progress<'_>,
    sink: &dyn Sink,
) -> Result<(), Error> {
    prove(api, value)
        .await
        .map_err(|error| progress.stopped("the new key does not work", &error.to_string(), error.exit_code()))?;
    for store in progress.stores {
        // Until its answer is there: a signal may come first.
        progress.unsure = true;
        if let Err(error) = stores.put(store, value).await {
            progress.unsure = error.exit_code() == ExitCode::CouldNotTell;
            let problem = format!("{store} could not be written");
            return Err(progress.stopped(&problem, &error.to_string(), error.exit_code()));
        }
        progress.unsure = false;
        progress.holding += 1;
        sink.emit(Event::notice("Stored", format!("{store} holds the new key now")));
    }
    prove(api, value)
        .await
        .map_err(|error| progress.stopped("the new key has stopped working", &error.to_string(), error.exit_code()))
}

/// What shows that the "new" key is one that was there before.
fn check_new(survey: &Survey, old: &Secret, new: &ApiKeyInfo, value: &Secret) -> Result<(), String> {
    if value.expose() == old.expose() {
        return Err("it holds the value of the key in use".to_owned());
    }
    match survey.earlier(new).filter(|_| new.id.is_some()) {
        Some(earlier) => Err(format!("it carries the id of {earlier}, which was there before")),
        None => Ok(()),
    }
}
