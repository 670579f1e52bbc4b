//! GitLab: what is sent, and what is said when it is refused.

use serde_json::json;
use sproobo_deploy::error::{Error, ExitCode};
use sproobo_deploy::gitlab::{Client, Variable};
use sproobo_deploy::http;
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::secret::Secret;
use wiremock::matchers::{body_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

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

fn client(server: &MockServer) -> Client {
    client_with(&format!("{}/api/v4", server.uri()), "group/shop", TOKEN).expect("a client")
}

fn key() -> Secret {
    Secret::new(KEY.to_owned())
}

#[tokio::test]
async fn a_variable_is_replaced_masked_and_raw_in_its_scope() {
    let server = MockServer::start().await;
    Mock::given(method("PUT"))
        .and(path("/api/v4/projects/group%2Fshop/variables/SPROOBO_API_KEY"))
        .and(query_param("filter[environment_scope]", "production/*"))
        .and(header("private-token", TOKEN))
        .and(body_json(json!({
            "key": "SPROOBO_API_KEY", "value": KEY, "masked": true, "raw": true,
            "environment_scope": "production/*", "protected": true
        })))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({})))
        .expect(1)
        .mount(&server)
        .await;
    let variable = Variable {
        scope: Some("production/*"),
        protected: Some(true),
        ..VARIABLE
    };
    client(&server).put_variable(variable, &key()).await.expect("replaced");
    assert_eq!(server.received_requests().await.expect("recorded").len(), 1);
}

#[tokio::test]
async fn a_variable_that_is_not_there_is_created() {
    let server = MockServer::start().await;
    let not_found = json!({ "message": "404 Variable Not Found" });
    Mock::given(method("PUT"))
        .and(query_param("filter[environment_scope]", "*"))
        .respond_with(ResponseTemplate::new(404).set_body_json(not_found))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path("/api/v4/projects/group%2Fshop/variables"))
        .and(header("private-token", TOKEN))
        .and(body_json(json!({
            "key": "SPROOBO_API_KEY", "value": KEY, "masked": true, "raw": true, "environment_scope": "*"
        })))
        .respond_with(ResponseTemplate::new(201).set_body_json(json!({})))
        .expect(1)
        .mount(&server)
        .await;
    client(&server).put_variable(VARIABLE, &key()).await.expect("created");
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
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(wiremock::matchers::any())
            .respond_with(answer)
            .mount(&server)
            .await;
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
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/api/v4/projects/group%2Fshop/variables"))
        .and(header("private-token", TOKEN))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([])))
        .expect(1)
        .mount(&server)
        .await;
    client(&server).check_variables().await.expect("allowed");
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
