//! A contract lies in the checkout, and the environment is others' too: neither can send the key elsewhere.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use sproobo_deploy::http::{Url, may_carry_key};
use sproobo_deploy::sproobo::{Contract, Operation, Values};

use crate::support::cli::{KEY, Sproobo};
use crate::support::demo;
use crate::support::server::{Act, Server};

/// Deploys by this contract, against a server that notes what it gets; the requests that it got.
fn deploy(contract: &Value, server: &Server) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("contract.json");
    std::fs::write(&file, contract.to_string()).unwrap();
    let run = Sproobo::new([
        "deploy",
        "demo",
        "--no-key-check",
        "--timeout=5s",
        "--max-unreachable=1s",
    ])
    .key()
    .env("SPROOBO_CONTRACT", file)
    .env("SPROOBO_API_URL", format!("{}/api", server.url))
    .run();
    (run.code, run.printed())
}

fn ok_server() -> Server {
    Server::start(|request| match request.method.as_str() {
        "POST" => Act::Json(201, json!({"deployment": {"id": "d-1", "status": "success"}})),
        _ => Act::Json(200, json!({"deployment": {"id": "d-1", "status": "success"}})),
    })
}

#[test]
fn only_https_and_loopback_may_carry_a_key() {
    for good in [
        "https://dashboard.sproobo.com/api",
        "http://localhost:4010",
        "http://LOCALHOST/",
        "http://127.0.0.1",
        "http://127.255.255.254",
        "http://[::1]:4010",
        // Other spellings of 127.0.0.1.
        "http://2130706433/",
        "http://0x7f.1/",
    ] {
        assert!(may_carry_key(&Url::parse(good).unwrap()), "{good}");
    }
    for bad in [
        "http://dashboard.sproobo.com",
        "http://127.0.0.1.evil.test/",
        "http://localhost.evil.test/",
        "http://localhost.",
        "http://evil.localhost.test",
        "http://localhost@evil.test",
        "http://evil.test#@localhost",
        "http://evil.test?@127.0.0.1",
        "http://[::ffff:127.0.0.1]",
        "http://[::]",
        "http://0.0.0.0",
        "http://128.0.0.1",
        "http://3232235777",
        "ftp://localhost",
        "file:///etc/passwd",
        "data:text/plain,x",
    ] {
        assert!(!may_carry_key(&Url::parse(bad).unwrap()), "{bad}");
    }
}

#[test]
fn no_api_url_takes_the_key_over_plain_http_or_with_other_credentials() {
    for url in [
        "http://sproobo.invalid/api",
        "http://127.0.0.1.evil.invalid/api",
        "http://localhost@evil.invalid/api",
        "https://someone:Els3sPassword@sproobo.invalid/api",
        "https://sproobo.invalid/api?next=https://evil.invalid",
        "https://sproobo.invalid/api#x",
        "//evil.invalid",
        "evil.invalid",
        "javascript:alert(1)",
    ] {
        let run = Sproobo::new(["deploy", "demo"])
            .key()
            .env("SPROOBO_API_URL", url)
            .run()
            .expect(2);
        assert!(!run.printed().contains("Els3sPassword"), "{}", run.printed());
    }
}

#[test]
fn a_contract_alone_names_no_foreign_host() {
    for base_url in [
        "https://evil.invalid/api",
        "https://dashboard.sproobo.com.evil.invalid/api",
        "https://dashboard.sproobo.com@evil.invalid/api",
        "https://x.dashboard.sproobo.com/api",
        "https://dashboard.sproobo.com./api",
        "http://dashboard.sproobo.com/api",
        "https://dashboard.sproobo.com\\@evil.invalid/",
        "https:\\\\evil.invalid",
        "\thttps://evil.invalid",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("contract.json");
        std::fs::write(&file, json!({"version": 1, "base_url": base_url}).to_string()).unwrap();
        let run = Sproobo::new(["deploy", "demo", "--timeout=5s", "--max-unreachable=1s"])
            .key()
            .env("SPROOBO_CONTRACT", file)
            .run();
        // This one the URL standard reads as Sproobo's own host and a path; nobody else is meant.
        let ours = base_url.contains("com\\@");
        assert!(run.code == 2 || ours, "{base_url}: {} {}", run.code, run.printed());
    }
}

#[test]
fn in_ci_a_contract_alone_does_not_send_the_key_to_a_port_of_the_machine() {
    for command in [
        &["deploy", "demo", "--timeout=5s"][..],
        &["sites"],
        &["doctor"],
        &["keys", "list"],
    ] {
        let server = ok_server();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("contract.json");
        std::fs::write(&file, json!({"version": 1, "base_url": server.url}).to_string()).unwrap();
        let run = || Sproobo::new(command).key().env("SPROOBO_CONTRACT", &file);
        run().env("CI", "true").run().expect(2).says("--api-url");
        assert!(server.requests().is_empty(), "{command:?}: {:?}", server.requests());
        run().env("CI", "true").env("SPROOBO_API_URL", &server.url).run();
        assert!(!server.requests().is_empty(), "{command:?}");
    }
    // Outside of CI whoever runs it is at the machine.
    let server = ok_server();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("contract.json");
    std::fs::write(&file, json!({"version": 1, "base_url": server.url}).to_string()).unwrap();
    Sproobo::new(["sites"]).key().env("SPROOBO_CONTRACT", &file).run();
    assert!(!server.requests().is_empty());
}

#[test]
fn every_path_of_a_contract_stays_below_the_base_url() {
    for path in [
        "/../../evil",
        "/%2e%2e/%2E./evil",
        "/.%2e/evil",
        "/x/%2e",
        "//evil.invalid/x",
        "@evil.invalid/x",
        ":80@evil.invalid/x",
        "https://evil.invalid/x",
        "/\\evil.invalid",
        "/x#y",
        "/x\r\nHost: evil.invalid",
        "/x HTTP/1.1",
        "/{key}",
        "/sites?k={key}",
        "",
    ] {
        let server = ok_server();
        let (code, printed) = deploy(&json!({"operations": {"trigger": {"path": path}}}), &server);
        if path.starts_with("//") {
            // Behind a base URL this is a path like any other.
            assert!(
                server
                    .requests()
                    .iter()
                    .all(|request| request.path.starts_with("/api/"))
            );
        } else {
            assert_eq!((code, server.requests().len()), (2, 0), "{path}: {printed}");
        }
    }
}

#[test]
fn the_key_goes_nowhere_but_into_its_header() {
    for (name, contract) in [
        (
            "a header",
            json!({"operations": {"trigger": {"headers": {"X-Copy": "{key}"}}}}),
        ),
        (
            "the body",
            json!({"operations": {"trigger": {"body": {"copy": "{key}"}}}}),
        ),
        ("no placeholder", json!({"auth": {"value": "Bearer constant"}})),
        ("two of them", json!({"auth": {"value": "{key}{key}"}})),
        ("another variable", json!({"auth": {"value": "{key} {site}"}})),
        (
            "a line break",
            json!({"auth": {"value": "Bearer {key}\r\nX-Copy: {key}"}}),
        ),
        ("a bad name", json!({"auth": {"header": "Authorization\r\nX-Copy"}})),
        ("framing", json!({"auth": {"header": "Host"}})),
        ("none", json!({"auth": null})),
    ] {
        let server = ok_server();
        let (code, printed) = deploy(&contract, &server);
        assert_eq!((code, server.requests().len()), (2, 0), "{name}: {printed}");
    }
}

#[test]
fn a_value_can_not_add_a_header() {
    let server = ok_server();
    let contract = json!({"operations": {"trigger": {"headers": {"X-Message": "{message}", "X-Own": "{var.own}"}}}});
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("contract.json");
    std::fs::write(&file, contract.to_string()).unwrap();
    for (message, own) in [
        ("a\r\nX-Evil: 1", "b"),
        ("a", "b\r\nX-Evil: 1"),
        ("a\nX-Evil: 1", "b"),
        ("a\0", "b"),
    ] {
        if message.contains('\0') {
            continue;
        }
        let run = Sproobo::new([
            "deploy",
            "demo",
            "--ref=main",
            "--no-key-check",
            "--message",
            message,
            "--var",
            &format!("own={own}"),
        ])
        .key()
        .env("SPROOBO_CONTRACT", &file)
        .env("SPROOBO_API_URL", format!("{}/api", server.url))
        .run()
        .expect(2);
        assert!(!run.printed().contains(KEY));
    }
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

#[test]
fn no_redirect_is_followed_with_the_key() {
    for status_path in ["POST", "GET"] {
        let elsewhere = Server::start(|_| Act::Json(200, json!({"deployment": {"id": "d-1", "status": "success"}})));
        let target = format!(
            "{}/caught?key={KEY}",
            elsewhere.url.replace("http://", "http://u:Pa55word99@")
        );
        let server = Server::start(move |request| {
            if request.method == status_path {
                Act::Redirect(target.clone())
            } else {
                Act::Json(201, json!({"deployment": {"id": "d-1", "status": "queued"}}))
            }
        });
        let run = Sproobo::new(["deploy", "demo", "--timeout=4s", "--max-unreachable=1s"])
            .key()
            .env("SPROOBO_API_URL", &server.url)
            .run();
        assert_ne!(run.code, 0);
        assert!(elsewhere.requests().is_empty(), "{:?}", elsewhere.requests());
        assert!(!run.printed().contains("Pa55word99") && !run.printed().contains(&KEY[12..]));
    }
}

/// What an attacker might put into a path, a variable or a header.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "/",
        "//",
        ".",
        "..",
        "%2e",
        "%2E",
        "\\",
        "@",
        ":",
        "?",
        "&",
        "#",
        "%",
        "%2f",
        "{site}",
        "{var.own}",
        "{",
        "}",
        "evil.test",
        "https:",
        "a",
        "é",
        "\t",
        "\n",
        "\r",
        " ",
        "\0",
        "[",
        "]",
        ";",
        "=",
    ]);
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn whatever_path_and_values_are_the_request_goes_to_the_base_url(
        path in hostile(), site in hostile(), own in hostile(), base in "(/[a-z]{1,3}){0,2}/?"
    ) {
        let user = json!({"operations": {"trigger": {"path": format!("/{path}")}}});
        let Ok(contract) = Contract::parse(&user.to_string()) else { return Ok(()) };
        let contract = contract.with_api_url(Some(&format!("https://api.example{base}"))).unwrap();
        let vars = BTreeMap::from([("own".to_owned(), own)]);
        let Ok(call) = contract.call(Operation::Trigger, &Values::new(&vars).with("site", site.as_str())) else {
            return Ok(());
        };
        let below = format!("https://api.example{}/", base.trim_end_matches('/'));
        prop_assert!(call.url.as_str().starts_with(&below), "{}", call.url);
        prop_assert!(call.url.username().is_empty() && call.url.password().is_none() && call.url.fragment().is_none());
        // As many segments as the contract has: none was a step, and no value added one.
        let written = format!("/{path}");
        let expected = written.split('?').next().unwrap_or_default().matches('/').count();
        let found = call.url.path().matches('/').count() - base.trim_end_matches('/').matches('/').count();
        prop_assert_eq!(found, expected, "{} of {:?}", call.url, path);
    }
}

/// An API that names a log anywhere must not make the job ask inside its own network.
#[test]
fn a_log_elsewhere_is_asked_for_at_public_hosts_alone() {
    let contract = demo::contract(json!({ "fields": { "logs": { "format": "text", "url": ["/url"] } } }));
    for (url, is_asked) in [
        ("https://logs.example.com/x", true),
        ("https://logs.example.com./x", true),
        ("https://logs.internal/x", false),
        ("https://printer/x", false),
        ("https://10.0.0.1/x", false),
        ("https://[fd00::1]/x", false),
        ("https://user:word@logs.example.com/x", false),
        ("http://logs.example.com/x", false),
    ] {
        let api = Server::start(move |_| Act::Json(200, json!({ "url": url })));
        let proxy = Server::always(Act::Close);
        let run = demo::command(&api, &["logs", "demo", "d-1"])
            .env("SPROOBO_CONTRACT", contract.path())
            .env("HTTPS_PROXY", &proxy.url)
            .env("HTTP_PROXY", &proxy.url)
            .run();
        assert_ne!(run.code, 0, "nothing answers there");
        let lines: Vec<_> = proxy.requests().iter().map(|request| request.method.clone()).collect();
        assert_eq!(!lines.is_empty(), is_asked, "{url}: {lines:?}");
    }
}
