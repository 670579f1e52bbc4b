//! What an answer, or the lack of one, is taken for.

use std::time::Duration;

use serde_json::json;
use sproobo_deploy::error::{ApiError, Transport};
use sproobo_deploy::http;
use sproobo_deploy::model::TriggerRequest;
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::sproobo::{Client, Contract};

use crate::support::server::{Act, Server, nobody, reply};
use crate::wire::client::{client, client_with, json_server, options, site, trigger, trigger_at};

/// Long enough for a request to arrive on a busy machine, which is all that a server that never answers sees of it.
const HASTE: Duration = Duration::from_secs(2);

/// A client that gives up soon, for servers that never answer.
fn hasty_client(server: &Server) -> Client {
    let options = http::Options {
        request_timeout: HASTE,
        ..options()
    };
    client_with(options, &Contract::default(), &format!("{}/api", server.url))
}

/// The kind of an error, or "fine".
fn kind<T>(result: &Result<T, ApiError>) -> &'static str {
    match result {
        Ok(_) => "fine",
        Err(ApiError::Transport(Transport::NotConnected { .. })) => "not connected",
        Err(ApiError::Transport(Transport::Certificate { .. })) => "certificate",
        Err(ApiError::Transport(Transport::TimedOut { .. })) => "timed out",
        Err(ApiError::Transport(Transport::Broken { .. })) => "broken",
        Err(ApiError::Unreadable { .. }) => "unreadable",
        Err(ApiError::NotJson { .. }) => "not JSON",
        Err(ApiError::Redirect { .. }) => "redirect",
        Err(ApiError::Reply(_)) => "reply",
        Err(ApiError::Accepted) => "accepted",
        Err(ApiError::NoSuchPath { .. }) => "no such path",
        Err(ApiError::Incomplete { .. }) => "incomplete",
        Err(ApiError::NotOffered { .. }) => "not offered",
        Err(ApiError::Unusable { .. }) => "unusable",
    }
}

#[tokio::test]
async fn every_status_is_classified() {
    // The server answers with the status that the site's name asks for, and with the body that the run is about.
    async fn ranges(content_type: &'static str, body: &'static str) -> Vec<String> {
        let server = Server::start(move |request| {
            let status = request
                .path
                .split('/')
                .nth(3)
                .and_then(|text| text.parse().ok())
                .unwrap();
            // These three have no body by definition (RFC 9110).
            Act::Raw(match status {
                100..=199 | 204 | 304 => format!("HTTP/1.1 {status} Made\r\nconnection: close\r\n\r\n"),
                _ => reply(status, content_type, body),
            })
        });
        let client = client(&server);
        let mut ranges: Vec<(u16, u16, &str)> = Vec::new();
        for status in 100..=599 {
            let request = TriggerRequest {
                site: status.to_string().parse().unwrap(),
                ..trigger()
            };
            let kind = kind(&client.trigger(&request).await);
            match ranges.last_mut() {
                Some((_, last, known)) if *known == kind => *last = status,
                _ => ranges.push((status, status, kind)),
            }
        }
        assert_eq!(server.requests().len(), 500, "every request is sent exactly once");
        ranges
            .iter()
            .map(|(first, last, kind)| format!("{first}-{last} {kind}"))
            .collect()
    }

    let good = "{\"id\":\"d\",\"message\":\"m\"}";
    let json = ranges("application/json; charset=utf-8", good).await;
    assert_eq!(
        json,
        [
            "100-100 broken",
            "101-101 not JSON",
            "102-199 broken",
            "200-203 fine",
            "204-204 unreadable",
            "205-299 fine",
            "300-399 redirect",
            "400-599 reply"
        ]
    );
    let html = ranges("text/html", good).await;
    assert_eq!(
        html[3..],
        [
            "200-203 not JSON",
            "204-204 unreadable",
            "205-299 not JSON",
            "300-399 redirect",
            "400-599 not JSON"
        ]
    );
    let broken = ranges("application/json", "{\"id\":").await;
    assert_eq!(
        broken[3..],
        ["200-299 unreadable", "300-399 redirect", "400-599 not JSON"]
    );
    let empty = ranges("application/json", "").await;
    assert_eq!(
        empty[3..],
        ["200-299 unreadable", "300-399 redirect", "400-599 not JSON"]
    );
    let no_id = ranges("text/plain", "{}").await;
    assert_eq!(
        no_id[3..],
        [
            "200-203 incomplete",
            "204-204 unreadable",
            "205-299 incomplete",
            "300-399 redirect",
            "400-599 reply"
        ]
    );
}

#[tokio::test]
async fn json_that_is_none_is_told_from_another_type() {
    for (content_type, told) in [("application/json", "malformed JSON"), ("text/html", "text/html")] {
        let raw = format!("HTTP/1.1 502 Bad Gateway\r\ncontent-type: {content_type}\r\ncontent-length: 1\r\n\r\n{{");
        match trigger_at(raw).await {
            Err(ApiError::NotJson { content_type, .. }) => assert_eq!(content_type, told),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn json_without_a_content_type_is_json_and_html_never_is() {
    let raw = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"id\":\"d\"}";
    assert_eq!(trigger_at(raw).await.unwrap().id.as_str(), "d");
    assert_eq!(
        trigger_at(reply(201, "text/plain", "{\"id\":\"d\"}"))
            .await
            .unwrap()
            .id
            .as_str(),
        "d"
    );
    let error = trigger_at(reply(200, "text/plain", "OK")).await.unwrap_err();
    assert_eq!(error.to_string(), "HTTP 200 with text/plain where JSON was expected");
    let error = trigger_at(reply(200, "Text/HTML; charset=utf-8", "<html>log in</html>"))
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "HTTP 200 with Text/HTML where JSON was expected");
    let error = trigger_at("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "HTTP 404 with no content type where JSON was expected"
    );
}

#[tokio::test]
async fn a_login_page_is_no_accepted_cancel() {
    let server = Server::always(Act::Html(200, "<html>log in</html>"));
    let error = client(&server).cancel(&site(), &"d".parse().unwrap()).await;
    assert_eq!(kind(&error), "not JSON");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_key_stays_here() {
    let other = json_server(json!({ "id": "d" }));
    let location = format!("http://user:pass@{}/elsewhere?token=1#x", other.address);
    for status in [301, 302, 303, 307, 308] {
        let raw = format!("HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        let Err(ApiError::Redirect { status: seen, location }) = trigger_at(raw).await else {
            panic!("a redirect was expected");
        };
        assert_eq!(
            (seen, location),
            (status, format!("http://{}/elsewhere", other.address))
        );
    }
    assert!(other.requests().is_empty(), "the other host never saw a request");
}

#[tokio::test]
async fn a_refused_connection_was_never_made() {
    let nobody = nobody();
    let address = nobody.address;
    let client = client_with(options(), &Contract::default(), &format!("http://{address}/api"));
    let Err(ApiError::Transport(Transport::NotConnected { host, detail })) = client.trigger(&trigger()).await else {
        panic!("no connection was expected");
    };
    assert_eq!(host, address.to_string());
    assert!(detail.to_ascii_lowercase().contains("refused"), "{detail}");
    assert!(!detail.contains("error sending request"), "{detail}");
}

#[tokio::test]
async fn an_unknown_host_was_never_reached() {
    let contract = Contract::default();
    let client = client_with(options(), &contract, "https://sproobo.invalid/api");
    let error = client.sites().await;
    assert!(
        matches!(&error, Err(ApiError::Transport(Transport::NotConnected { host, .. })) if host == "sproobo.invalid:443"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_connection_that_breaks_may_have_delivered_the_request() {
    let closing = Server::always(Act::Close);
    assert_eq!(kind(&client(&closing).trigger(&trigger()).await), "broken");
    assert_eq!(closing.requests().len(), 1, "and it is not sent again down here");

    let resetting = Server::always(Act::Reset);
    assert_eq!(kind(&client(&resetting).trigger(&trigger()).await), "broken");
    assert_eq!(resetting.requests().len(), 1);
    assert_eq!(kind(&trigger_at("SSH-2.0-OpenSSH_9.6\r\n").await), "broken");
    assert_eq!(kind(&trigger_at("HTTP/1.1 200 OK\r\ncontent-ty").await), "broken");
}

#[tokio::test]
async fn a_body_that_is_cut_is_unreadable() {
    let cut = "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{\"id\":\"d\"}";
    assert_eq!(kind(&trigger_at(cut).await), "unreadable");
    let chunked = "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n\
                   a\r\n{\"id\":\"d\"}\r\n";
    assert_eq!(kind(&trigger_at(chunked).await), "unreadable");
    // The status of an error says enough.
    let error = "HTTP/1.1 503 Busy\r\ncontent-type: application/json\r\nretry-after: 3\r\ncontent-length: 50\r\n\r\n{";
    let error = trigger_at(error).await.unwrap_err();
    assert_eq!(
        (error.status(), error.retry_after()),
        (Some(503), Some(Duration::from_secs(3)))
    );
}

#[tokio::test]
async fn a_huge_body_is_not_taken_in() {
    let server = Server::always(Act::Flood);
    assert_eq!(kind(&client(&server).trigger(&trigger()).await), "unreadable");
}

#[tokio::test]
async fn a_hanging_server_times_out() {
    let server = Server::always(Act::Hang);
    let error = hasty_client(&server).trigger(&trigger()).await;
    assert_eq!(error, Err(ApiError::Transport(Transport::TimedOut { after: HASTE })));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_body_that_drips_does_not_outlive_the_request_timeout() {
    let server = Server::always(Act::Drip);
    let (client, request) = (hasty_client(&server), trigger());
    let ended = tokio::time::timeout(Duration::from_secs(60), client.trigger(&request)).await;
    assert_eq!(kind(&ended.expect("the request ends by itself")), "timed out");
}

#[tokio::test]
async fn plain_http_to_another_host_is_refused_before_anything_is_sent() {
    let http = http::Client::new(options(), Redactor::new()).unwrap();
    let url = http::Url::parse("http://sproobo.invalid/api").unwrap();
    let error = http
        .send(http::Request::new(http::Method::GET, url))
        .await
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "sproobo.invalid:80 is not https, and only https (or http to this machine) may carry the key"
    );
}

#[tokio::test]
async fn a_probe_carries_no_key_follows_redirects_and_takes_any_type() {
    let page = Server::always(Act::Html(404, "<p>commit abc</p>"));
    let server = Server::always(Act::Redirect(format!("{}/live", page.url)));
    let http = http::Client::new(options(), Redactor::new()).unwrap();
    let (status, body) = http.probe(&server.url).await.unwrap();
    assert_eq!((status, body.as_str()), (404, "<p>commit abc</p>"));
    for request in [server.texts(), page.texts()].concat() {
        assert!(!request.to_ascii_lowercase().contains("authorization"), "{request}");
    }
}

#[tokio::test]
async fn a_probe_is_bounded_in_body_redirects_and_time() {
    let http = http::Client::new(options(), Redactor::new()).unwrap();
    let endless = Server::always(Act::Flood);
    // Truncated, not failed.
    let (status, body) = http.probe(&endless.url).await.unwrap();
    assert!(status == 200 && body.len() > http::BODY_LIMIT);
    let round = Server::always(Act::Redirect("/again".to_owned()));
    assert_eq!(http.probe(&round.url).await, Err("more than 10 redirects".to_owned()));
    let hanging = Server::always(Act::Hang);
    let hasty = http::Options {
        request_timeout: HASTE,
        ..options()
    };
    let hasty = http::Client::new(hasty, Redactor::new()).unwrap();
    assert!(
        hasty
            .probe(&hanging.url)
            .await
            .unwrap_err()
            .contains("no complete answer within")
    );
    assert_eq!(
        http.probe("file:///etc/passwd").await,
        Err("not an http(s) URL".to_owned())
    );
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let seconds = |value| http::retry_after(value, now).map(|wait| wait.as_secs());
    assert_eq!(seconds("120"), Some(120));
    assert_eq!(seconds(" 0 "), Some(0));
    assert_eq!(seconds("Thu, 01 Jan 2026 00:01:30 GMT"), Some(90));
    assert_eq!(seconds("Wed, 31 Dec 2025 23:00:00 GMT"), Some(0));
    assert_eq!(seconds("99999999999999999999999"), Some(u64::MAX));
    for nothing in ["", "-1", "1.5", "soon", "Thu, 01 Foo 2026 00:01:30 GMT"] {
        assert_eq!(seconds(nothing), None, "{nothing:?}");
    }
}
