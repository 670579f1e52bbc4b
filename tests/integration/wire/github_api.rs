//! GitHub: what is sent, and what is said when it is refused.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_box::SecretKey;
use serde_json::{Value, json};
use sproobo_deploy::error::{Error, ExitCode};
use sproobo_deploy::github::{BadPublicKey, Client, seal};
use sproobo_deploy::http;
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::secret::Secret;

use crate::support::server::{Act, Request, Server, nobody};

const TOKEN: &str = "github_pat_0123456789abcdef";
const KEY: &str = "spk_live_fresh_0123456789";

fn secret(value: &str) -> Secret {
    Secret::new(value.to_owned())
}

fn client_with(api_url: &str, repository: &str, token: &str) -> Result<Client, Error> {
    let options = http::Options {
        // An endless body takes an unoptimized client on a busy machine some seconds.
        request_timeout: Duration::from_secs(60),
        ..http::Options::default()
    };
    let http = http::Client::new(options, Redactor::new()).expect("no CA file");
    let api_url = api_url.parse().expect("a URL");
    Client::new(&http, &api_url, repository, &secret(token), Redactor::new())
}

/// GitHub's API, below a path as on GHES. Who comes without the token is turned away.
fn github(mut answer: impl FnMut(&Request) -> Act + Send + 'static) -> Server {
    Server::start(move |request| match request.header("authorization") {
        Some(value) if value == format!("Bearer {TOKEN}") => answer(request),
        _ => Act::Json(401, json!({ "message": "Bad credentials" })),
    })
}

/// Answers at this one place, and nowhere else.
fn answering(line: &str, act: Act) -> Server {
    let line = below(line);
    github(move |request| match request.line() == line {
        true => act.clone(),
        false => Act::Json(
            500,
            json!({ "message": format!("nobody asked for {}", request.line()) }),
        ),
    })
}

/// `GET /repos/…`, where this GitHub has it.
fn below(line: &str) -> String {
    line.replacen(" /", " /api/v3/", 1)
}

fn client(server: &Server) -> Client {
    client_with(&format!("{}/api/v3", server.url), "acme/shop", TOKEN).expect("a client")
}

fn forge(error: Error) -> (String, String, ExitCode) {
    match error {
        Error::CodeHost { what, next, code } => (what, next, code),
        other => panic!("not a forge error: {other}"),
    }
}

#[tokio::test]
async fn the_date_of_a_repository_secret_and_of_an_environments() {
    let dates = |day| json!({ "name": "K", "created_at": "2025-01-01T00:00:00Z", "updated_at": day });
    let server = github(
        move |request| match request.line().strip_prefix("GET /api/v3/repos/acme/shop/") {
            Some("actions/secrets/SPROOBO_API_KEY") => Act::Json(200, dates("2026-01-02T00:00:00Z")),
            Some("environments/prod%2Feu/secrets/SPROOBO_API_KEY") => Act::Json(200, dates("2026-03-04T00:00:00Z")),
            _ => Act::Html(500, ""),
        },
    );
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
    let not_found = Act::Json(404, json!({ "message": "Not Found" }));
    let server = answering("GET /repos/acme/shop/actions/secrets/OTHER", not_found);
    assert_eq!(client(&server).secret_updated_at(None, "OTHER").await, Ok(None));
}

#[tokio::test]
async fn a_secret_is_sent_as_a_sealed_box_that_only_github_can_open() {
    let github_key = SecretKey::from_bytes([7; 32]);
    let public = json!({ "key_id": "568250167242549743", "key": STANDARD.encode(github_key.public_key().as_bytes()) });
    let server = github(move |request| {
        match request
            .line()
            .strip_prefix("GET /api/v3/repos/acme/shop/environments/production/secrets/")
        {
            Some("public-key") => Act::Json(200, public.clone()),
            _ if request.method == "PUT" => Act::Raw("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned()),
            _ => Act::Html(500, ""),
        }
    });

    client(&server)
        .put_secret(Some("production"), "SPROOBO_API_KEY", &secret(KEY))
        .await
        .expect("stored");

    let requests = server.requests();
    let put = requests.last().expect("a request");
    assert_eq!(
        put.line(),
        below("PUT /repos/acme/shop/environments/production/secrets/SPROOBO_API_KEY")
    );
    assert!(!put.body.to_string().contains(KEY), "the key went out in the clear");
    assert_eq!(put.body["key_id"], "568250167242549743");
    let sealed = STANDARD
        .decode(put.body["encrypted_value"].as_str().expect("text"))
        .expect("base64");
    assert_eq!(github_key.unseal(&sealed).expect("sealed for this key"), KEY.as_bytes());
}

#[test]
fn the_same_value_is_never_sealed_to_the_same_text() {
    let public = STANDARD.encode(SecretKey::from_bytes([7; 32]).public_key().as_bytes());
    assert_ne!(seal(&public, b"value"), seal(&public, b"value"));
    assert!(seal("c2hvcnQ=", b"value").is_err(), "five bytes are no key");
    assert!(seal("not base64!", b"value").is_err());
}

/// The points of low order of Curve25519 (as libsodium refuses them), with either value of the bit that does not count. The
/// shared secret of such a key is known to everybody.
#[test]
fn a_public_key_of_low_order_is_refused() {
    let of_order_8 = [
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ];
    let near_zero = ["00", "01"].map(|first| format!("{first}{}", "00".repeat(31)));
    let near_the_prime = ["ec", "ed", "ee"].map(|first| format!("{first}{}7f", "ff".repeat(30)));
    let points = of_order_8
        .map(str::to_owned)
        .into_iter()
        .chain(near_zero)
        .chain(near_the_prime);
    for point in points {
        for top_bit in [0, 0x80] {
            let mut bytes: Vec<u8> = (0..32)
                .map(|at| u8::from_str_radix(&point[2 * at..2 * at + 2], 16).unwrap())
                .collect();
            bytes[31] |= top_bit;
            let sealed = seal(&STANDARD.encode(&bytes), b"value");
            assert_eq!(sealed, Err(BadPublicKey::OpenToAll), "{point} {top_bit}");
        }
    }
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

/// Where it is asked first, before any secret is written.
const PUBLIC_KEY: &str = "GET /repos/acme/shop/actions/secrets/public-key";

#[tokio::test]
async fn a_missing_permission_is_named_as_github_names_it() {
    let body = json!({ "message": "Resource not accessible by personal access token" }).to_string();
    let refused = Act::Raw(format!(
        "HTTP/1.1 403 Forbidden\r\nX-Accepted-GitHub-Permissions: secrets=write\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    ));
    let server = answering(PUBLIC_KEY, refused);
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
    let refused = Act::Json(422, json!({ "message": "bad\n::error::forged\u{1b}[31m" }));
    let server = answering(PUBLIC_KEY, refused);
    let (what, ..) = forge(client(&server).check_secrets(None).await.expect_err("refused"));
    assert!(!what.contains('\n') && !what.contains('\u{1b}'), "{what:?}");
    assert!(what.contains("forged"), "{what:?}");
}

#[tokio::test]
async fn a_renamed_repository_is_not_followed_with_the_token() {
    let server = answering(
        PUBLIC_KEY,
        Act::Raw("HTTP/1.1 301 Moved\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n".to_owned()),
    );
    let (_, next, code) = forge(client(&server).check_secrets(None).await.expect_err("moved"));
    assert!(next.contains("renamed"), "{next}");
    assert_eq!(code, ExitCode::Refused);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_api_that_can_not_be_reached_is_no_refusal() {
    let client = client_with(&format!("http://{}", nobody().address), "acme/shop", TOKEN).expect("a client");
    let (what, _, code) = forge(client.check_secrets(None).await.expect_err("nobody there"));
    assert!(what.contains("no connection"), "{what}");
    assert_eq!(code, ExitCode::CouldNotTell);

    let server = answering(PUBLIC_KEY, Act::Html(502, ""));
    let (_, _, code) = forge(self::client(&server).check_secrets(None).await.expect_err("502"));
    assert_eq!(code, ExitCode::CouldNotTell);
}

#[tokio::test]
async fn a_page_of_a_proxy_is_no_word_of_githubs_and_an_endless_body_is_not_read() {
    let server = answering(PUBLIC_KEY, Act::Html(502, "<html>Bad Gateway</html>"));
    let (what, ..) = forge(client(&server).check_secrets(None).await.expect_err("502"));
    assert_eq!(what, "could not read the public key for secrets: HTTP 502 from GitHub");

    let server = answering(PUBLIC_KEY, Act::Flood);
    let (what, ..) = forge(client(&server).check_secrets(None).await.expect_err("too long"));
    assert!(what.contains("longer than 8388608 bytes"), "{what}");
}

#[tokio::test]
async fn an_answer_that_is_not_githubs_is_said_to_be_none() {
    let server = answering(PUBLIC_KEY, Act::Json(200, json!({ "keys": [] })));
    let (what, _, code) = forge(client(&server).check_secrets(None).await.expect_err("no key"));
    assert!(
        what.contains("not what its API promises (missing field `key_id`"),
        "{what}"
    );
    assert_eq!(code, ExitCode::OutsideContract);
}

#[tokio::test]
async fn a_trailing_newline_on_the_token_is_trimmed_and_no_token_panics() {
    let server = answering("GET /repos/acme/shop/actions/secrets/K", Act::Html(404, ""));
    let client = client_with(&format!("{}/api/v3", server.url), "acme/shop", &format!("{TOKEN}\r\n"));
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

const ISSUES: &str = "/repos/acme/shop/issues";

/// Lists these issues, a page a row, to whoever asks for open ones, and takes one issue.
fn tracker(pages: Vec<Vec<Value>>, taken: (u16, Value)) -> Server {
    github(move |request| {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        if request.method != "GET" {
            return Act::Json(taken.0, taken.1.clone());
        }
        let page = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("page="))
            .and_then(|page| page.parse::<usize>().ok());
        match page.and_then(|page| pages.get(page - 1)) {
            Some(rows) if path == format!("/api/v3{ISSUES}") && query.split('&').any(|pair| pair == "state=open") => {
                Act::Json(200, json!(rows))
            }
            _ => Act::Html(500, ""),
        }
    })
}

/// The requests that changed something.
fn changes(server: &Server) -> Vec<(String, Value)> {
    let requests = server.requests().into_iter();
    let changes = requests.filter(|request| request.method != "GET");
    changes.map(|request| (request.line(), request.body)).collect()
}

#[tokio::test]
async fn one_issue_is_updated_instead_of_a_second_one_opened() {
    let first: Vec<_> = (100..200).map(|number| issue(number, "something else")).collect();
    let second = vec![issue(100, "something else"), issue(7, &format!("old text\n{MARKER}"))];
    let server = tracker(vec![first, second], (200, issue(7, "text")));
    let found = client(&server)
        .upsert_issue(MARKER, "stale", &format!("text {MARKER}"))
        .await
        .expect("updated");
    assert_eq!((found.number, found.opened), (7, false));
    assert_eq!(found.url, "https://github.com/acme/shop/issues/7");
    let body = json!({ "title": "stale", "body": format!("text {MARKER}") });
    assert_eq!(changes(&server), [(below(&format!("PATCH {ISSUES}/7")), body)]);
}

#[tokio::test]
async fn an_issue_is_opened_where_only_a_stranger_or_a_pull_request_has_the_marker() {
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
    let rows = vec![strangers, pull_request, empty, orphan];
    let server = tracker(vec![rows], (201, issue(11, MARKER)));
    let opened = client(&server)
        .upsert_issue(MARKER, "stale", MARKER)
        .await
        .expect("opened");
    assert_eq!((opened.number, opened.opened), (11, true));
    let body = json!({ "title": "stale", "body": MARKER });
    assert_eq!(changes(&server), [(below(&format!("POST {ISSUES}")), body)]);
}

#[tokio::test]
async fn the_issue_that_a_jobs_own_token_opened_is_found_again() {
    let mut row = issue(12, MARKER);
    row["author_association"] = json!("NONE");
    row["user"]["type"] = json!("Bot");
    let server = tracker(vec![vec![row.clone()]], (200, row));
    let found = client(&server)
        .upsert_issue(MARKER, "stale", MARKER)
        .await
        .expect("updated");
    assert!(!found.opened);
    let lines: Vec<_> = changes(&server).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [below(&format!("PATCH {ISSUES}/12"))]);
}

#[tokio::test]
async fn commits_are_compared_without_the_files_between_them() {
    for (status, is_ancestor) in [
        ("ahead", true),
        ("identical", true),
        ("behind", false),
        ("diverged", false),
    ] {
        let line = "GET /repos/acme/shop/compare/aaaaaaa...bbbbbbb";
        let server = answering(line, Act::Json(200, json!({ "status": status, "commits": [] })));
        assert_eq!(client(&server).is_ancestor("aaaaaaa", "bbbbbbb").await, Ok(is_ancestor));
        // The first page has the files.
        assert!(server.requests()[0].path.ends_with("?per_page=1&page=2"));
    }
}
