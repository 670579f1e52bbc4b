//! `keys scan`: found or clean, and never printed.

use std::path::Path;

use serde_json::Value;

use crate::support::cli::{KEY, Sproobo};
use crate::support::tools::git;

/// The key was committed on line 2 of `deploy/.env`, and taken out again.
fn repository_with_the_key_in_history_only() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deploy/.env");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    for content in [format!("A=1\nKEY={KEY}\n"), "A=1\n".to_owned()] {
        std::fs::write(&file, content).unwrap();
        git(folder.path(), &["add", "-A"]);
        git(folder.path(), &["commit", "-q", "-m", "work"]);
    }
    folder
}

fn scan(folder: &Path, more: &[&str]) -> Sproobo {
    let arguments = ["keys", "scan", "--repository", folder.to_str().unwrap()];
    Sproobo::new(arguments.iter().chain(more)).key()
}

#[test]
fn a_key_in_history_only_is_found_and_never_printed() {
    let folder = repository_with_the_key_in_history_only();
    for output in ["plain", "github", "gitlab", "json"] {
        let run = scan(folder.path(), &["-vv", "--output", output]).run().expect(11);
        assert!(
            !run.printed().contains(&KEY[..13]) && !run.printed().contains(&KEY[13..]),
            "{}",
            run.printed()
        );
        let run = run.says("deploy/.env").says("keys rotate");
        assert!(!run.printed().contains("triggered"), "{}", run.printed());
    }
    let run = scan(folder.path(), &[]).run().expect(11);
    assert!(
        run.stdout.starts_with("deploy/.env, line 2, since commit "),
        "{}",
        run.stdout
    );
}

#[test]
fn places_are_objects_in_json() {
    let folder = repository_with_the_key_in_history_only();
    let run = scan(folder.path(), &["--output", "json"]).run().expect(11);
    let events: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let found: Vec<_> = events.iter().filter(|event| event["event"] == "found").collect();
    assert_eq!(found.len(), 1, "{events:?}");
    let place = found[0];
    assert_eq!(
        (&place["what"], &place["path"]),
        (&"history".into(), &"deploy/.env".into())
    );
    assert_eq!((&place["line"], &place["object"]), (&2.into(), &Value::Null));
    assert_eq!(place["commit"].as_str().map(str::len), Some(40));
    let result = events.last().expect("a last one");
    assert_eq!((&result["event"], &result["exit_code"]), (&"result".into(), &11.into()));
    assert_eq!(result["error"]["known"], Value::Null);
}

#[test]
fn a_clean_repository_is_said_to_be_clean() {
    let folder = repository_with_the_key_in_history_only();
    let other = "spb_An0therK3yThatIsNowhereInHere5318008";
    let run = scan(folder.path(), &[]).env("SPROOBO_API_KEY", other).run().expect(0);
    assert!(run.stdout.contains("the key is in none of them"), "{}", run.stdout);
}

#[test]
fn what_can_not_be_scanned_is_not_clean() {
    let folder = tempfile::tempdir().unwrap();
    scan(&folder.path().join("nowhere"), &[]).run().expect(2);
    scan(folder.path(), &[]).env("SPROOBO_API_KEY", "").run().expect(3);
}
