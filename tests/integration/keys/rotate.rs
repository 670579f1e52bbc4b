//! A rotation, stopped in every way there is: a working key in every store, always.

use std::sync::Mutex;
use std::time::Duration;

use sproobo_deploy::error::{ApiError, Error, ExitCode};
use sproobo_deploy::event::{Event, Level, Note, Sink};
use sproobo_deploy::keys::rotate::{Plan, Revoke, Rotated, orphans, rotate};
use sproobo_deploy::secret::Secret;

use crate::support::fake_platform::{not_connected, reply};
use crate::support::rotation::{Fake, Fault, OLD, now, record, unauthorized, undisturbed};

#[derive(Default)]
struct Notes(Mutex<Vec<(Level, String)>>);

impl Sink for Notes {
    fn emit(&self, event: Event) {
        if let Event::Note(Note { level, text, .. }) = event {
            self.0.lock().expect("a lock").push((level, text));
        }
    }
}

impl Notes {
    fn warnings(&self) -> Vec<String> {
        let notes = self.0.lock().expect("a lock");
        let warnings = notes.iter().filter(|(level, _)| *level == Level::Warning);
        warnings.map(|(_, text)| text.clone()).collect()
    }
}

const ONE: &str = "github-secret:SPROOBO_API_KEY";
const TWO: &str = "gitlab-variable:SPROOBO_API_KEY@production";

fn plan(stores: &[&str], revoke_old: bool) -> Plan {
    Plan {
        name: "ci".to_owned(),
        stores: stores.iter().map(|store| store.parse().expect("a store")).collect(),
        revoke: if revoke_old { Revoke::Old } else { Revoke::Nothing },
        created_at: None,
        now: now(),
        in_ci: true,
    }
}

async fn run(fake: &Fake, plan: &Plan, notes: &Notes) -> Result<Rotated, Error> {
    rotate(fake, fake, &Secret::new(OLD.to_owned()), plan, notes, undisturbed()).await
}

fn rotation(error: Error) -> (String, String, ExitCode) {
    match error {
        Error::Rotation { what, next, code } => {
            assert!(
                !format!("{what}{next}").contains("_secret"),
                "a key's value is in: {what} {next}"
            );
            (what, next, code)
        }
        other => panic!("not a rotation's error: {other}"),
    }
}

#[tokio::test(start_paused = true)]
async fn create_prove_store_prove_and_only_then_revoke() {
    let fake = Fake::new(&[ONE, TWO]);
    let rotated = run(&fake, &plan(&[ONE, TWO], true), &Notes::default())
        .await
        .expect("rotated");
    let expected = [
        "list".to_owned(),
        format!("check {ONE}"),
        format!("check {TWO}"),
        "create".to_owned(),
        "prove".to_owned(),
        format!("put {ONE}"),
        format!("put {TWO}"),
        "prove".to_owned(),
        "list".to_owned(),
        "revoke key_1".to_owned(),
        "prove old".to_owned(),
        "prove".to_owned(),
    ];
    assert_eq!(fake.calls(), expected);
    assert!(rotated.revoked && fake.every_store_works());
    assert_eq!(rotated.new.prefix.as_deref(), Some("new_key_0002"));
}

#[tokio::test(start_paused = true)]
async fn without_revoke_old_the_old_key_stays() {
    let fake = Fake::new(&[ONE]);
    let rotated = run(&fake, &plan(&[ONE], false), &Notes::default())
        .await
        .expect("rotated");
    assert!(!rotated.revoked);
    assert_eq!(fake.with(|world| world.keys.len()), 2);
}

/// Twelve calls: killed before and after each of them, and then run again.
#[tokio::test(start_paused = true)]
async fn killed_between_any_two_steps_every_store_holds_a_working_key_and_the_next_run_names_the_orphan() {
    let faults = (1..=12).flat_map(|at| [Fault::KilledBefore(at), Fault::KilledAfter(at)]);
    let mut orphaned = 0;
    for fault in faults {
        let mut fake = Fake::new(&[ONE, TWO]);
        fake.fault = fault;
        let plan = plan(&[ONE, TWO], true);
        let killed = tokio::time::timeout(Duration::from_secs(60), run(&fake, &plan, &Notes::default())).await;
        assert!(killed.is_err(), "it was not killed");
        assert!(fake.every_store_works(), "{:?}", fake.calls());

        // The next job gets its key from a store: the first one, as it happens.
        fake.fault = Fault::None;
        let in_use = Secret::new(fake.with(|world| world.stores[ONE].clone()));
        let infos: Vec<_> = fake.with(|world| world.keys.iter().map(|key| key.info.clone()).collect());
        let in_use_is_old = in_use.expose() == OLD;
        let notes = Notes::default();
        rotate(&fake, &fake, &in_use, &plan, &notes, undisturbed())
            .await
            .expect("the next run succeeds");
        let newest = fake.with(|world| world.keys.last().expect("a key").value.clone());
        fake.with(|world| assert!(world.stores.values().all(|value| *value == newest), "{:?}", world.calls));
        let warned = notes.warnings();
        if infos.len() == 2 && in_use_is_old {
            orphaned += 1;
            assert!(
                warned.len() == 1 && warned[0].contains("new_key_0002") && warned[0].contains("key_2"),
                "{warned:?}"
            );
        } else {
            assert!(warned.is_empty(), "{warned:?}");
        }
    }
    assert_eq!(
        orphaned, 4,
        "after create, around the proof, and before the first store"
    );
}

#[tokio::test(start_paused = true)]
async fn when_one_store_fails_after_another_nothing_is_revoked_and_it_says_who_holds_what() {
    let fake = Fake::new(&[ONE, TWO]);
    fake.with(|world| world.refusing.insert(TWO.to_owned(), ExitCode::Refused));
    let error = run(&fake, &plan(&[ONE, TWO], true), &Notes::default())
        .await
        .expect_err("one store refuses");
    let (what, next, code) = rotation(error);
    for piece in [
        &format!("{TWO} could not be written (HTTP 403 from GitHub)"),
        "Nothing was revoked: the old key is still valid",
        &format!("{ONE} holds the new key; {TWO} holds what was there before"),
    ] {
        assert!(what.contains(piece), "{piece} is not in: {what}");
    }
    assert!(
        next.contains("`ci`, new_key_0002…, id key_2") && next.contains("both keys are needed"),
        "{next}"
    );
    assert_eq!(code, ExitCode::Refused);
    assert_eq!(fake.with(|world| world.keys.len()), 2);
    assert!(fake.every_store_works());
}

#[tokio::test(start_paused = true)]
async fn when_no_store_was_written_the_new_key_is_named_for_revoking() {
    let fake = Fake::new(&[ONE]);
    fake.with(|world| world.refusing.insert(ONE.to_owned(), ExitCode::Refused));
    let error = run(&fake, &plan(&[ONE], true), &Notes::default())
        .await
        .expect_err("it refuses");
    let (what, next, _) = rotation(error);
    assert!(what.contains("holds what was there before"), "{what}");
    assert!(next.contains("nothing uses") && next.contains("id key_2"), "{next}");
}

#[tokio::test(start_paused = true)]
async fn a_store_whose_reply_was_lost_may_hold_either_key_so_both_are_kept() {
    let fake = Fake::new(&[ONE]);
    fake.with(|world| world.refusing.insert(ONE.to_owned(), ExitCode::CouldNotTell));
    let error = run(&fake, &plan(&[ONE], true), &Notes::default())
        .await
        .expect_err("lost");
    let (what, next, code) = rotation(error);
    assert!(what.contains(&format!("{ONE} holds either key")), "{what}");
    assert!(
        !next.contains("nothing uses") && next.contains("both keys are needed"),
        "{next}"
    );
    assert_eq!(code, ExitCode::CouldNotTell);
}

#[tokio::test(start_paused = true)]
async fn a_new_key_that_does_not_work_reaches_no_store() {
    let fake = Fake::new(&[ONE]);
    fake.with(|world| world.broken_keys = true);
    let error = run(&fake, &plan(&[ONE], true), &Notes::default())
        .await
        .expect_err("it does not work");
    let (what, next, code) = rotation(error);
    assert!(what.contains("does not work") && what.contains("unknown key"), "{what}");
    assert!(next.contains("id key_2"), "{next}");
    assert_eq!(code, ExitCode::Key);
    assert!(
        !fake
            .calls()
            .iter()
            .any(|call| call.starts_with("put") || call.starts_with("revoke"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_key_may_take_a_moment_to_be_known() {
    let fake = Fake::new(&[ONE]);
    fake.with(|world| world.slow = 4);
    run(&fake, &plan(&[ONE], true), &Notes::default())
        .await
        .expect("rotated");
    let fake = Fake::new(&[ONE]);
    fake.with(|world| world.slow = 5);
    run(&fake, &plan(&[ONE], true), &Notes::default())
        .await
        .expect_err("five times is too often");
}

#[tokio::test(start_paused = true)]
async fn when_revoking_fails_the_old_key_is_named_and_the_new_one_is_in_place() {
    let fake = Fake::new(&[ONE]);
    fake.with(|world| world.revoke_error = Some(unauthorized()));
    let error = run(&fake, &plan(&[ONE], true), &Notes::default())
        .await
        .expect_err("not revoked");
    let (what, next, _) = rotation(error);
    assert!(what.contains("old key is probably still valid") && what.contains(&format!("{ONE} holds the new key")));
    assert!(next.contains("id key_1"), "{next}");
    assert!(fake.every_store_works());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_created_when_the_old_key_can_not_be_told_for_sure() {
    let twins = Fake::new(&[ONE]);
    twins.with(|world| world.keys.push(record(2, OLD, "twin", 1)));
    let unlisted = Fake::new(&[ONE]);
    unlisted.with(|world| world.keys.clear());
    let unreadable = Fake::new(&[ONE]);
    unreadable.with(|world| world.list_error = Some(ApiError::NotOffered { operation: "api_keys" }));
    for (fake, why) in [
        (twins, "2 keys in the list begin with the same 12 characters"),
        (
            unlisted,
            "the list shows no key with the first 12 characters of the key in use",
        ),
        (unreadable, "could not read the list of API keys"),
    ] {
        let refused = run(&fake, &plan(&[ONE], true), &Notes::default()).await;
        let text = refused.expect_err("refused").to_string();
        assert!(text.contains(why), "{text}");
        assert_eq!(fake.calls(), ["list"], "nothing else happened");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_list_is_no_obstacle_to_a_rotation_that_revokes_nothing() {
    let fake = Fake::new(&[ONE]);
    fake.with(|world| world.list_error = Some(ApiError::NotOffered { operation: "api_keys" }));
    run(&fake, &plan(&[ONE], false), &Notes::default())
        .await
        .expect("rotated");
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_can_not_work_is_refused_before_anything_is_asked() {
    let fake = Fake::new(&[ONE]);
    let mut nameless = plan(&[ONE], false);
    nameless.name = " ".to_owned();
    for plan in [
        plan(&[], false),
        plan(&[ONE, ONE], false),
        plan(&["stdout-once"], false),
        nameless,
    ] {
        let error = run(&fake, &plan, &Notes::default()).await.expect_err("refused");
        assert_eq!(error.exit_code(), ExitCode::Usage);
    }
    assert!(fake.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn on_a_persons_machine_the_value_is_shown_last() {
    let fake = Fake::new(&[ONE]);
    let mut plan = plan(&["stdout-once", ONE], false);
    plan.in_ci = false;
    run(&fake, &plan, &Notes::default()).await.expect("rotated");
    let puts: Vec<_> = fake
        .calls()
        .into_iter()
        .filter(|call| call.starts_with("put"))
        .collect();
    assert_eq!(puts, [format!("put {ONE}"), "put stdout-once".to_owned()]);
}

#[tokio::test(start_paused = true)]
async fn older_keys_of_the_name_are_named_without_alarm() {
    let fake = Fake::new(&[ONE]);
    fake.with(|world| world.keys.push(record(7, "left_by_rotation_1", "ci", 200)));
    let notes = Notes::default();
    run(&fake, &plan(&[ONE], true), &notes).await.expect("rotated");
    assert!(notes.warnings().is_empty());
    let notes = notes.0.lock().expect("a lock");
    assert!(
        notes
            .iter()
            .any(|(_, text)| text.contains("still valid: `ci`, left_by_rota…, id key_7")),
        "{notes:?}"
    );
}

#[test]
fn an_orphan_has_the_rotations_name_and_is_not_older_than_the_key_in_use() {
    let keys: Vec<_> = [
        record(1, OLD, "ci", 100),
        record(2, "left_by_rotation_1", "ci", 200),
        record(3, "somebody_elses_key", "laptop", 1),
        record(4, "an_orphaned_key_x", "ci", 1),
    ]
    .into_iter()
    .map(|key| key.info)
    .collect();
    let found = orphans(&keys, &Secret::new(OLD.to_owned()), "ci");
    assert_eq!(found, [&keys[3]]);
    let stranger = Secret::new("a key that the list does not show".to_owned());
    assert_eq!(
        orphans(&keys, &stranger, "ci").len(),
        3,
        "without our own date, none is ruled out"
    );
}

/// Another key that begins alike is still there, and is not the one to be revoked.
#[tokio::test(start_paused = true)]
async fn a_key_in_use_that_is_gone_meanwhile_stops_the_rotation_before_it_revokes() {
    let fake = Fake::new(&[ONE]);
    fake.with(|world| {
        world.keys.push(record(9, "old_key_0000_others", "twin", 1));
        world.revoked_beside = Some(("put github-secret:SPROOBO_API_KEY", "key_1"));
    });
    let plan = Plan {
        created_at: Some(now() - chrono::TimeDelta::days(100)),
        ..plan(&[ONE], true)
    };
    let (what, _, code) = rotation(run(&fake, &plan, &Notes::default()).await.expect_err("stopped"));
    assert!(
        what.contains("does not show the key in use (`ci`, old_key_0000…, id key_1)"),
        "{what}"
    );
    assert_eq!(code, ExitCode::OutsideContract);
    assert!(!fake.calls().iter().any(|call| call.starts_with("revoke")));
}

/// An API in trouble refuses no key: that the old one is gone has to be seen.
#[tokio::test(start_paused = true)]
async fn trouble_when_the_old_key_is_tried_is_no_proof_that_it_is_revoked() {
    for error in [reply(503), reply(404), not_connected()] {
        let fake = Fake::new(&[ONE]);
        fake.with(|world| world.old_key_gets = Some(error.clone()));
        let stopped = run(&fake, &plan(&[ONE], true), &Notes::default()).await;
        let (what, next, code) = rotation(stopped.expect_err("unproven"));
        assert!(what.contains(&error.to_string()), "{what}");
        assert!(next.contains("key_1"), "{next}");
        assert_eq!(code, ExitCode::CouldNotTell);
    }
}
