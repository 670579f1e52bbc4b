//! `--sandbox` in commands that deploy nothing: that what they print is made up is said beside it.

use crate::support::cli::Sproobo;

const COMMANDS: &[&[&str]] = &[
    &["sites"],
    &["deployments", "demo"],
    &["status", "demo", "dep_demo_1"],
    &["logs", "demo", "dep_demo_1"],
    &["keys", "list"],
    &["keys", "check"],
    &["keys", "create", "new"],
    &["doctor"],
];

fn rehearsed(command: &[&str], more: &[&str]) -> Sproobo {
    Sproobo::new(command.iter().chain(&["--sandbox"]).chain(more))
}

#[test]
fn every_command_says_loudly_that_the_sandbox_answers() {
    for command in COMMANDS {
        let run = rehearsed(command, &[]).run().expect(0);
        assert!(run.printed().contains("SANDBOX: "), "{command:?}: {run:?}");
    }
}

#[test]
fn a_document_on_stdout_stays_one() {
    for command in [COMMANDS[0], COMMANDS[1], COMMANDS[2], COMMANDS[4], COMMANDS[7]] {
        let run = rehearsed(command, &["--output=json"]).run().expect(0);
        assert!(run.stderr.contains("SANDBOX: "), "{command:?}: {run:?}");
        serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap();
    }
}

/// GitHub's runner reads the two streams out of order.
#[test]
fn on_github_it_is_said_where_everything_is_said() {
    let run = rehearsed(&["sites"], &[]).env("GITHUB_ACTIONS", "true").run().expect(0);
    assert!(
        run.stdout.starts_with("SANDBOX: ") || run.stdout.contains("\nSANDBOX: "),
        "{run:?}"
    );
    assert_eq!(run.stderr, "");
}

/// Its end is the end of what could be asked next, too.
#[test]
fn what_only_looks_and_fails_says_that_it_was_a_rehearsal() {
    for command in [["status", "demo", "d-9"], ["logs", "demo", "d-9"]] {
        let run = rehearsed(&command, &[]).run().expect(8);
        run.says("this was a rehearsal, and its sandbox ended with it");
        let run = rehearsed(&command, &["--output=json"]).run().expect(8);
        let result: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(result["mode"], "sandbox");
    }
    let followed = rehearsed(&["logs", "demo", "--follow"], &[]).run().expect(0);
    assert!(
        followed.stderr.contains("has ended: completed (health: healthy)\n"),
        "{followed:?}"
    );
}

#[test]
fn what_the_real_run_would_lack_the_rehearsal_lacks_too() {
    let folder = tempfile::tempdir().unwrap();
    let contract = folder.path().join("sproobo.json");
    std::fs::write(&contract, r#"{ "version": 1, "headers": { "X-Team": "{var.team}" } }"#).unwrap();
    let deploy = || Sproobo::new(["deploy", "demo", "--sandbox"]).env("SPROOBO_CONTRACT", &contract);
    deploy().run().expect(2).says("--var team=VALUE");
    deploy().arg("--var=team=web").run().expect(0);
}
