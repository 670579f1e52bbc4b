//! `contract learn` as a person runs it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::learn::recordings::ALL;
use crate::learn::tape::{Tape, plain};
use crate::support::cli::Sproobo;

fn recording(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/recordings")
        .join(format!("{name}.har"))
}

fn learn(files: &[PathBuf]) -> Sproobo {
    Sproobo::new(["contract", "learn"].map(PathBuf::from).iter().chain(files))
}

fn file(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_contract_goes_to_stdout_and_the_evidence_to_stderr() {
    let folder = TempDir::new().unwrap();
    let done = learn(&[recording("render-success"), recording("render-failure")])
        .run()
        .expect(0);
    let contract: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(contract["operations"]["trigger"]["path"], "/services/{site}/deploys");
    assert!(
        done.stderr
            .contains("certain: operations/trigger: `POST /v1/services/{site}/deploys`"),
        "{}",
        done.stderr
    );
    assert!(
        done.stderr.contains("likely: statuses/failed: `build_failed`"),
        "{}",
        done.stderr
    );
    assert!(
        done.stderr
            .contains("missing: operations/cancel: record a deployment that you cancel"),
        "{}",
        done.stderr
    );
    let kept = file(&folder, "sproobo.json", &done.stdout);
    Sproobo::new(["contract".as_ref(), "check".as_ref(), kept.as_os_str()])
        .run()
        .expect(0)
        .says("valid");
}

#[test]
fn a_recording_without_a_deployment_is_2_and_says_how_to_record() {
    let folder = TempDir::new().unwrap();
    let har = Tape::default()
        .get("/sites", serde_json::json!([{ "id": "s-17" }]))
        .har();
    let done = learn(&[file(&folder, "no.har", &har)]).run().expect(2);
    assert!(
        done.stderr
            .contains("missing: recording 1: no request in it starts a deployment"),
        "{}",
        done.stderr
    );
    assert!(
        done.stderr.contains("not enough for a contract to deploy with") && done.stderr.contains("--help"),
        "{}",
        done.stderr
    );
}

#[test]
fn a_file_that_is_no_evidence_is_2_and_named_with_what_it_is() {
    let folder = TempDir::new().unwrap();
    let page = file(&folder, "page.har", "<!doctype html><title>s3cr3t</title>");
    let done = learn(&[recording("render-success"), page])
        .run()
        .expect(2)
        .says("looks like a web page (HTML)");
    assert!(
        done.printed().contains("page.har") && !done.printed().contains("s3cr3t"),
        "{}",
        done.printed()
    );
    assert_eq!(done.stdout, "");
    learn(&[folder.path().join("nowhere.har")])
        .run()
        .expect(2)
        .says("nowhere.har");
    learn(&[]).run().expect(2);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_too() {
    let har = plain().har();
    let (from_us, mut to_it) = std::io::pipe().unwrap();
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut to_it, har.as_bytes()));
    learn(&[PathBuf::from("/dev/stdin")])
        .stdin(from_us)
        .run()
        .expect(0)
        .says("/sites/{site}/deployments");
    writer.join().unwrap().unwrap();
}

#[test]
fn help_says_how_to_record() {
    let done = Sproobo::new(["contract", "learn", "--help"]).run().expect(0);
    for step in ["network panel", "press Deploy", "HAR", "delete it"] {
        assert!(done.stdout.contains(step), "{step}: {}", done.stdout);
    }
}

#[test]
fn committed_recordings_are_small() {
    for name in ALL.iter().copied().flatten() {
        let size = fs::metadata(recording(name)).unwrap().len();
        assert!(size < 60 * 1024, "{name} has {size} bytes");
    }
}
