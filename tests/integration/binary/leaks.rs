//! The key must not come out anywhere, whatever the API sends back.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::cli::{KEY, Sproobo};
use crate::support::server::{Act, Server};

/// Forms that a careless API might echo, each with what must not be seen of it.
fn echoes() -> Vec<String> {
    let hex: String = KEY.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = KEY.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let mut echoes = vec![KEY.to_owned(), KEY[..20].to_owned(), hex.to_uppercase(), hex, percent];
    for shift in ["", "a", "ab"] {
        echoes.push(STANDARD.encode(format!("{shift}{KEY}\"}}")));
    }
    echoes
}

fn assert_clean(place: &str, text: &str) {
    for echo in echoes() {
        // Base64 with something before and after it: what lies between belongs to the key alone.
        let core = &echo[8..echo.len() - 8];
        assert!(!text.contains(core), "{place} shows {core} of {echo}:\n{text}");
    }
    assert!(
        !text.contains(&KEY[12..]) && !text.contains(&KEY[..13]),
        "{place} shows the key:\n{text}"
    );
}

#[test]
fn no_sink_shows_the_key_in_any_form() {
    let all = echoes().join(" ");
    let server = Server::start(move |request| {
        let text = all.clone();
        match request.line().as_str() {
            "POST /sites/demo/deployments" => Act::Json(201, json!({"deployment": {"id": "d-1", "status": "queued"}})),
            line if line.ends_with("/logs") => Act::Json(
                200,
                json!({"lines": [{"text": format!("env: {text}")}, {"text": "plain line"}]}),
            ),
            line if line.ends_with("/deployments") => Act::Json(500, json!({"error": {"message": text}})),
            _ => Act::Json(
                200,
                json!({"deployment": {"id": "d-1", "status": "failed", "failureReason": text, "commit": text,
                    "url": format!("https://demo.example/?k={}", KEY), "dashboardUrl": format!("https://x.example/{KEY}")}}),
            ),
        }
    });
    for output in ["plain", "json", "github", "gitlab", "tty"] {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let run = Sproobo::new(["deploy", "demo", "-vv", "--output", output, "--logs=always"])
            .key()
            .env("SPROOBO_API_URL", &server.url)
            .env("GITHUB_ACTIONS", "true")
            .results_in(folder.path())
            .run()
            .expect(1);
        // On GitHub the first line makes the runner mask the key: the one place where it belongs. JSON stays JSON.
        let mask = format!("::add-mask::{KEY}\n");
        let masked = output != "json";
        assert_eq!(run.stdout.starts_with(&mask), masked, "{output}: {}", run.stdout);
        assert_clean(output, &run.stdout.replacen(&mask, "", usize::from(masked)));
        assert_clean(output, &run.stderr);
        for name in ["output", "summary", "dotenv", "state"] {
            let text = read(&path(name));
            assert!(!text.is_empty(), "{name} was not written");
            assert_clean(name, &text);
        }
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn bad_usage_does_not_repeat_a_key_that_was_typed() {
    for arguments in [
        ["deploy", "--timeout", KEY],
        ["deploy", "--output", KEY],
        [KEY, "a", "b"],
    ] {
        let run = Sproobo::new(arguments).key().run().expect(2);
        assert_clean("usage", &run.printed());
    }
}
