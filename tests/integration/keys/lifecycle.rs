//! Listing, creating and revoking keys; the issue about a stale one.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sproobo_deploy::error::{ApiError, Error, ExitCode};
use sproobo_deploy::keys::age::AgePolicy;
use sproobo_deploy::keys::issue::report_stale;
use sproobo_deploy::keys::lifecycle::{create, list, revoke};
use sproobo_deploy::keys::ports::{IssueRef, Issues, KeyApi};
use sproobo_deploy::model::{AgeSource, ApiKeyId, ApiKeyInfo, KeyAge};
use sproobo_deploy::secret::Secret;

const KEY: &str = "spk_live_0123456789abcdef";

struct Account {
    keys: Result<Vec<ApiKeyInfo>, ApiError>,
    revoked: Mutex<Vec<String>>,
}

impl KeyApi for Account {
    async fn api_keys(&self) -> Result<Vec<ApiKeyInfo>, ApiError> {
        self.keys.clone()
    }
    fn lists_every_page(&self) -> bool {
        false
    }
    async fn create_api_key(&self, name: &str) -> Result<(ApiKeyInfo, Secret), ApiError> {
        Ok((
            info("key_9", name, "spk_live_new", 0),
            Secret::new("spk_live_new_value_0".to_owned()),
        ))
    }
    async fn revoke_api_key(&self, id: &ApiKeyId) -> Result<(), ApiError> {
        self.revoked.lock().expect("a lock").push(id.to_string());
        Ok(())
    }
    async fn prove(&self, _: &Secret) -> Result<(), ApiError> {
        unreachable!("nothing to prove")
    }
}

fn now() -> DateTime<Utc> {
    "2026-06-01T12:00:00Z".parse().expect("a date")
}

fn info(id: &str, name: &str, prefix: &str, days_old: i64) -> ApiKeyInfo {
    ApiKeyInfo {
        id: Some(id.parse().expect("an id")),
        name: Some(name.to_owned()),
        prefix: Some(prefix.to_owned()),
        created_at: Some(now() - TimeDelta::days(days_old)),
    }
}

fn account() -> Account {
    Account {
        keys: Ok(vec![
            info("key_1", "ci", "spk_live_012", 10),
            info("key_2", "laptop", "spk_live_abc", 400),
            info("key_3", "old laptop", "spk_live_abd", 90),
        ]),
        revoked: Mutex::default(),
    }
}

fn key() -> Secret {
    Secret::new(KEY.to_owned())
}

async fn revoked(account: &Account, which: &str, yes: bool) -> Result<Vec<String>, Error> {
    revoke(account, &key(), which, yes).await?;
    Ok(account.revoked.lock().expect("a lock").clone())
}

fn usage(error: &Error) -> String {
    assert_eq!(error.exit_code(), ExitCode::Usage, "{error}");
    error.to_string()
}

#[tokio::test]
async fn the_list_has_ages_marks_and_the_oldest_first() {
    let policy = AgePolicy::new(now(), Duration::from_secs(90 * 86_400), None).expect("a policy");
    let rows = list(&account(), &key(), &policy).await.expect("listed");
    let rows: Vec<_> = rows
        .iter()
        .map(|row| (row.name.as_deref(), row.age_days, row.stale, row.in_use))
        .collect();
    assert_eq!(
        rows,
        [
            (Some("laptop"), Some(400), true, false),
            (Some("old laptop"), Some(90), true, false),
            (Some("ci"), Some(10), false, true),
        ]
    );
}

#[tokio::test]
async fn a_key_is_created_for_a_person_and_never_in_ci() {
    let (info, value) = create(&account(), "laptop", false).await.expect("created");
    assert_eq!(
        (info.name.as_deref(), value.expose()),
        (Some("laptop"), "spk_live_new_value_0")
    );
    let text = usage(&create(&account(), "laptop", true).await.expect_err("in CI"));
    assert!(
        text.contains("GitHub masks it") && text.contains("GitLab keeps it"),
        "{text}"
    );
}

#[tokio::test]
async fn a_key_is_revoked_by_its_id_or_by_a_prefix_that_fits_one() {
    assert_eq!(revoked(&account(), "key_2", false).await, Ok(vec!["key_2".to_owned()]));
    assert_eq!(
        revoked(&account(), "spk_live_abd", false).await,
        Ok(vec!["key_3".to_owned()])
    );
}

#[tokio::test]
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
    assert!(account.revoked.lock().expect("a lock").is_empty());
}

/// Another key with these first characters may be on a page that nobody read.
#[tokio::test]
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
    assert!(account.revoked.lock().expect("a lock").is_empty());
    assert_eq!(revoked(&account, "key_3", false).await, Ok(vec!["key_3".to_owned()]));
}

#[tokio::test]
async fn the_key_in_use_is_revoked_only_with_yes() {
    for which in ["key_1", "spk_live_012"] {
        let account = account();
        let text = usage(&revoke(&account, &key(), which, false).await.expect_err("in use"));
        assert!(text.contains("is the key in use"), "{text}");
        assert!(account.revoked.lock().expect("a lock").is_empty());
        assert_eq!(revoked(&account, which, true).await, Ok(vec!["key_1".to_owned()]));
    }
}

#[tokio::test]
async fn without_a_list_nobody_knows_which_key_is_in_use() {
    let blind = || Account {
        keys: Err(ApiError::NotOffered { operation: "api_keys" }),
        revoked: Mutex::default(),
    };
    usage(&revoke(&blind(), &key(), "key_2", false).await.expect_err("blind"));
    assert_eq!(revoked(&blind(), "key_2", true).await, Ok(vec!["key_2".to_owned()]));
}

#[tokio::test]
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

struct OneIssue(Mutex<Vec<(String, String, String)>>);

impl Issues for OneIssue {
    async fn upsert(&self, marker: &str, title: &str, body: &str) -> Result<IssueRef, Error> {
        let mut calls = self.0.lock().expect("a lock");
        calls.push((marker.to_owned(), title.to_owned(), body.to_owned()));
        Ok(IssueRef {
            number: 7,
            url: "https://github.com/acme/shop/issues/7".to_owned(),
            opened: calls.len() == 1,
        })
    }
}

#[tokio::test]
async fn a_stale_key_is_one_issue_that_every_check_finds_again_and_a_fresh_one_is_none() {
    let mut age = KeyAge {
        days: 120,
        created_at: now() - TimeDelta::days(120),
        source: AgeSource::Sproobo,
        name: Some("ci".to_owned()),
        prefix: Some("spk_live_012".to_owned()),
        stale: true,
        stale_after_days: 90,
    };
    let issues = OneIssue(Mutex::default());
    assert!(
        report_stale(&issues, &age)
            .await
            .expect("told")
            .is_some_and(|issue| issue.opened)
    );
    age.days = 127;
    age.name = Some("ci` @everyone".to_owned());
    report_stale(&issues, &age).await.expect("told");
    // Another key, whose prefix does not end the comment either.
    age.prefix = Some("spk_l-->@x01".to_owned());
    report_stale(&issues, &age).await.expect("told");
    age.stale = false;
    assert_eq!(report_stale(&issues, &age).await, Ok(None));

    let calls = issues.0.lock().expect("a lock");
    let [one, other, another_key] = &calls[..] else {
        panic!("{calls:?}")
    };
    assert_eq!(one.0, "<!-- sproobo-deploy:stale-key:spk_live_012 -->");
    assert_eq!(one.0, other.0, "the marker does not change with the age");
    assert_eq!(another_key.0, "<!-- sproobo-deploy:stale-key:spk_lx01 -->");
    assert!(
        other.2.contains("`ci' @everyone`"),
        "a name mentions nobody: {}",
        other.2
    );
    for (marker, title, body) in calls.iter() {
        assert!(body.contains(marker.as_str()) && body.contains("3. "), "{body}");
        assert!(title.contains("ci"));
    }
    assert!(one.1.contains("120 days") && other.1.contains("127 days"));
}
