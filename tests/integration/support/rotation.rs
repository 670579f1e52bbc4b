//! A small world for rotations: Sproobo's keys and the stores as they are, whatever the rotation believes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use sproobo_deploy::deploy::Interrupts;
use sproobo_deploy::error::{ApiError, Error, ErrorReply, ExitCode};
use sproobo_deploy::keys::ports::{KeyApi, Stores};
use sproobo_deploy::keys::store::Store;
use sproobo_deploy::model::{ApiKeyId, ApiKeyInfo};
use sproobo_deploy::secret::Secret;
use tokio::sync::watch;

use crate::support::fake_platform::{bare_reply, reply};

pub(crate) const OLD: &str = "old_key_0000_secret";

/// What to go wrong, or where to be killed, at the nth call of anything.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    None,
    /// Killed before the nth call has any effect.
    KilledBefore(usize),
    /// Killed when the nth call has had its effect, and before anybody learns of it.
    KilledAfter(usize),
}

#[derive(Clone)]
pub(crate) struct KeyRecord {
    pub(crate) value: String,
    pub(crate) info: ApiKeyInfo,
}

/// Sproobo and the stores as they are, whatever the rotation believes.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) keys: Vec<KeyRecord>,
    pub(crate) stores: BTreeMap<String, String>,
    pub(crate) calls: Vec<String>,
    /// Stores that refuse, and the code of it.
    pub(crate) refusing: BTreeMap<String, ExitCode>,
    /// A new key is not known for this many proofs.
    pub(crate) slow: usize,
    pub(crate) list_error: Option<ApiError>,
    pub(crate) revoke_error: Option<ApiError>,
    pub(crate) created: u32,
    /// All pages of the list are read.
    pub(crate) paged: bool,
    /// Created keys don't work at all.
    pub(crate) broken_keys: bool,
    /// How truthful the answers to "create" and "revoke" are.
    pub(crate) creating: Creating,
    pub(crate) revoking: Revoking,
    /// A revoke that is answered with an error has had its effect.
    pub(crate) forget_old_at_revoke: bool,
    /// Another rotation's key, which appears with this call.
    pub(crate) intruder: Option<(&'static str, KeyRecord)>,
    /// What every question with the old key gets instead of an answer.
    pub(crate) old_key_gets: Option<ApiError>,
    /// Somebody else revokes the key of this id with this call.
    pub(crate) revoked_beside: Option<(&'static str, &'static str)>,
    /// The list shows no key that is newer than this many lists ago.
    pub(crate) lag: usize,
    lists: Vec<Vec<ApiKeyInfo>>,
}

/// What "create a key" does.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Creating {
    #[default]
    Honest,
    /// Creates one, and answers with the value of the key in use.
    OldValue,
    /// Creates one, and answers with the id of the key in use.
    OldId,
    /// Creates one, and its answer is lost.
    Lost,
}

/// What "revoke a key" does before it answers that all went well.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Revoking {
    #[default]
    Honest,
    Nothing,
    /// Revokes the newest key instead.
    Newest,
    /// Revokes every key.
    All,
}

/// Interrupts that never come.
pub(crate) fn undisturbed() -> Interrupts {
    Interrupts::new(watch::channel(None).1)
}

#[derive(Clone)]
pub(crate) struct Fake {
    pub(crate) world: Arc<Mutex<World>>,
    pub(crate) fault: Fault,
}

impl Fake {
    pub(crate) fn new(stores: &[&str]) -> Self {
        let mut world = World {
            keys: vec![record(1, OLD, "ci", 100)],
            ..World::default()
        };
        for store in stores {
            world.stores.insert((*store).to_owned(), OLD.to_owned());
        }
        Self {
            world: Arc::new(Mutex::new(world)),
            fault: Fault::None,
        }
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One call that reaches the outside world; "killed" is a future that never ends, which the test then drops.
    async fn call<T>(&self, name: String, act: impl FnOnce(&mut World) -> T) -> T {
        let number = self.with(|world| {
            if let Some((_, key)) = world.intruder.take_if(|(at, _)| *at == name) {
                world.keys.push(key);
            }
            if let Some((_, gone)) = world.revoked_beside.take_if(|(at, _)| *at == name) {
                let is_gone = |key: &KeyRecord| key.info.id.as_ref().is_some_and(|id| id.as_str() == gone);
                world.keys.retain(|key| !is_gone(key));
            }
            world.calls.push(name);
            world.calls.len()
        });
        if matches!(self.fault, Fault::KilledBefore(at) if at == number) {
            std::future::pending::<()>().await;
        }
        let result = self.with(act);
        if matches!(self.fault, Fault::KilledAfter(at) if at == number) {
            std::future::pending::<()>().await;
        }
        result
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.with(|world| world.calls.clone())
    }

    pub(crate) fn every_store_works(&self) -> bool {
        self.with(|world| {
            let works = |value: &String| world.keys.iter().any(|key| key.value == *value);
            world.stores.values().all(works)
        })
    }
}

pub(crate) fn record(number: u32, value: &str, name: &str, days_old: i64) -> KeyRecord {
    KeyRecord {
        value: value.to_owned(),
        info: ApiKeyInfo {
            id: Some(format!("key_{number}").parse().expect("an id")),
            name: Some(name.to_owned()),
            prefix: Some(value[..12].to_owned()),
            created_at: Some(now() - TimeDelta::days(days_old)),
        },
    }
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-06-01T12:00:00Z".parse().expect("a date")
}

pub(crate) fn unauthorized() -> ApiError {
    ApiError::Reply(ErrorReply {
        message: Some("unknown key".to_owned()),
        ..bare_reply(401)
    })
}

impl KeyApi for Fake {
    async fn api_keys(&self) -> Result<Vec<ApiKeyInfo>, ApiError> {
        self.call("list".to_owned(), |world| match &world.list_error {
            Some(error) => Err(error.clone()),
            None => {
                world
                    .lists
                    .push(world.keys.iter().map(|key| key.info.clone()).collect());
                let seen = world.lists.len().saturating_sub(1 + world.lag);
                Ok(world.lists[seen].clone())
            }
        })
        .await
    }

    fn lists_every_page(&self) -> bool {
        self.with(|world| world.paged)
    }

    async fn create_api_key(&self, name: &str) -> Result<(ApiKeyInfo, Secret), ApiError> {
        self.call("create".to_owned(), |world| {
            world.created += 1;
            let number = world.created + 1;
            let key = record(number, &format!("new_key_{number:04}_secret"), name, 0);
            world.keys.push(key.clone());
            let old = record(1, OLD, "ci", 100);
            match world.creating {
                Creating::Honest => Ok((key.info, Secret::new(key.value))),
                Creating::OldValue => Ok((key.info, Secret::new(old.value))),
                Creating::OldId => Ok((
                    ApiKeyInfo {
                        id: old.info.id,
                        ..key.info
                    },
                    Secret::new(key.value),
                )),
                Creating::Lost => Err(reply(500)),
            }
        })
        .await
    }

    async fn revoke_api_key(&self, id: &ApiKeyId) -> Result<(), ApiError> {
        self.call(format!("revoke {id}"), |world| match &world.revoke_error {
            Some(error) => {
                let error = error.clone();
                if world.forget_old_at_revoke {
                    world.keys.retain(|key| key.info.id.as_ref() != Some(id));
                }
                Err(error)
            }
            None => {
                match world.revoking {
                    Revoking::Honest => world.keys.retain(|key| key.info.id.as_ref() != Some(id)),
                    Revoking::Nothing => {}
                    Revoking::Newest => drop(world.keys.pop()),
                    Revoking::All => world.keys.clear(),
                }
                Ok(())
            }
        })
        .await
    }

    async fn prove(&self, key: &Secret) -> Result<(), ApiError> {
        let name = if key.expose() == OLD { "prove old" } else { "prove" };
        self.call(name.to_owned(), |world| {
            let known = world.keys.iter().any(|known| known.value == key.expose());
            if let (OLD, Some(error)) = (key.expose(), &world.old_key_gets) {
                return Err(error.clone());
            }
            if world.slow > 0 {
                world.slow -= 1;
                return Err(unauthorized());
            }
            if known && !world.broken_keys {
                Ok(())
            } else {
                Err(unauthorized())
            }
        })
        .await
    }
}

impl Stores for Fake {
    async fn check(&self, store: &Store) -> Result<(), Error> {
        self.call(format!("check {store}"), |_| Ok(())).await
    }

    async fn put(&self, store: &Store, key: &Secret) -> Result<(), Error> {
        self.call(format!("put {store}"), |world| {
            match world.refusing.get(&store.to_string()) {
                Some(code) => Err(Error::code_host(
                    "HTTP 403 from GitHub",
                    "give the token a permission",
                    *code,
                )),
                None => {
                    world.stores.insert(store.to_string(), key.expose().to_owned());
                    Ok(())
                }
            }
        })
        .await
    }
}
