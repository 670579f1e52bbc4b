//! Recognizing our deployment in a list.

use std::collections::HashSet;

use proptest::prelude::*;
use sproobo_deploy::deploy::ours::{Found, Looked, Wanted, find_ours};
use sproobo_deploy::model::{ClientToken, Deployment, DeploymentId, StatusClass, same_commit};

use crate::support::fake_platform::{COMMIT, id};

pub(crate) fn item(name: &str, token: Option<&str>, commit: Option<&str>, offset: i64) -> Deployment {
    Deployment {
        client_token: token.map(|token| ClientToken(token.to_owned())),
        commit: commit.map(str::to_owned),
        created_at: Some(chrono::DateTime::UNIX_EPOCH + chrono::Duration::seconds(100_000 + offset)),
        ..Deployment::new(id(name), StatusClass::Running, "queued")
    }
}

/// What an API shows that shows tokens, or does not, after the list showed `before`.
struct Api<'a> {
    shows_tokens: bool,
    before: Option<&'a [&'a str]>,
}

const TOKENS: Api<'_> = Api {
    shows_tokens: true,
    before: Some(&[]),
};
const NO_TOKENS: Api<'_> = Api {
    shows_tokens: false,
    before: Some(&[]),
};

impl Api<'_> {
    fn found(&self, list: &[Deployment], commit: Option<&str>) -> String {
        let token = ClientToken("ours".to_owned());
        let before = self.before.map(|ids| ids.iter().map(|name| id(name)).collect());
        let wanted = Wanted {
            token: &token,
            commit,
            shows_tokens: self.shows_tokens,
            before: before.as_ref(),
            not_ours: &HashSet::new(),
        };
        match find_ours(list, &wanted) {
            Looked::Found(Found::ByToken(deployment)) => format!("{} by token", deployment.id),
            Looked::Found(Found::ByCommit(deployment)) => format!("{} by commit", deployment.id),
            Looked::Impossible(_) => "Impossible".to_owned(),
            other => format!("{other:?}"),
        }
    }
}

#[test]
fn ours_is_what_shows_our_token() {
    let ours = item("ours", Some("ours"), None, 500);
    let other = item("other", Some("other"), Some(COMMIT), 0);
    for api in [TOKENS, NO_TOKENS] {
        let found = api.found(&[other.clone(), ours.clone(), ours.clone()], Some(COMMIT));
        assert_eq!(found, "ours by token", "rows with the same id are one");
        assert_eq!(api.found(std::slice::from_ref(&other), Some(COMMIT)), "Nothing");
    }
    let twice = [ours, item("twin", Some("ours"), None, 501)];
    assert_eq!(TOKENS.found(&twice, Some(COMMIT)), "Several");
}

#[test]
fn an_item_without_a_token_is_not_ours_where_the_contract_names_a_token_field() {
    let bare = item("bare", None, Some(COMMIT), 0);
    assert_eq!(
        TOKENS.found(std::slice::from_ref(&bare), Some(COMMIT)),
        "Unclear",
        "but it could be"
    );
    let known = Api {
        before: Some(&["bare"]),
        ..TOKENS
    };
    assert_eq!(known.found(&[bare], Some(COMMIT)), "Nothing");
    let other_commit = item("bare", None, Some("abcdef0"), 0);
    assert_eq!(TOKENS.found(&[other_commit], Some(COMMIT)), "Nothing");
    assert_eq!(TOKENS.found(&[item("bare", None, None, 0)], Some(COMMIT)), "Unclear");
}

#[test]
fn without_tokens_the_only_new_one_of_our_commit_is_found_whatever_the_clocks_say() {
    for offset in [-86_400, 0, 86_400] {
        let it = item("it", None, Some(&COMMIT[..7]), offset);
        assert_eq!(NO_TOKENS.found(&[it], Some(COMMIT)), "it by commit");
    }
    let twice = [item("one", None, Some(COMMIT), 1), item("two", None, Some(COMMIT), 2)];
    assert_eq!(NO_TOKENS.found(&twice, Some(COMMIT)), "Several");
    let known = Api {
        before: Some(&["one"]),
        ..NO_TOKENS
    };
    assert_eq!(known.found(&twice, Some(COMMIT)), "two by commit");
}

#[test]
fn a_list_that_shows_too_little_is_not_taken_for_an_empty_one() {
    assert_eq!(NO_TOKENS.found(&[], None), "Nothing");
    assert_eq!(
        NO_TOKENS.found(&[item("it", None, Some(COMMIT), 0)], None),
        "Impossible"
    );
    assert_eq!(NO_TOKENS.found(&[item("it", None, None, 0)], Some(COMMIT)), "Unclear");
    let mixed = [item("bare", None, None, 1), item("full", None, Some(COMMIT), 1)];
    assert_eq!(NO_TOKENS.found(&mixed, Some(COMMIT)), "Unclear");
    let never_read = Api {
        before: None,
        ..NO_TOKENS
    };
    assert_eq!(never_read.found(&mixed[1..], Some(COMMIT)), "Impossible");
    assert_eq!(never_read.found(&[], Some(COMMIT)), "Nothing");
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
    fn what_was_there_before_or_shows_another_token_is_never_ours(
        items in proptest::collection::vec((proptest::option::of("[a-c]"), any::<bool>(), 0..4_usize), 0..6),
        before in proptest::collection::vec(0..4_usize, 0..4),
        shows_tokens in any::<bool>(),
    ) {
        let name = |number: &usize| id(&format!("dep-{number}"));
        let list: Vec<Deployment> = items
            .iter()
            .map(|(token, same, number)| item(name(number).as_str(), token.as_deref(), same.then_some(COMMIT), 0))
            .collect();
        let (token, before) = (ClientToken("a".to_owned()), before.iter().map(name).collect::<HashSet<DeploymentId>>());
        let wanted = Wanted {
            token: &token,
            commit: Some(COMMIT),
            shows_tokens,
            before: Some(&before),
            not_ours: &HashSet::new(),
        };
        match find_ours(&list, &wanted) {
            Looked::Found(Found::ByToken(found)) => prop_assert_eq!(found.client_token, Some(token)),
            Looked::Found(Found::ByCommit(found)) => {
                prop_assert!(!shows_tokens && found.client_token.is_none() && !before.contains(&found.id));
            }
            _ => {}
        }
    }
}
