//! The client: what goes over the wire, and what is read from good answers and worded errors.

#![expect(clippy::unwrap_used, reason = "a helper that fails ends the test, which is right")]

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use sproobo_deploy::error::ApiError;
use sproobo_deploy::http;
use sproobo_deploy::model::{ClientToken, Deployment, Health, SiteId, StatusClass, TriggerRequest};
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::secret::Secret;
use sproobo_deploy::sproobo::{Client, Contract};

use crate::support::server::{Act, Server, reply};

pub(crate) const KEY: &str = "spb_abcdefghSECRETSECRETSECRET";

pub(crate) fn options() -> http::Options {
    http::Options {
        request_timeout: Duration::from_secs(10),
        ..http::Options::default()
    }
}

pub(crate) fn client_with(options: http::Options, contract: &Contract, api_url: &str) -> Client {
    let redactor = Redactor::new();
    let key = Secret::new(KEY.to_owned());
    redactor.add(&key);
    let http = http::Client::new(options, redactor.clone()).unwrap();
    let contract = contract.with_api_url(Some(api_url)).unwrap();
    Client::new(contract, http, key, redactor, BTreeMap::new())
}

pub(crate) fn client(server: &Server) -> Client {
    client_with(options(), &Contract::default(), &format!("{}/api", server.url))
}

pub(crate) fn site() -> SiteId {
    "shop".parse().unwrap()
}

pub(crate) fn trigger() -> TriggerRequest {
    TriggerRequest {
        site: site(),
        git_ref: Some("main".to_owned()),
        commit: None,
        message: Some("Ünïcode \"quoted\"".to_owned()),
        token: ClientToken("token-1".to_owned()),
    }
}

pub(crate) fn json_server(body: Value) -> Server {
    Server::always(Act::Json(200, body))
}

/// Triggers where these bytes are the answer.
pub(crate) async fn trigger_at(raw: impl Into<String>) -> Result<Deployment, ApiError> {
    let server = Server::always(Act::Raw(raw.into()));
    client(&server).trigger(&trigger()).await
}

#[tokio::test]
async fn the_trigger_is_sent_once_and_as_the_contract_says() {
    let server = json_server(json!({ "deployment": { "id": "d1", "status": "queued" } }));
    let deployment = client(&server).trigger(&trigger()).await.unwrap();
    assert_eq!(deployment.id.as_str(), "d1");

    let [request] = server.texts().try_into().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let head = head.to_ascii_lowercase();
    assert!(
        head.starts_with("post /api/sites/shop/deployments http/1.1\r\n"),
        "{head}"
    );
    for header in [
        format!("authorization: bearer {}", KEY.to_ascii_lowercase()),
        "idempotency-key: token-1".to_owned(),
        "content-type: application/json".to_owned(),
        "accept: application/json".to_owned(),
        concat!("user-agent: sproobo-deploy/", env!("CARGO_PKG_VERSION")).to_owned(),
    ] {
        assert!(head.lines().any(|line| line == header), "{header} is not in {head}");
    }
    assert!(!head.contains("accept-encoding"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    let expected = json!({ "ref": "main", "message": "Ünïcode \"quoted\"", "clientToken": "token-1" });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_post_without_a_body_says_its_length() {
    let server = Server::always(Act::Raw(
        "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned(),
    ));
    let id = "d1".parse().unwrap();
    client(&server).cancel(&site(), &id).await.unwrap();
    let head = server.texts()[0].to_ascii_lowercase();
    // Some servers and proxies answer 411 otherwise.
    assert!(head.contains("content-length: 0"), "{head}");
}

#[tokio::test]
async fn a_plan_holds_no_key() {
    let server = json_server(json!({}));
    let call = client(&server).plan_trigger(&trigger()).unwrap();
    assert!(!format!("{call:?}").contains(KEY));
    assert!(server.requests().is_empty());
}

/// As milliseconds the larger one is a day in 1973, as seconds the smaller one the year 5138.
#[tokio::test]
async fn unix_times_are_seconds_up_to_a_size_and_milliseconds_from_it_on() {
    let times = json!({ "id": "d", "startedAt": 99_999_999_999_u64, "finishedAt": 100_000_000_000_u64 });
    let server = json_server(times);
    let seen = client(&server)
        .deployment(&site(), &"d".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(seen.started_at.unwrap().timestamp(), 99_999_999_999);
    assert_eq!(seen.finished_at.unwrap().timestamp(), 100_000_000);
}

#[tokio::test]
async fn a_deployment_is_read_where_the_contract_says() {
    let server = json_server(json!({ "data": {
        "id": 42, "state": "Completed", "health": true, "url": "https://shop.example/", "commit": "abc",
        "dashboardUrl": "javascript:alert(1)", "clientToken": "t", "createdAt": "2026-01-02T03:04:05+01:00",
        "startedAt": 1_767_319_445, "finishedAt": 1_767_319_445_500_u64, "error": { "message": "boom" }
    } }));
    let seen = client(&server)
        .deployment(&site(), &"42".parse().unwrap())
        .await
        .unwrap();
    assert_eq!((seen.status, seen.word.as_str()), (StatusClass::Finished, "Completed"));
    assert_eq!(seen.health, Some(Health::Healthy));
    assert_eq!(seen.url.as_deref(), Some("https://shop.example/"));
    assert_eq!(seen.dashboard_url, None);
    assert_eq!(seen.client_token, Some(ClientToken("t".to_owned())));
    assert_eq!(seen.failure.as_deref(), Some("boom"));
    assert_eq!(seen.created_at.unwrap().to_rfc3339(), "2026-01-02T02:04:05+00:00");
    assert_eq!(seen.started_at.unwrap().timestamp_millis(), 1_767_319_445_000);
    assert_eq!(seen.finished_at.unwrap().timestamp_millis(), 1_767_319_445_500);
}

#[tokio::test]
async fn health_words() {
    for (health, expected) in [
        (json!("healthy"), Some(Health::Healthy)),
        (json!("PASSED"), Some(Health::Healthy)),
        (json!(true), Some(Health::Healthy)),
        (json!("unhealthy"), Some(Health::Unhealthy)),
        (json!("failed"), Some(Health::Unhealthy)),
        (json!(false), Some(Health::Unhealthy)),
        (json!("checking"), Some(Health::Pending("checking".to_owned()))),
        (json!("ok"), Some(Health::Pending("ok".to_owned()))),
        (json!(null), None),
        (json!(""), None),
    ] {
        let server = json_server(json!({ "id": "d", "health": health }));
        let seen = client(&server)
            .deployment(&site(), &"d".parse().unwrap())
            .await
            .unwrap();
        assert_eq!(seen.health, expected, "{health}");
    }
}

#[tokio::test]
async fn a_reply_about_another_deployment_is_not_this_ones() {
    let server = json_server(json!({ "id": "d2", "status": "success" }));
    let error = client(&server).deployment(&site(), &"d1".parse().unwrap()).await;
    assert!(matches!(error, Err(ApiError::Incomplete { .. })), "{error:?}");
}

#[tokio::test]
async fn a_list_is_sorted_newest_first_and_undated_items_count_as_newer_than_any() {
    let server = json_server(json!({ "deployments": [
        { "id": "undated-1" }, { "id": "old", "createdAt": 1000 }, { "id": "undated-2", "createdAt": "soon" },
        { "id": "new", "createdAt": "2026-01-01T00:00:00Z" }
    ] }));
    let seen = client(&server).deployments(&site(), 20).await.unwrap();
    let ids: Vec<&str> = seen.iter().map(|deployment| deployment.id.as_str()).collect();
    assert_eq!(ids, ["undated-1", "undated-2", "new", "old"]);
    assert!(server.texts()[0].starts_with("GET /api/sites/shop/deployments?limit=20 HTTP/1.1\r\n"));
}

#[tokio::test]
async fn a_list_with_an_item_without_id_is_no_list() {
    // A look-up that skipped the item could conclude that nothing was started, and start it again.
    let server = json_server(json!([{ "id": "d1" }, { "identifier": "d2" }]));
    let error = client(&server).deployments(&site(), 20).await;
    assert!(
        matches!(error, Err(ApiError::Incomplete { what: "deployment id" })),
        "{error:?}"
    );
    let server = json_server(json!({ "deployments": {} }));
    let error = client(&server).deployments(&site(), 20).await;
    assert!(
        matches!(error, Err(ApiError::Incomplete { what: "deployments" })),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_id_that_is_a_path_step_is_no_id() {
    for id in [".", "..", ""] {
        let server = json_server(json!({ "id": id, "status": "queued" }));
        let error = client(&server).trigger(&trigger()).await;
        assert!(
            matches!(error, Err(ApiError::Incomplete { what: "deployment id" })),
            "{id:?}: {error:?}"
        );
    }
}

#[tokio::test]
async fn logs_come_as_lines_in_any_of_their_shapes() {
    let server = json_server(json!({ "lines": [
        "plain", { "text": "two\r\nlines\n", "time": "2026-01-01T00:00:00Z" }, { "message": "" }, { "x": 1 },
        "::error::not a command"
    ], "cursor": 7 }));
    let page = client(&server)
        .logs(&site(), &"d".parse().unwrap(), Some("a b"))
        .await
        .unwrap();
    assert!(server.texts()[0].starts_with("GET /api/sites/shop/deployments/d/logs?cursor=a%20b HTTP/1.1"));
    let texts: Vec<&str> = page.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts[..5], ["plain", "two", "lines", "", "{\"x\":1}"]);
    assert!(!texts[5].starts_with("::"), "{texts:?}");
    assert!(page.lines[1].time.is_some() && page.lines[0].time.is_none());
    assert_eq!(page.cursor.as_deref(), Some("7"));

    let server = json_server(json!({ "data": "one\ntwo\n", "cursor": "" }));
    let page = client(&server)
        .logs(&site(), &"d".parse().unwrap(), None)
        .await
        .unwrap();
    assert_eq!((page.lines.len(), page.cursor), (2, None));
}

#[tokio::test]
async fn a_page_of_logs_may_be_larger_than_any_other_reply() {
    let line = "x".repeat(1024);
    let body = json!({ "lines": vec![line; 1100] });
    let server = json_server(body.clone());
    let page = client(&server)
        .logs(&site(), &"d".parse().unwrap(), None)
        .await
        .unwrap();
    assert_eq!(page.lines.len(), 1100);
    let error = client(&server).sites().await;
    assert!(
        matches!(&error, Err(ApiError::Unreadable { status: 200, detail }) if detail.contains("1048576")),
        "{error:?}"
    );
}

#[tokio::test]
async fn of_a_page_with_very_many_lines_the_last_are_kept() {
    const MOST: usize = 256 * 1024;
    let numbers = "1,".repeat(270_000);
    // The cursor after them and before, and as many values beside them.
    for body in [
        format!("{{\"lines\":[{numbers}\"last\"],\"cursor\":\"next\"}}"),
        format!("{{\"cursor\":\"next\",\"junk\":[{numbers}1],\"data\":[{numbers}\"last\"]}}"),
    ] {
        let server = Server::always(Act::Raw(reply(200, "application/json", &body)));
        let page = client(&server)
            .logs(&site(), &"d".parse().unwrap(), None)
            .await
            .unwrap();
        assert_eq!((page.lines.len(), page.skipped), (MOST, 270_001 - MOST));
        assert_eq!(page.lines.last().unwrap().text, "last");
        assert_eq!(page.cursor.as_deref(), Some("next"));
    }
}

#[tokio::test]
async fn one_line_of_a_log_that_is_a_huge_value_is_cut() {
    let body = format!("{{\"lines\":[[{}1],\"after\"]}}", "1,".repeat(100_000));
    let server = Server::always(Act::Raw(reply(200, "application/json", &body)));
    let page = client(&server)
        .logs(&site(), &"d".parse().unwrap(), None)
        .await
        .unwrap();
    assert_eq!(page.lines.len(), 2);
    assert!(page.lines[0].text.len() < 100_000 && page.lines[1].text == "after");
}

#[tokio::test]
async fn a_created_key_is_handed_over_with_its_public_prefix() {
    let server = json_server(json!({ "apiKey": { "id": "k1", "name": "ci" }, "key": "spb_new4567890SECRET" }));
    let (info, secret) = client(&server).create_api_key("ci").await.unwrap();
    assert_eq!(secret.expose(), "spb_new4567890SECRET");
    assert_eq!(info.prefix.as_deref(), Some("spb_new45678"));
    assert!(server.texts()[0].ends_with("{\"name\":\"ci\"}"));
    let server = json_server(json!({ "apiKey": { "id": "k1" } }));
    let error = client(&server).create_api_key("ci").await;
    assert!(matches!(error, Err(ApiError::Incomplete { .. })), "{error:?}");
}

#[tokio::test]
async fn keys_and_sites_are_listed() {
    let server = json_server(json!({ "apiKeys": [
        { "id": 1, "prefix": "spb_a", "createdAt": 1 }, { "name": "no id", "createdAt": 2 }
    ], "sites": [{ "id": "s", "name": "Shop", "url": "https://shop.example" }] }));
    let keys = client(&server).api_keys().await.unwrap();
    assert_eq!(keys[0].name.as_deref(), Some("no id"));
    assert_eq!(keys[1].id.as_ref().unwrap().as_str(), "1");
    let sites = client(&server).sites().await.unwrap();
    assert_eq!(sites[0].name.as_deref(), Some("Shop"));
    let server = Server::always(Act::Raw("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned()));
    client(&server).revoke_api_key(&"1/2".parse().unwrap()).await.unwrap();
    assert!(server.texts()[0].starts_with("DELETE /api/api-keys/1%2F2 HTTP/1.1"));
}

#[tokio::test]
async fn an_operation_that_is_not_offered_sends_nothing() {
    let server = json_server(json!({}));
    let contract = Contract::parse("{\"operations\":{\"sites\":null}}").unwrap();
    let client = client_with(options(), &contract, &format!("{}/api", server.url));
    assert_eq!(client.sites().await, Err(ApiError::NotOffered { operation: "sites" }));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn an_error_is_read_with_its_code_message_and_deployment() {
    let body = "{\"error\":{\"code\":\"conflict\",\"message\":\"a\\u001b[31m run\",\"deploymentId\":\"d9\"}}";
    let Err(ApiError::Reply(error)) = trigger_at(format!(
        "HTTP/1.1 409 Conflict\r\ncontent-type: application/problem+json\r\nretry-after: 7\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ))
    .await
    else {
        panic!("a reply was expected");
    };
    assert_eq!((error.status, error.code.as_deref()), (409, Some("conflict")));
    assert!(!error.message.unwrap().contains('\u{1b}'));
    assert_eq!(error.deployment.unwrap().as_str(), "d9");
    assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
    assert!(!error.billing);
}

#[tokio::test]
async fn billing_is_told_by_its_words_and_by_402() {
    for (status, code, message, billing) in [
        (402, "x", "y", true),
        (403, "forbidden", "no access", false),
        (403, "plan_limit", "no", true),
        (403, "planLimitReached", "no", true),
        (403, "no", "Your subscription has ended.", true),
        (403, "no", "the plan's quotas are used up", true),
        (403, "no", "read the explanation", false),
        (422, "BILLING-INACTIVE", "", true),
    ] {
        let body = json!({ "code": code, "message": message }).to_string();
        let Err(ApiError::Reply(error)) = trigger_at(reply(status, "application/json", &body)).await else {
            panic!("a reply was expected");
        };
        assert_eq!(error.billing, billing, "{status} {body}");
    }
}

#[tokio::test]
async fn a_key_that_a_reply_echoes_is_gone_before_anyone_sees_it() {
    let body = json!({ "error": { "code": KEY, "message": format!("bad header `Bearer {KEY}`") } }).to_string();
    let error = trigger_at(reply(400, "application/json", &body)).await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("SECRET"), "{error:?}");

    let server = json_server(json!({
        "id": "d", "status": KEY, "failure": KEY, "commit": KEY, "health": KEY, "failureReason": KEY,
        "url": format!("https://shop.example/?key={KEY}")
    }));
    let mut seen = client(&server)
        .deployment(&site(), &"d".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(seen.status, StatusClass::Unknown);
    assert!(!format!("{seen:?}").contains("SECRET"), "{seen:?}");
    seen.url.take().expect("a URL was shown, redacted");

    let location = format!("HTTP/1.1 302 Found\r\nlocation: /{KEY}\r\ncontent-length: 0\r\n\r\n");
    let error = trigger_at(location).await.unwrap_err();
    assert!(!format!("{error:?}").contains("SECRET"), "{error:?}");
    let media_type = format!("HTTP/1.1 200 OK\r\ncontent-type: {KEY}\r\ncontent-length: 1\r\n\r\nx");
    let error = trigger_at(media_type).await.unwrap_err();
    assert!(!format!("{error:?}").to_lowercase().contains("secret"), "{error:?}");
}

#[tokio::test]
async fn a_key_in_a_log_line_is_gone_before_the_log_is_cut_into_lines() {
    let server = json_server(json!({ "lines": [format!("key: {KEY}\nnext")], "cursor": null }));
    let page = client(&server)
        .logs(&site(), &"d".parse().unwrap(), None)
        .await
        .unwrap();
    assert!(!format!("{page:?}").contains("SECRET"), "{page:?}");
    assert_eq!(page.lines.len(), 2);
}

#[tokio::test]
async fn a_created_keys_value_is_redacted_wherever_its_reply_repeats_it() {
    let value = "spb_new4567890qwertzHIDDENxyz";
    let server = json_server(json!({ "key": value, "apiKey": { "id": "k", "name": value } }));
    let (info, _) = client(&server).create_api_key("ci").await.unwrap();
    assert!(!info.name.as_ref().unwrap().contains("HIDDEN"), "{info:?}");
}
