//! What a contract can say of platforms that are unlike the assumed one, over the wire.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use sproobo_deploy::error::ApiError;
use sproobo_deploy::model::{ClientToken, Deployment, Health, LogPage, StatusClass};
use sproobo_deploy::sproobo::{Client, Contract, Operation};

use crate::support::server::{Act, Request, Server, reply};
use crate::wire::client::{KEY, client_with, json_server, options, site, trigger};
use crate::wire::contract::{parse, url, values};

fn speaking(server: &Server, contract: Value) -> Client {
    client_with(options(), &parse(contract), &server.url)
}

/// A deployment as a contract reads it from this reply.
async fn read(contract: Value, reply: Value) -> Deployment {
    let server = json_server(reply);
    let id = "d-1".parse().unwrap();
    speaking(&server, contract).deployment(&site(), &id).await.unwrap()
}

async fn log(contract: Value, act: Act) -> Result<LogPage, ApiError> {
    let server = Server::always(act);
    let id = "d-1".parse().unwrap();
    speaking(&server, contract).logs(&site(), &id, None).await
}

fn texts(page: &LogPage) -> Vec<&str> {
    page.lines.iter().map(|line| line.text.as_str()).collect()
}

#[tokio::test]
async fn a_reply_that_is_only_an_acceptance_is_told_from_one_that_is_none() {
    let contract = json!({ "operations": { "trigger": { "reply": "accepted" } } });
    for answer in [
        Act::Json(202, json!({ "queued": true })),
        Act::Raw(reply(202, "text/plain", "ok")),
        Act::Raw("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned()),
    ] {
        let server = Server::always(answer);
        let started = speaking(&server, contract.clone()).trigger(&trigger()).await;
        assert_eq!(started, Err(ApiError::Accepted));
    }
    // A sign-in page is none, whatever its status; and an id is taken where there is one.
    let page = Server::always(Act::Html(200, "<p>sign in"));
    let started = speaking(&page, contract.clone()).trigger(&trigger()).await;
    assert!(matches!(started, Err(ApiError::NotJson { .. })), "{started:?}");
    let named = json_server(json!({ "id": "d-1", "status": "queued" }));
    assert!(speaking(&named, contract).trigger(&trigger()).await.is_ok());
}

#[tokio::test]
async fn a_rollback_names_the_commit_of_its_target() {
    let server = json_server(json!({ "id": "d-9", "status": "queued" }));
    let body = json!({ "git": { "sha": "{target.commit}" } });
    let client = speaking(
        &server,
        json!({ "operations": { "rollback": { "path": "/sites/{site}/back", "body": body } } }),
    );
    assert!(client.contract().rolls_back_by_commit());
    let (to, token) = ("d-1".parse().unwrap(), ClientToken("t".to_owned()));
    client.rollback(&site(), &to, Some("abc1234"), &token).await.unwrap();
    assert_eq!(server.requests()[0].body, json!({ "git": { "sha": "abc1234" } }));
    // Without one the member would be dropped, and HEAD be deployed as if it were the rollback.
    let without = client.rollback(&site(), &to, None, &token).await;
    assert!(matches!(without, Err(ApiError::Unusable { .. })), "{without:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn what_a_rollback_starts_can_be_polled_by_another_request() {
    let server = Server::start(|request: &Request| match request.line().as_str() {
        "POST /sites/shop/deployments/d-1/rollback" => {
            Act::Json(201, json!({ "action": { "id": "a-7", "status": "queued" } }))
        }
        "GET /actions/a-7" => Act::Json(200, json!({ "action": { "id": "a-7", "status": "success" } })),
        _ => Act::Json(404, json!({})),
    });
    let client = speaking(
        &server,
        json!({
            "operations": { "rollback": { "then": { "method": "GET", "path": "/actions/{deployment}" } } },
            "fields": { "deployment": { "root": ["/deployment", "/action", ""] } }
        }),
    );
    let (to, token) = ("d-1".parse().unwrap(), ClientToken("t".to_owned()));
    let started = client.rollback(&site(), &to, None, &token).await.unwrap();
    let ended = client.deployment(&site(), &started.id).await.unwrap();
    assert_eq!(ended.status, StatusClass::Succeeded);
    // What was not started so is a deployment.
    assert!(client.deployment(&site(), &"d-1".parse().unwrap()).await.is_err());
    assert_eq!(
        server.requests().last().unwrap().line(),
        "GET /sites/shop/deployments/d-1"
    );
}

#[test]
fn headers_of_all_operations_are_sent_with_each_and_an_operations_own_win() {
    let contract = parse(json!({
        "headers": { "X-Org": "{var.org}", "X-Version": "3" },
        "operations": { "sites": { "headers": { "x-version": "4" } } }
    }));
    let headers = |operation, given: &[(&str, &str)]| contract.call(operation, &values(given)).unwrap().headers;
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let org = ("var.org", "acme");
    assert_eq!(
        headers(Operation::Site, &[("site", "a"), org]),
        [pair("X-Org", "acme"), pair("X-Version", "3")]
    );
    assert_eq!(
        headers(Operation::Sites, &[org]),
        [pair("X-Org", "acme"), pair("x-version", "4")]
    );
    assert_eq!(contract.missing_vars(&std::collections::BTreeMap::new()), ["org"]);
    assert!(contract.call(Operation::Sites, &values(&[])).is_err());
}

#[tokio::test]
async fn a_list_is_read_page_by_page_until_there_is_enough_or_no_new_cursor() {
    let server = Server::start(|request: &Request| {
        let page = request
            .path
            .split("after=")
            .nth(1)
            .map_or(0, |text| text.parse().unwrap());
        let items: Vec<Value> = (0..2)
            .map(|at| json!({ "id": format!("d-{}", page * 2 + at) }))
            .collect();
        Act::Json(200, json!({ "deployments": items, "next": page + 1 }))
    });
    let contract = json!({
        "operations": { "deployments": { "path": "/sites/{site}/deployments?after={cursor}" } },
        "fields": { "deployments": { "cursor": ["/next"] } }
    });
    let client = speaking(&server, contract.clone());
    let list = client.deployments(&site(), 5).await.unwrap();
    let ids: Vec<&str> = list.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["d-0", "d-1", "d-2", "d-3", "d-4", "d-5"]);
    assert_eq!(server.requests().len(), 3);
    assert_eq!(client.deployments(&site(), 4).await.unwrap().len(), 4);
    assert_eq!(
        server.requests().len(),
        3 + 2,
        "four are on two pages, and nobody asks for a third"
    );
    // An API that never ends its list ends nothing else.
    client.deployments(&site(), u32::MAX).await.unwrap();
    assert_eq!(server.requests().len(), 3 + 2 + 100);
    for last in [
        json!({ "deployments": [{ "id": "d" }], "next": "same" }),
        json!({ "deployments": [], "next": "new" }),
    ] {
        let server = json_server(last);
        speaking(&server, contract.clone())
            .deployments(&site(), 9)
            .await
            .unwrap();
        assert!(server.requests().len() <= 2);
    }
}

#[tokio::test]
async fn a_log_is_read_as_text_or_as_a_json_value_a_line() {
    let text = json!({ "fields": { "logs": { "format": "text" } } });
    let page = log(
        text.clone(),
        Act::Raw(reply(200, "application/octet-stream", "one\r\ntwo\n")),
    );
    assert_eq!(texts(&page.await.unwrap()), ["one", "two"]);
    assert_eq!(
        texts(&log(text.clone(), Act::Raw(reply(200, "text/plain", ""))).await.unwrap()),
        [""; 0]
    );
    assert!(log(text.clone(), Act::Html(200, "<p>sign in")).await.is_err());
    assert!(log(text, Act::Json(500, json!({}))).await.is_err());

    let lines = json!({ "fields": { "logs": { "format": "ndjson", "text": ["/msg"], "time": ["/at"] } } });
    let body = "{\"msg\":\"one\",\"at\":\"2026-03-01T02:00:00Z\"}\n\n{\"other\":1}\n{\"msg\":\"cu";
    let page = log(lines, Act::Raw(reply(200, "application/x-ndjson", body)))
        .await
        .unwrap();
    assert_eq!(texts(&page), ["one", "{\"other\":1}", "{\"msg\":\"cu"]);
    assert!(page.lines[0].time.is_some() && page.lines[1].time.is_none());
}

#[tokio::test]
async fn a_log_at_an_address_of_its_own_is_fetched_without_the_key() {
    let server = Server::start(|request: &Request| match request.path.split('?').next().unwrap() {
        "/archive" => Act::Raw(reply(200, "text/plain", "built\n")),
        _ => Act::Json(
            200,
            json!({ "urls": [format!("http://{}/archive?sig=1", request.header("host").unwrap())] }),
        ),
    });
    let contract = json!({ "fields": { "logs": { "format": "text", "url": ["/urls/0"] } } });
    let id = "d-1".parse().unwrap();
    let page = speaking(&server, contract.clone())
        .logs(&site(), &id, None)
        .await
        .unwrap();
    assert_eq!(texts(&page), ["built"]);
    let [first, second] = server.texts().try_into().unwrap();
    assert!(first.contains(KEY) && !second.contains(KEY), "{second}");
    assert!(second.starts_with("GET /archive?sig=1 "));
    // Often it is named only at the end.
    assert_eq!(
        log(contract, Act::Json(200, json!({ "urls": [] }))).await.unwrap(),
        LogPage::default()
    );
}

#[tokio::test]
async fn a_log_is_not_fetched_from_an_address_inside_anybodys_network() {
    let contract = json!({ "fields": { "logs": { "format": "text", "url": ["/url"] } } });
    for address in [
        "http://logs.example/plain-http",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.7/log",
        "https://[fd00::1]/log",
        "https://metadata.google.internal/",
        "https://localhost.localdomain.localhost/",
        "https://build-server/log",
        "https://user:password@logs.example/",
        "https://user@logs.example/",
        "https://:password@logs.example/",
        "file:///etc/passwd",
        "no address",
    ] {
        let read = log(contract.clone(), Act::Json(200, json!({ "url": address }))).await;
        let Err(ApiError::Unusable { detail, .. }) = read else {
            panic!("{address}: {read:?}")
        };
        assert!(detail.contains("public https"), "{detail}");
    }
}

#[tokio::test]
async fn a_redirect_of_a_log_is_not_followed() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let server = Server::start(|request: &Request| {
        ASKED.fetch_add(1, Ordering::Relaxed);
        match request.path.as_str() {
            "/archive" => Act::Redirect("/elsewhere".to_owned()),
            _ => Act::Json(
                200,
                json!({ "url": format!("http://{}/archive", request.header("host").unwrap()) }),
            ),
        }
    });
    let client = speaking(
        &server,
        json!({ "fields": { "logs": { "format": "text", "url": ["/url"] } } }),
    );
    let read = client.logs(&site(), &"d-1".parse().unwrap(), None).await;
    assert!(matches!(read, Err(ApiError::Redirect { .. })), "{read:?}");
    assert_eq!(ASKED.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn health_words_are_the_contracts() {
    let contract = json!({ "statuses": { "healthy": ["PASSING"], "unhealthy": ["critical", "passed"] } });
    let health = async |word: &str| {
        let reply = json!({ "id": "d-1", "status": "done", "health": word });
        read(contract.clone(), reply).await.health
    };
    assert_eq!(health("passing").await, Some(Health::Healthy));
    assert_eq!(health("Critical").await, Some(Health::Unhealthy));
    assert_eq!(health("passed").await, Some(Health::Unhealthy));
    assert_eq!(health("healthy").await, Some(Health::Pending("healthy".to_owned())));

    // A word that changes sides takes no other with it.
    let contract = json!({ "statuses": { "unhealthy": ["passed"] } });
    for (word, means) in [("passed", Health::Unhealthy), ("healthy", Health::Healthy)] {
        let reply = json!({ "id": "d-1", "status": "done", "health": word });
        assert_eq!(read(contract.clone(), reply).await.health, Some(means), "{word}");
    }
}

#[tokio::test]
async fn of_several_parts_all_must_succeed_and_the_worst_counts() {
    let contract =
        json!({ "fields": { "deployment": { "status": ["/stages/*/status"], "finished_at": ["/stages/*/end"] } } });
    let status = async |words: &[&str]| {
        let stages: Vec<Value> = words.iter().map(|word| json!({ "status": word })).collect();
        let shown = read(contract.clone(), json!({ "id": "d-1", "stages": stages })).await;
        (shown.status, shown.word)
    };
    let is = |class, word: &str| (class, word.to_owned());
    assert_eq!(
        status(&["success", "success"]).await,
        is(StatusClass::Succeeded, "success")
    );
    assert_eq!(
        status(&["success", "building", "success"]).await,
        is(StatusClass::Running, "building")
    );
    assert_eq!(
        status(&["success", "completed"]).await,
        is(StatusClass::Finished, "completed")
    );
    assert_eq!(
        status(&["failed", "building", "canceled"]).await,
        is(StatusClass::Failed, "failed")
    );
    assert_eq!(
        status(&["canceled", "success"]).await,
        is(StatusClass::Cancelled, "canceled")
    );
    assert_eq!(status(&["success", "odd"]).await, is(StatusClass::Unknown, "odd"));
    assert_eq!(status(&[]).await, is(StatusClass::Unknown, ""));
    // A part without a word has not succeeded, and one without an end has not ended.
    let half = json!({ "id": "d-1", "stages": [{ "status": "success", "end": 1_772_330_400 }, {}] });
    let shown = read(contract, half).await;
    assert_eq!((shown.status, shown.finished_at), (StatusClass::Unknown, None));
}

#[test]
fn an_id_of_several_path_segments_stays_several() {
    let contract = parse(json!({ "operations": { "deployment": { "path": "/v1/{+deployment}?of={+site}" } } }));
    let at = |id: &str| url(&contract, Operation::Deployment, &[("site", "a/b"), ("deployment", id)]);
    assert_eq!(
        at("projects/p 1/runs/r?"),
        "https://dashboard.sproobo.com/api/v1/projects/p%201/runs/r%3F?of=a/b"
    );
    for escape in ["a/../b", "a/%2e%2e/b", "..", "/a", "a//b", "a/"] {
        let call = contract.call(Operation::Deployment, &values(&[("site", "s"), ("deployment", escape)]));
        match call {
            Err(_) => {}
            // A per cent sign of the value is encoded, so this is no step.
            Ok(call) => assert!(call.url.as_str().contains("%252e%252e"), "{escape}: {}", call.url),
        }
    }
}

#[tokio::test]
async fn a_body_can_be_sent_as_a_form() {
    let server = json_server(json!({ "id": "d-1", "status": "queued" }));
    let body = json!({ "branch": "{ref}", "commit": "{commit}", "note": "a&b={message}", "force": true, "n": 3, "none": null });
    let contract = json!({ "operations": { "trigger": { "body_as": "form", "body": body } } });
    speaking(&server, contract).trigger(&trigger()).await.unwrap();
    let sent = &server.requests()[0];
    assert_eq!(sent.header("content-type"), Some("application/x-www-form-urlencoded"));
    let body = sent.text.split("\r\n\r\n").nth(1).unwrap();
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let expected = [
        ("branch", "main"),
        ("note", "a&b=Ünïcode \"quoted\""),
        ("force", "true"),
        ("n", "3"),
    ];
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn a_limit_alone_is_a_number_in_a_body() {
    let contract = parse(json!({ "operations": { "deployments": {
        "method": "POST", "read": true, "path": "/graphql", "body": { "first": "{limit}", "site": "{site}", "text": "top {limit}" }
    } } }));
    let call = contract
        .call(Operation::Deployments, &values(&[("site", "7"), ("limit", "20")]))
        .unwrap();
    assert_eq!(call.body, Some(json!({ "first": 20, "site": "7", "text": "top 20" })));
}

#[tokio::test]
async fn an_empty_token_is_none() {
    let shown = read(json!({}), json!({ "id": "d-1", "status": "live", "clientToken": "" })).await;
    assert_eq!(shown.client_token, None);
}

#[test]
fn a_file_may_name_its_schema() {
    assert!(Contract::parse("{ \"$schema\": \"./contract.schema.json\" }").is_ok());
    assert!(Contract::parse("{ \"$schema\": 7 }").is_err());
}

/// By what such a list does not show, keys are revoked.
#[test]
fn a_list_of_keys_is_whole_where_the_contract_has_its_pages() {
    let paged = json!({
        "operations": { "api_keys": { "method": "GET", "path": "/api-keys?after={cursor}" } },
        "fields": { "api_keys": { "cursor": ["/next"] } }
    });
    assert!(parse(paged).pages_api_keys());
    assert!(!Contract::default().pages_api_keys());
}

/// One value from several parts: those that have it must agree.
#[tokio::test]
async fn a_value_that_parts_disagree_on_is_not_known() {
    let contract = json!({ "fields": { "deployment": { "commit": ["/parts/*/sha"] } } });
    for (parts, commit) in [
        (json!([{ "sha": "abcdef1" }, { "sha": "abcdef1" }]), Some("abcdef1")),
        (json!([{ "sha": "abcdef1" }, {}, { "sha": "abcdef1" }]), Some("abcdef1")),
        (json!([{ "sha": "abcdef1" }, { "sha": "abcdef2" }]), None),
        (
            json!([{ "sha": "abcdef1" }, { "sha": "abcdef1" }, { "sha": "abcdef2" }]),
            None,
        ),
        (json!([]), None),
    ] {
        let reply = json!({ "id": "d-1", "status": "live", "parts": parts });
        let deployment = read(contract.clone(), reply).await;
        assert_eq!(deployment.commit.as_deref(), commit, "{parts}");
    }
}
