//! Recognizing our deployment in a list.

use proptest::prelude::*;
use sproobo_deploy::deploy::lookup::{Found, Wanted, find_ours, same_commit};
use sproobo_deploy::model::{ClientToken, Deployment, StatusClass};

use crate::support::fake_platform::{COMMIT, id};

fn wanted<'a>(token: &'a ClientToken, commit: Option<&'a str>, now: &Deployment) -> Wanted<'a> {
    let sent = now.created_at.unwrap();
    Wanted {
        token,
        commit,
        first_sent: sent,
        last_sent: sent,
        now: sent + chrono::Duration::seconds(10),
        not_ours: &[],
    }
}

pub(crate) fn item(name: &str, token: Option<&str>, commit: Option<&str>, offset: i64) -> Deployment {
    Deployment {
        client_token: token.map(|token| ClientToken(token.to_owned())),
        commit: commit.map(str::to_owned),
        created_at: Some(chrono::DateTime::UNIX_EPOCH + chrono::Duration::seconds(100_000 + offset)),
        ..Deployment::new(id(name), StatusClass::Running, "queued")
    }
}

fn found(list: &[Deployment], commit: Option<&str>) -> String {
    let token = ClientToken("ours".to_owned());
    match find_ours(list, &wanted(&token, commit, &item("now", None, None, 0))) {
        Found::Ours(deployment) => deployment.id.to_string(),
        Found::Impossible(_) => "Impossible".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_lost_deployment_is_recognized_by_token_alone_where_tokens_are_shown() {
    let ours = item("ours", Some("ours"), None, 500);
    let other = item("other", Some("other"), Some(COMMIT), 0);
    let bare = item("bare", None, Some(COMMIT), 0);
    assert_eq!(found(&[other.clone(), bare.clone(), ours], Some(COMMIT)), "ours");
    assert_eq!(found(&[other, bare], Some(COMMIT)), "Nothing");
}

#[test]
fn without_tokens_commit_and_time_decide_and_never_an_older_deployment() {
    let look = |offset| found(&[item("it", None, Some(COMMIT), offset)], Some(COMMIT));
    assert_eq!(look(1), "it");
    assert_eq!(look(120), "it");
    assert_eq!(look(-120), "it");
    assert_eq!(look(121), "Nothing");
    assert_eq!(look(-121), "Nothing");
    assert_eq!(found(&[item("it", None, Some("abcdef0"), 1)], Some(COMMIT)), "Nothing");
    let twice = [
        item("one", None, Some(COMMIT), 1),
        item("two", None, Some(&COMMIT[..7]), 2),
    ];
    assert_eq!(found(&twice, Some(COMMIT)), "Several");
}

#[test]
fn a_run_that_took_longer_than_our_request_is_old_is_somebody_elses() {
    let mut earlier = item("earlier", None, Some(COMMIT), -90);
    earlier.finished_at = earlier
        .created_at
        .map(|created| created + chrono::Duration::seconds(60));
    assert_eq!(found(&[earlier], Some(COMMIT)), "Nothing");
}

#[test]
fn a_list_that_shows_too_little_is_not_taken_for_an_empty_one() {
    assert_eq!(found(&[], None), "Nothing");
    assert_eq!(found(&[item("it", None, Some(COMMIT), 0)], None), "Impossible");
    assert_eq!(found(&[item("it", None, None, 0)], Some(COMMIT)), "Impossible");
    let mixed = [item("bare", None, None, 1), item("full", None, Some("abcdef0"), 1)];
    assert_eq!(found(&mixed, Some(COMMIT)), "Unclear");
}

#[test]
fn commits_are_the_same_by_a_prefix_of_seven() {
    assert!(same_commit(COMMIT, &COMMIT.to_uppercase()));
    assert!(same_commit(&COMMIT[..7], COMMIT));
    assert!(!same_commit(&COMMIT[..6], COMMIT));
    assert!(!same_commit("", ""));
    assert!(!same_commit("0123456f", COMMIT));
}

proptest! {
    #[test]
    fn no_item_with_another_token_is_ever_ours(
        items in proptest::collection::vec((proptest::option::of("[a-c]"), any::<bool>(), -300_i64..300), 0..6)
    ) {
        let list: Vec<Deployment> = items
            .iter()
            .map(|(token, same, offset)| item("x", token.as_deref(), same.then_some(COMMIT), *offset))
            .collect();
        let token = ClientToken("a".to_owned());
        if let Found::Ours(found) = find_ours(&list, &wanted(&token, Some(COMMIT), &item("now", None, None, 0))) {
            let shows_tokens = list.iter().any(|item| item.client_token.is_some());
            prop_assert_eq!(found.client_token.as_ref() == Some(&token), shows_tokens);
        }
    }
}
