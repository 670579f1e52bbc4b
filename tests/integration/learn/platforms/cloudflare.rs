//! Cloudflare Pages: an account in the path, an envelope with flags, a status that only all stages together tell.

use serde_json::{Value, json};

use super::{Call, Deployment, Platform, Store, Words};

const ACCOUNT: &str = "023e105f4ecef8ad9ca31a8372d0c353";
const STAGES: [&str; 5] = ["queued", "initialize", "clone_repo", "build", "deploy"];

/// See the module.
pub(super) struct Cloudflare;

impl Platform for Cloudflare {
    /// The stages as they become active, one of them when it is done, and how the last one ends.
    fn words(&self) -> Words {
        Words {
            running: &["queued", "initialize", "clone_repo", "build", "build done", "deploy"],
            success: "success",
            failure: "failure",
            cancelled: "canceled",
        }
    }

    fn id(&self) -> fn(usize) -> String {
        |number| format!("f64788e9-fccd-4d4a-a28a-{number:012}")
    }

    fn answer(&mut self, call: &Call<'_>, store: &mut Store) -> Option<(u16, Value)> {
        let ("GET" | "POST", ["client", "v4", "accounts", ACCOUNT, "pages", "projects", rest @ ..]) = call.route()
        else {
            return None;
        };
        let project =
            json!({ "id": "7b162ea7-7367-4d67-bcde-1160995d5a4c", "name": "web", "subdomain": "web.pages.example" });
        let result = match (call.request.method.as_str(), rest) {
            ("GET", []) => json!([project]),
            ("GET", ["web"]) => project,
            ("GET", ["web", "deployments"]) => store.newest().map(show).collect(),
            ("POST", ["web", "deployments"]) => show(store.start(None, None)),
            ("GET", ["web", "deployments", id]) => {
                let deployment = store.find(id)?;
                let shown = show(deployment);
                deployment.look();
                shown
            }
            ("POST", ["web", "deployments", id, "rollback"]) => {
                let target = store.find(id)?.commit.clone();
                show(store.start(Some(target), None))
            }
            ("GET", ["web", "deployments", id, "history", "logs"]) => {
                let deployment = store.find(id)?;
                let line = |(at, text)| json!({ "ts": deployment.time(at), "line": text });
                let data: Vec<Value> = deployment.log().into_iter().enumerate().map(line).collect();
                json!({ "total": data.len(), "includes_container_logs": true, "data": data })
            }
            _ => return None,
        };
        Some((
            200,
            json!({ "result": result, "success": true, "errors": [], "messages": [] }),
        ))
    }
}

fn show(deployment: &Deployment) -> Value {
    let ended = ["success", "failure", "canceled"].contains(&deployment.word());
    // A failure is one of the build; a success passes all.
    let reached = match deployment.word() {
        "success" => STAGES.len(),
        "failure" | "canceled" => 3,
        word => STAGES.iter().position(|stage| word.starts_with(stage)).unwrap(),
    };
    let stages: Vec<Value> = STAGES
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let status = match () {
                () if at < reached => "success",
                () if at > reached => "idle",
                () if ended => deployment.word(),
                () if deployment.word().ends_with(" done") => "success",
                () => "active",
            };
            let begun = (at <= reached).then(|| deployment.time(at * 5));
            json!({ "name": name, "status": status, "started_on": begun, "ended_on": (status == "success").then(|| deployment.time(at * 5 + 4)) })
        })
        .collect();
    json!({
        "id": deployment.id,
        "short_id": &deployment.id[..8],
        "project_name": "web",
        "environment": "production",
        "url": format!("https://{}.web.pages.example", &deployment.id[28..]),
        "created_on": deployment.time(0),
        "modified_on": deployment.time(deployment.step() + 1),
        "latest_stage": stages[reached.min(STAGES.len() - 1)],
        "stages": stages,
        "deployment_trigger": { "type": "ad_hoc", "metadata": { "branch": "main", "commit_hash": deployment.commit } },
    })
}
