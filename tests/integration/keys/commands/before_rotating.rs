//! What `keys rotate` settles before it creates a key: the stores and their tokens, who sees a value, and which key is in use.

use serde_json::json;

use super::rotate::{assert_clean, rotate, world};
use crate::support::cli::KEY;
use crate::support::demo::contract;
use crate::support::outside::{GITHUB_TOKEN, GITLAB_TOKEN, Key, Outside, SECRET};
use crate::support::server::Act;
#[cfg(unix)]
use crate::support::tools;

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

#[cfg(unix)]
#[test]
fn a_token_that_does_not_come_holds_up_no_signal() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("token");
    tools::pipe(&pipe);
    let rotate = ["keys", "rotate", "--name=ci", "--store=github-secret:SPROOBO_API_KEY"];
    for command in [&rotate[..], &["keys", "check", "--issue"]] {
        let running = world.run(command).arg("--github-token-file").arg(&pipe).spawn();
        let _silent = tools::held_open(&pipe);
        running.signal(nix::sys::signal::Signal::SIGTERM);
        running.finish().expect(143).says("interrupted by SIGTERM");
    }
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
        for number in 0..100 {
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
    run.expect(9).says("within 100 pages");
}
