//! What is learned from the recordings that a real browser made of eight platforms.

use std::path::Path;

use serde_json::{Value, json};
use sproobo_deploy::learn::{Evidence, Learned};

use crate::learn::tape::{about, learn_all};

/// All recordings, those of one platform together.
pub(crate) const ALL: [&[&str]; 8] = [
    &["cloudflare-success", "cloudflare-failure", "cloudflare-rollback"],
    &["coolify-success", "coolify-failure", "coolify-cancel"],
    &["digitalocean-success", "digitalocean-cancel"],
    &["netlify-success", "netlify-failure"],
    &["railway-success", "railway-cancel"],
    &["render-success", "render-failure", "render-cancel", "render-rollback"],
    &["servers-success", "servers-failure", "servers-cancel"],
    &["vercel-success"],
];

pub(crate) fn text_of(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    std::fs::read_to_string(folder.join(format!("{name}.har"))).unwrap()
}

pub(crate) fn learned(names: &[&str]) -> Learned {
    let sources: Vec<Evidence> = names
        .iter()
        .map(|name| Evidence::read(text_of(name).as_bytes()).unwrap())
        .collect();
    learn_all(&sources)
}

fn all_of(platform: &str) -> Learned {
    let names = ALL.iter().find(|names| names[0].starts_with(platform)).unwrap();
    learned(names)
}

/// The operations that are offered, each as method and path.
fn operations(learned: &Learned) -> Vec<(&str, String)> {
    let operations = learned.contract["operations"].as_object().unwrap();
    let offered = operations.iter().filter(|(_, entry)| !entry.is_null());
    offered
        .map(|(name, entry)| {
            (
                name.as_str(),
                format!(
                    "{} {}",
                    entry["method"].as_str().unwrap(),
                    entry["path"].as_str().unwrap()
                ),
            )
        })
        .collect()
}

fn field<'l>(learned: &'l Learned, pointer: &str) -> &'l Value {
    learned.contract["fields"].pointer(pointer).unwrap_or(&Value::Null)
}

fn words(learned: &Learned, class: &str, count: usize) -> Vec<String> {
    let words = learned.contract["statuses"][class].as_array().unwrap();
    words
        .iter()
        .take(count)
        .map(|word| word.as_str().unwrap().to_owned())
        .collect()
}

/// What a user is told to give, by name.
fn variables(learned: &Learned) -> Vec<&str> {
    let given = learned
        .missing
        .iter()
        .filter_map(|missing| missing.what.strip_prefix("--var "));
    given.filter_map(|text| text.strip_suffix("=VALUE")).collect()
}

#[test]
fn an_envelope_and_a_log_at_an_address_of_its_own() {
    let learned = all_of("digitalocean");
    assert_eq!(
        operations(&learned),
        [
            ("trigger", "POST /apps/{site}/deployments".to_owned()),
            ("deployment", "GET /apps/{site}/deployments/{deployment}".to_owned()),
            (
                "deployments",
                "GET /apps/{site}/deployments?page=1&per_page={limit}".to_owned()
            ),
            ("cancel", "POST /apps/{site}/deployments/{deployment}/cancel".to_owned()),
            (
                "logs",
                "GET /apps/{site}/deployments/{deployment}/logs?type={var.type}&follow=false".to_owned()
            ),
            ("site", "GET /apps/{site}".to_owned()),
            ("sites", "GET /apps".to_owned()),
        ]
    );
    assert_eq!(field(&learned, "/deployment/root"), &json!(["/deployment", ""]));
    assert_eq!(field(&learned, "/deployment/status"), &json!(["/phase"]));
    assert_eq!(
        field(&learned, "/logs"),
        &json!({ "format": "text", "url": ["/historic_urls/0"] })
    );
    assert_eq!(words(&learned, "succeeded", 9), ["ACTIVE"]);
    assert_eq!(words(&learned, "cancelled", 1), ["CANCELED"]);
    assert_eq!(
        words(&learned, "running", 9),
        ["PENDING_BUILD", "BUILDING", "PENDING_DEPLOY", "DEPLOYING"]
    );
    assert_eq!(
        learned.contract["auth"],
        json!({ "header": "Authorization", "value": "Bearer {key}" })
    );
    assert_eq!(
        about(&learned, "operations/trigger"),
        ["`POST /v2/apps/{site}/deployments`: its reply's `/deployment/id` is asked for by 23 later reads"]
    );
}

#[test]
fn a_site_in_the_body_alone_and_a_list_with_other_names() {
    let learned = all_of("vercel");
    assert_eq!(
        operations(&learned)[..3],
        [
            ("trigger", "POST /v13/deployments?teamId={var.team}".to_owned()),
            (
                "deployment",
                "GET /v13/deployments/{deployment}?teamId={var.team}".to_owned()
            ),
            (
                "deployments",
                "GET /v6/deployments?projectId={site}&limit={limit}&teamId={var.team}".to_owned()
            ),
        ]
    );
    assert_eq!(
        learned.contract["operations"]["trigger"]["body"],
        json!({
            "name": "{var.name}", "project": "{site}", "target": "{var.target}",
            "gitSource": { "type": "{var.type}", "repoId": "{var.repo}", "ref": "{ref}", "sha": "{commit}" },
        })
    );
    assert_eq!(field(&learned, "/deployment/id"), &json!(["/id", "/uid"]));
    assert_eq!(field(&learned, "/deployment/status"), &json!(["/status", "/state"]));
    assert_eq!(field(&learned, "/deployment/finished_at"), &json!(["/ready"]));
    assert_eq!(words(&learned, "succeeded", 9), ["READY"]);
    assert_eq!(variables(&learned), ["team", "name", "target", "type", "repo"]);
}

#[test]
fn a_list_of_envelopes_and_a_rollback_in_the_body() {
    let learned = all_of("render");
    assert_eq!(field(&learned, "/deployment/root"), &json!(["/deploy", ""]));
    assert_eq!(field(&learned, "/deployment/commit"), &json!(["/commit/id"]));
    let rollback = &learned.contract["operations"]["rollback"];
    assert_eq!(
        (&rollback["path"], &rollback["body"]),
        (
            &json!("/services/{site}/rollback"),
            &json!({ "deployId": "{deployment}" })
        )
    );
    assert_eq!(words(&learned, "succeeded", 9), ["live"]);
    assert_eq!(words(&learned, "failed", 1), ["build_failed"]);
    assert_eq!(words(&learned, "cancelled", 1), ["canceled"]);
    assert_eq!(field(&learned, "/site/root"), &json!(["/service", ""]));
}

#[test]
fn a_status_that_only_all_stages_tell() {
    let learned = all_of("cloudflare");
    assert_eq!(field(&learned, "/deployment/status"), &json!(["/stages/*/status"]));
    assert_eq!(words(&learned, "succeeded", 9), ["success"]);
    assert_eq!(words(&learned, "failed", 1), ["failure"]);
    assert_eq!(words(&learned, "running", 9), ["active", "idle"]);
    assert_eq!(
        learned.contract["base_url"]
            .as_str()
            .unwrap()
            .rsplit_once(":")
            .unwrap()
            .1
            .split_once('/')
            .unwrap()
            .1,
        "client/v4"
    );
    let trigger = "POST /accounts/{var.account}/pages/projects/{site}/deployments".to_owned();
    assert_eq!(operations(&learned)[0], ("trigger", trigger));
    let rollback = "POST /accounts/{var.account}/pages/projects/{site}/deployments/{deployment}/rollback".to_owned();
    assert!(operations(&learned).contains(&("rollback", rollback)));
    // Its dates belong to stages.
    assert_eq!(field(&learned, "/deployment/finished_at"), &json!([]));
}

#[test]
fn graphql_where_every_call_has_one_path() {
    let learned = all_of("railway");
    let operation = |name: &str| learned.contract["operations"][name].clone();
    for (name, read) in [
        ("trigger", false),
        ("deployment", true),
        ("deployments", true),
        ("cancel", false),
        ("logs", true),
    ] {
        assert_eq!(operation(name)["path"], "/graphql/v2", "{name}");
        assert_eq!(operation(name)["read"] == json!(true), read, "{name}");
    }
    assert_eq!(
        operation("trigger")["body"]["variables"],
        json!({ "serviceId": "{site}", "environmentId": "{var.environment}", "commitSha": "{commit}" })
    );
    assert_eq!(
        operation("deployment")["body"]["variables"],
        json!({ "id": "{deployment}" })
    );
    assert_eq!(
        operation("deployments")["body"]["variables"],
        json!({ "input": { "projectId": "{var.project}", "environmentId": "{var.environment}", "serviceId": "{site}" }, "first": "{limit}" })
    );
    assert_eq!(
        field(&learned, "/deployment/root"),
        &json!(["/data/deployment", "/data", "/node"])
    );
    assert_eq!(
        field(&learned, "/deployment/id"),
        &json!(["/id", "/serviceInstanceDeployV2"])
    );
    assert_eq!(words(&learned, "cancelled", 1), ["REMOVED"]);
    assert_eq!(variables(&learned), ["environment", "project"]);
}

#[test]
fn a_start_that_answers_with_a_list() {
    let learned = all_of("coolify");
    assert_eq!(field(&learned, "/deployment/root"), &json!(["/deployments/0", ""]));
    assert_eq!(field(&learned, "/deployment/id"), &json!(["/deployment_uuid"]));
    assert_eq!(
        operations(&learned)[0],
        ("trigger", "POST /deploy?uuid={site}&force=false".to_owned())
    );
    assert_eq!(
        operations(&learned)[2],
        (
            "deployments",
            "GET /deployments/applications/{site}?skip=0&take={limit}".to_owned()
        )
    );
    assert_eq!(field(&learned, "/logs/items"), &json!(["/logs"]));
    assert_eq!(words(&learned, "finished", 9), ["finished"]);
    assert_eq!(words(&learned, "cancelled", 1), ["cancelled-by-user"]);
}

#[test]
fn a_start_of_a_build_that_names_its_deploy() {
    let learned = all_of("netlify");
    assert_eq!(
        operations(&learned)[0],
        ("trigger", "POST /sites/{site}/builds".to_owned())
    );
    assert_eq!(
        operations(&learned)[1],
        ("deployment", "GET /deploys/{deployment}".to_owned())
    );
    assert_eq!(field(&learned, "/deployment/id"), &json!(["/deploy_id", "/id"]));
    assert_eq!(field(&learned, "/deployment/failure"), &json!(["/error_message"]));
    assert_eq!(words(&learned, "succeeded", 9), ["ready"]);
    assert_eq!(words(&learned, "failed", 1), ["error"]);
}

#[test]
fn long_nested_paths_and_a_status_in_two_fields() {
    let learned = all_of("servers");
    let runs = "/projects/{var.project}/servers/{var.server}/sites/{site}/runs";
    assert_eq!(operations(&learned)[0], ("trigger", format!("POST {runs}")));
    assert_eq!(
        operations(&learned)[3],
        ("cancel", format!("DELETE {runs}/{{deployment}}"))
    );
    assert_eq!(
        operations(&learned)[4],
        ("logs", format!("GET {runs}/{{deployment}}/output?after={{cursor}}"))
    );
    assert_eq!(field(&learned, "/logs/cursor"), &json!(["/data/next"]));
    assert_eq!(
        learned.contract["operations"]["trigger"]["body"],
        json!({ "git": { "sha": "{commit}", "branch": "{ref}" }, "message": "{message}", "reference": "{client_token}", "force": false })
    );
    assert_eq!(field(&learned, "/deployment/client_token"), &json!(["/reference"]));
    assert_eq!(field(&learned, "/deployment/status"), &json!(["/state"]));
    assert_eq!(field(&learned, "/deployment/health"), &json!(["/health"]));
    assert_eq!(words(&learned, "finished", 9), ["completed"]);
    assert_eq!(words(&learned, "succeeded", 9), [""; 0]);
}
