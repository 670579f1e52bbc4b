//! Pages of a log that are unlike others: very long ones as text, and lines that stand deep in a reply.

use serde_json::{Value, json};
use sproobo_deploy::error::ApiError;
use sproobo_deploy::model::LogPage;

use crate::support::server::{Act, Server, reply};
use crate::wire::client::{client_with, json_server, options, site};
use crate::wire::contract::parse;

/// So many lines of a page are kept.
const MOST: usize = 256 * 1024;

async fn log_of(server: &Server, contract: Value) -> Result<LogPage, ApiError> {
    let id = "d-1".parse().unwrap();
    let client = client_with(options(), &parse(contract), &server.url);
    client.logs(&site(), &id, None).await
}

fn texts(page: &LogPage) -> Vec<&str> {
    page.lines.iter().map(|line| line.text.as_str()).collect()
}

#[tokio::test]
async fn of_a_very_long_text_the_last_lines_are_kept_and_the_rest_is_counted() {
    let body = format!("first\nsecond\n{}last\n", "\n".repeat(MOST - 1));
    let server = Server::always(Act::Raw(reply(200, "text/plain", &body)));
    let contract = json!({ "fields": { "logs": { "format": "text" } } });
    let page = log_of(&server, contract).await.unwrap();
    assert_eq!((page.lines.len(), page.skipped), (MOST, 2));
    assert_eq!(page.lines.last().unwrap().text, "last");
}

#[tokio::test]
async fn lines_are_found_by_a_pointer_through_a_list() {
    let body = json!({ "pages": [
        { "lines": ["first"] },
        { "lines": ["second", "third"], "other": [1] },
        { "lines": ["fourth"] },
    ] });
    for (index, expected) in [
        ("0", vec!["first"]),
        ("1", vec!["second", "third"]),
        ("2", vec!["fourth"]),
    ] {
        let contract = json!({ "fields": { "logs": { "items": [format!("/pages/{index}/lines")] } } });
        let page = log_of(&json_server(body.clone()), contract).await.unwrap();
        assert_eq!(texts(&page), expected, "{index}");
    }
    let contract = json!({ "fields": { "logs": { "items": ["/pages/3/lines"] } } });
    let beyond = log_of(&json_server(body), contract).await;
    assert!(matches!(beyond, Err(ApiError::Incomplete { .. })), "{beyond:?}");
}

/// RFC 8259 leaves open which of them counts; as everywhere in this program it is the last, of whatever sort the first is.
#[tokio::test]
async fn of_two_members_of_one_name_the_last_is_read() {
    for first in [
        "null",
        "true",
        "-1",
        "1",
        "1.5",
        "\"text\"",
        "{\"a\":[1]}",
        "[\"not this\"]",
    ] {
        let body = format!("{{\"lines\":{first},\"lines\":[\"one\",\"two\"]}}");
        let server = Server::always(Act::Raw(reply(200, "application/json", &body)));
        let page = log_of(&server, json!({})).await.unwrap();
        assert_eq!(texts(&page), ["one", "two"], "{first}");
    }
}

/// The built-in contract's pointer may lead to a cursor where the user's own operation sends none: the page would be read
/// again and again.
#[tokio::test]
async fn a_cursor_that_no_request_carries_is_none() {
    let path = "/sites/{site}/deployments/{deployment}/logs";
    let server = json_server(json!({ "lines": ["one"], "cursor": "next" }));
    for (path, cursor) in [
        (path.to_owned(), None),
        (format!("{path}?from={{cursor}}"), Some("next")),
    ] {
        let contract = json!({ "operations": { "logs": { "path": path } } });
        let page = log_of(&server, contract).await.unwrap();
        assert_eq!((texts(&page), page.cursor.as_deref()), (vec!["one"], cursor));
    }
}

/// A stack trace, a tree or YAML can't be read without it.
#[tokio::test]
async fn lines_keep_what_they_are_indented_by() {
    let lines = [
        "Error: no",
        "    at build (a.js:1)",
        "\tat main\t(b.js:2)  ",
        "  ::error::no",
        " \u{1b}[31m red",
    ];
    let page = log_of(&json_server(json!({ "lines": lines })), json!({}))
        .await
        .unwrap();
    let expected = [
        "Error: no",
        "    at build (a.js:1)",
        " at main (b.js:2)",
        "  :\\:error::no",
        "  red",
    ];
    assert_eq!(texts(&page), expected);
}
