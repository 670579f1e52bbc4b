//! `open` where no person sits: the link is printed, and nothing is started. A terminal is in `tests/e2e/terminal.py`.

use serde_json::{Value, json};

use crate::support::cli::{KEY, Sproobo};
use crate::support::demo::{LIST, command, explained, only_gets, without};
use crate::support::server::{Act, Request, Server};
use crate::support::tools;

/// A site with an address of its own, and two deployments.
fn site(url: impl Into<Value>) -> Server {
    let url = url.into();
    Server::start(move |request: &Request| match request.line().as_str() {
        "GET /sites/demo" => Act::Json(200, json!({ "site": { "id": "demo", "url": url } })),
        LIST => Act::Json(
            200,
            json!({ "deployments": [
                { "id": "d-2", "status": "live", "url": "https://demo.example/2",
                  "dashboardUrl": "https://dashboard.example/d-2", "createdAt": "2026-01-02T00:00:00Z" },
                { "id": "d-1", "status": "live", "createdAt": "2026-01-01T00:00:00Z" },
            ] }),
        ),
        _ => Act::Json(500, json!({})),
    })
}

/// A browser's stand-in that would leave a mark.
fn with_browser(run: Sproobo) -> (Sproobo, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["xdg-open", "open"] {
        tools::script(&folder.path().join(name), ": >\"${0%/*}/mark\"");
    }
    (
        run.env("PATH", tools::path_with(folder.path())).env("DISPLAY", ":0"),
        folder,
    )
}

#[test]
fn the_link_is_printed() {
    let server = site("https://demo.example/");
    let (run, folder) = with_browser(command(&server, &["open", "demo"]));
    let run = run.run().expect(0);
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        ("https://demo.example/\n", "")
    );
    assert!(!folder.path().join("mark").exists());
    let run = command(&server, &["open", "demo", "--dashboard"]).run().expect(0);
    assert_eq!(run.stdout, "https://dashboard.example/d-2\n");
    let run = command(&server, &["open", "demo", "--output=json"]).run().expect(0);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document, json!({ "site": "demo", "url": "https://demo.example/" }));
    assert!(only_gets(&server));
}

#[test]
fn the_newest_deployments_address_stands_in_for_the_sites() {
    let server = site(Value::Null);
    let run = command(&server, &["open", "demo"]).run().expect(0);
    assert_eq!(run.stdout, "https://demo.example/2\n");
    let file = without(&["site"]);
    let server = site("https://demo.example/");
    let run = command(&server, &["open", "demo", "--contract"])
        .arg(file.path())
        .run()
        .expect(0);
    assert_eq!(run.stdout, "https://demo.example/2\n");
    assert_eq!(server.requests().len(), 1);
}

/// What could run something, show a file, break a terminal, or lead elsewhere than it seems.
#[test]
fn no_other_link_is_taken() {
    for hostile in [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "--help",
        "https:demo.example",
        "//demo.example",
        "https://demo.example/\u{1b}]8;;x",
        "https://demo.example/a b",
        "https://demo.example/\nfile:///etc/passwd",
        "https://good.example@evil.example/",
        "https://demo.example/\u{202e}txt",
    ] {
        let server = Server::always(Act::Json(
            200,
            json!({ "site": { "id": "demo", "url": hostile }, "deployments": [
                { "id": "d-1", "status": "live", "url": hostile, "dashboardUrl": hostile }] }),
        ));
        for more in [&[][..], &["--dashboard"]] {
            let arguments = ["open", "demo"].iter().chain(more).copied().collect::<Vec<_>>();
            let run = explained(command(&server, &arguments).run(), 8);
            assert_eq!(run.stdout, "", "{hostile:?}");
            run.says("shows no");
        }
    }
}

#[test]
fn a_link_with_the_key_in_it_is_not_taken_and_not_shown() {
    for link in [
        format!("https://demo.example/?key={KEY}"),
        format!("https://{}.example/", &KEY[4..]),
        // A host is parsed into the letters that these stand for.
        format!("https://{}.example/", wide(KEY)),
    ] {
        let run = explained(command(&site(link), &["open", "demo"]).run(), 8).says("secret");
        assert_eq!(run.stdout, "");
        assert!(!run.printed().contains(&KEY[12..]), "{}", run.printed());
    }
}

/// In fullwidth letters and digits.
fn wide(text: &str) -> String {
    let wide = |c: char| match c {
        '!'..='~' if c.is_alphanumeric() => char::from_u32(u32::from(c) + 0xfee0).unwrap(),
        other => other,
    };
    text.chars().map(wide).collect()
}

#[test]
fn of_what_is_not_there_nothing_is_opened() {
    let server = Server::always(Act::Json(200, json!({ "site": { "id": "demo" }, "deployments": [] })));
    explained(command(&server, &["open", "demo"]).run(), 8).says("shows no address");
    explained(command(&server, &["open", "demo", "--dashboard"]).run(), 8).says("no dashboard link");
    let refused = Server::always(Act::Json(403, json!({})));
    explained(command(&refused, &["open", "demo"]).run(), 3);
    command(&server, &["open"]).run().expect(2);
}

/// Whatever goes beside a result is on stderr.
#[test]
fn a_misspelt_variable_is_told_by_commands_that_print_too() {
    let server = site("https://demo.example/");
    for arguments in [
        &["open", "demo"][..],
        &["deployments", "demo"],
        &["deployments", "demo", "--output=json"],
        &["status", "demo", "--output=json"],
    ] {
        let plain = command(&server, arguments).run();
        let run = command(&server, arguments)
            .env("SPROOBO_OUTPT", "json")
            .run()
            .expect(plain.code);
        assert!(
            run.stderr.contains("SPROOBO_OUTPT is set"),
            "{arguments:?}: {}",
            run.stderr
        );
        assert_eq!(run.stdout, plain.stdout, "{arguments:?}");
    }
}
