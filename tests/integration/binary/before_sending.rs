//! What is settled before a deployment is asked for: the key, the configuration, a dry run.

use serde_json::{Value, json};

use super::deploy::{against, deployment};
use crate::support::cli::{KEY, Sproobo};
use crate::support::server::{Act, Server};

#[test]
fn key_problems_are_told_before_anything_is_sent() {
    let long = "k".repeat(5000);
    let problems = [
        ("", "no API key is set"),
        ("   \n", "no API key is set"),
        ("${{ secrets.SPROOBO_API_KEY }}", "expanded"),
        ("$SPROOBO_KEY_OF_MINE", "expanded"),
        ("\"spb_0123456789abcdefghij\"", "quotes"),
        ("Bearer spb_0123456789abcdefghij", "Bearer"),
        ("spb_0123456789 abcdefghij", "white space"),
        ("spb_0123456789äbcdefghij", "ASCII"),
        ("spb_short", "16"),
        (&long, "4096"),
    ];
    let server = Server::start(|_| Act::Json(500, Value::Null));
    for (key, words) in problems {
        against(&server, &[])
            .env("SPROOBO_API_KEY", key)
            .run()
            .expect(3)
            .says(words);
    }
    assert!(
        server.requests().is_empty(),
        "something was sent: {:?}",
        server.requests()
    );
}

#[test]
fn the_key_can_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, format!("{KEY}\n")).unwrap();
    let server = Server::start(|_| Act::Json(200, deployment("success")));
    let run = Sproobo::new(
        ["deploy", "demo", "--no-key-check", "--api-key-file"]
            .iter()
            .map(|text| (*text).to_owned())
            .chain([file.display().to_string()]),
    )
    .env("SPROOBO_API_URL", &server.url);
    run.run().expect(0);
    let stdin = std::fs::File::open(&file).unwrap();
    Sproobo::new(["deploy", "demo", "--no-key-check", "--api-key-file=-"])
        .env("SPROOBO_API_URL", &server.url)
        .stdin(stdin)
        .run()
        .expect(0);
    Sproobo::new(["deploy", "demo", "--api-key-file=/nonexistent/key"])
        .env("SPROOBO_API_URL", &server.url)
        .run()
        .expect(2)
        .says("/nonexistent/key");
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.header("authorization") == Some(&format!("Bearer {KEY}")))
    );
}

#[test]
fn bad_configuration_ends_with_2_and_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let contract = folder.path().join("contract.json");
    std::fs::write(&contract, "{ \"version\": 1,, }").unwrap();
    let contract = contract.display().to_string();
    for (arguments, words) in [
        (vec!["--api-url", "http://sproobo.example/api"], "https"),
        (vec!["--api-url", "not a url"], "--api-url"),
        (vec!["--contract", contract.as_str()], "contract"),
        (vec!["--contract", "/nonexistent.json"], "/nonexistent.json"),
        (vec!["--on-timeout", "explode"], "detach"),
        (vec!["--key-created-at", "2999-01-01"], "future"),
        (vec!["--ca-cert", "/nonexistent.pem"], "/nonexistent.pem"),
        (vec!["demo"], "twice"),
        (vec!["--", ".."], "id"),
    ] {
        Sproobo::new(["deploy", "demo"].iter().chain(&arguments))
            .key()
            .run()
            .expect(2)
            .says(words);
    }
}

#[test]
fn dry_runs_deploy_nothing_and_say_so() {
    let server = Server::start(|request| match request.line().as_str() {
        "GET /sites/demo" => Act::Json(200, json!({"site": {"id": "demo", "name": "Demo"}})),
        "GET /sites/demo/deployments" => Act::Json(200, json!({"deployments": []})),
        _ => Act::Json(200, json!({"apiKeys": []})),
    });
    let online = against(&server, &["--dry-run", "--commit", "abc1234"])
        .run()
        .expect(0)
        .says("/sites/demo/deployments")
        .says("abc1234");
    assert!(online.printed().contains("nothing is deployed"));
    assert!(!server.requests().is_empty() && server.requests().iter().all(|request| request.method == "GET"));
    let before = server.requests().len();
    against(&server, &["--dry-run=offline"])
        .run()
        .expect(0)
        .says("/sites/demo/deployments");
    assert_eq!(server.requests().len(), before, "offline sends nothing");
    let refusing = Server::start(|_| Act::Json(401, json!({"error": {"message": "unknown key"}})));
    against(&refusing, &["--dry-run"]).run().expect(3).says("unknown key");
}
