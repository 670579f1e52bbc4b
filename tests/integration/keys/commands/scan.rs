//! `keys scan`: found or clean, and never printed.

use std::path::Path;

use serde_json::Value;

use crate::support::cli::{Finished, KEY, NOWHERE, Sproobo};
use crate::support::outside::{Key, Outside};
use crate::support::tools::{git, script};

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
    // Nobody answers there: what needs the list of keys has a world of its own.
    Sproobo::new(arguments.iter().chain(more))
        .key()
        .env("SPROOBO_API_URL", NOWHERE)
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

const COLLEAGUES: &str = "spb_C0lleague-An0therK3y_0fTheAccount77";

fn account() -> Outside {
    let world = Outside::with_key_of_days(1);
    let key = Key {
        id: "key_2".to_owned(),
        name: "laptop".to_owned(),
        value: COLLEAGUES.to_owned(),
        days: 400,
    };
    world.with(|state| state.keys.push(key));
    world
}

fn scan_in(world: &Outside, folder: &Path, more: &[&str]) -> Finished {
    let arguments = ["keys", "scan", "--repository", folder.to_str().unwrap()];
    world.run(arguments.iter().chain(more)).run()
}

/// Nothing of another key but what Sproobo shows of it.
fn assert_hidden(text: &str) {
    assert!(
        !text.contains(&COLLEAGUES[..13]) && !text.contains(&KEY[..13]),
        "{text}"
    );
}

#[test]
fn every_key_of_the_account_is_looked_for_by_its_first_characters() {
    let world = account();
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    std::fs::write(folder.path().join("notes"), format!("\ntoken={COLLEAGUES};")).unwrap();
    std::fs::write(
        folder.path().join(COLLEAGUES),
        format!("{}.1234567\n", &COLLEAGUES[..12]),
    )
    .unwrap();
    let run = scan_in(&world, folder.path(), &[]).expect(11);
    assert_hidden(&run.printed());
    let places: Vec<_> = run.stdout.lines().take(2).collect();
    let which = "not the key in use, but `laptop`, spb_C0lleagu…, id key_2";
    assert_eq!(
        places,
        [
            format!("notes, line 2: {which}"),
            format!("the name of spb_C0lleagu***: {which}")
        ]
    );
    run.says("in 2 place(s)").says("keys revoke ID");
    let json = scan_in(&world, folder.path(), &["--output=json"]).expect(11);
    assert_hidden(&json.printed());
    assert!(
        json.stdout.contains("\"key\":\"`laptop`, spb_C0lleagu…, id key_2\""),
        "{}",
        json.stdout
    );
}

#[test]
fn a_list_that_can_not_be_read_costs_a_line_and_nothing_else() {
    let folder = repository_with_the_key_in_history_only();
    let says = "only the key in use is looked for";
    scan(folder.path(), &[]).run().expect(11).says(says);
    let other = "spb_An0therK3yThatIsNowhereInHere5318008";
    let unknown = scan(folder.path(), &[]).env("SPROOBO_API_KEY", other).run().expect(0);
    unknown.says(says);
    let world = account();
    world.with(|state| state.keys.clear());
    scan_in(&world, folder.path(), &[]).expect(11).says("who is this?");
    let broken = scan(folder.path(), &[])
        .env("SPROOBO_CONTRACT", "/nowhere")
        .run()
        .expect(11);
    broken.says(says);
}

#[test]
fn ignored_files_are_looked_at_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    std::fs::write(folder.path().join(".gitignore"), ".env\n").unwrap();
    std::fs::write(folder.path().join(".env"), KEY).unwrap();
    scan(folder.path(), &[]).run().expect(0);
    let run = scan(folder.path(), &["--include-ignored"]).run().expect(11);
    assert!(run.stdout.starts_with(".env, line 1\n"), "{}", run.stdout);
}

#[test]
fn staged_looks_at_what_the_next_commit_brings_in_and_at_nothing_else() {
    let folder = repository_with_the_key_in_history_only();
    let file = |name: &str, content: &str| std::fs::write(folder.path().join(name), content).unwrap();
    file("untracked", KEY);
    scan(folder.path(), &["--staged"])
        .run()
        .expect(0)
        .says("looked at 0 files");
    file("new file", &format!("A=1\nKEY={KEY}\n"));
    file("clean", "A=1\n");
    git(folder.path(), &["add", "new file", "clean"]);
    // What is staged counts, not what lies there now.
    file("new file", "A=1\n");
    let run = scan(folder.path(), &["--staged"]).run().expect(11);
    assert!(run.stdout.starts_with("new file (staged), line 2\n"), "{}", run.stdout);
    run.says("looked at 2 files")
        .says("the next commit would bring in, in 1 place(s)")
        .says("stage them again");
    git(
        folder.path(),
        &["rm", "-q", "-f", "--cached", "new file", "deploy/.env"],
    );
    scan(folder.path(), &["--staged"])
        .run()
        .expect(0)
        .says("looked at 1 files");
    scan(folder.path(), &["--staged", "--include-ignored"]).run().expect(2);
    scan(tempfile::tempdir().unwrap().path(), &["--staged"])
        .run()
        .expect(2)
        .says("no git repository");
}

#[test]
fn staged_works_before_the_first_commit_and_on_a_changed_file() {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    let file = folder.path().join("a");
    std::fs::write(&file, KEY).unwrap();
    git(folder.path(), &["add", "-A"]);
    scan(folder.path(), &["--staged"]).run().expect(11);
    std::fs::write(&file, "clean").unwrap();
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "clean"]);
    std::fs::write(&file, format!("\n\n{KEY}")).unwrap();
    git(folder.path(), &["add", "-A"]);
    let run = scan(folder.path(), &["--staged"]).run().expect(11);
    assert!(run.stdout.starts_with("a (staged), line 3\n"), "{}", run.stdout);
}

/// `git commit -a` keeps what it is about to commit in an index of its own, and tells its hooks where.
#[cfg(unix)]
#[test]
fn as_a_hook_it_stops_a_commit_of_files_that_nobody_staged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    git(path, &["init", "-q", "-b", "main"]);
    std::fs::write(path.join("a"), "clean").unwrap();
    git(path, &["add", "-A"]);
    git(path, &["commit", "-q", "-m", "clean"]);
    let hook = path.join(".git/hooks/pre-commit");
    let text = format!(
        "exec env SPROOBO_API_KEY={KEY} SPROOBO_API_URL=http://127.0.0.1:9/api {} keys scan --staged",
        env!("CARGO_BIN_EXE_sproobo-deploy")
    );
    script(&hook, &text);
    let commit = |message: &str| {
        let mut command = std::process::Command::new("git");
        command.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]);
        let done = command
            .args(["commit", "-q", "-a", "-m", message])
            .current_dir(path)
            .output();
        done.unwrap()
    };
    std::fs::write(path.join("a"), KEY).unwrap();
    let refused = commit("with the key");
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stdout) + String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains("a (staged), line 1") && !said.contains(&KEY[..13]),
        "{said}"
    );
    std::fs::write(path.join("a"), "clean again").unwrap();
    assert!(commit("without").status.success());
}

#[test]
fn sarif_has_the_places_the_notes_and_no_key() {
    let world = account();
    let folder = repository_with_the_key_in_history_only();
    let odd = folder.path().join("a b#c%.txt");
    std::fs::write(odd, format!("\n{COLLEAGUES}")).unwrap();
    git(folder.path(), &["commit", "-q", "--allow-empty", "-m", KEY]);
    let file = folder.path().join(".git/scan.sarif");
    scan_in(&world, folder.path(), &["--sarif", file.to_str().unwrap()]).expect(11);
    let text = std::fs::read_to_string(&file).unwrap();
    assert_hidden(&text);
    let sarif: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "sproobo-deploy");
    let results = run["results"].as_array().unwrap();
    let place = |result: &Value| {
        let physical = &result["locations"][0]["physicalLocation"];
        let line = physical["region"]["startLine"].as_u64();
        let uri = physical["artifactLocation"]["uri"].as_str().unwrap().to_owned();
        let commit = result["locations"][0]["logicalLocations"][0]["name"]
            .as_str()
            .map(str::len);
        assert_eq!(result["ruleId"], run["tool"]["driver"]["rules"][0]["id"]);
        (uri, line, commit)
    };
    let places: Vec<_> = results.iter().map(place).collect();
    assert_eq!(
        places,
        [
            ("a%20b%23c%25.txt".to_owned(), Some(2), None),
            ("deploy/.env".to_owned(), Some(2), Some(40)),
            (".git".to_owned(), None, Some(40)),
        ]
    );
    let message = results[0]["message"]["text"].as_str().unwrap();
    assert!(message.contains("`laptop`, spb_C0lleagu…, id key_2"), "{message}");

    let clean = tempfile::tempdir().unwrap();
    let file = clean.path().join("scan.sarif");
    scan(clean.path(), &["--sarif", file.to_str().unwrap()]).run().expect(0);
    let sarif: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(
        sarif["runs"][0]["results"],
        serde_json::json!([]),
        "no result is a result"
    );
    let notes = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert!(
        notes[0]["message"]["text"]
            .as_str()
            .unwrap()
            .contains("in no git repository"),
        "{notes}"
    );
    scan(clean.path(), &["--sarif", "/nowhere/scan.sarif"]).run().expect(2);
}

/// What is no repository needs no git; what is one is not called clean without.
#[test]
fn without_git_a_folder_is_searched_and_a_repository_refused() {
    let folder = tempfile::tempdir().unwrap();
    let without = |more: &[&str]| scan(folder.path(), more).env("PATH", "/nowhere").run();
    without(&[]).expect(0).says("in no git repository");
    std::fs::write(folder.path().join("notes"), KEY).unwrap();
    let run = without(&[]).expect(11).says("in no git repository");
    assert!(!run.printed().contains(KEY), "{}", run.printed());
    without(&["--staged"]).expect(2);
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    without(&[]).expect(2).says("install git");
    let missing = folder.path().join("missing");
    scan(&missing, &[]).env("PATH", "/nowhere").run().expect(2);
}
