//! Files of results whose path leads to where this process prints: they join what is printed.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use serde_json::json;

use crate::support::cli::Sproobo;
use crate::support::demo;
use crate::support::server::{Act, Server};

fn server() -> Server {
    demo::polled(|| Act::Json(200, json!({"deployment": {"id": "d-1", "status": "success"}})))
}

/// The run's results, all to this path.
fn to(run: Sproobo, server: &Server, path: &str) -> Sproobo {
    run.key()
        .env("SPROOBO_API_URL", &server.url)
        .env("SPROOBO_DOTENV", path)
        .env("SPROOBO_STATE_FILE", path)
        .env("GITHUB_OUTPUT", path)
        .env("GITHUB_STEP_SUMMARY", path)
        .env("GITHUB_ACTIONS", "true")
}

#[track_caller]
fn assert_whole(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap();
    assert!(text.starts_with("before\n"), "{text}");
    for piece in [
        "SPROOBO_STATUS=succeeded",
        "\"version\": 1",
        "deployment-id",
        "exit-code",
        "## ",
    ] {
        assert!(text.contains(piece), "{piece:?} is not in:\n{text}");
    }
    assert!(!text.contains('\0'), "{text:?}");
    text
}

/// The file that stdout goes to, as it is called.
const ITS_OWN_NAME: &str = "";

const DEPLOY: [&str; 4] = ["deploy", "demo", "--no-key-check", "--poll-interval=50ms"];

#[test]
fn results_that_go_to_stdout_join_what_is_printed() {
    let server = server();
    for path in ["/dev/stdout", "/proc/self/fd/1", ITS_OWN_NAME] {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let path = match path {
            ITS_OWN_NAME => log.to_str().unwrap(),
            path if Path::new(path).exists() => path,
            _ => continue,
        };
        let mut stdout = File::create(&log).unwrap();
        stdout.write_all(b"before\n").unwrap();
        to(Sproobo::new(DEPLOY), &server, path).stdout(stdout).run().expect(0);
        let text = assert_whole(&log);
        let printed = text.find("::group::").or(text.find("deployment d-1"));
        assert!(printed.is_some(), "what was printed is there too:\n{text}");
    }
}

#[test]
fn results_that_go_to_stderr_join_what_is_printed() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let before = format!("exec 2>'{}'; echo before >&2", log.display());
    to(Sproobo::after(&before, DEPLOY), &server, "/dev/stderr")
        .run()
        .expect(0);
    assert_whole(&log);
}
