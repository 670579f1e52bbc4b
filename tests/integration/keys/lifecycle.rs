//! Listing, creating and revoking keys; the issue about a stale one.

mod revoke;

use std::sync::Mutex;
use std::time::Duration;

use chrono::TimeDelta;
use sproobo_deploy::error::{ApiError, Error, ExitCode};
use sproobo_deploy::keys::age::AgePolicy;
use sproobo_deploy::keys::issue::report_stale;
use sproobo_deploy::keys::lifecycle::{create, list};
use sproobo_deploy::keys::ports::{Issues, KeyApi};
use sproobo_deploy::model::{AgeSource, ApiKeyId, ApiKeyInfo, Issue, KeyAge};
use sproobo_deploy::secret::Secret;

use crate::support::report::days;
use crate::support::rotation::{now, undisturbed};

const KEY: &str = "spk_live_0123456789abcdef";

struct Account {
    keys: Result<Vec<ApiKeyInfo>, ApiError>,
    revoked: Mutex<Vec<String>>,
    revoking: revoke::Revoking,
}

impl KeyApi for Account {
    async fn api_keys(&self) -> Result<Vec<ApiKeyInfo>, ApiError> {
        let revoked = self.revoked();
        let mut keys = self.keys.clone();
        if let Ok(keys) = &mut keys {
            keys.retain(|info| !info.id.as_ref().is_some_and(|id| revoked.contains(&id.to_string())));
        }
        match revoked.is_empty() {
            true => keys,
            false => self.revoking.listed(keys, self.keys.clone()),
        }
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
        self.revoking.reply()
    }
    async fn prove(&self, _: &Secret) -> Result<(), ApiError> {
        self.revoking.proof(self.revoked().contains(&"key_1".to_owned()))
    }
}

impl Account {
    fn revoked(&self) -> Vec<String> {
        self.revoked.lock().expect("a lock").clone()
    }
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
        revoking: revoke::Revoking::default(),
    }
}

fn key() -> Secret {
    Secret::new(KEY.to_owned())
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
    let (info, value) = create(&account(), "laptop", false, undisturbed())
        .await
        .expect("created");
    assert_eq!(
        (info.name.as_deref(), value.expose()),
        (Some("laptop"), "spk_live_new_value_0")
    );
    let text = usage(
        &create(&account(), "laptop", true, undisturbed())
            .await
            .expect_err("in CI"),
    );
    assert!(
        text.contains("GitHub masks it") && text.contains("GitLab keeps it"),
        "{text}"
    );
}

struct OneIssue(Mutex<Vec<(String, String, String)>>);

impl Issues for OneIssue {
    async fn upsert(&self, marker: &str, title: &str, body: &str) -> Result<Issue, Error> {
        let mut calls = self.0.lock().expect("a lock");
        calls.push((marker.to_owned(), title.to_owned(), body.to_owned()));
        Ok(Issue {
            number: 7,
            url: "https://github.com/acme/shop/issues/7".to_owned(),
            opened: calls.len() == 1,
        })
    }
}

#[tokio::test]
async fn a_stale_key_is_one_issue_that_every_check_finds_again_and_a_fresh_one_is_none() {
    let mut age = KeyAge {
        age: days(120),
        created_at: now() - TimeDelta::days(120),
        source: AgeSource::Sproobo,
        name: Some("ci".to_owned()),
        prefix: Some("spk_live_012".to_owned()),
        stale: true,
        stale_after: days(90),
    };
    let issues = OneIssue(Mutex::default());
    assert!(
        report_stale(&issues, &age)
            .await
            .expect("told")
            .is_some_and(|issue| issue.opened)
    );
    age.age = days(127);
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
