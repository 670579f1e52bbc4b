//! `keys rotate` into stores whose bodies are opened, stopped and killed on the way.

use nix::sys::signal::Signal;
use serde_json::json;

use crate::support::cli::{Finished, KEY, Sproobo};
use crate::support::demo::contract;
use crate::support::outside::{ENVIRONMENT_SECRET, GITHUB_TOKEN, GITLAB_TOKEN, Hang, Key, Outside, SECRET, VARIABLE};
use crate::support::server::Act;

const NEW_PREFIX: &str = "spb_new1_x7Y";

fn scoped_variable() -> String {
    format!("{VARIABLE}@production")
}

fn rotate(world: &Outside, more: &[&str]) -> Sproobo {
    let stores = [
        "--store=github-secret:SPROOBO_API_KEY",
        "--store=github-environment-secret:prod/eu/SPROOBO_API_KEY",
        "--store=gitlab-variable:SPROOBO_API_KEY@production",
    ];
    world.run_with_tokens(["keys", "rotate", "--name=ci"].iter().chain(&stores).chain(more))
}

/// All three stores hold our key, as a user's do.
fn world() -> Outside {
    let world = Outside::with_key_of_days(100);
    world.with(|state| {
        for store in [SECRET, ENVIRONMENT_SECRET, &scoped_variable()] {
            state.stores.insert(store.to_owned(), KEY.to_owned());
        }
    });
    world
}

/// No value of any key may be printed, but in the line that makes GitHub's runner mask it.
fn assert_clean(world: &Outside, run: &Finished) {
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

#[test]
fn a_missing_token_or_permission_is_told_before_a_key_is_created() {
    let world = world();
    let no_token = rotate(&world, &[]).env("GITLAB_TOKEN", "").run().expect(2);
    no_token.says("no GitLab token").says("CI_JOB_TOKEN can't");
    let wrong = rotate(&world, &[])
        .env("GITHUB_TOKEN", "some-other-token-altogether")
        .run()
        .expect(8);
    wrong.says("could not read the public key for secrets");
    world
        .run(["keys", "rotate", "--store=stdout-once"])
        .run()
        .expect(2)
        .says("--name NAME");
    world
        .run(["keys", "rotate", "--name=ci"])
        .run()
        .expect(2)
        .says("--store");
    assert_eq!(world.with(|state| state.keys.len()), 1);
}

/// A developer's shell has a GITHUB_TOKEN for other things.
#[test]
fn a_token_that_no_store_needs_may_be_anything() {
    let world = Outside::with_key_of_days(1);
    let run = world
        .run(["keys", "rotate", "--name=ci", "--store=stdout-once", "--revoke-old"])
        .env("GITHUB_TOKEN", "two words")
        .env("GITHUB_REPOSITORY", "")
        .run()
        .expect(0);
    let value = world.with(|state| state.keys[0].value.clone());
    assert_eq!(
        run.printed().matches(&value[..13]).count(),
        1,
        "shown once: {}",
        run.printed()
    );
    assert_eq!(run.stdout.lines().next(), Some(value.as_str()), "alone on its line");
}

#[test]
fn a_sandboxs_key_reaches_no_real_store() {
    let world = world();
    rotate(&world, &["--sandbox"]).run().expect(2).says("SPROOBO_SANDBOX");
    assert_eq!(world.server.requests().len(), 0);
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

/// A value that goes nowhere is lost for good, so neither is there a new key nor is the old one revoked.
#[test]
fn a_new_key_that_nobody_would_see_is_not_created() {
    for command in [
        &["keys", "rotate", "--name=ci", "--store=stdout-once", "--revoke-old"][..],
        &["keys", "create", "laptop"],
    ] {
        let world = Outside::with_key_of_days(1);
        for run in [
            world.run(command).stdout(std::process::Stdio::null()).run(),
            world.run(command).closed_stdout().run(),
        ] {
            let run = run.expect(2);
            assert!(
                run.stderr.contains("stdout is closed or the null device")
                    && run.stderr.contains("nothing was created"),
                "{}",
                run.stderr
            );
        }
        world.with(|state| assert!(state.keys.len() == 1 && state.works(KEY)));
        let (_, file) = tempfile::NamedTempFile::new().unwrap().keep().unwrap();
        world
            .run(command)
            .stdout(std::fs::File::create(&file).unwrap())
            .run()
            .expect(0);
        let new = world.with(|state| state.keys.last().unwrap().value.clone());
        assert_eq!(
            std::fs::read_to_string(&file).unwrap().lines().next(),
            Some(new.as_str())
        );
        std::fs::remove_file(file).unwrap();
    }
}

#[test]
fn a_public_key_of_githubs_that_protects_nothing_is_refused_before_a_key_is_created() {
    let world = world();
    let open = Act::Json(200, json!({ "key_id": "k1", "key": "A".repeat(43) + "=" }));
    let path = format!("GET {}", SECRET.replace("SPROOBO_API_KEY", "public-key"));
    world.with(|state| state.instead.insert(path, open));
    rotate(&world, &[])
        .run()
        .expect(9)
        .says("whoever sees the box could open it");
    assert_eq!(world.with(|state| state.keys.len()), 1);
}

#[test]
fn of_two_keys_that_begin_alike_the_date_says_which_is_in_use() {
    let world = world();
    let twin = Key {
        id: "key_of_another_team".to_owned(),
        name: "ci".to_owned(),
        value: format!("{}-another-teams", &KEY[..12]),
        days: 3,
    };
    world.with(|state| state.keys.push(twin));
    rotate(&world, &["--revoke-old"])
        .run()
        .expect(2)
        .says("--key-created-at");
    let day = chrono::Utc::now() - chrono::TimeDelta::days(100) - chrono::TimeDelta::hours(1);
    let day = day.format("%Y-%m-%d").to_string();
    let run = rotate(&world, &["--revoke-old", "--key-created-at", &day])
        .run()
        .expect(0);
    run.says("id key_1) is revoked")
        .says("still valid: `ci`, spb_T3stK3y0…, id key_of_another_team");
    world.with(|state| assert!(!state.works(KEY) && state.keys.len() == 2));
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

/// On a person's machine nothing is set but what the options say.
#[test]
fn repository_project_and_tokens_can_be_given_as_options() {
    let world = Outside::with_key_of_days(1);
    let file = |token: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!("{token}\n")).unwrap();
        file
    };
    let (github, gitlab) = (file(GITHUB_TOKEN), file(GITLAB_TOKEN));
    let (github, gitlab) = (github.path().to_str().unwrap(), gitlab.path().to_str().unwrap());
    let run = world
        .run([
            "keys",
            "rotate",
            "--name=ci",
            "--store=github-secret:K",
            "--store=gitlab-variable:K",
        ])
        .env("GITHUB_REPOSITORY", "")
        .env("CI_PROJECT_ID", "")
        .env("SPROOBO_GITHUB_TOKEN_FILE", github)
        .run();
    run.expect(2).says("--github-repository");
    let options = [
        "--github-repository=acme/other",
        "--gitlab-project=group/sub/shop",
        "--github-token-file",
        github,
        "--gitlab-token-file",
        gitlab,
    ];
    let arguments = [
        "keys",
        "rotate",
        "--name=ci",
        "--store=github-secret:K",
        "--store=gitlab-variable:K",
    ];
    let run = world
        .run(arguments.iter().chain(&options))
        .env("GITHUB_REPOSITORY", "acme/not-this")
        .env("CI_PROJECT_ID", "7")
        .env("GITHUB_TOKEN", "an-unusable-token-of-the-shell")
        .env("GITLAB_TOKEN", "an-unusable-token-of-the-shell")
        .run()
        .expect(0);
    assert_clean(&world, &run);
    let written: Vec<_> = world.with(|state| state.stores.keys().cloned().collect());
    assert_eq!(
        written,
        [
            "/gh/repos/acme/other/actions/secrets/K",
            "/gl/projects/group%2Fsub%2Fshop/variables/K@*"
        ]
    );
}

/// The contract says how the list goes on, so what is on the second page counts.
#[test]
fn a_key_on_another_page_that_begins_alike_is_seen() {
    let world = world();
    let twin = Key {
        id: "key_of_another_team".to_owned(),
        name: "theirs".to_owned(),
        value: format!("{}-another-teams", &KEY[..12]),
        days: 3,
    };
    world.with(|state| {
        state.keys.push(twin);
        state.keys_on_a_page = Some(1);
    });
    let contract = contract(json!({
        "operations": { "api_keys": { "method": "GET", "path": "/api-keys?cursor={cursor}" } },
        "fields": { "api_keys": { "cursor": ["/next"] } },
    }));
    let run = rotate(&world, &["--revoke-old"])
        .env("SPROOBO_CONTRACT", contract.path())
        .run();
    run.expect(2)
        .says("2 keys in the list begin")
        .says("key_of_another_team");
    // A list that never ends is none to revoke by.
    world.with(|state| {
        for number in 0..50 {
            state.keys.push(Key {
                id: format!("k{number}"),
                name: "team".to_owned(),
                value: format!("spb_team{number:04}_x7Yq"),
                days: 3,
            });
        }
    });
    let run = rotate(&world, &["--revoke-old"])
        .env("SPROOBO_CONTRACT", contract.path())
        .run();
    run.expect(9).says("within 50 pages");
}
