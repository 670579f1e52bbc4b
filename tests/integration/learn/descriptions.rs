//! What is learned from API descriptions, alone and beside a recording.

use serde_json::{Value, json};
use sproobo_deploy::learn::{Evidence, Sure};
use sproobo_deploy::sproobo::Contract;

use crate::learn::recordings::text_of;
use crate::learn::tape::{about, learn_all, path_of};

/// OpenAPI 3 of the platform `servers`: references, an envelope, a key in a header of its own.
fn openapi() -> Value {
    let reply = |schema: Value| json!({ "description": "fine", "content": { "application/json": { "schema": { "properties": { "data": schema } } } } });
    let run = json!({ "$ref": "#/components/schemas/Run" });
    let run_parameter = json!({ "name": "run", "in": "path", "required": true, "schema": { "type": "integer" } });
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Servers", "description": "s3cr3t-in-a-description" },
        "servers": [{ "url": "https://api.servers.example/api/v2" }],
        "paths": {
            "/projects/{project}/servers/{server}/sites": { "get": { "responses": { "200": reply(json!({ "type": "array", "items": {} })) } } },
            "/projects/{project}/servers/{server}/sites/{site}": { "get": { "responses": { "200": reply(json!({})) } } },
            "/projects/{project}/servers/{server}/sites/{site}/runs": {
                "get": {
                    "parameters": [
                        { "name": "per_page", "in": "query", "schema": { "type": "integer" } },
                        { "name": "sort", "in": "query", "schema": { "type": "string" } },
                    ],
                    "responses": { "200": reply(json!({ "type": "array", "items": run })) },
                },
                "post": {
                    "requestBody": { "content": { "application/json": { "schema": {
                        "required": ["git", "channel", "force"],
                        "properties": {
                            "git": { "required": ["sha"], "properties": { "sha": { "type": "string" }, "branch": { "type": "string" } } },
                            "channel": { "type": "string", "example": "s3cr3t-example", "default": "s3cr3t-default" },
                            "force": { "type": "boolean" },
                            "notify": { "type": "string" },
                        },
                    } } } },
                    "responses": { "202": reply(run.clone()) },
                },
            },
            "/projects/{project}/servers/{server}/sites/{site}/runs/{run}": {
                "parameters": [run_parameter],
                "get": { "responses": { "200": reply(run.clone()) } },
            },
            "/projects/{project}/servers/{server}/sites/{site}/runs/{run}/cancel": { "post": { "responses": { "202": reply(run.clone()) } } },
            "/projects/{project}/servers/{server}/sites/{site}/runs/{run}/output": { "get": { "responses": { "200": {} } } },
            "/projects/{project}/keys": { "post": { "responses": { "201": reply(json!({})) } } },
        },
        "components": {
            "securitySchemes": { "key": { "type": "apiKey", "in": "header", "name": "X-Api-Key" } },
            "schemas": {
                "Base": { "type": "object", "properties": { "id": { "type": "integer" }, "created_at": { "type": "string", "format": "date-time" } } },
                "Run": { "allOf": [
                    { "$ref": "#/components/schemas/Base" },
                    { "properties": {
                        "state": { "type": "string", "enum": ["queued", "rolling_out", "completed", "rollout_failed", "stopped", "dormant"] },
                        "health": { "type": "string" },
                        "git": { "type": "object", "properties": { "sha": { "type": "string" } } },
                        "finished_at": { "type": "string", "format": "date-time" },
                        "parent": { "$ref": "#/components/schemas/Run" },
                    } },
                ] },
            },
        },
    })
}

fn of(document: &Value) -> Evidence {
    Evidence::read(document.to_string().as_bytes()).unwrap()
}

#[test]
fn an_openapi_3_document_gives_every_operation() {
    let learned = learn_all(&[of(&openapi())]);
    let runs = "/projects/{var.project}/servers/{var.server}/sites/{site}/runs";
    assert_eq!(learned.contract["base_url"], "https://api.servers.example/api/v2");
    assert_eq!(
        learned.contract["auth"],
        json!({ "header": "X-Api-Key", "value": "{key}" })
    );
    assert_eq!(path_of(&learned, "trigger"), runs);
    assert_eq!(path_of(&learned, "deployment"), format!("{runs}/{{deployment}}"));
    assert_eq!(path_of(&learned, "deployments"), format!("{runs}?per_page={{limit}}"));
    assert_eq!(path_of(&learned, "cancel"), format!("{runs}/{{deployment}}/cancel"));
    assert_eq!(path_of(&learned, "logs"), format!("{runs}/{{deployment}}/output"));
    assert_eq!(
        path_of(&learned, "site"),
        "/projects/{var.project}/servers/{var.server}/sites/{site}"
    );
    assert_eq!(
        learned.contract["operations"]["trigger"]["body"],
        json!({ "git": { "sha": "{commit}", "branch": "{ref}" }, "channel": "{var.channel}", "force": false })
    );
    let deployment = &learned.contract["fields"]["deployment"];
    assert_eq!(deployment["root"], json!(["/data", ""]));
    assert_eq!(
        (&deployment["id"], &deployment["status"]),
        (&json!(["/id"]), &json!(["/state"]))
    );
    assert_eq!(
        (&deployment["commit"], &deployment["health"]),
        (&json!(["/git/sha"]), &json!(["/health"]))
    );
    assert_eq!(deployment["finished_at"], json!(["/finished_at"]));
    assert_eq!(learned.contract["fields"]["deployments"]["items"], json!(["/data"]));
}

/// The server of an OpenAPI document is this: where the trigger goes, and what has to be given.
fn served_by(server: Value) -> (String, Vec<String>) {
    let mut document = openapi();
    document["servers"] = json!([server]);
    let learned = learn_all(&[of(&document)]);
    let text = learned.contract.to_string();
    // Whatever the server is, no command may refuse what was learned.
    Contract::parse(&text).unwrap_or_else(|problems| panic!("{problems:?} in {text}"));
    let base = learned.contract["base_url"].as_str().unwrap_or("nowhere");
    let trigger = format!("{base}{}", path_of(&learned, "trigger"));
    (
        trigger,
        learned.missing.into_iter().map(|missing| missing.what).collect(),
    )
}

/// A default that is no text, though it should be; a name without a letter; an address that leaves the scheme open.
#[test]
fn unusual_servers_are_read_for_what_they_say() {
    let runs = "/projects/{var.project}/servers/{var.server}/sites/{site}/runs";
    let variables = json!({ "port": { "default": 8443 }, "base": { "default": "/prod" } });
    for (url, trigger) in [
        (
            "https://api.servers.example:{port}/v2",
            "https://api.servers.example:8443/v2",
        ),
        ("/{base}", "nowhere/prod"),
        ("//api.servers.example/v2", "https://api.servers.example/v2"),
        (
            "https://api.servers.example/{_}",
            "https://api.servers.example/{var.unnamed}",
        ),
    ] {
        let server = json!({ "url": url, "variables": variables });
        assert_eq!(served_by(server).0, format!("{trigger}{runs}"), "{url}");
    }
}

#[test]
fn a_servers_variables_have_their_defaults_and_the_rest_is_asked_for() {
    let runs = "/projects/{var.project}/servers/{var.server}/sites/{site}/runs";
    let default = |text: &str| json!({ "default": text });
    // As Amazon's gateway exports it.
    let amazon =
        json!({ "url": "https://api.servers.example/{basePath}", "variables": { "basePath": default("/prod") } });
    let several = json!({
        "url": "https://{place}.servers.example/api/{stage}",
        "variables": { "place": { "default": "api", "enum": ["api", "eu"] }, "stage": default("v2/beta") },
    });
    for (server, under) in [(amazon, "prod"), (several, "api/v2/beta")] {
        let (trigger, missing) = served_by(server);
        assert_eq!(trigger, format!("https://api.servers.example/{under}{runs}"));
        assert_eq!(missing, served_by(json!({ "url": "https://api.servers.example/v2" })).1);
    }
    let (trigger, missing) = served_by(json!({ "url": "https://api.servers.example/{apiStage}/v2" }));
    assert_eq!(
        trigger,
        format!("https://api.servers.example/{{var.api_stage}}/v2{runs}")
    );
    assert!(missing.contains(&"--var api_stage=VALUE".to_owned()), "{missing:?}");
    let (trigger, missing) = served_by(json!({ "url": "/{stage}", "variables": { "stage": default("dev") } }));
    assert_eq!(trigger, format!("nowhere/dev{runs}"));
    assert!(missing.contains(&"base_url".to_owned()), "{missing:?}");
    // What no address can be made of is none.
    for url in ["https://{tenant}.servers.example/v2", "v2"] {
        let (trigger, missing) = served_by(json!({ "url": url }));
        assert!(
            trigger.starts_with("nowhere/") && missing.contains(&"base_url".to_owned()),
            "{trigger} {missing:?}"
        );
    }
    served_by(json!({ "url": "https://api.servers.example/{/}" }));

    let mut swagger = openapi();
    swagger["host"] = json!("api.servers.example");
    swagger["basePath"] = json!("/{stage}");
    swagger.as_object_mut().unwrap().remove("servers");
    let path = path_of(&learn_all(&[of(&swagger)]), "trigger");
    assert_eq!(path, format!("/{{var.stage}}{runs}"));
}

#[test]
fn words_of_a_description_are_classed_by_what_they_say_and_never_surely_a_success() {
    let learned = learn_all(&[of(&openapi())]);
    let words = |class: &str| learned.contract["statuses"][class].clone();
    assert_eq!(words("running"), json!(["queued", "rolling_out"]));
    assert_eq!(words("finished"), json!(["completed"]));
    assert_eq!(words("failed")[0], "rollout_failed");
    assert_eq!(words("cancelled")[0], "stopped");
    assert_eq!(words("succeeded"), json!([]));
    assert!(!about(&learned, "the class of the status word `dormant`").is_empty());
    let sure = learned
        .evidence
        .iter()
        .filter(|choice| choice.what.starts_with("statuses/") && choice.what != "statuses/running");
    assert!(sure.clone().count() > 2 && sure.clone().all(|choice| choice.sure == Sure::Guess));
}

#[test]
fn examples_and_defaults_of_a_description_do_not_get_out() {
    let learned = learn_all(&[of(&openapi())]);
    let given = format!("{} {:?} {:?}", learned.contract, learned.evidence, learned.missing);
    assert!(!given.contains("s3cr3t"), "{given}");
}

#[test]
fn a_swagger_2_document_is_read_too() {
    let deploy =
        json!({ "type": "object", "properties": { "id": { "type": "string" }, "status": { "type": "string" } } });
    let learned = learn_all(&[of(&json!({
        "swagger": "2.0",
        "host": "api.platform.example",
        "basePath": "/v1",
        "securityDefinitions": { "token": { "type": "oauth2", "flow": "implicit" } },
        "paths": {
            "/services/{serviceId}/deploys": {
                "get": { "parameters": [{ "name": "limit", "in": "query", "type": "integer" }], "responses": { "200": { "schema": { "type": "array", "items": { "properties": { "deploy": { "$ref": "#/definitions/Deploy" }, "cursor": { "type": "string" } } } } } } },
                "post": {
                    "parameters": [{ "name": "body", "in": "body", "schema": { "properties": { "commitId": { "type": "string" } } } }],
                    "responses": { "201": { "schema": { "$ref": "#/definitions/Deploy" } } },
                },
            },
            "/services/{serviceId}/deploys/{deployId}": { "get": { "responses": { "200": { "schema": { "$ref": "#/definitions/Deploy" } } } } },
        },
        "definitions": { "Deploy": deploy },
    }))]);
    assert_eq!(learned.contract["base_url"], "https://api.platform.example/v1");
    assert_eq!(learned.contract["auth"]["value"], "Bearer {key}");
    assert_eq!(
        learned.contract["operations"]["trigger"]["body"],
        json!({ "commitId": "{commit}" })
    );
    assert_eq!(
        path_of(&learned, "deployments"),
        "/services/{site}/deploys?limit={limit}"
    );
    assert_eq!(learned.contract["fields"]["deployment"]["root"], json!(["/deploy", ""]));
    assert!(
        !about(&learned, "statuses").is_empty(),
        "no words are listed: {:?}",
        learned.missing
    );
}

#[test]
fn a_recording_goes_before_a_description_which_adds_what_it_did_not_show() {
    let recorded = Evidence::read(text_of("servers-success").as_bytes()).unwrap();
    let alone = learn_all(&[Evidence::read(text_of("servers-success").as_bytes()).unwrap()]);
    let learned = learn_all(&[recorded, of(&openapi())]);
    // The recording was made with a cookie; the description knows the header of a key.
    assert_eq!(
        learned.contract["auth"],
        json!({ "header": "X-Api-Key", "value": "{key}" })
    );
    assert!(!learned.missing.iter().any(|missing| missing.what == "auth"));
    assert_eq!(learned.contract["base_url"], alone.contract["base_url"]);
    assert_eq!(alone.contract["operations"]["cancel"], Value::Null);
    assert!(path_of(&learned, "cancel").ends_with("/runs/{deployment}/cancel"));
    for what in [
        "/operations/trigger",
        "/operations/deployment",
        "/fields/deployment",
        "/statuses/finished",
    ] {
        assert_eq!(learned.contract.pointer(what), alone.contract.pointer(what), "{what}");
    }
    assert_eq!(learned.contract["statuses"]["failed"][0], "rollout_failed");
}

#[test]
fn references_that_lead_in_a_circle_or_nowhere_end() {
    let learned = learn_all(&[of(&json!({
        "openapi": "3.1.0",
        "paths": { "/deployments": { "post": { "responses": { "201": { "$ref": "#/components/responses/A" } } } } },
        "components": {
            "responses": { "A": { "$ref": "#/components/responses/B" }, "B": { "$ref": "#/components/responses/A" } },
        },
    }))]);
    assert!(!learned.is_enough());
    let learned = learn_all(&[of(&json!({ "openapi": "3.1.0", "paths": { "/pets": { "get": {} } } }))]);
    assert!(about(&learned, "operations/trigger")[0].contains("record one in the dashboard"));
}

/// A contract refuses such a path, and would be refused as a whole for it.
#[test]
fn a_path_that_no_request_could_have_is_left_out() {
    for wrong in [
        "/sites}/runs/{run}",
        "/{site}.json/{run}",
        "/{}/{run}",
        "/sites/../runs/{run}",
        "/sites/%2e%2E/{run}",
        "/sites/a b/{run}",
        "sites/{run}",
        "/sites?a=b/{run}",
        "/sites/{-}/{run}",
    ] {
        let mut document = openapi();
        let paths = document["paths"].as_object_mut().unwrap();
        let call = paths["/projects/{project}/servers/{server}/sites/{site}/runs/{run}/cancel"].clone();
        paths.remove("/projects/{project}/servers/{server}/sites/{site}/runs/{run}/cancel");
        paths.insert(format!("{wrong}/cancel"), call);
        let learned = learn_all(&[Evidence::read(document.to_string().as_bytes()).unwrap()]);
        assert!(learned.is_enough(), "{wrong}");
        assert_eq!(learned.contract["operations"]["cancel"], Value::Null, "{wrong}");
    }
}
