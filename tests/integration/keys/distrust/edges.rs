//! Where dates are equal, ids are missing, or a list can't be read a second time.

use sproobo_deploy::error::{ApiError, ExitCode};
use sproobo_deploy::keys::rotate::{Plan, Revoke, orphans, rotate};

use super::*;

fn nothing_revoked() -> Plan {
    Plan {
        revoke: Revoke::Nothing,
        ..plan()
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_of_the_same_moment_may_be_the_newer_one() {
    let twin_in_time = record(7, "left_by_rotation_1", "ci", 100);
    let fake = Fake::new(&[]);
    fake.with(|world| world.keys.push(twin_in_time.clone()));
    let (revoked, notes) = later(&fake, &grace(1)).await;
    assert!(
        revoked.is_empty() && notes.contains("not known to be the newest"),
        "{notes}"
    );

    let keys = [record(1, OLD, "ci", 100).info, twin_in_time.info];
    assert_eq!(orphans(&keys, &old(), "ci"), [&keys[1]]);
}

#[tokio::test(start_paused = true)]
async fn a_key_without_an_id_is_told_and_left() {
    let fake = Fake::new(&[]);
    let mut other = record(7, "left_by_rotation_1", "ci", 200);
    other.info.id = None;
    fake.with(|world| world.keys.push(other));
    let (revoked, notes) = later(&fake, &grace(1)).await;
    assert!(
        revoked.is_empty() && notes.contains("shows no id for `ci`, left_by_rota…"),
        "{notes}"
    );
}

/// The key in use is in the list once; only that the list may go on makes that no proof.
#[tokio::test(start_paused = true)]
async fn a_key_is_not_named_as_one_that_looks_like_itself() {
    let fake = Fake::new(&[STORE]);
    let others = (10..19).map(|number| record(number, &format!("somebody_{number}_s_key"), "other", 5));
    fake.with(|world| world.keys.extend(others));
    let notes = Notes::default();
    rotate(&fake, &fake, &old(), &nothing_revoked(), &notes, undisturbed())
        .await
        .expect("rotated");
    assert!(!notes.all().contains("begin like"), "{}", notes.all());
}

/// Between the two lists it becomes unreadable.
#[tokio::test(start_paused = true)]
async fn a_second_list_that_can_not_be_read_stops_what_would_revoke_and_nothing_else() {
    for plan in [nothing_revoked(), plan()] {
        let fake = Fake::new(&[STORE]);
        fake.with(|world| world.slow = 1);
        let world = fake.world.clone();
        let while_it_is_proven = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            world.lock().expect("a lock").list_error = Some(ApiError::NotOffered { operation: "api_keys" });
        };
        let (rotated, ()) = tokio::join!(run(&fake, &plan), while_it_is_proven);
        if plan.revoke == Revoke::Nothing {
            assert!(rotated.expect("rotated").left.is_empty());
            continue;
        }
        let error = rotated.expect_err("stopped");
        assert!(
            error.to_string().contains("the keys could not be looked at again"),
            "{error}"
        );
        assert_ne!(error.exit_code(), ExitCode::Ok);
        assert_eq!(ids(&fake), ["key_1", "key_2"]);
    }
}
