//! Netlify: the start makes a build, whose reply names the deploy that is polled under another path.

use serde_json::{Value, json};

use super::{Call, Deployment, Platform, Store, Words};

const SITE: &str = "0d3a9d2f-ef94-4380-93df-27ee400e2048";

/// See the module.
pub(super) struct Netlify;

impl Platform for Netlify {
    fn words(&self) -> Words {
        Words {
            running: &["enqueued", "building", "uploading", "processing"],
            success: "ready",
            failure: "error",
            cancelled: "error",
        }
    }

    fn id(&self) -> fn(usize) -> String {
        |number| format!("65f1c0ffee0123456789ab{number:02}")
    }

    fn answer(&mut self, call: &Call<'_>, store: &mut Store) -> Option<(u16, Value)> {
        let site = json!({ "id": SITE, "name": "web-acme", "url": "https://web-acme.netlify.example" });
        Some(match call.route() {
            ("GET", ["api", "v1", "sites"]) => (200, json!([site])),
            ("GET", ["api", "v1", "sites", SITE]) => (200, site),
            ("POST", ["api", "v1", "sites", SITE, "builds"]) => {
                let deployment = store.start(None, None);
                let build = format!("65f1b01d{}", &deployment.id[8..]);
                (
                    200,
                    json!({ "id": build, "deploy_id": deployment.id, "sha": deployment.commit, "done": false, "created_at": deployment.time(0) }),
                )
            }
            ("GET", ["api", "v1", "sites", SITE, "deploys"]) => {
                let size = call.query("per_page").map_or(20, |size| size.parse().unwrap());
                (200, store.newest().take(size).map(show).collect())
            }
            ("GET", ["api", "v1", "deploys", id]) => {
                let deployment = store.find(id)?;
                let shown = show(deployment);
                deployment.look();
                (200, shown)
            }
            ("POST", ["api", "v1", "deploys", id, "cancel"]) => (201, show(store.cancel(id)?)),
            _ => return None,
        })
    }
}

fn show(deployment: &Deployment) -> Value {
    let is_live = deployment.word() == "ready";
    json!({
        "id": deployment.id,
        "site_id": SITE,
        "build_id": format!("65f1b01d{}", &deployment.id[8..]),
        "state": deployment.word(),
        "name": "web-acme",
        "ssl_url": "https://web-acme.netlify.example",
        "admin_url": "https://app.netlify.example/projects/web-acme",
        "deploy_ssl_url": format!("https://{}--web-acme.netlify.example", deployment.id),
        "branch": "main",
        "commit_ref": deployment.commit,
        "error_message": (deployment.word() == "error").then_some("Build script returned non-zero exit code: 2"),
        "created_at": deployment.time(0),
        "updated_at": deployment.time(deployment.step() + 1),
        "published_at": is_live.then(|| deployment.time(40)),
    })
}
