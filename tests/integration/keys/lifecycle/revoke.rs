//! Which key is revoked, and whether it is gone then.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sproobo_deploy::error::{ApiError, Error, ExitCode, Subject, Transport};
use sproobo_deploy::keys::revoke::{self, Revoked};
use sproobo_deploy::model::ApiKeyInfo;
use sproobo_deploy::secret::Secret;

use super::{Account, account, info, key, usage};
use crate::support::fake_platform::{not_connected, reply};
use crate::support::rotation::{unauthorized, undisturbed};

type List = Result<Vec<ApiKeyInfo>, ApiError>;

/// How truthful "revoke" is.
#[derive(Default)]
pub(super) struct Revoking {
    /// It answers yes, and nothing happens.
    nothing: bool,
    /// So many lists still show the key.
    lag: AtomicU32,
    /// Every list is empty from then on.
    loses_all: bool,
    /// What every list is answered with from then on.
    lists_get: Option<ApiError>,
    /// What the request itself is answered with.
    reply: Option<ApiError>,
}

impl Revoking {
    pub(super) fn listed(&self, now: List, before: List) -> List {
        let lags = self
            .lag
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |lag| lag.checked_sub(1));
        match &self.lists_get {
            Some(error) => Err(error.clone()),
            None if self.loses_all => Ok(Vec::new()),
            None if self.nothing || lags.is_ok() => before,
            None => now,
        }
    }

    pub(super) fn reply(&self) -> Result<(), ApiError> {
        self.reply.clone().map_or(Ok(()), Err)
    }

    pub(super) fn proof(&self, is_revoked: bool) -> Result<(), ApiError> {
        match is_revoked && !self.nothing {
            true => Err(self.lists_get.clone().unwrap_or_else(unauthorized)),
            false => Ok(()),
        }
    }
}

fn lost() -> ApiError {
    ApiError::Transport(Transport::TimedOut {
        after: Duration::from_secs(30),
    })
}

fn with(revoking: Revoking) -> Account {
    Account { revoking, ..account() }
}

async fn revoke(account: &Account, key: &Secret, which: &str, yes: bool) -> Result<Revoked, Error> {
    revoke::revoke(account, key, which, yes, undisturbed()).await
}

async fn revoked(account: &Account, which: &str, yes: bool) -> Result<Vec<String>, Error> {
    revoke(account, &key(), which, yes).await?;
    Ok(account.revoked())
}

#[tokio::test(start_paused = true)]
async fn a_key_is_revoked_by_its_id_or_by_a_prefix_that_fits_one() {
    assert_eq!(revoked(&account(), "key_2", false).await, Ok(vec!["key_2".to_owned()]));
    assert_eq!(
        revoked(&account(), "spk_live_abd", false).await,
        Ok(vec!["key_3".to_owned()])
    );
}

#[tokio::test(start_paused = true)]
async fn an_ambiguous_prefix_revokes_nothing_even_with_yes() {
    let account = account();
    let text = usage(
        &revoke(&account, &key(), "spk_live_ab", true)
            .await
            .expect_err("two fit"),
    );
    assert!(
        text.contains("key_2") && text.contains("key_3") && !text.contains("key_1"),
        "{text}"
    );
    for which in ["", "spk_live_zzz"] {
        usage(&revoke(&account, &key(), which, true).await.expect_err("none fits"));
    }
    assert!(account.revoked().is_empty());
}

/// Another key with these first characters may be on a page that nobody read.
#[tokio::test(start_paused = true)]
async fn in_a_list_that_may_go_on_a_prefix_names_no_key_and_an_id_does() {
    let mut account = account();
    let others = (4..=10).map(|number| info(&format!("key_{number}"), "team", &format!("spk_live_x{number:02}"), 1));
    account.keys.as_mut().expect("a list").extend(others);
    let text = usage(
        &revoke(&account, &key(), "spk_live_abd", true)
            .await
            .expect_err("may be cut"),
    );
    assert!(text.contains("shows 10 keys, which may be a page"), "{text}");
    assert!(account.revoked().is_empty());
    assert_eq!(revoked(&account, "key_3", false).await, Ok(vec!["key_3".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn the_key_in_use_is_revoked_only_with_yes() {
    for which in ["key_1", "spk_live_012"] {
        let account = account();
        let text = usage(&revoke(&account, &key(), which, false).await.expect_err("in use"));
        assert!(text.contains("is the key in use"), "{text}");
        assert!(account.revoked().is_empty());
        assert_eq!(revoked(&account, which, true).await, Ok(vec!["key_1".to_owned()]));
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_list_nobody_knows_which_key_is_in_use() {
    let blind = || Account {
        keys: Err(ApiError::NotOffered { operation: "api_keys" }),
        ..account()
    };
    usage(&revoke(&blind(), &key(), "key_2", false).await.expect_err("blind"));
    assert_eq!(revoked(&blind(), "key_2", true).await, Ok(vec!["key_2".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_whole_key_given_by_mistake_is_not_repeated() {
    let pasted = "spk_live_zzz_and_the_secret_rest";
    let text = usage(
        &revoke(&account(), &key(), pasted, false)
            .await
            .expect_err("no such key"),
    );
    assert!(
        text.contains("spk_live_zzz…") && !text.contains("secret_rest"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_key_counts_as_revoked_when_the_list_shows_it_no_more() {
    for lag in [0, 1, 15] {
        let account = with(Revoking {
            lag: AtomicU32::new(lag),
            ..Revoking::default()
        });
        let Revoked { key, is_proven } = revoke(&account, &super::key(), "key_2", false).await.expect("revoked");
        assert_eq!((key.name.as_deref(), is_proven), (Some("laptop"), true));
        assert_eq!(account.revoked(), ["key_2"], "asked for once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_yes_that_changes_nothing_is_not_believed() {
    for (which, how) in [
        ("key_2", "the list still shows it 30 s later"),
        ("key_1", "it still works 30 s later"),
    ] {
        let account = with(Revoking {
            nothing: true,
            ..Revoking::default()
        });
        let error = revoke(&account, &key(), which, true).await.expect_err("not revoked");
        assert_eq!(error.exit_code(), ExitCode::OutsideContract);
        let text = error.to_string();
        assert!(
            text.starts_with("Sproobo answered that ") && text.contains(how),
            "{text}"
        );
        assert_eq!(account.revoked(), [which], "asked for once");
    }
}

/// A list that is empty shows the key no more, and nothing else either.
#[tokio::test(start_paused = true)]
async fn a_list_that_lost_the_key_in_use_too_proves_nothing() {
    let account = with(Revoking {
        loses_all: true,
        ..Revoking::default()
    });
    let error = revoke(&account, &key(), "key_2", false).await.expect_err("no proof");
    assert_eq!(error.exit_code(), ExitCode::CouldNotTell);
    assert!(
        error.to_string().contains("does not show the key in use either"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_that_fails_afterwards_leaves_a_doubt() {
    for which in ["key_2", "key_1"] {
        let account = with(Revoking {
            lists_get: Some(lost()),
            ..Revoking::default()
        });
        let error = revoke(&account, &key(), which, true).await.expect_err("unknown");
        assert_eq!(error.exit_code(), ExitCode::CouldNotTell);
        assert!(error.to_string().contains("could not be seen 30 s later"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_yes_that_revokes_the_key_in_use_instead_is_told() {
    let account = with(Revoking {
        lists_get: Some(unauthorized()),
        ..Revoking::default()
    });
    let error = revoke(&account, &key(), "key_2", false)
        .await
        .expect_err("the wrong one");
    assert_eq!(error.exit_code(), ExitCode::Key);
    assert!(
        error.to_string().contains("since then the key in use is refused"),
        "{error}"
    );
}

/// Of two keys that begin alike it can't be told which is in use: either proof will do.
#[tokio::test(start_paused = true)]
async fn of_keys_that_begin_alike_either_proof_counts() {
    for refused in [false, true] {
        let mut account = with(Revoking {
            lists_get: refused.then(unauthorized),
            ..Revoking::default()
        });
        let twin = info("key_4", "twin", "spk_live_012", 1);
        account.keys.as_mut().expect("a list").push(twin);
        let revoked = revoke(&account, &key(), "key_4", true).await.expect("revoked");
        assert!(revoked.is_proven);
    }
}

#[tokio::test(start_paused = true)]
async fn where_no_list_is_to_be_had_the_word_is_all_there_is() {
    let account = Account {
        keys: Err(ApiError::NotOffered { operation: "api_keys" }),
        ..account()
    };
    let revoked = revoke(&account, &key(), "key_2", true).await.expect("revoked");
    assert!(!revoked.is_proven);
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_was_lost_is_looked_after_once_and_a_no_is_a_no() {
    let answered = |reply: ApiError, nothing: bool| {
        with(Revoking {
            reply: Some(reply),
            nothing,
            ..Revoking::default()
        })
    };
    for which in ["key_1", "key_2"] {
        let done = revoke(&answered(lost(), false), &key(), which, true).await;
        assert!(done.is_ok_and(|revoked| revoked.is_proven), "{which}");
        let error = revoke(&answered(lost(), true), &key(), which, true)
            .await
            .expect_err("lost");
        assert_eq!(error.exit_code(), ExitCode::CouldNotTell);
        let (text, next) = (error.to_string(), error.next(&Subject::default()));
        assert!(
            text.contains("its answer was lost (no complete answer within 30 s)")
                && text.contains("right after that")
                && next.contains("revoking may be repeated"),
            "{text} {next}"
        );
    }
    for refused in [reply(409), reply(429), not_connected()] {
        let code = refused.exit_code();
        let account = answered(refused, false);
        let error = revoke(&account, &key(), "key_2", true).await.expect_err("refused");
        assert!(
            matches!(error, Error::Api { .. }) && error.exit_code() == code,
            "{error}"
        );
    }
}

/// A list that could not be read before says nothing after either: where to look is another place then.
#[tokio::test(start_paused = true)]
async fn a_reply_that_was_lost_where_no_list_is_to_be_had_says_where_to_look() {
    let mut account = with(Revoking {
        reply: Some(lost()),
        ..Revoking::default()
    });
    account.keys = Err(ApiError::NotOffered { operation: "api_keys" });
    let error = revoke(&account, &key(), "key_2", true).await.expect_err("lost");
    assert_eq!(error.exit_code(), ExitCode::CouldNotTell);
    assert!(
        error.to_string().contains("whether the key is gone is not known"),
        "{error}"
    );
    let next = error.next(&Subject::default());
    assert!(next.starts_with("see in Settings → API Keys"), "{next}");
}
