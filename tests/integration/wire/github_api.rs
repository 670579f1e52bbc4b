//! GitHub: what is sent, and what is said when it is refused.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_box::SecretKey;
use serde_json::{Value, json};
use sproobo_deploy::error::{Error, ExitCode};
use sproobo_deploy::github::{Client, seal};
use sproobo_deploy::http;
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::secret::Secret;
use wiremock::matchers::{body_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

const TOKEN: &str = "github_pat_0123456789abcdef";
const KEY: &str = "spk_live_fresh_0123456789";

fn secret(value: &str) -> Secret {
    Secret::new(value.to_owned())
}

fn client_with(api_url: &str, repository: &str, token: &str) -> Result<Client, Error> {
    let options = http::Options {
        request_timeout: Duration::from_secs(5),
        ..http::Options::default()
    };
    let http = http::Client::new(options, Redactor::new()).expect("no CA file");
    let api_url = api_url.parse().expect("a URL");
    Client::new(&http, &api_url, repository, &secret(token), Redactor::new())
}

/// As on GHES: the API lies below a path.
fn client(server: &MockServer) -> Client {
    client_with(&format!("{}/api/v3", server.uri()), "acme/shop", TOKEN).expect("a client")
}

async fn answers(server: &MockServer, verb: &str, at: &str, response: ResponseTemplate) {
    Mock::given(method(verb))
        .and(path(format!("/api/v3{at}")))
        .and(header("authorization", format!("Bearer {TOKEN}").as_str()))
        .respond_with(response)
        .expect(1..)
        .mount(server)
        .await;
}

fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn forge(error: Error) -> (String, String, ExitCode) {
    match error {
        Error::CodeHost { what, next, code } => (what, next, code),
        other => panic!("not a forge error: {other}"),
    }
}

#[tokio::test]
async fn the_date_of_a_repository_secret_and_of_an_environments() {
    let server = MockServer::start().await;
    let dates = |day| json!({ "name": "K", "created_at": "2025-01-01T00:00:00Z", "updated_at": day });
    answers(
        &server,
        "GET",
        "/repos/acme/shop/actions/secrets/SPROOBO_API_KEY",
        ok(dates("2026-01-02T00:00:00Z")),
    )
    .await;
    answers(
        &server,
        "GET",
        "/repos/acme/shop/environments/prod%2Feu/secrets/SPROOBO_API_KEY",
        ok(dates("2026-03-04T00:00:00Z")),
    )
    .await;
    let client = client(&server);
    for (environment, day) in [(None, "2026-01-02"), (Some("prod/eu"), "2026-03-04")] {
        let date = client
            .secret_updated_at(environment, "SPROOBO_API_KEY")
            .await
            .expect("a date");
        assert_eq!(date.expect("the secret is there").format("%Y-%m-%d").to_string(), day);
    }
}

#[tokio::test]
async fn a_secret_that_is_not_there_has_no_date() {
    let server = MockServer::start().await;
    let not_found = ResponseTemplate::new(404).set_body_json(json!({ "message": "Not Found" }));
    answers(&server, "GET", "/repos/acme/shop/actions/secrets/OTHER", not_found).await;
    assert_eq!(client(&server).secret_updated_at(None, "OTHER").await, Ok(None));
}

#[tokio::test]
async fn a_secret_is_sent_as_a_sealed_box_that_only_github_can_open() {
    let server = MockServer::start().await;
    let github = SecretKey::from_bytes([7; 32]);
    let public = json!({ "key_id": "568250167242549743", "key": STANDARD.encode(github.public_key().as_bytes()) });
    answers(
        &server,
        "GET",
        "/repos/acme/shop/environments/production/secrets/public-key",
        ok(public),
    )
    .await;
    let at = "/repos/acme/shop/environments/production/secrets/SPROOBO_API_KEY";
    answers(&server, "PUT", at, ResponseTemplate::new(204)).await;

    client(&server)
        .put_secret(Some("production"), "SPROOBO_API_KEY", &secret(KEY))
        .await
        .expect("stored");

    let requests = server.received_requests().await.expect("recorded");
    let put = requests.last().expect("a request");
    assert!(
        !String::from_utf8_lossy(&put.body).contains(KEY),
        "the key went out in the clear"
    );
    let body: Value = serde_json::from_slice(&put.body).expect("JSON");
    assert_eq!(body["key_id"], "568250167242549743");
    let sealed = STANDARD
        .decode(body["encrypted_value"].as_str().expect("text"))
        .expect("base64");
    assert_eq!(github.unseal(&sealed).expect("sealed for this key"), KEY.as_bytes());
}

#[test]
fn the_same_value_is_never_sealed_to_the_same_text() {
    let public = STANDARD.encode(SecretKey::from_bytes([7; 32]).public_key().as_bytes());
    assert_ne!(seal(&public, b"value"), seal(&public, b"value"));
    assert!(seal("c2hvcnQ=", b"value").is_err(), "five bytes are no key");
    assert!(seal("not base64!", b"value").is_err());
}

/// Read by tests/e2e/sealed_box.py, which opens the box with libsodium.
#[test]
fn a_sealed_box_for_another_implementation() {
    let Some(file) = std::env::var_os("SEALED_BOX_OUT") else {
        return;
    };
    let public = std::env::var("SEALED_BOX_PUBLIC_KEY").expect("SEALED_BOX_PUBLIC_KEY beside SEALED_BOX_OUT");
    let value = std::env::var("SEALED_BOX_VALUE").expect("SEALED_BOX_VALUE beside SEALED_BOX_OUT");
    std::fs::write(file, seal(&public, value.as_bytes()).expect("sealed")).expect("written");
}

#[tokio::test]
async fn a_missing_permission_is_named_as_github_names_it() {
    let server = MockServer::start().await;
    let refused = ResponseTemplate::new(403)
        .insert_header("X-Accepted-GitHub-Permissions", "secrets=write")
        .set_body_json(json!({ "message": "Resource not accessible by personal access token" }));
    answers(&server, "GET", "/repos/acme/shop/actions/secrets/public-key", refused).await;
    let (what, next, code) = forge(client(&server).check_secrets(None).await.expect_err("refused"));
    assert!(
        what.contains("HTTP 403") && what.contains("not accessible by personal access token"),
        "{what}"
    );
    assert!(
        next.contains("secrets=write") && next.contains("acme/shop") && next.contains("GITHUB_TOKEN"),
        "{next}"
    );
    assert_eq!(code, ExitCode::Refused);
}

#[tokio::test]
async fn what_github_says_can_not_act_as_a_workflow_command() {
    let server = MockServer::start().await;
    let refused = ResponseTemplate::new(422).set_body_json(json!({ "message": "bad\n::error::forged\u{1b}[31m" }));
    answers(&server, "GET", "/repos/acme/shop/actions/secrets/public-key", refused).await;
    let (what, ..) = forge(client(&server).check_secrets(None).await.expect_err("refused"));
    assert!(!what.contains('\n') && !what.contains('\u{1b}'), "{what:?}");
}

#[tokio::test]
async fn a_renamed_repository_is_not_followed_with_the_token() {
    let server = MockServer::start().await;
    let moved = ResponseTemplate::new(301).insert_header("location", format!("{}/elsewhere", server.uri()).as_str());
    answers(&server, "GET", "/repos/acme/shop/actions/secrets/public-key", moved).await;
    let (_, next, code) = forge(client(&server).check_secrets(None).await.expect_err("moved"));
    assert!(next.contains("renamed"), "{next}");
    assert_eq!(code, ExitCode::Refused);
    assert_eq!(server.received_requests().await.expect("recorded").len(), 1);
}

#[tokio::test]
async fn an_api_that_can_not_be_reached_is_no_refusal() {
    // Bound and not listening: nobody answers, and nobody else can have the port.
    let closed = tokio::net::TcpSocket::new_v4().expect("a socket");
    closed.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let address = format!("http://{}", closed.local_addr().expect("an address"));
    let client = client_with(&address, "acme/shop", TOKEN).expect("a client");
    let (what, _, code) = forge(client.check_secrets(None).await.expect_err("nobody there"));
    assert!(what.contains("no connection"), "{what}");
    assert_eq!(code, ExitCode::CouldNotTell);

    let server = MockServer::start().await;
    answers(
        &server,
        "GET",
        "/repos/acme/shop/actions/secrets/public-key",
        ResponseTemplate::new(502),
    )
    .await;
    let (_, _, code) = forge(self::client(&server).check_secrets(None).await.expect_err("502"));
    assert_eq!(code, ExitCode::CouldNotTell);
}

#[tokio::test]
async fn a_page_of_a_proxy_is_no_word_of_githubs_and_an_endless_body_is_not_read() {
    let at = "/repos/acme/shop/actions/secrets/public-key";
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(502).set_body_raw("<html>Bad Gateway</html>", "text/html");
    answers(&server, "GET", at, page).await;
    let (what, ..) = forge(client(&server).check_secrets(None).await.expect_err("502"));
    assert_eq!(what, "could not read the public key for secrets: HTTP 502 from GitHub");

    let server = MockServer::start().await;
    let endless = ResponseTemplate::new(200).set_body_raw(vec![b' '; 9 << 20], "application/json");
    answers(&server, "GET", at, endless).await;
    let (what, ..) = forge(client(&server).check_secrets(None).await.expect_err("too long"));
    assert!(what.contains("longer than 8388608 bytes"), "{what}");
}

#[tokio::test]
async fn an_answer_that_is_not_githubs_is_said_to_be_none() {
    let server = MockServer::start().await;
    answers(
        &server,
        "GET",
        "/repos/acme/shop/actions/secrets/public-key",
        ok(json!({ "keys": [] })),
    )
    .await;
    let (what, _, code) = forge(client(&server).check_secrets(None).await.expect_err("no key"));
    assert!(
        what.contains("not what its API promises (missing field `key_id`"),
        "{what}"
    );
    assert_eq!(code, ExitCode::OutsideContract);
}

#[tokio::test]
async fn a_trailing_newline_on_the_token_is_trimmed_and_no_token_panics() {
    let server = MockServer::start().await;
    let not_found = ResponseTemplate::new(404);
    answers(&server, "GET", "/repos/acme/shop/actions/secrets/K", not_found).await;
    let client = client_with(
        &format!("{}/api/v3", server.uri()),
        "acme/shop",
        &format!("{TOKEN}\r\n"),
    );
    assert_eq!(client.expect("a client").secret_updated_at(None, "K").await, Ok(None));
    for token in ["", " \n", "two words", "ghp_\u{e9}", "ghp_\0"] {
        let error = client_with("https://api.github.com", "acme/shop", token).expect_err("no token");
        assert_eq!(error.exit_code(), ExitCode::Usage);
    }
}

#[tokio::test]
async fn only_https_and_only_a_repository() {
    for (api_url, repository) in [
        ("http://ghes.example/api/v3", "acme/shop"),
        ("https://api.github.com", "acme"),
        ("https://api.github.com", "acme/shop/more"),
        ("https://api.github.com", "acme/.."),
        ("https://api.github.com", "acme/sh?op"),
    ] {
        let error = client_with(api_url, repository, TOKEN).expect_err("refused");
        assert_eq!(error.exit_code(), ExitCode::Usage, "{api_url} {repository}");
    }
}

const MARKER: &str = "<!-- sproobo-deploy:stale-key:spk_live_012 -->";

fn issue(number: u64, body: &str) -> Value {
    json!({
        "number": number, "body": body, "html_url": format!("https://github.com/acme/shop/issues/{number}"),
        "author_association": "OWNER", "user": { "type": "User" }
    })
}

async fn lists(server: &MockServer, page: &str, rows: &[Value]) {
    Mock::given(method("GET"))
        .and(path("/api/v3/repos/acme/shop/issues"))
        .and(query_param("state", "open"))
        .and(query_param("page", page))
        .respond_with(ok(json!(rows)))
        .mount(server)
        .await;
}

#[tokio::test]
async fn one_issue_is_updated_instead_of_a_second_one_opened() {
    let server = MockServer::start().await;
    let mut rows: Vec<_> = (100..200).map(|number| issue(number, "something else")).collect();
    lists(&server, "1", &rows).await;
    rows.truncate(1);
    rows.push(issue(7, &format!("old text\n{MARKER}")));
    lists(&server, "2", &rows).await;
    Mock::given(method("PATCH"))
        .and(path("/api/v3/repos/acme/shop/issues/7"))
        .and(body_json(json!({ "title": "stale", "body": format!("text {MARKER}") })))
        .respond_with(ok(issue(7, "text")))
        .expect(1)
        .mount(&server)
        .await;
    let found = client(&server)
        .upsert_issue(MARKER, "stale", &format!("text {MARKER}"))
        .await
        .expect("updated");
    assert_eq!((found.number, found.opened), (7, false));
    assert_eq!(found.url, "https://github.com/acme/shop/issues/7");
}

#[tokio::test]
async fn an_issue_is_opened_where_only_a_stranger_or_a_pull_request_has_the_marker() {
    let server = MockServer::start().await;
    let mut strangers = issue(8, MARKER);
    strangers["author_association"] = json!("NONE");
    let mut pull_request = issue(9, MARKER);
    pull_request["pull_request"] = json!({ "url": "https://api.github.com/repos/acme/shop/pulls/9" });
    let mut empty = issue(10, "");
    empty["body"] = Value::Null;
    // As GitHub shows it once the author's account is gone.
    let mut orphan = issue(6, MARKER);
    orphan["author_association"] = json!("NONE");
    orphan["user"] = Value::Null;
    lists(&server, "1", &[strangers, pull_request, empty, orphan]).await;
    Mock::given(method("POST"))
        .and(path("/api/v3/repos/acme/shop/issues"))
        .and(body_json(json!({ "title": "stale", "body": MARKER })))
        .respond_with(ResponseTemplate::new(201).set_body_json(issue(11, MARKER)))
        .expect(1)
        .mount(&server)
        .await;
    let opened = client(&server)
        .upsert_issue(MARKER, "stale", MARKER)
        .await
        .expect("opened");
    assert_eq!((opened.number, opened.opened), (11, true));
}

#[tokio::test]
async fn the_issue_that_a_jobs_own_token_opened_is_found_again() {
    let server = MockServer::start().await;
    let mut row = issue(12, MARKER);
    row["author_association"] = json!("NONE");
    row["user"]["type"] = json!("Bot");
    lists(&server, "1", &[row.clone()]).await;
    Mock::given(method("PATCH"))
        .and(path("/api/v3/repos/acme/shop/issues/12"))
        .respond_with(ok(row))
        .expect(1)
        .mount(&server)
        .await;
    let found = client(&server)
        .upsert_issue(MARKER, "stale", MARKER)
        .await
        .expect("updated");
    assert!(!found.opened);
}
