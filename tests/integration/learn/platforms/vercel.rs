//! Vercel: no envelope, the site in the body alone, a list that names id and status otherwise, dates in milliseconds.

use serde_json::{Value, json};

use super::{Call, Deployment, Platform, Store, Words};

const TEAM: &str = "team_nUk7Lz0aBcDeFgHiJkLm";
const PROJECT: &str = "prj_12HKQaOmR5t5Uy6vdcQsNIiZgHGB";

/// See the module.
pub(super) struct Vercel;

impl Platform for Vercel {
    fn words(&self) -> Words {
        Words {
            running: &["QUEUED", "INITIALIZING", "BUILDING"],
            success: "READY",
            failure: "ERROR",
            cancelled: "CANCELED",
        }
    }

    fn id(&self) -> fn(usize) -> String {
        |number| format!("dpl_5WJWYSyB7BpgTj3EuwF37WMRBX{number:02}")
    }

    fn answer(&mut self, call: &Call<'_>, store: &mut Store) -> Option<(u16, Value)> {
        if call.query("teamId")? != TEAM {
            return Some((
                403,
                json!({ "error": { "code": "forbidden", "message": "not your team" } }),
            ));
        }
        let project = json!({ "id": PROJECT, "name": "web", "accountId": TEAM });
        Some(match call.route() {
            ("GET", ["v9", "projects"]) => (200, json!({ "projects": [project], "pagination": { "count": 1 } })),
            ("GET", ["v9", "projects", "web" | PROJECT]) => (200, project),
            ("POST", ["v13", "deployments"]) => {
                if call.text("/project")? != PROJECT || call.text("/gitSource/type")? != "github" {
                    return Some((
                        400,
                        json!({ "error": { "code": "bad_request", "message": "what is `project`?" } }),
                    ));
                }
                let deployment = store.start(call.text("/gitSource/sha"), None);
                (200, show(deployment))
            }
            ("GET", ["v13", "deployments", id]) => {
                let deployment = store.find(id)?;
                let shown = show(deployment);
                deployment.look();
                (200, shown)
            }
            ("GET", ["v6", "deployments"]) if call.query("projectId")? == PROJECT => {
                let list: Vec<Value> = store.newest().map(item).collect();
                (
                    200,
                    json!({ "pagination": { "count": list.len(), "next": null }, "deployments": list }),
                )
            }
            ("PATCH", ["v12", "deployments", id, "cancel"]) => (200, show(store.cancel(id)?)),
            ("GET", ["v3", "deployments", id, "events"]) => {
                let deployment = store.find(id)?;
                let event = |(at, text): (usize, String)| json!({ "type": "stdout", "created": deployment.milliseconds(at), "text": text });
                (200, deployment.log().into_iter().enumerate().map(event).collect())
            }
            _ => return None,
        })
    }
}

fn show(deployment: &Deployment) -> Value {
    let mut shown = json!({
        "id": deployment.id,
        "name": "web",
        "url": format!("web-{}-acme.vercel.example", deployment.number),
        "readyState": deployment.word(),
        "status": deployment.word(),
        "createdAt": deployment.milliseconds(0),
        "gitSource": { "type": "github", "repoId": 123_456_789, "ref": "main", "sha": deployment.commit },
        "project": { "id": PROJECT, "name": "web" },
        "version": 2,
    });
    if deployment.step() > 1 {
        shown["buildingAt"] = json!(deployment.milliseconds(5));
    }
    match deployment.word() {
        "READY" => shown["ready"] = json!(deployment.milliseconds(40)),
        "ERROR" => shown["errorMessage"] = json!("Command \"npm run build\" exited with 1"),
        _ => {}
    }
    shown
}

fn item(deployment: &Deployment) -> Value {
    json!({
        "uid": deployment.id,
        "name": "web",
        "state": deployment.word(),
        "created": deployment.milliseconds(0),
        "createdAt": deployment.milliseconds(0),
        "meta": { "githubCommitSha": deployment.commit },
    })
}
