//! The key in files, in history, in every form: found, and never printed.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sproobo_deploy::error::{Error, ExitCode};
use sproobo_deploy::event::{Level, Note};
use sproobo_deploy::scan::{Extent, MIN_REVEALED, Report, Searcher, What, scan};
use sproobo_deploy::secret::Secret;
use tempfile::TempDir;

use crate::support::tools::{self, git};

const KEY: &str = "spk_live_7Hq2vXz9LmT4-wRb8+Yc/1d";

fn key() -> Secret {
    Secret::new(KEY.to_owned())
}

struct Repo(TempDir);

impl Repo {
    fn new() -> Self {
        let repo = Self(TempDir::new().expect("a folder"));
        repo.git(&["init", "-q", "-b", "main"]);
        repo
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        git(self.path(), arguments)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let file = self.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(file, content).expect("written");
        self
    }

    fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    async fn scan(&self) -> Report {
        scan(self.path(), Searcher::new(&key()), Extent::Repository)
            .await
            .expect("scanned")
    }
}

/// What a person reads, without the commits' ids; and never the key.
fn places(report: &Report) -> Vec<String> {
    let mut lines: Vec<_> = report.locations.iter().map(ToString::to_string).collect();
    let json = serde_json::to_string(&report.locations).expect("JSON");
    for text in lines.iter().chain([&json]) {
        assert!(!text.contains(&KEY[..MIN_REVEALED]), "the key is in: {text}");
    }
    for line in &mut lines {
        if let Some((start, _)) = line.split_once("commit ") {
            *line = format!("{start}commit *");
        }
    }
    lines
}

#[tokio::test]
async fn a_clean_repository_is_clean() {
    let repo = Repo::new();
    repo.write("a.txt", format!("{}\nspk_live_other_key_0123456789\n", &KEY[..12]))
        .commit("first");
    let report = repo.scan().await;
    assert_eq!(places(&report), Vec::<String>::new());
    assert_eq!((report.files, report.objects), (1, 3));
    assert!(report.notes.is_empty(), "{:?}", report.notes);
    assert!(report.verdict().is_ok());
}

#[tokio::test]
async fn a_repository_without_commits_and_one_without_anything() {
    let repo = Repo::new();
    assert_eq!(places(&repo.scan().await), Vec::<String>::new());
    repo.write("staged.txt", KEY);
    repo.git(&["add", "-A"]);
    repo.write("staged.txt", "clean again");
    assert_eq!(places(&repo.scan().await), ["staged.txt (staged), line 1"]);
}

#[tokio::test]
async fn tracked_untracked_and_on_request_ignored_files() {
    let repo = Repo::new();
    repo.write(".gitignore", "*.log\n")
        .write("tracked.env", format!("A=1\nKEY={KEY}\n"));
    repo.commit("first");
    repo.write("untracked.txt", format!("\n\n{KEY}"))
        .write("ignored.log", KEY);
    let own = [
        "tracked.env, line 2",
        "untracked.txt, line 3",
        "tracked.env, line 2, since commit *",
    ];
    let report = repo.scan().await;
    assert_eq!(places(&report), own);
    let error = report.verdict().expect_err("found");
    assert_eq!(error, Error::KeyFound { places: 3 });
    assert_eq!(error.exit_code(), ExitCode::KeyFound);

    let all = scan(repo.path(), Searcher::new(&key()), Extent::WithIgnored)
        .await
        .expect("scanned");
    assert!(places(&all).contains(&"ignored.log, line 1".to_owned()));
}

#[tokio::test]
async fn a_file_deleted_long_ago_is_found_in_its_pack_with_the_commit_that_brought_it() {
    let repo = Repo::new();
    repo.write("README", "x").commit("first");
    let guilty = repo.write("config/prod.env", format!("a\nb\n{KEY}\n")).commit("second");
    std::fs::remove_file(repo.path().join("config/prod.env")).expect("removed");
    repo.commit("third");
    repo.git(&["gc", "-q", "--aggressive", "--prune=now"]);
    let report = repo.scan().await;
    assert_eq!(places(&report), ["config/prod.env, line 3, since commit *"]);
    let place = &report.locations[0];
    assert_eq!(
        (place.what, place.commit.as_deref(), place.line),
        (What::History, Some(guilty.as_str()), Some(3))
    );
}

#[tokio::test]
async fn one_content_under_two_paths_is_two_places() {
    let repo = Repo::new();
    repo.write("a", KEY).commit("first");
    let second = repo.write("b", KEY).commit("second");
    repo.git(&["rm", "-q", "a", "b"]);
    repo.commit("third");
    let report = repo.scan().await;
    assert_eq!(
        places(&report),
        ["a, line 1, since commit *", "b, line 1, since commit *"]
    );
    assert_eq!(report.locations[1].commit.as_deref(), Some(second.as_str()));
}

#[tokio::test]
async fn messages_of_commits_and_tags_and_names_of_refs_and_files() {
    let repo = Repo::new();
    let word = KEY.replace('/', "_");
    let key = Secret::new(word.clone());
    let commit = repo.commit(&format!("subject\n\nthe key is {word}"));
    repo.git(&["tag", "-a", "v1", "-m", "release", "-m", &word]);
    repo.git(&["branch", &format!("try-{word}")]);
    repo.write(&format!("{word}.txt"), "harmless").commit("a name");
    let report = scan(repo.path(), Searcher::new(&key), Extent::Repository)
        .await
        .expect("scanned");
    let mut found: Vec<_> = report.locations.iter().map(|place| (place.what, place.line)).collect();
    found.sort_by_key(|(what, _)| *what as u8);
    assert_eq!(
        found,
        [
            (What::FileName, None),
            (What::FileName, None),
            (What::Commit, Some(3)),
            (What::Tag, Some(3)),
            (What::RefName, None)
        ]
    );
    assert!(
        report
            .locations
            .iter()
            .any(|place| place.what == What::Commit && place.commit.as_ref() == Some(&commit))
    );
    assert!(
        !serde_json::to_string(&report.locations)
            .expect("JSON")
            .contains(&word[..MIN_REVEALED])
    );
}

#[tokio::test]
async fn what_was_amended_away_or_stashed_is_found() {
    let repo = Repo::new();
    repo.write("a", "clean").commit("first");
    repo.write("a", KEY).commit("oops");
    repo.write("a", "clean again");
    repo.git(&["commit", "-q", "-a", "--amend", "-m", "second"]);
    assert_eq!(places(&repo.scan().await), ["a, line 1, since commit *"]);
    repo.git(&["reflog", "expire", "--expire=now", "--all"]);
    let report = repo.scan().await;
    assert_eq!(report.locations.len(), 1);
    assert_eq!(
        (report.locations[0].what, report.locations[0].line),
        (What::Unreachable, Some(1))
    );
}

#[tokio::test]
async fn what_only_a_merge_commit_holds_is_found() {
    let repo = Repo::new();
    repo.write("a", "base").commit("first");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("b", "side").commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("c", "main").commit("main");
    repo.git(&["merge", "-q", "--no-commit", "side"]);
    let merge = repo.write("a", KEY).commit("merged, with a surprise");
    repo.write("a", "clean").commit("hidden");
    let report = repo.scan().await;
    assert_eq!(places(&report), ["a, line 1, since commit *"]);
    assert_eq!(report.locations[0].commit, Some(merge));
}

#[tokio::test]
async fn every_form_that_the_redactor_knows() {
    let hex: String = KEY.bytes().map(|byte| format!("{byte:02x}")).collect();
    let each = |encode: fn(u8) -> String| KEY.bytes().map(encode).collect::<String>();
    let forms = [
        ("plain", KEY.to_owned()),
        ("basic auth", STANDARD.encode(format!("u:{KEY}"))),
        ("base64, shifted by one", STANDARD.encode(format!("x{KEY}y"))),
        ("base64, shifted by two", STANDARD.encode(format!("xx{KEY}yy"))),
        ("base64 for URLs", URL_SAFE_NO_PAD.encode(KEY)),
        ("hex", hex.clone()),
        ("HEX", hex.to_uppercase()),
        ("percent", KEY.replace('+', "%2B").replace('/', "%2f")),
        ("percent, all of it", each(|byte| format!("%{byte:02X}"))),
        ("JSON, slashes", KEY.replace('/', "\\/")),
        ("JSON, specials", KEY.replace('+', "\\u002b").replace('/', "\\u002F")),
        ("JSON, all of it", each(|byte| format!("\\u{byte:04x}"))),
        ("string literal", KEY.replace('-', "\\x2d")),
        ("XML", KEY.replace('+', "&#43;").replace('/', "&#x2F;")),
        ("first 13 characters", KEY[..MIN_REVEALED].to_owned()),
        ("some 13 characters of the middle", KEY[7..7 + MIN_REVEALED].to_owned()),
        ("the last 13 characters", KEY[KEY.len() - MIN_REVEALED..].to_owned()),
        ("in a binary", format!("\0\u{1}\u{2}{KEY}\0")),
    ];
    let repo = Repo::new();
    for (name, form) in &forms {
        repo.write(name, format!("first line\nbefore {form} after\n"));
    }
    repo.commit("first");
    let report = repo.scan().await;
    for (name, _) in forms {
        for what in [What::File, What::History] {
            let found = report
                .locations
                .iter()
                .any(|place| place.what == what && place.path.as_deref() == Some(name) && place.line == Some(2));
            assert!(found, "{name} was not found as {what:?}");
        }
    }
}

#[tokio::test]
async fn outside_of_any_repository_the_files_are_looked_at_and_it_is_said() {
    let dir = TempDir::new().expect("a folder");
    std::fs::create_dir_all(dir.path().join("deep/er")).expect("made");
    std::fs::write(dir.path().join("deep/er/file"), KEY).expect("written");
    let report = scan(dir.path(), Searcher::new(&key()), Extent::Repository)
        .await
        .expect("scanned");
    assert_eq!(places(&report), ["deep/er/file, line 1"]);
    assert_eq!(report.objects, 0);
    assert!(matches!(
        &report.notes[..],
        [Note {
            level: Level::Notice,
            title: "No git repository",
            ..
        }]
    ));
}

#[tokio::test]
async fn a_scan_from_a_subfolder_covers_all_of_the_repository() {
    let repo = Repo::new();
    repo.write("top", KEY).write("sub/x", "x").commit("first");
    let report = scan(&repo.path().join("sub"), Searcher::new(&key()), Extent::Repository)
        .await
        .expect("scanned");
    assert_eq!(places(&report), ["top, line 1", "top, line 1, since commit *"]);
}

#[tokio::test]
async fn a_bare_repository_has_a_history_and_a_shallow_clone_says_that_it_has_not_all_of_it() {
    let repo = Repo::new();
    repo.write("a", KEY).commit("first");
    repo.write("a", "clean").commit("second");
    let folder = TempDir::new().expect("a folder");
    let url = format!("file://{}", repo.path().display());
    git(folder.path(), &["clone", "-q", "--bare", &url, "bare"]);
    git(folder.path(), &["clone", "-q", "--depth", "1", &url, "shallow"]);
    let bare = scan(&folder.path().join("bare"), Searcher::new(&key()), Extent::Repository)
        .await
        .expect("scanned");
    assert_eq!(places(&bare), ["a, line 1, since commit *"]);
    let shallow = scan(
        &folder.path().join("shallow"),
        Searcher::new(&key()),
        Extent::Repository,
    )
    .await
    .expect("scanned");
    assert_eq!(places(&shallow), Vec::<String>::new());
    assert!(
        matches!(&shallow.notes[..], [Note { level: Level::Warning, title: "Shallow clone", text }] if text.contains("fetch-depth: 0"))
    );
}

#[tokio::test]
async fn a_partial_clone_says_that_it_has_not_all_objects() {
    let repo = Repo::new();
    repo.write("a", KEY).commit("first");
    repo.write("a", "clean").commit("second");
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let folder = TempDir::new().expect("a folder");
    let url = format!("file://{}", repo.path().display());
    git(folder.path(), &["clone", "-q", "--filter=blob:none", &url, "partial"]);
    let report = scan(
        &folder.path().join("partial"),
        Searcher::new(&key()),
        Extent::Repository,
    )
    .await
    .expect("scanned");
    assert_eq!(places(&report), Vec::<String>::new());
    assert!(
        matches!(
            &report.notes[..],
            [Note {
                level: Level::Warning,
                title: "Partial clone",
                ..
            }]
        ),
        "{:?}",
        report.notes
    );
}

#[tokio::test]
async fn the_files_of_a_submodule_are_looked_at_and_its_history_is_said_not_to_be() {
    let library = Repo::new();
    library.write("lib.txt", KEY).commit("first");
    let repo = Repo::new();
    repo.write("a", "x").commit("first");
    repo.git(&[
        "submodule",
        "--quiet",
        "add",
        &library.path().display().to_string(),
        "libs/one",
    ]);
    repo.commit("a submodule");
    let report = repo.scan().await;
    assert_eq!(places(&report), ["libs/one/lib.txt, line 1"]);
    assert!(
        matches!(&report.notes[..], [Note { title: "History not covered", text, .. }] if text.contains("libs/one"))
    );
}

#[tokio::test]
async fn a_linked_work_tree_shares_the_history() {
    let repo = Repo::new();
    repo.write("a", KEY).commit("first");
    repo.git(&["rm", "-q", "a"]);
    repo.commit("second");
    let folder = TempDir::new().expect("a folder");
    let linked = folder.path().join("linked");
    repo.git(&["worktree", "add", "-q", linked.to_str().expect("UTF-8")]);
    let report = scan(&linked, Searcher::new(&key()), Extent::Repository)
        .await
        .expect("scanned");
    assert_eq!(places(&report), ["a, line 1, since commit *"]);
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_read_as_links_and_pipes_not_at_all() {
    let repo = Repo::new();
    std::os::unix::fs::symlink("/dev/zero", repo.path().join("endless")).expect("linked");
    std::os::unix::fs::symlink(KEY, repo.path().join("link")).expect("linked");
    tools::pipe(&repo.path().join("pipe"));
    assert_eq!(places(&repo.scan().await), ["link, line 1"]);
}

#[tokio::test]
async fn a_damaged_repository_is_an_error_and_never_clean() {
    let repo = Repo::new();
    repo.write("a", "content").commit("first");
    let blob = repo.git(&["rev-parse", "HEAD:a"]);
    let file = repo.path().join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    std::fs::remove_file(&file).expect("removed");
    std::fs::write(&file, "garbage").expect("written");
    let error = scan(repo.path(), Searcher::new(&key()), Extent::Repository)
        .await
        .expect_err("damaged");
    assert_eq!(error.exit_code(), ExitCode::Usage);
    assert!(
        error.to_string().contains("could not read all of the git repository"),
        "{error}"
    );
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_an_error() {
    let error = scan(Path::new("/nowhere/at/all"), Searcher::new(&key()), Extent::Repository)
        .await
        .expect_err("not there");
    assert_eq!(error.exit_code(), ExitCode::Usage);
}
