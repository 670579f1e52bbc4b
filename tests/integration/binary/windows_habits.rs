//! What Windows, its editors and its shells do otherwise. What a file holds matters everywhere: it may be committed there and read here.

use std::fs::File;
use std::path::Path;

use serde_json::json;
use tempfile::TempDir;

use crate::support::cli::{KEY, Sproobo};
use crate::support::demo::{deploy, deployment};
use crate::support::server::{Act, Request, Server};

/// The ways in which Windows saves a text: Notepad's "UTF-8 with BOM", PowerShell's `>` and "Unicode big endian".
fn saved(text: &str) -> [(&'static str, Vec<u8>); 3] {
    let utf16 = |bytes: fn(u16) -> [u8; 2]| format!("\u{feff}{text}\r\n").encode_utf16().flat_map(bytes).collect();
    [
        ("UTF-8 with a mark", format!("\u{feff}{text}\r\n").into_bytes()),
        ("UTF-16", utf16(u16::to_le_bytes)),
        ("UTF-16, big endian", utf16(u16::to_be_bytes)),
    ]
}

fn written(bytes: &[u8]) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, bytes).unwrap();
    let shown = path.display().to_string();
    (folder, shown)
}

fn sent_with_the_key(request: &Request) -> Act {
    match request.header("authorization") {
        Some(value) if *value == format!("Bearer {KEY}") => Act::Json(200, deployment("success")),
        other => Act::Json(
            401,
            json!({ "error": { "message": format!("not the key: {other:?}") } }),
        ),
    }
}

#[test]
fn a_key_file_may_be_saved_as_windows_saves_text() {
    let server = Server::start(sent_with_the_key);
    for (how, bytes) in saved(KEY) {
        let (_folder, file) = written(&bytes);
        let read = |source: &str, stdin: Option<&Path>| {
            let mut run = Sproobo::new(["deploy", "demo", "--no-key-check", "--api-key-file", source])
                .env("SPROOBO_API_URL", &server.url);
            if let Some(path) = stdin {
                run = run.stdin(File::open(path).unwrap());
            }
            let run = run.run();
            assert_eq!(run.code, 0, "{how}: {}", run.printed());
        };
        read(&file, None);
        read("-", Some(Path::new(&file)));
    }
}

#[test]
fn a_contract_may_be_saved_as_windows_saves_text() {
    let contract = json!({ "version": 1, "statuses": { "succeeded": ["grün"] } }).to_string();
    let server = Server::start(|_| Act::Json(200, deployment("grün")));
    for (how, bytes) in saved(&contract) {
        let (_folder, file) = written(&bytes);
        let run = deploy(&server, &[&format!("--contract={file}")]).run();
        assert_eq!(run.code, 0, "{how}: {}", run.printed());
    }
}

#[test]
fn a_file_that_is_no_text_is_refused_with_the_cure() {
    let cut = &saved(KEY)[1].1;
    for bytes in [&b"\xff\xfe\x00\xd8x\x00"[..], &cut[..cut.len() - 1], b"spb_\xe9\xe8"] {
        let (_folder, file) = written(bytes);
        for option in ["--api-key-file", "--contract"] {
            let run = Sproobo::new(["sites", option, &file]).key().run();
            run.expect(2).says("save it as UTF-8").says(&file);
        }
    }
}

#[cfg(windows)]
#[test]
fn names_of_variables_have_no_case() {
    let run = Sproobo::new(["deploy", "--dry-run=offline"])
        .env("sproobo_api_key", KEY)
        .env("Sproobo_Site", "demo")
        .env("sproobo_tiemout", "3m")
        .run()
        .expect(0);
    run.says("demo").says("SPROOBO_TIMEOUT meant");
}

#[cfg(windows)]
#[test]
fn the_sandbox_says_how_powershell_sets_its_variables() {
    let mut running = Sproobo::new(["sandbox"]).spawn();
    let stdout = std::io::BufReader::new(running.child().stdout.take().unwrap());
    let lines: Vec<_> = std::io::BufRead::lines(stdout).map_while(Result::ok).take(8).collect();
    let said = |name: &str| {
        let begin = format!("$env:{name} = '");
        let value = lines
            .iter()
            .find_map(|line| line.strip_prefix(&begin)?.strip_suffix('\''));
        value.unwrap_or_else(|| panic!("no {begin} in {lines:?}"))
    };
    let run = Sproobo::new(["deploy", "demo"])
        .env("SPROOBO_API_URL", said("SPROOBO_API_URL"))
        .env("SPROOBO_API_KEY", said("SPROOBO_API_KEY"));
    run.run().expect(0);
}
