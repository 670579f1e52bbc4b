//! The state file: what `cancel --from-state` relies on.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sproobo_deploy::error::{Error, ExitCode};
use sproobo_deploy::model::{ClientToken, EarlyExit, RunStatus, SiteState};
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::state::{RunState, StateFile};

fn began() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).expect("in range")
}

fn empty() -> RunState {
    RunState::new(
        "deploy",
        "https://dashboard.sproobo.com/api",
        EarlyExit::Cancel,
        began(),
    )
}

fn site(name: &str, deployment: Option<&str>) -> SiteState {
    SiteState {
        site: name.parse().expect("an id"),
        client_token: ClientToken(format!("token-{name}")),
        deployment: deployment.map(|id| id.parse().expect("an id")),
        by_commit: false,
        status: RunStatus::Running,
    }
}

fn state_file(path: &Path) -> StateFile {
    StateFile::new(path.to_owned(), empty(), Redactor::new())
}

#[test]
fn what_was_recorded_is_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.json");
    let file = state_file(&path);
    file.record(&site("web", None)).expect("recorded");
    file.record(&site("api", None)).expect("recorded");
    file.record(&site("web", Some("dep_1"))).expect("recorded");

    let state = RunState::read(&path).expect("readable").expect("there");
    assert_eq!(state.sites, [site("web", Some("dep_1")), site("api", None)]);
    assert_eq!(state.on_interrupt, EarlyExit::Cancel);
    assert_eq!(state.started_at, began());
    let json: serde_json::Value = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("JSON");
    assert_eq!(json["version"], 1);
    assert_eq!(json["sites"][0]["client_token"], "token-web");
}

#[test]
fn a_missing_file_is_not_a_broken_one() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(RunState::read(&folder.path().join("none.json")), Ok(None));

    let path = folder.path().join("broken.json");
    for (content, complaint) in [
        ("", "damaged"),
        ("{\"version\":1", "damaged"),
        ("{}", "no version"),
        ("{\"version\":1}", "missing field `command`"),
    ] {
        fs::write(&path, content).expect("written");
        let error = RunState::read(&path).expect_err(content);
        assert!(matches!(error, Error::File { .. }), "{error:?}");
        assert!(error.to_string().contains(complaint), "{error}");
        assert!(error.to_string().contains("broken.json"), "{error}");
    }
}

/// Somebody opened it in an editor that adds a mark.
#[test]
fn a_byte_order_mark_does_not_damage_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.json");
    state_file(&path).record(&site("web", None)).expect("recorded");
    let text = fs::read_to_string(&path).expect("readable");
    fs::write(&path, format!("\u{feff}{text}")).expect("written");
    let state = RunState::read(&path).expect("readable").expect("there");
    assert_eq!(state.sites, [site("web", None)]);
}

#[test]
fn a_newer_version_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.json");
    fs::write(&path, r#"{"version":2,"shape":"of the future"}"#).expect("written");
    let error = RunState::read(&path).expect_err("refused");
    assert_eq!(error.exit_code(), ExitCode::Usage);
    assert!(error.to_string().contains("version 2"), "{error}");
}

#[test]
fn sites_recorded_at_once_are_all_kept_and_no_draft_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.json");
    let file = Arc::new(state_file(&path));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let file = Arc::clone(&file);
            scope.spawn(move || {
                for round in 0..8 {
                    let name = format!("site-{thread}-{round}");
                    file.record(&site(&name, Some("dep"))).expect("recorded");
                }
            });
        }
        // Whoever reads meanwhile sees a whole file or none.
        for _ in 0..50 {
            RunState::read(&path).expect("never half a file");
        }
    });
    let state = RunState::read(&path).expect("readable").expect("there");
    assert_eq!(state.sites.len(), 32);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn what_cannot_be_written_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("no such folder").join("state.json");
    let error = state_file(&path)
        .record(&site("web", None))
        .expect_err("nowhere to write");
    assert!(error.to_string().contains("state.json"), "{error}");
    assert_eq!(error.exit_code(), ExitCode::Usage);
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_it_even_if_it_was_readable_before() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.json");
    fs::write(&path, "{}").expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("set");
    state_file(&path).record(&site("web", None)).expect("recorded");
    let mode = fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// A link may lead to a device, or be the checkout's own.
#[cfg(unix)]
#[test]
fn what_an_earlier_run_left_behind_a_link_is_not_acted_upon() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, target) = (folder.path().join("state.json"), folder.path().join("target"));
    state_file(&target)
        .record(&site("web", Some("dep_1")))
        .expect("recorded");
    std::os::unix::fs::symlink(&target, &path).expect("linked");

    let file = state_file(&path);
    file.clear().expect("cleared");
    assert_eq!(RunState::read(&path), Ok(Some(empty())));
    file.record(&site("web", Some("dep_2"))).expect("recorded");
    let state = RunState::read(&target).expect("readable").expect("there");
    assert_eq!(state.sites, [site("web", Some("dep_2"))]);
    assert!(path.is_symlink());
}
