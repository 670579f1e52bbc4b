//! A rotation believes no reply: each way in which Sproobo, or another rotation, could mislead it.

mod edges;
mod older;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sproobo_deploy::error::{Error, ExitCode};
use sproobo_deploy::event::{Event, Sink};
use sproobo_deploy::keys::rotate::{Grace, Plan, Revoke, Rotated, revoke_older, rotate};
use sproobo_deploy::secret::Secret;

use crate::support::rotation::{Creating, Fake, KeyRecord, OLD, Revoking, now, record, undisturbed};

/// Begins like the key in use.
const TWIN: &str = "old_key_0000_others";
const STORE: &str = "github-secret:SPROOBO_API_KEY";

#[derive(Default)]
struct Notes(std::sync::Mutex<Vec<String>>);

impl Sink for Notes {
    fn emit(&self, event: Event) {
        if let Event::Note(note) = event {
            self.0.lock().expect("a lock").push(note.text);
        }
    }
}

impl Notes {
    fn all(&self) -> String {
        self.0.lock().expect("a lock").join("\n")
    }
}

fn plan() -> Plan {
    Plan {
        name: "ci".to_owned(),
        stores: vec![STORE.parse().expect("a store")],
        revoke: Revoke::Old,
        created_at: None,
        now: now(),
        in_ci: true,
    }
}

fn old() -> Secret {
    Secret::new(OLD.to_owned())
}

async fn run(fake: &Fake, plan: &Plan) -> Result<Rotated, Error> {
    rotate(fake, fake, &old(), plan, &Notes::default(), undisturbed()).await
}

async fn stops(fake: &Fake) -> (String, String, ExitCode) {
    match run(fake, &plan()).await.expect_err("it stops") {
        Error::Rotation { what, next, code } => (what, next, code),
        other => panic!("not a rotation's error: {other}"),
    }
}

fn ids(fake: &Fake) -> Vec<String> {
    let id = |key: &KeyRecord| key.info.id.as_ref().expect("an id").to_string();
    fake.with(|world| world.keys.iter().map(id).collect())
}

fn count(fake: &Fake, start: &str) -> usize {
    fake.calls().iter().filter(|call| call.starts_with(start)).count()
}

#[tokio::test(start_paused = true)]
async fn a_revoke_that_is_answered_and_does_nothing_is_no_revoke() {
    let fake = Fake::new(&[STORE]);
    fake.with(|world| world.revoking = Revoking::Nothing);
    let (what, next, code) = stops(&fake).await;
    assert!(
        what.contains("the old key still works too, 30 s after Sproobo said that id key_1 is revoked"),
        "{what}"
    );
    assert!(what.contains(&format!("{STORE} holds the new key")), "{what}");
    assert!(next.contains("revoke the old key (id key_1)"), "{next}");
    assert_eq!(code, ExitCode::OutsideContract);
    assert_eq!(count(&fake, "prove old"), 16, "at once, and every 2 s for 30 s");
}

#[tokio::test(start_paused = true)]
async fn an_old_key_that_takes_a_while_to_be_refused_is_waited_for() {
    let fake = Fake::new(&[STORE]);
    fake.with(|world| world.revoking = Revoking::Nothing);
    let world = fake.world.clone();
    let later = async {
        tokio::time::sleep(Duration::from_secs(25)).await;
        world.lock().expect("a lock").keys.retain(|key| key.value != OLD);
    };
    let plan = plan();
    let (rotated, ()) = tokio::join!(run(&fake, &plan), later);
    assert!(rotated.expect("rotated").revoked);
}

#[tokio::test(start_paused = true)]
async fn a_revoke_that_takes_the_new_key_instead_is_told_and_names_the_key_that_works() {
    let fake = Fake::new(&[STORE]);
    fake.with(|world| world.revoking = Revoking::Newest);
    let (what, next, code) = stops(&fake).await;
    assert!(
        what.contains("the new key (`ci`, new_key_0002…, id key_2) has stopped working"),
        "{what}"
    );
    assert!(next.contains("put it back into the stores"), "{next}");
    assert_eq!(code, ExitCode::Key);
}

#[tokio::test(start_paused = true)]
async fn a_revoke_that_takes_every_key_is_never_a_success() {
    let fake = Fake::new(&[STORE]);
    fake.with(|world| world.revoking = Revoking::All);
    let (what, next, _) = stops(&fake).await;
    assert!(what.contains("the old key is revoked, but the new one"), "{what}");
    assert!(next.contains("create one in Settings"), "{next}");
}

/// What counts is whether the key is refused, not what the reply to its revoking was.
#[tokio::test(start_paused = true)]
async fn a_revoke_whose_reply_was_lost_has_worked_if_the_old_key_is_refused() {
    let fake = Fake::new(&[STORE]);
    fake.with(|world| {
        world.revoke_error = Some(crate::support::rotation::unauthorized());
        // As if the request had arrived: by the time of the question the key is gone.
        world.forget_old_at_revoke = true;
    });
    assert!(run(&fake, &plan()).await.expect("rotated").revoked);
}

#[tokio::test(start_paused = true)]
async fn a_new_key_with_the_value_of_the_key_in_use_reaches_no_store() {
    let fake = Fake::new(&[STORE]);
    fake.with(|world| world.creating = Creating::OldValue);
    let (what, next, code) = stops(&fake).await;
    assert!(what.contains("it holds the value of the key in use"), "{what}");
    assert!(what.contains("No store was written and nothing revoked"), "{what}");
    assert!(next.contains("nobody has its value"), "{next}");
    assert_eq!(code, ExitCode::OutsideContract);
    assert_eq!((count(&fake, "put"), count(&fake, "revoke")), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_new_key_with_the_id_of_the_key_in_use_is_none() {
    let fake = Fake::new(&[STORE]);
    fake.with(|world| world.creating = Creating::OldId);
    let (what, _, code) = stops(&fake).await;
    assert!(
        what.contains("it carries the id of `ci`, old_key_0000…, id key_1"),
        "{what}"
    );
    assert_eq!(code, ExitCode::OutsideContract);
    assert_eq!((count(&fake, "put"), count(&fake, "revoke")), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn of_two_keys_that_begin_alike_date_and_name_prove_which_is_in_use() {
    // Of this date; of this second; of the name but another date; of the date but another name.
    let in_use = now() - TimeDelta::days(100);
    let day: DateTime<Utc> = in_use.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    for (created_at, name, days, proven) in [
        (Some(day), "ci", 1, true),
        (Some(in_use), "ci", 1, true),
        (Some(in_use + TimeDelta::seconds(1)), "ci", 1, false),
        (Some(day - TimeDelta::days(1)), "ci", 1, false),
        (Some(day), "ci", 100, false),
        (Some(day), "twin", 100, true),
        (None, "twin", 1, false),
    ] {
        let fake = Fake::new(&[STORE]);
        fake.with(|world| world.keys.push(record(9, TWIN, name, days)));
        let plan = Plan { created_at, ..plan() };
        let end = run(&fake, &plan).await;
        assert_eq!(end.is_ok(), proven, "{created_at:?} {name} {days}: {end:?}");
        if proven {
            assert_eq!(fake.calls().iter().filter(|call| *call == "revoke key_1").count(), 1);
        } else {
            let next = end.expect_err("refused");
            assert_eq!(next.exit_code(), ExitCode::Usage);
            assert!(next.to_string().contains("nothing was created"), "{next}");
            assert_eq!(fake.calls(), ["list"]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_may_be_one_page_of_several_proves_nothing() {
    let crowd = |size: u32| {
        let fake = Fake::new(&[STORE]);
        for number in 100..100 + size - 1 {
            fake.with(|world| {
                world
                    .keys
                    .push(record(number, &format!("other_{number:08}_key"), "team", 7))
            });
        }
        fake
    };
    let full = crowd(20);
    let error = run(&full, &plan()).await.expect_err("refused");
    assert!(
        error.to_string().contains("shows 20 keys, which may be a page"),
        "{error}"
    );
    assert_eq!(full.calls(), ["list"]);
    run(&crowd(21), &plan()).await.expect("no page has 21");
    let paged = crowd(20);
    paged.with(|world| world.paged = true);
    run(&paged, &plan()).await.expect("all pages were read");
    let declared = Plan {
        created_at: Some(now() - TimeDelta::days(100)),
        ..plan()
    };
    run(&crowd(20), &declared).await.expect("date and name prove it");
    let keeps = Plan {
        revoke: Revoke::Nothing,
        ..plan()
    };
    run(&crowd(20), &keeps).await.expect("nothing is revoked");
}

#[tokio::test(start_paused = true)]
async fn a_rotation_beside_ours_is_noticed_before_anything_is_revoked() {
    for at in [
        "check github-secret:SPROOBO_API_KEY",
        "create",
        "put github-secret:SPROOBO_API_KEY",
        "prove",
    ] {
        for revoke in [Revoke::Old, Revoke::Nothing] {
            let fake = Fake::new(&[STORE]);
            fake.with(|world| world.intruder = Some((at, record(7, "their_new_key_7", "ci", 0))));
            let error = run(&fake, &Plan { revoke, ..plan() }).await.expect_err("contested");
            let Error::Rotation { what, next, code } = error else {
                panic!("{error}")
            };
            assert!(
                what.contains("another rotation of this name ran at the same time"),
                "{what}"
            );
            assert!(
                what.contains("their_new_ke…, id key_7") && what.contains("id key_2"),
                "{what}"
            );
            assert!(
                what.contains(&format!("{STORE} may hold either of the new ones")),
                "{what}"
            );
            assert!(next.contains("concurrency"), "{next}");
            assert_eq!(code, ExitCode::Refused);
            assert_eq!(ids(&fake).len(), 3, "nothing was revoked");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_lags_behind_is_asked_again_and_one_that_never_shows_the_new_key_revokes_nothing() {
    let fake = Fake::new(&[STORE]);
    fake.with(|world| world.lag = 3);
    assert!(run(&fake, &plan()).await.expect("rotated").revoked);
    let fake = Fake::new(&[STORE]);
    fake.with(|world| world.lag = 5);
    let (what, _, code) = stops(&fake).await;
    assert!(what.contains("does not show the new key"), "{what}");
    assert_eq!((code, count(&fake, "revoke")), (ExitCode::OutsideContract, 0));
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_rotation_left_is_named_again_at_the_end() {
    let fake = Fake::new(&[STORE]);
    fake.with(|world| world.keys.push(record(7, "left_by_rotation_1", "ci", 200)));
    fake.with(|world| world.keys.push(record(8, "somebody_elses_key", "laptop", 200)));
    let rotated = run(&fake, &plan()).await.expect("rotated");
    let left: Vec<_> = rotated.left.iter().map(ToString::to_string).collect();
    assert_eq!(left, ["`ci`, left_by_rota…, id key_7"]);
}

#[tokio::test(start_paused = true)]
async fn another_key_that_begins_alike_is_named() {
    let fake = Fake::new(&[STORE]);
    fake.with(|world| world.keys.push(record(9, TWIN, "twin", 1)));
    let notes = Notes::default();
    let plan = Plan {
        created_at: Some(now() - TimeDelta::days(100)),
        ..plan()
    };
    rotate(&fake, &fake, &old(), &plan, &notes, undisturbed())
        .await
        .expect("rotated");
    assert!(
        notes
            .all()
            .contains("begin like the key in use are valid too: `twin`, old_key_0000…, id key_9"),
        "{}",
        notes.all()
    );
}

/// Where nothing is to be revoked it need not be clear which of them is in use.
#[tokio::test(start_paused = true)]
async fn of_keys_that_begin_alike_all_are_named_where_none_is_known_to_be_ours() {
    let fake = Fake::new(&[STORE]);
    fake.with(|world| world.keys.push(record(9, TWIN, "twin", 1)));
    let notes = Notes::default();
    let plan = Plan {
        revoke: Revoke::Nothing,
        ..plan()
    };
    rotate(&fake, &fake, &old(), &plan, &notes, undisturbed())
        .await
        .expect("rotated");
    let named = "valid too: `ci`, old_key_0000…, id key_1; `twin`, old_key_0000…, id key_9";
    assert!(notes.all().contains(named), "{}", notes.all());

    let fake = Fake::new(&[STORE]);
    let notes = Notes::default();
    rotate(&fake, &fake, &old(), &plan, &notes, undisturbed())
        .await
        .expect("rotated");
    assert!(!notes.all().contains("begin like"), "{}", notes.all());
}

fn grace(hours: u64) -> Grace {
    Grace {
        name: "ci".to_owned(),
        after: Duration::from_secs(hours * 3600),
        now: now(),
        created_at: None,
    }
}

async fn later(fake: &Fake, grace: &Grace) -> (Vec<String>, String) {
    let notes = Notes::default();
    let revoked = revoke_older(fake, &old(), grace, &notes, undisturbed())
        .await
        .expect("no error");
    (revoked.iter().map(ToString::to_string).collect(), notes.all())
}
