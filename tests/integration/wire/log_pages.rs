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
