//! How old the key is, and who says so.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sproobo_deploy::error::{ApiError, Error, ExitCode};
use sproobo_deploy::event::{Event, Level, Note, Sink};
use sproobo_deploy::keys::age::{AgePolicy, Checked, check};
use sproobo_deploy::keys::beside::Beside;
use sproobo_deploy::keys::ports::{KeyApi, SecretDates};
use sproobo_deploy::model::{AgeSource, ApiKeyId, ApiKeyInfo};
use sproobo_deploy::secret::Secret;

use crate::support::report::stale_key;
use crate::support::rotation::now;

const KEY: &str = "spk_live_0123456789abcdef";
const DAY: Duration = Duration::from_secs(86_400);

struct List(Result<Vec<ApiKeyInfo>, ApiError>);

impl KeyApi for List {
    async fn api_keys(&self) -> Result<Vec<ApiKeyInfo>, ApiError> {
        self.0.clone()
    }
    fn lists_every_page(&self) -> bool {
        false
    }
    async fn create_api_key(&self, _: &str) -> Result<(ApiKeyInfo, Secret), ApiError> {
        unreachable!("a check creates nothing")
    }
    async fn revoke_api_key(&self, _: &ApiKeyId) -> Result<(), ApiError> {
        unreachable!("a check revokes nothing")
    }
    async fn prove(&self, _: &Secret) -> Result<(), ApiError> {
        unreachable!("a check proves nothing")
    }
}

struct Dates(Result<Option<DateTime<Utc>>, Error>);

impl SecretDates for Dates {
    async fn updated_at(&self) -> Result<Option<DateTime<Utc>>, Error> {
        self.0.clone()
    }
}

fn days_ago(days: i64) -> DateTime<Utc> {
    now() - TimeDelta::days(days)
}

fn listed(prefix: &str, created_at: Option<DateTime<Utc>>) -> ApiKeyInfo {
    ApiKeyInfo {
        id: Some("key_1".parse().expect("an id")),
        name: Some("ci".to_owned()),
        prefix: Some(prefix.to_owned()),
        created_at,
    }
}

fn policy(declared: Option<DateTime<Utc>>) -> AgePolicy {
    AgePolicy::new(now(), 90 * DAY, declared).expect("a good policy")
}

async fn checked(list: List, dates: Option<Dates>, declared: Option<DateTime<Utc>>) -> Checked {
    check(&list, dates.as_ref(), &Secret::new(KEY.to_owned()), &policy(declared)).await
}

fn unreadable() -> List {
    List(Err(ApiError::NotOffered { operation: "api_keys" }))
}

fn source(checked: &Checked) -> Option<(AgeSource, u64, bool)> {
    checked
        .age
        .as_ref()
        .map(|age| (age.source, age.told().days(), age.stale))
}

#[tokio::test]
async fn sproobos_date_comes_before_every_other() {
    let list = List(Ok(vec![
        listed("spk_live_other", Some(days_ago(400))),
        listed("spk_live_012", Some(days_ago(10))),
    ]));
    let found = checked(list, Some(Dates(Ok(Some(days_ago(300))))), Some(days_ago(200))).await;
    assert_eq!(source(&found), Some((AgeSource::Sproobo, 10, false)));
    assert!(found.notes.is_empty(), "{:?}", found.notes);
    assert_eq!(found.age.and_then(|age| age.name).as_deref(), Some("ci"));
}

#[tokio::test]
async fn the_declared_date_comes_next() {
    let found = checked(unreadable(), Some(Dates(Ok(Some(days_ago(300))))), Some(days_ago(20))).await;
    assert_eq!(source(&found), Some((AgeSource::Declared, 20, false)));
}

#[tokio::test]
async fn a_listed_key_without_a_date_keeps_its_name_beside_the_declared_date() {
    let found = checked(List(Ok(vec![listed("spk_live_012", None)])), None, Some(days_ago(20))).await;
    assert_eq!(source(&found), Some((AgeSource::Declared, 20, false)));
    assert_eq!(found.age.and_then(|age| age.name).as_deref(), Some("ci"));
}

#[tokio::test]
async fn a_listed_key_without_a_date_is_a_reason_of_its_own() {
    let found = checked(List(Ok(vec![listed("spk_live_012", None)])), None, None).await;
    let [note] = &found.notes[..] else {
        panic!("{:?}", found.notes)
    };
    assert!(note.text.contains("shows no creation date for it"), "{}", note.text);
}

#[tokio::test]
async fn the_secrets_date_comes_last() {
    let found = checked(unreadable(), Some(Dates(Ok(Some(days_ago(30))))), None).await;
    assert_eq!(source(&found), Some((AgeSource::GithubSecret, 30, false)));
}

#[tokio::test]
async fn an_unknown_age_is_one_notice_that_names_every_reason() {
    let found = checked(unreadable(), Some(Dates(Ok(None))), None).await;
    assert_eq!(found.age, None);
    let [
        Note {
            level: Level::Notice,
            text,
            ..
        },
    ] = &found.notes[..]
    else {
        panic!("not one notice: {:?}", found.notes)
    };
    assert!(text.contains("api_keys") && text.contains("no such secret") && text.contains("--key-created-at"));
    assert!(found.require_fresh().is_ok(), "unknown never fails a run");
}

#[tokio::test]
async fn an_unknown_age_is_a_warning_where_freshness_was_asked_for() {
    let found = checked(unreadable(), None, None).await.warn_if_unknown();
    assert!(
        matches!(&found.notes[..], [Note { level: Level::Warning, text, .. }] if text.contains("--fail-on-stale-key"))
    );
}

#[tokio::test]
async fn of_several_keys_with_our_prefix_the_newest_counts_and_it_is_said() {
    let list = List(Ok(vec![
        listed("spk_live_012", Some(days_ago(5))),
        listed("spk_live_012", Some(days_ago(120))),
        listed("spk_live_012", None),
    ]));
    let found = checked(list, None, None).await;
    assert_eq!(source(&found), Some((AgeSource::Sproobo, 5, false)));
    assert!(matches!(&found.notes[..], [Note { level: Level::Notice, text, .. }] if text.starts_with("3 keys")));
}

#[tokio::test]
async fn a_key_is_stale_at_the_threshold_and_not_a_second_before() {
    let edge = now() - TimeDelta::days(90);
    for (created_at, days, stale) in [(edge, 90, true), (edge + TimeDelta::seconds(1), 89, false)] {
        let found = checked(List(Ok(vec![listed("spk_live_012", Some(created_at))])), None, None).await;
        assert_eq!(source(&found), Some((AgeSource::Sproobo, days, stale)));
        assert_eq!(found.require_fresh().is_err(), stale);
    }
}

#[tokio::test]
async fn a_stale_key_is_one_warning_with_age_name_prefix_and_the_three_steps() {
    let found = checked(List(Ok(vec![listed("spk_live_012", Some(days_ago(120)))])), None, None).await;
    let [
        Note {
            level: Level::Warning,
            text,
            ..
        },
    ] = &found.notes[..]
    else {
        panic!("not one warning: {:?}", found.notes)
    };
    for piece in [
        "120 days",
        "from Sproobo",
        "90 days",
        "`ci`",
        "spk_live_012…",
        "1. ",
        "2. ",
        "3. ",
        "keys rotate",
    ] {
        assert!(text.contains(piece), "{piece} is not in: {text}");
    }
    assert!(!text.contains(KEY));
    let error = found.require_fresh().expect_err("stale");
    assert_eq!(error, stale_key(120, 90));
    assert_eq!(error.exit_code(), ExitCode::StaleKey);
}

#[test]
fn a_declared_date_in_the_future_is_bad_usage_whatever_the_list_says() {
    let error = AgePolicy::new(now(), 90 * DAY, Some(now() + TimeDelta::seconds(1))).expect_err("in the future");
    assert_eq!(error.exit_code(), ExitCode::Usage);
    assert!(error.to_string().contains("2026-06-01"));
    assert!(AgePolicy::new(now(), 90 * DAY, Some(now())).is_ok());
}

#[tokio::test]
async fn a_date_from_the_api_in_the_future_is_age_0_and_a_warning_about_clocks() {
    let tomorrow = now() + TimeDelta::days(1);
    let found = checked(List(Ok(vec![listed("spk_live_012", Some(tomorrow))])), None, None).await;
    assert_eq!(source(&found), Some((AgeSource::Sproobo, 0, false)));
    assert!(matches!(&found.notes[..], [Note { level: Level::Warning, text, .. }] if text.contains("clock")));
}

#[tokio::test]
async fn what_was_found_is_told_before_the_age() {
    struct Seen(Mutex<Vec<&'static str>>);
    impl Sink for Seen {
        fn emit(&self, event: Event) {
            let what = match event {
                Event::Note(Note { title, .. }) => title,
                Event::KeyAge(_) => "age",
                _ => "something else",
            };
            self.0.lock().expect("a lock").push(what);
        }
    }
    let seen = Seen(Mutex::default());
    let found = checked(List(Ok(vec![listed("spk_live_012", Some(days_ago(120)))])), None, None).await;
    found.emit(&seen);
    assert_eq!(*seen.0.lock().expect("a lock"), ["The API key is stale", "age"]);
}

#[tokio::test(start_paused = true)]
async fn the_check_is_awaited_two_seconds_after_the_verdict() {
    let late = Beside::start(async {
        tokio::time::sleep(Duration::from_millis(1_900)).await;
        "found"
    });
    assert_eq!(late.after_verdict().await, Some("found"));
}

#[tokio::test(start_paused = true)]
async fn the_check_is_awaited_no_longer_than_two_seconds_and_then_ended() {
    let (alive, ended) = tokio::sync::oneshot::channel::<()>();
    let never = Beside::start(async move {
        let _alive = alive;
        std::future::pending::<()>().await;
    });
    let verdict = tokio::time::Instant::now();
    assert_eq!(never.after_verdict().await, None);
    assert_eq!(verdict.elapsed(), Duration::from_secs(2));
    assert!(ended.await.is_err(), "the task went on");
}

#[tokio::test]
async fn whether_the_check_is_over_can_be_asked() {
    let (over, goes_on) = (Beside::start(async {}), Beside::start(std::future::pending::<()>()));
    tokio::task::yield_now().await;
    assert!(over.is_finished() && !goes_on.is_finished());
}
