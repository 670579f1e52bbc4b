//! Railway: GraphQL, every call to one path, a start that answers with a bare id.

use serde_json::{Value, json};

use super::{Call, Deployment, Platform, Store, Words};

const SERVICE: &str = "9f1a3c5e-7b2d-4f60-8a91-c3d5e7f90b12";
const ENVIRONMENT: &str = "b8d2f4a6-1c3e-4a5b-9d7f-e1f3a5b7c9d0";
const PROJECT: &str = "1c0ffee5-90ab-4cde-8f12-3456789abcde";

/// See the module.
pub(super) struct Railway;

impl Platform for Railway {
    fn words(&self) -> Words {
        Words {
            running: &["INITIALIZING", "BUILDING", "DEPLOYING"],
            success: "SUCCESS",
            failure: "FAILED",
            cancelled: "REMOVED",
        }
    }

    fn id(&self) -> fn(usize) -> String {
        |number| format!("7e5d3b1a-9c8f-4e6d-b2a4-{number:012}")
    }

    fn answer(&mut self, call: &Call<'_>, store: &mut Store) -> Option<(u16, Value)> {
        let ("POST", ["graphql", "v2"]) = call.route() else {
            return None;
        };
        let query = call.text("/query")?;
        let variable = |name: &str| call.text(&format!("/variables/{name}"));
        let asks = |field: &str| {
            query
                .split(|letter: char| !letter.is_ascii_alphanumeric())
                .any(|word| word == field)
        };
        let data = if asks("serviceInstanceDeployV2") {
            (variable("serviceId")? == SERVICE && variable("environmentId")? == ENVIRONMENT).then_some(())?;
            json!({ "serviceInstanceDeployV2": store.start(variable("commitSha"), None).id })
        } else if asks("deploymentCancel") {
            store.cancel(&variable("id")?)?;
            json!({ "deploymentCancel": true })
        } else if asks("buildLogs") {
            let deployment = store.find(&variable("deploymentId")?)?;
            let line = |(at, text)| json!({ "timestamp": deployment.time(at), "message": text, "severity": "info" });
            json!({ "buildLogs": deployment.log().into_iter().enumerate().map(line).collect::<Vec<_>>() })
        } else if asks("deployments") {
            (call.text("/variables/input/serviceId")? == SERVICE).then_some(())?;
            let edges: Vec<Value> = store
                .newest()
                .map(|deployment| json!({ "node": show(deployment) }))
                .collect();
            json!({ "deployments": { "edges": edges } })
        } else if asks("deployment") {
            let deployment = store.find(&variable("id")?)?;
            let shown = show(deployment);
            deployment.look();
            json!({ "deployment": shown })
        } else if asks("service") {
            json!({ "service": { "id": variable("id")?, "name": "web", "projectId": PROJECT } })
        } else {
            return Some((200, json!({ "errors": [{ "message": "Cannot query field" }] })));
        };
        Some((200, json!({ "data": data })))
    }
}

fn show(deployment: &Deployment) -> Value {
    json!({
        "id": deployment.id,
        "status": deployment.word(),
        "createdAt": deployment.time(0),
        "staticUrl": "web-production-a1b2.up.railway.example",
        "meta": { "branch": "main", "commitHash": deployment.commit, "commitMessage": "Change the greeting" },
    })
}
