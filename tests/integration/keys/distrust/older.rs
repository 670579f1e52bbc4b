//! `--revoke-after`: older keys of the name are revoked once it is clear that they are older, and which is in use.

use super::*;

/// Our key is 100 days old.
#[tokio::test(start_paused = true)]
async fn revoke_after_takes_the_older_keys_of_the_name_once_the_newest_is_that_old() {
    let world = || {
        let fake = Fake::new(&[]);
        fake.with(|world| {
            world.keys.push(record(7, "left_by_rotation_1", "ci", 200));
            world.keys.push(record(8, "somebody_elses_key", "laptop", 200));
        });
        fake
    };
    let fake = world();
    let (revoked, notes) = later(&fake, &grace(24 * 100)).await;
    assert_eq!(revoked, ["`ci`, left_by_rota…, id key_7"]);
    assert!(
        notes.contains("the older key `ci`, left_by_rota…, id key_7 is revoked"),
        "{notes}"
    );
    assert_eq!(ids(&fake), ["key_1", "key_8"]);

    let fake = world();
    let (revoked, notes) = later(&fake, &grace(24 * 100 + 1)).await;
    assert!(
        revoked.is_empty() && notes.contains("stay valid until the key in use is 100 d 1 h old"),
        "{notes}"
    );
    assert_eq!(fake.calls(), ["list"]);
}

#[tokio::test(start_paused = true)]
async fn revoke_after_leaves_all_keys_where_it_is_not_clear_that_ours_is_the_newest() {
    let newer = record(7, "an_orphan_of_today", "ci", 0);
    let mut undated = record(7, "undated_0123456789", "ci", 0);
    undated.info.created_at = None;
    for (other, says) in [
        (newer, "not known to be the newest"),
        (undated, "not known to be the newest"),
    ] {
        let fake = Fake::new(&[]);
        fake.with(|world| world.keys.push(other));
        fake.with(|world| world.keys.push(record(8, "left_by_rotation_1", "ci", 200)));
        let (revoked, notes) = later(&fake, &grace(1)).await;
        assert!(revoked.is_empty() && notes.contains(says), "{notes}");
        assert_eq!(fake.calls(), ["list"]);
    }
    let fake = Fake::new(&[]);
    fake.with(|world| world.keys[0].info.name = Some("by hand".to_owned()));
    let (revoked, notes) = later(&fake, &grace(1)).await;
    assert!(revoked.is_empty() && notes.contains("is not named `ci`"), "{notes}");
    let fake = Fake::new(&[]);
    fake.with(|world| world.keys.push(record(9, TWIN, "twin", 1)));
    let error = revoke_older(&fake, &old(), &grace(1), &Notes::default(), undisturbed())
        .await
        .expect_err("refused");
    assert_eq!(error.exit_code(), ExitCode::Usage);
}

#[tokio::test(start_paused = true)]
async fn revoke_after_says_so_when_the_list_still_shows_what_it_revoked() {
    let fake = Fake::new(&[]);
    fake.with(|world| {
        world.keys.push(record(7, "left_by_rotation_1", "ci", 200));
        world.revoking = Revoking::Nothing;
    });
    let (revoked, notes) = later(&fake, &grace(1)).await;
    assert!(
        revoked.is_empty() && notes.contains("its list still shows them: `ci`, left_by_rota…, id key_7"),
        "{notes}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_rotation_with_revoke_after_first_revokes_what_the_key_in_use_had_replaced() {
    let fake = Fake::new(&[STORE]);
    fake.with(|world| world.keys.push(record(7, "left_by_rotation_1", "ci", 200)));
    let plan = Plan {
        revoke: Revoke::After(Duration::from_secs(3600)),
        ..plan()
    };
    let rotated = run(&fake, &plan).await.expect("rotated");
    assert!(!rotated.revoked && rotated.left.is_empty());
    assert_eq!(ids(&fake), ["key_1", "key_2"], "the one in use goes at the next run");
    let calls = fake.calls();
    let place = |name: &str| calls.iter().position(|call| call == name).expect("a call");
    assert!(place("revoke key_7") < place("create"));
}
