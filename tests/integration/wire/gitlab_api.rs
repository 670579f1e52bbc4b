//! GitLab: what is sent, and what is said when it is refused.

use serde_json::{Value, json};
use sproobo_deploy::error::{Error, ExitCode};
use sproobo_deploy::gitlab::{Client, Variable};
use sproobo_deploy::http;
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::secret::Secret;

use crate::support::server::{Act, Server};

const TOKEN: &str = "glpat-0123456789abcdef";
const KEY: &str = "spk_live_fresh_0123456789";
const VARIABLE: Variable<'_> = Variable {
    key: "SPROOBO_API_KEY",
    scope: None,
    protected: None,
};

fn client_with(api_url: &str, project: &str, token: &str) -> Result<Client, Error> {
    let redactor = Redactor::new();
    redactor.add(&key());
    let http = http::Client::new(http::Options::default(), redactor.clone()).expect("no CA file");
    let api_url = api_url.parse().expect("a URL");
    Client::new(http, &api_url, project, &Secret::new(token.to_owned()), redactor)
}

fn client(server: &Server) -> Client {
    client_with(&format!("{}/api/v4", server.url), "group/shop", TOKEN).expect("a client")
}

/// What was sent, in order, with what the query says; and that all of it carried the token.
fn sent(server: &Server) -> Vec<(String, Value)> {
    let requests = server.requests().into_iter();
    let sent = requests.map(|request| {
        assert_eq!(request.header("private-token"), Some(TOKEN));
        let (_, query) = request.path.split_once('?').unwrap_or_default();
        let query = percent_encoding::percent_decode_str(query).decode_utf8_lossy();
        (format!("{}?{query}", request.line()), request.body)
    });
    sent.collect()
}

fn key() -> Secret {
    Secret::new(KEY.to_owned())
}

#[tokio::test]
async fn a_variable_is_replaced_masked_and_raw_in_its_scope() {
    let server = Server::start(|_| Act::Json(200, json!({})));
    let variable = Variable {
        scope: Some("production/*"),
        protected: Some(true),
        ..VARIABLE
    };
    client(&server).put_variable(variable, &key()).await.expect("replaced");
    let line = "PUT /api/v4/projects/group%2Fshop/variables/SPROOBO_API_KEY?filter[environment_scope]=production/*";
    let body = json!({
        "key": "SPROOBO_API_KEY", "value": KEY, "masked": true, "raw": true,
        "environment_scope": "production/*", "protected": true
    });
    assert_eq!(sent(&server), [(line.to_owned(), body)]);
}

#[tokio::test]
async fn a_variable_that_is_not_there_is_created() {
    let server = Server::start(|request| match request.method.as_str() {
        "PUT" => Act::Json(404, json!({ "message": "404 Variable Not Found" })),
        _ => Act::Json(201, json!({})),
    });
    client(&server).put_variable(VARIABLE, &key()).await.expect("created");
    let [(put, _), (post, body)] = &sent(&server)[..] else {
        panic!("{:?}", server.requests())
    };
    assert!(put.ends_with("?filter[environment_scope]=*"), "{put}");
    assert_eq!(post, "POST /api/v4/projects/group%2Fshop/variables?");
    let expected = json!({
        "key": "SPROOBO_API_KEY", "value": KEY, "masked": true, "raw": true, "environment_scope": "*"
    });
    assert_eq!(*body, expected);
}

#[tokio::test]
async fn a_refusal_says_what_the_token_needs_and_never_the_key() {
    for (status, body, needs, code) in [
        (
            400,
            json!({ "message": { "value": [format!("is invalid: {KEY}")] } }),
            "white space",
            ExitCode::Refused,
        ),
        (
            401,
            json!({ "message": "401 Unauthorized" }),
            "`api`",
            ExitCode::Refused,
        ),
        (
            403,
            json!({ "message": "403 Forbidden" }),
            "Maintainer",
            ExitCode::Refused,
        ),
        (
            404,
            json!({ "message": "404 Project Not Found" }),
            "Maintainer",
            ExitCode::Refused,
        ),
        (503, json!({ "error": "busy" }), "later", ExitCode::CouldNotTell),
    ] {
        let server = Server::start(move |_| Act::Json(status, body.clone()));
        let Err(Error::CodeHost { what, next, code: got }) = client(&server).put_variable(VARIABLE, &key()).await
        else {
            panic!("HTTP {status} is a refusal")
        };
        assert!(
            what.contains(&format!("HTTP {status}")) && !what.contains(KEY),
            "{what}"
        );
        assert!(next.contains(needs), "{status}: {next}");
        assert_eq!(got, code, "{status}");
    }
}

#[tokio::test]
async fn whether_variables_can_be_written_is_asked_without_writing() {
    let server = Server::start(|_| Act::Json(200, json!([])));
    client(&server).check_variables().await.expect("allowed");
    let [(line, _)] = &sent(&server)[..] else {
        panic!("{:?}", server.requests())
    };
    assert_eq!(
        line.split('?').next(),
        Some("GET /api/v4/projects/group%2Fshop/variables")
    );
}

#[test]
fn only_https_only_a_token_and_only_a_project() {
    for (api_url, project, token) in [
        ("http://gitlab.example/api/v4", "1", TOKEN),
        ("https://gitlab.com/api/v4", "", TOKEN),
        ("https://gitlab.com/api/v4", "1", "two words"),
        ("https://gitlab.com/api/v4", "1", "\n"),
    ] {
        let error = client_with(api_url, project, token).expect_err("refused");
        assert_eq!(error.exit_code(), ExitCode::Usage, "{api_url} {project}");
    }
    assert!(
        client_with("https://gitlab.com/api/v4", "1", "glpat-x\n").is_ok(),
        "a trailing newline is trimmed"
    );
}

#[tokio::test]
async fn an_ancestor_is_its_own_merge_base() {
    let (older, newer) = ("a".repeat(40), "b".repeat(40));
    let server = Server::always(Act::Json(200, json!({ "id": older })));
    assert_eq!(client(&server).is_ancestor(&older, &newer).await, Ok(true));
    assert_eq!(client(&server).is_ancestor(&newer, &older).await, Ok(false));
    let line = "GET /api/v4/projects/group%2Fshop/repository/merge_base";
    assert_eq!(sent(&server)[0].0, format!("{line}?refs[]={older}&refs[]={newer}"));
    let server = Server::always(Act::Json(404, json!({ "message": "404 Project Not Found" })));
    assert!(client(&server).is_ancestor(&older, &newer).await.is_err());
}
