//! What GitHub shows beside the log, against a GitHub that refuses as the real one does; the verdict is the same anyway.

use serde_json::{Value, json};

use crate::support::cli::{Running, Sproobo};
use crate::support::server::{Act, Request, Server};

const COMMIT: &str = "9dbb606a1b2c3d4e5f60718293a4b5c6d7e8f901";
const DEPLOYMENTS: &str = "POST /repos/acme/shop/deployments";
const STATUSES: &str = "POST /repos/acme/shop/deployments/42/statuses";
const COMMENTS: &str = "/repos/acme/shop/issues/7/comments";

/// A Sproobo whose deployments of any site end with this word.
fn sproobo(word: &'static str) -> Server {
    Server::start(move |request| {
        let failure = (word == "failed").then_some("`npm run build` exited with code 2");
        let deployment = json!({ "deployment": {
            "id": "dep_1", "status": word, "commit": COMMIT, "url": "https://shop.example",
            "dashboardUrl": "https://dashboard.example/dep_1", "failureReason": failure,
        }});
        match (request.method.as_str(), request.path.split('?').next().unwrap()) {
            ("GET", list) if list.ends_with("/deployments") => Act::Json(200, json!({ "deployments": [] })),
            ("GET", logs) if logs.ends_with("/logs") => Act::Json(200, json!({ "lines": [] })),
            ("POST", trigger) if trigger.ends_with("/deployments") => Act::Json(201, deployment),
            _ => Act::Json(200, deployment),
        }
    })
}

fn comment(id: u64, body: &str) -> Value {
    json!({ "id": id, "body": body, "author_association": "NONE", "user": { "type": "Bot" } })
}

/// A GitHub that does all that is asked, with one earlier deployment that is still live.
fn polite(request: &Request) -> Act {
    let path = request.path.split('?').next().unwrap();
    match (request.method.as_str(), path) {
        ("POST", "/repos/acme/shop/deployments") => Act::Json(201, json!({ "id": 42 })),
        ("GET", "/repos/acme/shop/deployments") => Act::Json(200, json!([{ "id": 50 }, { "id": 42 }, { "id": 41 }])),
        ("GET", "/repos/acme/shop/deployments/41/statuses") => Act::Json(200, json!([{ "state": "success" }])),
        ("POST", path) if path.ends_with("/statuses") => Act::Json(201, json!({ "state": request.body["state"] })),
        ("GET", COMMENTS) => Act::Json(200, json!([])),
        ("POST", COMMENTS) => Act::Json(201, comment(99, "")),
        ("PATCH", "/repos/acme/shop/issues/comments/99") => Act::Json(200, comment(99, "")),
        _ => Act::Json(500, json!({ "message": format!("unexpected {}", request.line()) })),
    }
}

struct Step {
    folder: tempfile::TempDir,
    command: Sproobo,
}

impl Step {
    fn new(sproobo: &Server, github: &Server, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let event = folder.path().join("event.json");
        let pull_request = json!({ "pull_request": { "number": 7, "head": { "sha": COMMIT, "ref": "checkout" } } });
        std::fs::write(&event, pull_request.to_string()).unwrap();
        std::fs::write(folder.path().join("output"), "").unwrap();
        let command = Sproobo::new(["deploy", "--no-key-check"].iter().chain(arguments))
            .key()
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_PATH", event)
            .env("GITHUB_OUTPUT", folder.path().join("output"))
            .env("RUNNER_TEMP", folder.path())
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env("GITHUB_SERVER_URL", "https://github.example")
            .env("GITHUB_RUN_ID", "1234")
            .env("GITHUB_API_URL", &github.url)
            .env("GITHUB_TOKEN", "ghs_0123456789abcdef0123456789")
            .env("SPROOBO_API_URL", &sproobo.url);
        Self { folder, command }
    }

    fn run(self) -> crate::support::cli::Finished {
        self.command.run()
    }

    fn spawn(self) -> (tempfile::TempDir, Running) {
        (self.folder, self.command.spawn())
    }
}

fn bodies(github: &Server, line: &str) -> Vec<Value> {
    let requests = github.requests().into_iter();
    requests
        .filter(|request| request.line() == line)
        .map(|request| request.body)
        .collect()
}

#[test]
fn a_success_is_shown_with_its_links_and_retires_only_our_older_record() {
    let (sproobo, github) = (sproobo("success"), Server::start(polite));
    let run = Step::new(&sproobo, &github, &["demo", "--github-deployment=preview"]).run();
    let run = run.expect(0);
    assert!(!run.printed().contains("::warning"), "{}", run.printed());
    let created = &bodies(&github, DEPLOYMENTS)[0];
    assert_eq!(created["ref"], COMMIT);
    assert_eq!(created["environment"], "preview");
    assert_eq!(created["task"], "deploy:sproobo:demo:7");
    assert_eq!(
        (&created["auto_merge"], &created["required_contexts"]),
        (&json!(false), &json!([]))
    );
    let statuses = bodies(&github, STATUSES);
    let states: Vec<&Value> = statuses.iter().map(|status| &status["state"]).collect();
    assert_eq!(states, ["in_progress", "success"]);
    let last = &statuses[1];
    assert_eq!(last["environment_url"], "https://shop.example");
    assert_eq!(last["log_url"], "https://dashboard.example/dep_1");
    assert_eq!(last["auto_inactive"], false);
    let retired = bodies(&github, "POST /repos/acme/shop/deployments/41/statuses");
    assert_eq!(retired[0]["state"], "inactive");
    let newer = "POST /repos/acme/shop/deployments/50/statuses";
    assert_eq!(github.count(newer), 0, "a newer record is another run's");
}

#[test]
fn a_failure_is_shown_as_one_and_retires_nothing() {
    let (sproobo, github) = (sproobo("failed"), Server::start(polite));
    let run = Step::new(&sproobo, &github, &["demo", "--github-deployment=production"]).run();
    run.expect(1);
    let last = bodies(&github, STATUSES).pop().unwrap();
    assert_eq!(last["state"], "failure");
    assert!(
        last["description"].as_str().unwrap().contains("exited with code 2"),
        "{last}"
    );
    assert_eq!(github.count("GET /repos/acme/shop/deployments"), 0);
}

#[test]
fn what_github_refuses_is_one_warning_that_names_the_permission_and_changes_no_verdict() {
    for status in [403, 404] {
        let (sproobo, github) = (
            sproobo("success"),
            Server::start(move |_| Act::Json(status, json!({ "message": "Resource not accessible by integration" }))),
        );
        let arguments = ["demo", "docs", "--github-deployment=production", "--comment"];
        let printed = Step::new(&sproobo, &github, &arguments).run().expect(0).printed();
        assert_eq!(
            printed.matches("::warning").count(),
            2,
            "one for each sort of record: {printed}"
        );
        for permission in [
            "permissions: { deployments: write }",
            "permissions: { pull-requests: write }",
        ] {
            assert!(printed.contains(permission), "{permission}: {printed}");
        }
        assert!(printed.contains("the verdict does not depend on it"), "{printed}");
    }
}

#[test]
fn a_commit_that_github_does_not_know_is_a_warning() {
    let github = Server::start(|_| Act::Json(422, json!({ "message": format!("No ref found for: {COMMIT}") })));
    let run = Step::new(
        &sproobo("success"),
        &github,
        &["demo", "--github-deployment=production"],
    )
    .run();
    run.expect(0).says("No ref found for").says("HTTP 422");
    assert_eq!(github.requests().len(), 1);
}

/// GitHub's refusal of a client that asks too often, with the seconds after which it may ask again.
fn limited(message: &str, retry_after: u32) -> Act {
    let body = json!({ "message": message }).to_string();
    Act::Raw(format!(
        "HTTP/1.1 403 Forbidden\r\ncontent-type: application/json\r\nretry-after: {retry_after}\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    ))
}

#[test]
fn a_secondary_rate_limit_is_waited_for_and_is_no_lack_of_permission() {
    let mut refused = false;
    let github = Server::start(move |request| {
        if request.line() == DEPLOYMENTS && !std::mem::replace(&mut refused, true) {
            return limited("You have exceeded a secondary rate limit.", 1);
        }
        polite(request)
    });
    let run = Step::new(
        &sproobo("success"),
        &github,
        &["demo", "--github-deployment=production"],
    )
    .run();
    let printed = run.expect(0).printed();
    assert!(!printed.contains("::warning"), "{printed}");
    assert_eq!(bodies(&github, STATUSES).pop().unwrap()["state"], "success");
    assert_eq!(github.count(DEPLOYMENTS), 2);
}

#[test]
fn a_limit_that_lasts_too_long_is_told_as_one() {
    let github = Server::start(|_| limited("API rate limit exceeded", 3600));
    let run = Step::new(
        &sproobo("success"),
        &github,
        &["demo", "--github-deployment=production"],
    )
    .run();
    let printed = run.expect(0).printed();
    assert!(printed.contains("limits how often"), "{printed}");
    assert!(!printed.contains("permission"), "{printed}");
}

#[test]
fn a_github_that_never_answers_holds_nothing_up() {
    let github = Server::always(Act::Hang);
    let arguments = ["demo", "--github-deployment=production", "--comment"];
    let run = Step::new(&sproobo("success"), &github, &arguments).run().expect(0);
    assert!(run.took.as_secs() < 15, "{:?}", run.took);
    run.says("GitHub did not answer in time");
}

#[test]
fn one_comment_is_written_and_then_changed_in_place() {
    let (sproobo, github) = (sproobo("failed"), Server::start(polite));
    let run = Step::new(&sproobo, &github, &["demo", "--comment"]).run();
    run.expect(1);
    let first = &bodies(&github, &format!("POST {COMMENTS}"))[0];
    let first = first["body"].as_str().unwrap();
    assert!(first.starts_with("<!-- sproobo-deploy:demo -->\n"), "{first}");
    let last = bodies(&github, "PATCH /repos/acme/shop/issues/comments/99")
        .pop()
        .unwrap();
    let last = last["body"].as_str().unwrap();
    assert!(last.contains("### ❌ demo: failed"), "{last}");
    assert!(last.contains("`npm run build` exited with code 2"), "{last}");
    assert!(
        last.contains("[9dbb606](<https://github.example/acme/shop/commit/9dbb606"),
        "{last}"
    );
    assert!(
        last.contains("](<https://github.example/acme/shop/actions/runs/1234>)"),
        "{last}"
    );
    assert_eq!(github.count(&format!("POST {COMMENTS}")), 1);
}

#[test]
fn our_comment_is_found_on_a_later_page_and_nobody_elses_is_touched() {
    const MARKER: &str = "<!-- sproobo-deploy:demo -->";
    let github = Server::start(|request| {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        if request.method != "GET" || path != COMMENTS {
            return polite(request);
        }
        let stranger = json!({ "id": 1, "body": MARKER, "author_association": "NONE", "user": { "type": "User" } });
        let quote = comment(2, &format!("> {MARKER}"));
        let gone = json!({ "id": 3, "body": MARKER, "author_association": "NONE", "user": null });
        let mut first = vec![stranger, quote, gone];
        first.resize(100, comment(4, "something else"));
        match query.split('&').any(|pair| pair == "page=2") {
            true => Act::Json(200, json!([comment(99, &format!("{MARKER}\nold"))])),
            false => Act::Json(200, json!(first)),
        }
    });
    Step::new(&sproobo("success"), &github, &["demo", "--comment"])
        .run()
        .expect(0);
    assert_eq!(github.count("PATCH /repos/acme/shop/issues/comments/99"), 2);
    assert_eq!(github.count(&format!("POST {COMMENTS}")), 0);
}

#[test]
fn a_rehearsal_shows_nothing_on_github() {
    let github = Server::start(polite);
    let arguments = ["demo", "--sandbox", "--github-deployment=production", "--comment"];
    let run = Step::new(&sproobo("success"), &github, &arguments).run().expect(0);
    run.says("nothing is deployed");
    assert!(github.requests().is_empty());
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_a_last_status() {
    let (sproobo, github) = (sproobo("building"), Server::start(polite));
    let (folder, running) = Step::new(&sproobo, &github, &["demo", "--github-deployment=production"]).spawn();
    github.wait_for(STATUSES);
    running.signal(nix::sys::signal::Signal::SIGTERM);
    let run = running.finish().expect(143);
    assert!(run.took.as_secs() < 20);
    assert_eq!(bodies(&github, STATUSES).pop().unwrap()["state"], "error");
    drop(folder);
}
