//! `keys rotate` into stores whose bodies are opened, stopped and killed on the way.

use nix::sys::signal::Signal;
use serde_json::json;

use crate::support::cli::{Finished, KEY, Sproobo};
use crate::support::outside::{ENVIRONMENT_SECRET, Hang, Key, Outside, SECRET, VARIABLE};
use crate::support::server::Act;

const NEW_PREFIX: &str = "spb_new1_x7Y";

fn scoped_variable() -> String {
    format!("{VARIABLE}@production")
}

pub(super) fn rotate(world: &Outside, more: &[&str]) -> Sproobo {
    let stores = [
        "--store=github-secret:SPROOBO_API_KEY",
        "--store=github-environment-secret:prod/eu/SPROOBO_API_KEY",
        "--store=gitlab-variable:SPROOBO_API_KEY@production",
    ];
    world.run_with_tokens(["keys", "rotate", "--name=ci"].iter().chain(&stores).chain(more))
}

/// All three stores hold our key, as a user's do.
pub(super) fn world() -> Outside {
    let world = Outside::with_key_of_days(100);
    world.with(|state| {
        for store in [SECRET, ENVIRONMENT_SECRET, &scoped_variable()] {
            state.stores.insert(store.to_owned(), KEY.to_owned());
        }
    });
    world
}

/// No value of any key may be printed, but in the line that makes GitHub's runner mask it.
pub(super) fn assert_clean(world: &Outside, run: &Finished) {
    let printed: String = run
        .printed()
        .lines()
        .filter(|line| !line.starts_with("::add-mask::"))
        .collect();
    for value in world.with(|state| state.stores.values().cloned().collect::<Vec<_>>()) {
        assert!(!printed.contains(&value[..13]), "{printed}");
    }
}

#[test]
fn one_rotation_fills_every_store_and_revokes_the_old_key() {
    let world = world();
    let run = rotate(&world, &["--revoke-old"])
        .env("GITHUB_ACTIONS", "true")
        .run()
        .expect(0);
    assert_clean(&world, &run);
    world.with(|state| {
        let [key] = &state.keys[..] else {
            panic!("the old key is still there")
        };
        assert!(state.stores.len() == 3 && state.stores.values().all(|value| *value == key.value));
        let mask = format!("::add-mask::{}\n", key.value);
        assert!(
            run.stdout.contains(&mask),
            "the runner was not told to mask the new key"
        );
    });
    let requests = world.server.requests();
    assert_eq!(requests.len(), 1 + 3 + 1 + 1 + 2 + 2 + 1 + 1 + 1 + 1 + 2);
    let sent = requests
        .iter()
        .find(|request| request.line() == format!("PUT {VARIABLE}"))
        .expect("sent");
    assert!(
        sent.path.ends_with("?filter%5Benvironment_scope%5D=production"),
        "{}",
        sent.path
    );
    for (member, value) in [
        ("masked", json!(true)),
        ("raw", json!(true)),
        ("environment_scope", json!("production")),
    ] {
        assert_eq!(sent.body[member], value);
    }
    assert!(
        sent.body.get("protected").is_none(),
        "an existing variable keeps its protection"
    );
    run.says("the old key (`ci`, spb_T3stK3y0…, id key_1) is revoked");
}

#[test]
fn without_revoke_old_both_keys_work_and_a_variable_can_be_protected() {
    let world = world();
    let run = rotate(&world, &["--protected"]).run().expect(0);
    run.says("is still valid: revoke it with `keys revoke`");
    assert_eq!(world.with(|state| state.keys.len()), 2);
    let requests = world.server.requests();
    let sent = requests
        .iter()
        .find(|request| request.line() == format!("PUT {VARIABLE}"))
        .expect("sent");
    assert_eq!(sent.body["protected"], true);
}

#[test]
fn when_the_second_store_fails_the_old_key_stays_and_the_report_says_who_holds_what() {
    let world = world();
    let refused = Act::Json(403, json!({"message": "no"}));
    world.with(|state| state.instead.insert(format!("PUT {ENVIRONMENT_SECRET}"), refused));
    let run = rotate(&world, &["--revoke-old"]).run().expect(8);
    assert_clean(&world, &run);
    let orphan = format!("`ci`, {NEW_PREFIX}…, id key_new_1");
    let mut said = run;
    for piece in [
        "github-environment-secret:prod/eu/SPROOBO_API_KEY could not be written",
        "HTTP 403 from GitHub: no",
        "the old key is still valid",
        "github-secret:SPROOBO_API_KEY holds the new key",
        "github-environment-secret:prod/eu/SPROOBO_API_KEY, gitlab-variable:SPROOBO_API_KEY@production hold what was there",
        &orphan,
    ] {
        said = said.says(piece);
    }
    assert!(!said.printed().contains("known:"), "{}", said.printed());
    world.with(|state| assert!(state.works(KEY) && state.stores.values().all(|value| state.works(value))));
}

/// A rotation's sixteen requests: the list; three checks; create; proof; for each secret its public key and itself, and
/// the variable; proof; the list again; revoke; the old key asked with; proof. The rule itself is killed around each of its steps in `keys::rotate`.
#[test]
fn killed_at_a_request_every_store_holds_a_working_key_and_the_next_run_names_the_orphan() {
    // Before anything is written, beside the first store, and when all is done but known to be.
    for (hang, orphan) in [
        (Hang::After(5), true),
        (Hang::After(8), false),
        (Hang::After(14), false),
    ] {
        let world = world();
        world.with(|state| state.hang = Some(hang));
        let mut running = rotate(&world, &["--revoke-old"]).spawn();
        assert!(world.hangs(|| running.child().try_wait().expect("a status").is_some()));
        running.signal(Signal::SIGKILL);
        drop(running);
        world.with(|state| assert!(state.stores.values().all(|value| state.works(value)), "{hang:?}"));

        // The next job gets the key that the first store holds.
        world.heal();
        let in_use = world.with(|state| state.stores[SECRET].clone());
        assert_eq!(
            world.with(|state| state.keys.len() == 2) && in_use == KEY,
            orphan,
            "{hang:?}"
        );
        let next = rotate(&world, &["--revoke-old"])
            .env("SPROOBO_API_KEY", &in_use)
            .run()
            .expect(0);
        assert_eq!(
            next.stderr.contains("an earlier rotation stopped halfway"),
            orphan,
            "{hang:?}: {}",
            next.stderr
        );
        if orphan {
            assert!(
                next.stderr.contains(&format!("`ci`, {NEW_PREFIX}…, id key_new_1")),
                "{}",
                next.stderr
            );
        }
        world.with(|state| {
            let newest = state.keys.last().expect("a key");
            assert!(state.stores.values().all(|value| *value == newest.value), "{hang:?}");
        });
    }
}

#[test]
fn a_signal_leaves_the_stores_working_and_says_how_to_go_on() {
    let world = world();
    world.with(|state| state.hang = Some(Hang::Before(9)));
    let running = rotate(&world, &["--revoke-old"]).spawn();
    assert!(world.hangs(|| false));
    running.signal(Signal::SIGTERM);
    let run = running.finish().expect(143);
    let run = run
        .says("the new key is `ci`")
        .says("interrupted by SIGTERM")
        .says("run the rotation again");
    assert!(
        !run.printed().contains("deploy again") && !run.printed().contains("triggered"),
        "{}",
        run.printed()
    );
}

#[test]
fn revoke_after_without_a_store_only_revokes() {
    let world = world();
    let earlier = Key {
        id: "key_0".to_owned(),
        name: "ci".to_owned(),
        value: "spb_earlier0123456789".to_owned(),
        days: 200,
    };
    world.with(|state| state.keys.push(earlier));
    let later = |after: &str| {
        world
            .run(["keys", "rotate", "--name=ci", "--revoke-after", after])
            .run()
            .expect(0)
    };
    later("200d").says("no key was revoked").says("stay valid until");
    later("24h").says("1 older key was revoked").says("id key_0 is revoked");
    world.with(|state| assert!(state.keys.len() == 1 && state.works(KEY)));
    world
        .run(["keys", "rotate", "--name=ci", "--revoke-after=24h", "--revoke-old"])
        .run()
        .expect(2)
        .says("cannot be used with");
}
