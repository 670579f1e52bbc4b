//! A platform with servers of its own: long nested paths, ids that are numbers, a key in a header of its own, a status in two
//! fields (completed, and then a health), and a token that comes back.

use serde_json::{Value, json};

use super::{Call, Deployment, Platform, Store, Words};

/// See the module.
pub(super) struct Servers;

impl Platform for Servers {
    fn words(&self) -> Words {
        Words {
            running: &["queued", "rolling_out", "completed:checking"],
            success: "completed:healthy",
            failure: "completed:unhealthy",
            cancelled: "stopped",
        }
    }

    fn id(&self) -> fn(usize) -> String {
        |number| (880_120 + number).to_string()
    }

    fn key_header(&self) -> (&'static str, &'static str) {
        ("x-api-key", "")
    }

    fn answer(&mut self, call: &Call<'_>, store: &mut Store) -> Option<(u16, Value)> {
        let (method, ["api", "v2", "projects", "52001", "servers", "7104", "sites", rest @ ..]) = call.route() else {
            return None;
        };
        let site = json!({ "id": 33_105, "name": "web", "domain": "web.example.org" });
        let data = match (method, rest) {
            ("GET", []) => json!([site]),
            ("GET", ["33105"]) => site,
            ("GET", ["33105", "runs"]) => store.newest().map(show).collect(),
            ("POST", ["33105", "runs"]) => show(store.start(call.text("/git/sha"), call.text("/reference"))),
            ("GET", ["33105", "runs", id]) => {
                let deployment = store.find(id)?;
                let shown = show(deployment);
                deployment.look();
                shown
            }
            ("DELETE", ["33105", "runs", id]) => show(store.cancel(id)?),
            ("GET", ["33105", "runs", id, "output"]) => {
                let from: usize = call.query("after").map_or(0, |after| after.parse().unwrap());
                let log = store.find(id)?.log();
                json!({ "lines": log[from.min(log.len())..], "next": log.len().to_string() })
            }
            _ => return None,
        };
        Some((if method == "POST" { 202 } else { 200 }, json!({ "data": data })))
    }
}

fn show(deployment: &Deployment) -> Value {
    let (word, health) = match deployment.word().split_once(':') {
        Some((word, health)) => (word, json!(health)),
        None => (deployment.word(), Value::Null),
    };
    json!({
        "id": deployment.id.parse::<u64>().unwrap(),
        "state": word,
        "health": health,
        "git": { "sha": deployment.commit, "branch": "main" },
        "reference": deployment.token,
        "link": "https://web.example.org/",
        "created_at": deployment.time(0),
        "finished_at": (word == "completed").then(|| deployment.time(40)),
    })
}
