//! A request that makes an API key, whatever it was thought to do: nobody told the tool of the value, and it is a key.

use std::ffi::OsStr;

use serde_json::{Value, json};

use crate::support::cli::Sproobo;
use crate::support::demo;
use crate::support::server::{Act, Server};

const MINTED: &str = "spb_M1ntedByATrigger0123456789abcdefABCDEFgh";

/// The server of a contract whose trigger is the request that makes a key.
fn server() -> Server {
    Server::start(|request| {
        let key = json!({"key": MINTED, "status": "failed", "commit": MINTED, "reason": format!("made {MINTED}"),
            "page": format!("https://demo.example/keys/{MINTED}")});
        match request.line().as_str() {
            "POST /api-keys" => Act::Json(201, key),
            line if line.ends_with("/logs") => Act::Json(200, json!({"lines": [{"text": format!("key={MINTED}")}]})),
            line if line.ends_with("/deployments") => Act::Json(200, json!([])),
            _ => Act::Json(200, key),
        }
    })
}

fn contract() -> Value {
    json!({
        "operations": {"trigger": {"method": "POST", "path": "/api-keys", "body": {"name": "ci"}}},
        "fields": {"deployment": {
            "root": [""], "id": ["/key"], "failure": ["/reason"], "url": ["/page"], "dashboard_url": ["/page"],
        }}
    })
}

#[track_caller]
fn assert_cut(place: &str, text: &str) {
    assert!(!text.contains(&MINTED[..13]), "{place} shows the key:\n{text}");
    for at in 12..=MINTED.len() - 8 {
        assert!(!text.contains(&MINTED[at..at + 8]), "{place} shows a piece:\n{text}");
    }
}

#[test]
fn a_trigger_that_makes_a_key_shows_no_more_of_it_than_its_first_characters() {
    let server = server();
    let contract = demo::contract(contract());
    for output in ["plain", "json", "github", "gitlab", "tty"] {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let run = Sproobo::new([
            "deploy",
            "demo",
            "-vv",
            "--output",
            output,
            "--logs=always",
            "--no-key-check",
        ])
        .key()
        .env("SPROOBO_API_URL", &server.url)
        .env("SPROOBO_CONTRACT", contract.path())
        .env("GITHUB_ACTIONS", "true")
        .results_in(folder.path())
        .run()
        .expect(1)
        .says(&format!("{}***", &MINTED[..12]));
        assert_cut(output, &run.printed());
        for name in ["output", "summary", "dotenv", "state"] {
            let text = std::fs::read_to_string(path(name)).unwrap();
            assert!(text.contains(&MINTED[..9]), "{name} says nothing of it:\n{text}");
            assert_cut(name, &text);
        }
    }
}

/// Its deployments are named by ids that begin as its keys do.
#[test]
fn an_id_that_only_looks_like_a_key_is_shown_and_kept_whole() {
    const ID: &str = "spb_dep_0123456789abcdef";
    let server = Server::start(|request| match request.line().as_str() {
        line if line.ends_with("GET /sites/demo/deployments") => Act::Json(200, json!([])),
        _ => Act::Json(201, json!({"deployment": {"id": ID, "status": "success"}})),
    });
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("output"), "").unwrap();
    demo::deploy(&server, &["--output", "github"])
        .env("SPROOBO_STATE_FILE", path("state"))
        .env("GITHUB_OUTPUT", path("output"))
        .env("GITHUB_ACTIONS", "true")
        .run()
        .expect(0)
        .says(ID);
    for name in ["output", "state"] {
        let text = std::fs::read_to_string(path(name)).unwrap();
        assert!(text.contains(ID), "{name}:\n{text}");
    }
    Sproobo::new([
        OsStr::new("wait"),
        OsStr::new("--from-state"),
        path("state").as_os_str(),
    ])
    .key()
    .env("SPROOBO_API_URL", &server.url)
    .run()
    .expect(0)
    .says(ID);
}
