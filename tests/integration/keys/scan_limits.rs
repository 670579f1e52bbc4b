//! What a scan bounds and what it can't look at: both are said, and nothing is passed over as clean.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use sproobo_deploy::error::Error;
use sproobo_deploy::event::{Level, Note};
use sproobo_deploy::model::ApiKeyInfo;
use sproobo_deploy::scan::{Extent, Report, Searcher, scan};
use sproobo_deploy::secret::Secret;
use tempfile::TempDir;

use crate::support::tools::{self, git};

const KEY: &str = "spk_live_7Hq2vXz9LmT4-wRb8+Yc/1d";

async fn scanned(folder: &Path) -> Report {
    let searcher = Searcher::new(&Secret::new(KEY.to_owned()));
    scan(folder, searcher, Extent::Repository).await.expect("scanned")
}

fn repository() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    git(folder.path(), &["init", "-q", "-b", "main"]);
    folder
}

fn places(report: &Report) -> (usize, usize) {
    let Err(Error::KeyFound { places }) = report.verdict() else {
        panic!("{:?}", report.verdict())
    };
    (report.locations.len(), places)
}

#[tokio::test]
async fn a_thousand_places_are_listed_and_all_are_counted() {
    // The last is longer than what is looked at in one go.
    for (lines, listed) in [(999, 999), (1000, 1000), (1001, 1000), (1234, 1000), (40_000, 1000)] {
        let folder = TempDir::new().expect("a folder");
        let text = format!("{KEY} {KEY}\n").repeat(lines);
        std::fs::write(folder.path().join("file"), text).expect("written");
        assert_eq!(places(&scanned(folder.path()).await), (listed, lines));
    }
}

#[tokio::test]
async fn of_one_version_of_a_file_a_hundred_lines_are_listed() {
    let repo = repository();
    let text: String = (0..150).map(|_| format!("{KEY}\n")).collect();
    std::fs::write(repo.path().join("file"), text).expect("written");
    git(repo.path(), &["add", "-A"]);
    git(repo.path(), &["commit", "-q", "-m", "first"]);
    std::fs::write(repo.path().join("file"), "clean").expect("written");
    assert_eq!(places(&scanned(repo.path()).await), (100, 100));
}

/// Far more than anybody follows up.
#[tokio::test]
async fn very_many_objects_with_a_key_are_all_counted() {
    let repo = repository();
    let mut stream = String::new();
    for number in 0..10_002 {
        let text = format!("{KEY}\n{number}");
        write!(stream, "blob\ndata {}\n{text}\n", text.len()).expect("written");
    }
    let input = repo.path().join("stream");
    std::fs::write(&input, stream).expect("written");
    let file = std::fs::File::open(&input).expect("readable");
    let mut import = Command::new("git");
    import
        .current_dir(repo.path())
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::from(file));
    assert!(tools::run(&mut import).status.success());
    std::fs::remove_file(&input).expect("removed");
    assert_eq!(places(&scanned(repo.path()).await), (1000, 10_002));
}

/// Whoever runs this: even for root a path may be too long to be opened.
#[cfg(unix)]
#[tokio::test]
async fn what_can_not_be_read_is_a_warning_that_names_it() {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("file"), "clean").expect("written");
    let (deep, outer) = (folder.path().join("deep"), folder.path().join("outer"));
    std::fs::create_dir(&deep).expect("made");
    std::fs::write(deep.join("file"), "never read").expect("written");
    for _ in 0..20 {
        std::fs::create_dir(&outer).expect("made");
        std::fs::rename(&deep, outer.join("d".repeat(250))).expect("moved");
        std::fs::rename(&outer, &deep).expect("moved");
    }
    let report = scanned(folder.path()).await;
    assert!(report.verdict().is_ok());
    assert_eq!(report.files, 1);
    let warning = report.notes.iter().find(|note| note.title == "Files not covered");
    let Some(Note {
        level: Level::Warning,
        text,
        ..
    }) = warning
    else {
        panic!("{:?}", report.notes)
    };
    assert!(
        text.starts_with("1 files or folders could not be read and are not covered, deep/ddd"),
        "{text}"
    );
}

/// Tracked and not there any more, whatever took its place: nothing is left uncovered.
#[tokio::test]
async fn what_was_deleted_from_the_work_tree_is_no_gap() {
    let repo = repository();
    let file = |name: &str| repo.path().join(name);
    std::fs::create_dir(file("folder")).expect("made");
    for name in ["deleted", "folder/replaced"] {
        std::fs::write(file(name), "clean").expect("written");
    }
    git(repo.path(), &["add", "-A"]);
    git(repo.path(), &["commit", "-q", "-m", "first"]);
    std::fs::remove_file(file("deleted")).expect("removed");
    std::fs::remove_dir_all(file("folder")).expect("removed");
    std::fs::write(file("folder"), "a file now").expect("written");
    let report = scanned(repo.path()).await;
    assert!(report.verdict().is_ok());
    assert!(report.notes.is_empty(), "{:?}", report.notes);
    assert_eq!(report.files, 1);
}

/// Outside of git its own folders are still nobody's text, and a repository below has a history of its own.
#[tokio::test]
async fn below_a_folder_everything_but_gits_own_is_looked_at() {
    let folder = TempDir::new().expect("a folder");
    for path in [".git-not", "deep/.git", "deep/er"] {
        std::fs::create_dir_all(folder.path().join(path)).expect("made");
    }
    for path in [".git-not/file", "deep/.git/config", "deep/er/.git", "deep/er/file"] {
        std::fs::write(folder.path().join(path), KEY).expect("written");
    }
    let found: Vec<_> = scanned(folder.path())
        .await
        .locations
        .into_iter()
        .filter_map(|place| place.path)
        .collect();
    assert_eq!(found, [".git-not/file", "deep/er/.git", "deep/er/file"]);
}

/// Of a key that is another's no more is shown than its first characters, in whatever stands around it.
#[tokio::test]
async fn what_is_shown_of_another_key_is_its_public_part_alone() {
    let folder = TempDir::new().expect("a folder");
    let name = "of spb_another1Ab3_-9zZ, and spb_another1Zz9-_3bA.text";
    std::fs::write(folder.path().join(name), "clean").expect("written");
    let listed = || ApiKeyInfo {
        id: None,
        name: Some("laptop".to_owned()),
        prefix: Some("spb_another1".to_owned()),
        created_at: None,
    };
    // Two keys of the account that begin alike are shown as one.
    let searcher = Searcher::with_others(&Secret::new(KEY.to_owned()), &[listed(), listed()]);
    let report = scan(folder.path(), searcher, Extent::Repository)
        .await
        .expect("scanned");
    let shown: Vec<_> = report.locations.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        ["the name of of spb_another1***, and spb_another1***.text: not the key in use, but `laptop`, spb_another1…"]
    );
}
