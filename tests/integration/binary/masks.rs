//! Whatever makes a secret on GitHub has the runner mask it before anything else is printed.

use clap::CommandFactory as _;
use sproobo_deploy::cli::args::Cli;

use crate::support::cli::KEY;
use crate::support::outside::{GITHUB_TOKEN, GITLAB_TOKEN, Outside, SECRET};

/// A secret that a command makes, in the order in which it is to be masked.
#[derive(Clone, Copy)]
enum Made {
    Key,
    NewKey,
    Github,
    Gitlab,
}

/// Every command, with the secrets that it makes.
const COMMANDS: [(&[&str], &[Made]); 24] = [
    // Both tokens may tell which commit is the older one.
    (&["deploy", "demo"], &[Made::Key, Made::Github, Made::Gitlab]),
    (&["deploy", "demo", "--dry-run=online"], &[Made::Key]),
    (&["wait", "demo", "d-1"], &[Made::Key]),
    (&["rollback", "demo", "--to", "d-1"], &[Made::Key]),
    (&["cancel", "demo", "d-1"], &[Made::Key]),
    (&["status", "demo", "d-1"], &[Made::Key]),
    (&["logs", "demo", "d-1"], &[Made::Key]),
    (&["deployments", "demo"], &[Made::Key]),
    (&["sites"], &[Made::Key]),
    (&["open", "demo"], &[Made::Key]),
    // Refused before it writes anything.
    (&["init"], &[Made::Key]),
    (&["keys", "list"], &[Made::Key]),
    (&["keys", "check"], &[Made::Key, Made::Github]),
    // Refused in CI, but only once the key is known.
    (&["keys", "create", "ci"], &[Made::Key]),
    (&["keys", "revoke", "key_1"], &[Made::Key]),
    (
        &[
            "keys",
            "rotate",
            "--name=ci",
            "--store=github-secret:SPROOBO_API_KEY",
            "--store=gitlab-variable:SPROOBO_API_KEY",
        ],
        &[Made::Key, Made::Github, Made::Gitlab, Made::NewKey],
    ),
    (&["keys", "scan"], &[Made::Key]),
    (&["doctor", "--site", "demo"], &[Made::Key]),
    // These know no secret, so they may print none of the mask lines either.
    (&["contract", "show"], &[]),
    (&["contract", "check", "Cargo.toml"], &[]),
    (&["contract", "learn", "Cargo.toml"], &[]),
    (&["contract", "schema"], &[]),
    (&["completions", "bash"], &[]),
    (&["deploy", "demo", "--dry-run=offline"], &[]),
];

/// Runs until a signal ends it, and shows its key on purpose: it opens nothing but that process.
const EXEMPT: &str = "sandbox";

#[test]
fn every_command_is_looked_at() {
    fn leaves(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        for inner in command.get_subcommands() {
            let path = format!("{path} {}", inner.get_name()).trim_start().to_owned();
            if inner.has_subcommands() {
                leaves(inner, &path, found);
            } else {
                found.push(path);
            }
        }
    }
    let mut all = Vec::new();
    leaves(&Cli::command(), "", &mut all);
    let looked_at = |path: &String| COMMANDS.iter().any(|(words, _)| words.join(" ").starts_with(path));
    let missing: Vec<_> = all.iter().filter(|path| *path != EXEMPT && !looked_at(path)).collect();
    assert!(missing.is_empty(), "add to the table above: {missing:?}");
}

#[test]
fn the_runner_masks_every_secret_before_anything_else_is_printed() {
    for (command, made) in COMMANDS {
        let world = Outside::with_key_of_days(100);
        world.with(|state| state.stores.insert(SECRET.to_owned(), KEY.to_owned()));
        let run = world
            .run_with_tokens(command)
            .env("GITHUB_ACTIONS", "true")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .run();
        let new_key = world.with(|state| state.keys.last().map(|key| key.value.clone()));
        let expected: Vec<String> = made
            .iter()
            .map(|made| match made {
                Made::Key => KEY.to_owned(),
                Made::NewKey => new_key.clone().expect("a key was created"),
                Made::Github => GITHUB_TOKEN.to_owned(),
                Made::Gitlab => GITLAB_TOKEN.to_owned(),
            })
            .collect();
        let masked: Vec<&str> = run
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix("::add-mask::"))
            .collect();
        assert_eq!(masked, expected, "{command:?}:\n{}", run.printed());
        assert_eq!(
            run.stdout.starts_with("::add-mask::"),
            !made.is_empty(),
            "{command:?} prints something else first:\n{}",
            run.printed()
        );
    }
}

#[test]
fn the_rehearsals_key_is_masked_as_a_real_one_is() {
    let world = Outside::with_key_of_days(1);
    let run = world
        .run(["status", "demo", "d-1", "--sandbox"])
        .env("GITHUB_ACTIONS", "true")
        .run();
    assert!(run.stdout.starts_with("::add-mask::"), "{}", run.printed());
    assert!(!run.stdout.contains(KEY), "{}", run.printed());
}

#[test]
fn a_program_that_reads_json_gets_no_mask_line() {
    for (command, _) in COMMANDS {
        let world = Outside::with_key_of_days(100);
        let run = world
            .run_with_tokens(command.iter().chain(&["--output=json"]))
            .env("GITHUB_ACTIONS", "true")
            .run();
        assert!(
            !run.printed().contains("::add-mask::"),
            "{command:?}:\n{}",
            run.printed()
        );
    }
}
