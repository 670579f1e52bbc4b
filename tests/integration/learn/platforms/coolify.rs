//! Coolify: a start that answers with a list, a log inside the deployment, a word that says finished and nothing more.

use serde_json::{Value, json};

use super::{Call, Deployment, Platform, Store, Words};

const APPLICATION: &str = "vgsco4o8ws0kkc4gk4os0wow";

/// See the module.
pub(super) struct Coolify;

impl Platform for Coolify {
    fn words(&self) -> Words {
        Words {
            running: &["queued", "in_progress"],
            success: "finished",
            failure: "failed",
            cancelled: "cancelled-by-user",
        }
    }

    fn id(&self) -> fn(usize) -> String {
        |number| format!("doogksw4{number:02}kkc0w8k4cs4s0")
    }

    fn answer(&mut self, call: &Call<'_>, store: &mut Store) -> Option<(u16, Value)> {
        let application = json!({ "uuid": APPLICATION, "name": "web", "fqdn": "https://web.example.org" });
        Some(match call.route() {
            ("GET", ["api", "v1", "applications"]) => (200, json!([application])),
            ("GET", ["api", "v1", "applications", APPLICATION]) => (200, application),
            ("POST", ["api", "v1", "deploy"]) if call.query("uuid")? == APPLICATION => {
                let id = store.start(None, None).id.clone();
                let queued =
                    json!({ "message": "Deployment queued.", "resource_uuid": APPLICATION, "deployment_uuid": id });
                (200, json!({ "deployments": [queued] }))
            }
            ("GET", ["api", "v1", "deployments", "applications", APPLICATION]) => {
                let take = call.query("take").map_or(10, |take| take.parse().unwrap());
                let list: Vec<Value> = store.newest().take(take).map(show).collect();
                (200, json!({ "count": store.all.len(), "deployments": list }))
            }
            ("GET", ["api", "v1", "deployments", id]) => {
                let deployment = store.find(id)?;
                let shown = show(deployment);
                deployment.look();
                (200, shown)
            }
            ("POST", ["api", "v1", "deployments", id, "cancel"]) => {
                store.cancel(id)?;
                (200, json!({ "message": "Deployment cancelled successfully." }))
            }
            _ => return None,
        })
    }
}

fn show(deployment: &Deployment) -> Value {
    json!({
        "id": 4000 + deployment.number,
        "application_id": "17",
        "deployment_uuid": deployment.id,
        "status": deployment.word(),
        "commit": deployment.commit,
        "commit_message": "Change the greeting",
        "force_rebuild": false,
        "logs": deployment.log().join("\n") + "\n",
        "created_at": deployment.time(0),
        "updated_at": deployment.time(deployment.step() + 1),
        "finished_at": deployment.end(),
    })
}
