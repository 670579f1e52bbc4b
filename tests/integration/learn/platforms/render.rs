//! Render: no envelope, a list of envelopes, a rollback that names its target in the body.

use serde_json::{Value, json};

use super::{Call, Deployment, Platform, Store, Words};

const SERVICE: &str = "srv-cukouhrtq21c73e9scng";

/// See the module.
pub(super) struct Render;

impl Platform for Render {
    fn words(&self) -> Words {
        Words {
            running: &["created", "build_in_progress", "update_in_progress"],
            success: "live",
            failure: "build_failed",
            cancelled: "canceled",
        }
    }

    fn id(&self) -> fn(usize) -> String {
        |number| format!("dep-d0a1b2c3d4e5f6g7h8{number:02}")
    }

    fn answer(&mut self, call: &Call<'_>, store: &mut Store) -> Option<(u16, Value)> {
        let service =
            json!({ "id": SERVICE, "name": "web", "ownerId": "tea-cjb5v2p5mpss73e9d1u0", "type": "web_service" });
        Some(match call.route() {
            ("GET", ["v1", "services"]) => (200, json!([{ "service": service, "cursor": "cGFnZTE" }])),
            ("GET", ["v1", "services", SERVICE]) => (200, service),
            ("GET", ["v1", "services", SERVICE, "deploys"]) => {
                let item = |deployment| json!({ "deploy": show(deployment), "cursor": format!("Y3Vyc29y{}", deployment.number) });
                (200, store.newest().map(item).collect())
            }
            ("POST", ["v1", "services", SERVICE, "deploys"]) => (201, show(store.start(call.text("/commitId"), None))),
            ("POST", ["v1", "services", SERVICE, "rollback"]) => {
                let target = store.find(&call.text("/deployId")?)?.commit.clone();
                (201, show(store.start(Some(target), None)))
            }
            ("GET", ["v1", "services", SERVICE, "deploys", id]) => {
                let deployment = store.find(id)?;
                let shown = show(deployment);
                deployment.look();
                (200, shown)
            }
            ("POST", ["v1", "services", SERVICE, "deploys", id, "cancel"]) => (200, show(store.cancel(id)?)),
            _ => return None,
        })
    }
}

fn show(deployment: &Deployment) -> Value {
    let mut shown = json!({
        "id": deployment.id,
        "commit": { "id": deployment.commit, "message": "Change the greeting", "createdAt": "2026-02-28T20:00:00Z" },
        "status": deployment.word(),
        "trigger": "api",
        "createdAt": deployment.time(0),
        "updatedAt": deployment.time(deployment.step() + 1),
    });
    if deployment.is_over() {
        shown["finishedAt"] = deployment.end();
    }
    shown
}
