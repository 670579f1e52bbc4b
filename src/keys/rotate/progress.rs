//! How far a rotation has come, and how it tells so when it stops.

use crate::error::{ApiError, Error, ExitCode, Transport};
use crate::keys::doubt::remove_created;
use crate::keys::store::Store;
use crate::model::{ApiKeyInfo, Signal};

/// How far a rotation has come.
pub(super) struct Progress<'a> {
    pub(super) new: &'a ApiKeyInfo,
    pub(super) stores: &'a [Store],
    /// How many of the stores are known to hold the new key.
    pub(super) holding: usize,
    /// Whether the next one may hold it too: its write was not confirmed, and not refused either.
    pub(super) unsure: bool,
}

impl Progress<'_> {
    /// A rotation that stopped before anything was revoked.
    pub(super) fn stopped(&self, problem: &str, detail: &str, code: ExitCode) -> Error {
        Error::Rotation {
            what: format!(
                "{problem} ({detail}). Nothing was revoked: the old key is still valid. {}",
                self.who_holds_what()
            ),
            next: self.next(),
            code,
        }
    }

    /// A rotation that a signal ended before anything was to be revoked.
    pub(super) fn interrupted(&self, signal: Signal) -> Error {
        let new = self.new;
        let next = match (self.holding, self.unsure) {
            (0, false) => format!(
                "run the rotation again, and revoke the new key of this attempt, which nothing uses (`keys revoke`: {new})"
            ),
            (holding, false) if holding == self.stores.len() => {
                "see that the new key works (`keys check` with it); once nothing uses the old one any more, revoke it with \
                 `keys revoke`"
                    .to_owned()
            }
            _ => format!(
                "both keys are needed until every store holds the same one: run the rotation again, then revoke the new key \
                 of this attempt ({new}) with `keys revoke`"
            ),
        };
        Error::KeysInterrupted {
            signal,
            known: format!(
                "the new key ({new}) exists, and the old key is still valid. {}",
                self.who_holds_what()
            ),
            next,
        }
    }

    /// A rotation beside which another one wrote, maybe into the same stores.
    pub(super) fn contested(&self, other: &str) -> Error {
        let stores: Vec<_> = self.stores.iter().map(Store::to_string).collect();
        Error::Rotation {
            what: format!(
                "another rotation of this name ran at the same time: {other} appeared beside our new key ({}). Nothing was \
                 revoked: all of these keys are valid. {} may hold either of the new ones",
                self.new,
                stores.join(", ")
            ),
            next: "let no two rotations run at once (`concurrency` on GitHub, `resource_group` on GitLab); run one again, so \
                   that all stores hold one key, and then revoke the others (`keys list`, `keys revoke ID`)"
                .to_owned(),
            code: ExitCode::Refused,
        }
    }

    pub(super) fn who_holds_what(&self) -> String {
        let (new, rest) = self.stores.split_at(self.holding);
        let (unsure, old) = rest.split_at(usize::from(self.unsure).min(rest.len()));
        let mut parts = Vec::new();
        for (stores, content) in [
            (new, "the new key"),
            (unsure, "either key (whether it was written is not known)"),
            (old, "what was there before"),
        ] {
            let names: Vec<_> = stores.iter().map(Store::to_string).collect();
            let verb = match names.len() {
                0 => continue,
                1 => "holds",
                _ => "hold",
            };
            parts.push(format!("{} {verb} {content}", names.join(", ")));
        }
        parts.join("; ")
    }

    fn next(&self) -> String {
        let new = self.new;
        if self.holding == 0 && !self.unsure {
            format!("revoke the new key, which nothing uses ({new}): `keys revoke`; then run the rotation again")
        } else {
            format!(
                "both keys are needed until every store holds the same one: mend the cause and run the rotation again, \
                 then revoke the new key of this attempt ({new}) with `keys revoke`"
            )
        }
    }
}

/// A rotation that a signal ended before it asked for a key.
pub(super) fn before_creating(signal: Signal) -> Error {
    Error::KeysInterrupted {
        signal,
        known:
            "no key was created and no store written: the old key is still valid, and every store holds what it held"
                .to_owned(),
        next: "run the rotation again".to_owned(),
    }
}

/// A rotation that a signal ended before the new key's value came; `seen` is what the list showed right after.
pub(super) fn while_creating(signal: Signal, name: &str, seen: &str) -> Error {
    Error::KeysInterrupted {
        signal,
        known: format!(
            "Sproobo was asked for a new key named `{name}` and had not answered yet; {seen}. The old key is still valid, \
             and every store holds what it held"
        ),
        next: remove_created(name, "run the rotation again"),
    }
}

/// A lost reply may have created a key that nobody has the value of: `seen` is what the list showed right after one.
pub(super) fn not_created(name: &str, error: &ApiError, seen: Option<&str>) -> Error {
    let next = match error {
        ApiError::NotOffered { .. }
        | ApiError::Unusable { .. }
        | ApiError::Transport(Transport::NotConnected { .. }) => {
            "create one by hand in Settings → API Keys, or correct the operation `create_api_key` of the contract"
                .to_owned()
        }
        _ => remove_created(name, "run the rotation again"),
    };
    let seen = seen.map(|seen| format!("; {seen}")).unwrap_or_default();
    Error::Rotation {
        what: format!(
            "no new key came back from Sproobo ({error}){seen}. The old key is still valid, and every store holds it"
        ),
        next,
        code: error.exit_code(),
    }
}

/// The reply to "create a key" is about a key that was there before: no store may get it, and nothing be revoked by it.
pub(super) fn not_new(name: &str, why: &str) -> Error {
    Error::Rotation {
        what: format!(
            "Sproobo's reply is not about a new key: {why}. No store was written and nothing revoked: the old key is still \
             valid, and every store holds what it held"
        ),
        next: format!(
            "see whether the pointers `created_key` and `api_key` of the contract fit the reply; if `keys list` shows a key \
             named `{name}` that was created just now, nobody has its value: revoke it by its id"
        ),
        code: ExitCode::OutsideContract,
    }
}
