//! DigitalOcean's App Platform: an envelope, one word in capitals, logs at an address of their own.

use serde_json::{Value, json};

use super::{Call, Deployment, Platform, Store, Words};

const APP: &str = "4f6c71e2-1e90-4762-9fee-6cc4a0a9f2cf";

/// See the module.
#[derive(Default)]
pub(super) struct DigitalOcean {
    host: String,
}

impl Platform for DigitalOcean {
    fn words(&self) -> Words {
        Words {
            running: &["PENDING_BUILD", "BUILDING", "PENDING_DEPLOY", "DEPLOYING"],
            success: "ACTIVE",
            failure: "ERROR",
            cancelled: "CANCELED",
        }
    }

    fn id(&self) -> fn(usize) -> String {
        |number| format!("3aa4d20e-5527-4c00-b496-{number:012}")
    }

    fn answer(&mut self, call: &Call<'_>, store: &mut Store) -> Option<(u16, Value)> {
        // Another host, as far as a browser can tell.
        self.host = call
            .request
            .header("host")
            .unwrap_or_default()
            .replace("127.0.0.1", "localhost");
        let app =
            json!({ "id": APP, "spec": { "name": "web" }, "live_url": "https://web-abcde.ondigitalocean.example" });
        Some(match call.route() {
            ("GET", ["v2", "apps"]) => (200, json!({ "apps": [app], "meta": { "total": 1 } })),
            ("GET", ["v2", "apps", APP]) => (200, json!({ "app": app })),
            ("GET", ["v2", "apps", APP, "deployments"]) => {
                let list: Vec<Value> = store.newest().map(show).collect();
                (
                    200,
                    json!({ "deployments": list, "links": {}, "meta": { "total": store.all.len() } }),
                )
            }
            ("POST", ["v2", "apps", APP, "deployments"]) => {
                (200, json!({ "deployment": show(store.start(None, None)) }))
            }
            ("POST", ["v2", "apps", APP, "rollback"]) => {
                let target = store.find(&call.text("/deployment_id")?)?.commit.clone();
                (200, json!({ "deployment": show(store.start(Some(target), None)) }))
            }
            ("GET", ["v2", "apps", APP, "deployments", id]) => {
                let deployment = store.find(id)?;
                let shown = show(deployment);
                deployment.look();
                (200, json!({ "deployment": shown }))
            }
            ("POST", ["v2", "apps", APP, "deployments", id, "cancel"]) => {
                (200, json!({ "deployment": show(store.cancel(id)?) }))
            }
            ("GET", ["v2", "apps", APP, "deployments", id, "logs"]) if call.query("type")? == "BUILD" => {
                let archive = format!("http://{}/archives/{id}/build.txt", self.host);
                (
                    200,
                    json!({ "live_url": "", "historic_urls": [archive], "url": archive }),
                )
            }
            _ => return None,
        })
    }

    fn text(&self, call: &Call<'_>, store: &Store) -> Option<String> {
        match call.route() {
            ("GET", ["archives", id, "build.txt"]) => {
                let deployment = store.all.iter().find(|deployment| deployment.id == *id)?;
                Some(deployment.log().join("\n") + "\n")
            }
            _ => None,
        }
    }
}

fn show(deployment: &Deployment) -> Value {
    let steps: Vec<Value> = ["build", "deploy"]
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let step = deployment.step();
            let status = match () {
                () if step > 2 * at + 1 => "SUCCESS",
                () if step == 2 * at + 1 => "RUNNING",
                () => "PENDING",
            };
            json!({ "name": name, "status": status })
        })
        .collect();
    json!({
        "id": deployment.id,
        "cause": "manual",
        "phase": deployment.word(),
        "progress": { "total_steps": 2, "steps": steps },
        "services": [{ "name": "web", "source_commit_hash": deployment.commit }],
        "created_at": deployment.time(0),
        "updated_at": deployment.time(deployment.step() + 1),
    })
}
