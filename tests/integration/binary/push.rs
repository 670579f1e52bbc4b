//! Where a push to the repository deploys too.

use serde_json::json;

use crate::support::demo::{LIST, command};
use crate::support::server::{Act, Request, Server};

#[test]
fn doctor_warns_where_a_push_deploys_the_same_commits() {
    let row = |id: &str, commit: char, token: Option<&str>, minute: u32| {
        json!({
            "id": id, "status": "success", "health": "healthy", "clientToken": token,
            "commit": commit.to_string().repeat(40),
            "createdAt": format!("2026-01-01T00:{minute:02}:00Z"), "startedAt": "2026-01-01T00:00:00Z",
            "finishedAt": "2026-01-01T00:59:00Z",
        })
    };
    let ours = Some("sproobo-deploy-0123456789abcdef0123456789abcdef");
    for (list, warned) in [
        (vec![row("d-2", 'a', ours, 5), row("d-1", 'a', None, 4)], true),
        // Another commit, somebody else's tool, a rollback much later, one of ours twice.
        (vec![row("d-2", 'a', ours, 5), row("d-1", 'b', None, 4)], false),
        (
            vec![row("d-2", 'a', Some("theirs"), 5), row("d-1", 'a', None, 4)],
            false,
        ),
        (vec![row("d-2", 'a', ours, 45), row("d-1", 'a', None, 4)], false),
        (vec![row("d-2", 'a', ours, 5), row("d-1", 'a', ours, 4)], false),
    ] {
        let shown = format!("{list:?}");
        let server = Server::start(move |request: &Request| match request.line().as_str() {
            "GET /sites/demo" => Act::Json(200, json!({"id": "demo"})),
            LIST => Act::Json(200, json!(list)),
            _ => Act::Json(200, json!([])),
        });
        let run = command(&server, &["doctor", "--site=demo"]).run().expect(0);
        let advice = "sproobo-deploy wait demo --commit HASH";
        assert_eq!(run.printed().contains(advice), warned, "{shown}: {}", run.printed());
    }
}
