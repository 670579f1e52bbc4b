//! Acting on deployments of earlier runs: `wait`, `status`, `logs`, `cancel`, `rollback`, by id and by state file.

use serde_json::{Value, json};

use crate::support::cli::{Finished, Sproobo};
use crate::support::demo::{CANCEL, LIST, command, deployment, explained, only_gets};
use crate::support::server::{Act, Request, Server};

/// A server whose one deployment, `d-1` with the token `tok-1`, has this status.
fn with_status(status: &'static str) -> Server {
    Server::start(move |request: &Request| match request.line().as_str() {
        "GET /sites/demo/deployments" => Act::Json(
            200,
            json!({ "deployments": [{ "id": "d-1", "status": status, "clientToken": "tok-1" }] }),
        ),
        _ => Act::Json(200, deployment(status)),
    })
}

/// The deployment builds until it is cancelled.
fn until_cancelled() -> Server {
    let mut status = "building";
    Server::start(move |request: &Request| {
        if request.line() == CANCEL {
            status = "cancelled";
        }
        match request.line().as_str() {
            "GET /sites/demo/deployments" => Act::Json(
                200,
                json!({ "deployments": [{ "id": "d-1", "status": status, "clientToken": "tok-1" }] }),
            ),
            _ => Act::Json(200, deployment(status)),
        }
    })
}

/// A state file with these sites: site, deployment, status.
fn state(on_interrupt: &str, sites: &[(&str, Option<&str>, &str)]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let sites: Vec<Value> = sites
        .iter()
        .map(|(site, deployment, status)| {
            json!({ "site": site, "client_token": "tok-1", "deployment": deployment, "status": status })
        })
        .collect();
    let state = json!({
        "version": 1, "command": "deploy", "api": "http://127.0.0.1:1/api", "on_interrupt": on_interrupt,
        "started_at": "2026-01-01T00:00:00Z", "sites": sites,
    });
    std::fs::write(file.path(), state.to_string()).unwrap();
    file
}

/// Has the state be of a run on this API.
fn name_api(state: &tempfile::NamedTempFile, api: &str) {
    let text = std::fs::read(state.path()).unwrap();
    if let Ok(Value::Object(mut document)) = serde_json::from_slice(&text) {
        document.insert("api".to_owned(), api.into());
        std::fs::write(state.path(), Value::Object(document).to_string()).unwrap();
    }
}

fn from_state(server: &Server, verb: &str, state: &tempfile::NamedTempFile, more: &[&str]) -> Finished {
    name_api(state, &server.url);
    let file = format!("--from-state={}", state.path().display());
    let arguments: Vec<&str> = [verb, file.as_str()].into_iter().chain(more.iter().copied()).collect();
    command(server, &arguments).run()
}

#[test]
fn status_exits_by_verdict_and_explains_itself() {
    for (status, code) in [
        ("success", 0),
        ("building", 0),
        ("completed", 0),
        ("on hold", 0),
        ("failed", 1),
        ("cancelled", 5),
        ("superseded", 6),
    ] {
        let server = with_status(status);
        let run = command(&server, &["status", "demo", "d-1"]).run();
        let run = if code == 0 { run.expect(0) } else { explained(run, code) };
        assert!(run.stdout.contains(status), "{}", run.stdout);
    }
    let ended = Server::start(|_| {
        Act::Json(
            200,
            json!({"deployment": {"id": "d-1", "status": "on hold", "finishedAt": "2026-01-01T00:00:00Z"}}),
        )
    });
    explained(command(&ended, &["status", "demo", "d-1"]).run(), 4).says("--status-map");
    let unhealthy = Server::start(|_| {
        Act::Json(
            200,
            json!({"deployment": {"id": "d-1", "status": "completed", "health": false}}),
        )
    });
    explained(command(&unhealthy, &["status", "demo", "d-1"]).run(), 1).says("health");
}

#[test]
fn status_as_json_stays_one_document() {
    let server = with_status("failed");
    let run = command(&server, &["status", "demo", "d-1", "--output=json"])
        .run()
        .expect(1);
    serde_json::from_str::<Value>(&run.stdout).expect("one JSON document");
    assert!(run.stderr.contains("next: "), "{}", run.stderr);
}

#[test]
fn what_can_not_be_read_is_named_in_the_advice() {
    let server = Server::start(|_| Act::Json(404, json!({"error": {"message": "no such deployment"}})));
    for verb in ["status", "logs", "wait"] {
        let limits: &[&str] = if verb == "wait" { &["--max-unreachable=1s"] } else { &[] };
        let arguments: Vec<&str> = [verb, "demo", "d-9"]
            .into_iter()
            .chain(limits.iter().copied())
            .collect();
        explained(command(&server, &arguments).run(), if verb == "wait" { 7 } else { 8 })
            .says("d-9")
            .says("demo");
    }
}

#[test]
fn several_sites_of_a_state_file_are_all_told() {
    let server = Server::start(|request: &Request| match request.line().as_str() {
        "GET /sites/one/deployments/d-1" => Act::Json(404, json!({"error": {"message": "gone"}})),
        "GET /sites/two/deployments/d-2" => Act::Json(200, json!({"deployment": {"id": "d-2", "status": "cancelled"}})),
        _ => Act::Json(200, json!({"deployment": {"id": "d-3", "status": "success"}})),
    });
    let file = state(
        "cancel",
        &[
            ("one", Some("d-1"), "running"),
            ("two", Some("d-2"), "running"),
            ("three", Some("d-3"), "running"),
        ],
    );
    let run = from_state(&server, "status", &file, &[]).expect(5);
    for text in ["d-2", "d-3", "gone", "cancelled"] {
        assert!(run.printed().contains(text), "{text} is not in {}", run.printed());
    }
    from_state(&server, "wait", &file, &["--max-unreachable=1s"])
        .expect(5)
        .says("d-3");
}

/// The runner keeps ten errors of a step, of which one is its own, and drops the rest without a word.
#[test]
fn of_many_failures_github_gets_as_many_errors_as_it_keeps() {
    let server = Server::always(Act::Json(404, json!({"error": {"message": "gone"}})));
    let names: Vec<String> = (0..12).map(|number| format!("site-{number}")).collect();
    let sites: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), Some("d-1"), "running"))
        .collect();
    let run = from_state(&server, "status", &state("cancel", &sites), &["--output=github"]).expect(9);
    let errors = run.stdout.lines().filter(|line| line.starts_with("::error ")).count();
    assert_eq!(errors, 9, "{}", run.stdout);
    assert_eq!(run.stdout.matches("next: ").count(), names.len(), "{}", run.stdout);
}

/// A step that waits for what an earlier step should have started must not be green when nothing was.
#[test]
fn only_cancel_takes_a_missing_state_file_for_nothing_to_do() {
    let server = with_status("success");
    let gone = state("cancel", &[]);
    let path = gone.path().to_owned();
    drop(gone);
    let file = format!("--from-state={}", path.display());
    command(&server, &["cancel", &file])
        .run()
        .expect(0)
        .says("nothing to cancel");
    for verb in ["wait", "status", "logs"] {
        explained(command(&server, &[verb, &file]).run(), 2).says(&path.display().to_string());
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_broken_state_file_is_bad_configuration_for_every_command() {
    let server = with_status("success");
    let file = tempfile::NamedTempFile::new().unwrap();
    for content in ["", "{", "[]", "{\"version\": 1}", "{\"version\": 99}"] {
        std::fs::write(file.path(), content).unwrap();
        for verb in ["wait", "status", "logs", "cancel"] {
            explained(from_state(&server, verb, &file, &[]), 2);
        }
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_state_without_an_id_is_looked_up_by_token() {
    let file = state("cancel", &[("demo", None, "interrupted")]);
    let server = with_status("success");
    from_state(&server, "wait", &file, &[]).expect(0).says("d-1");
    from_state(&server, "status", &file, &[]).expect(0).says("d-1");
    let running = until_cancelled();
    from_state(&running, "cancel", &file, &[]).expect(0).says("d-1");
    assert_eq!(running.count(CANCEL), 1);
    let none = Server::start(|_| Act::Json(200, json!({"deployments": [{"id": "d-7", "status": "building"}]})));
    explained(from_state(&none, "cancel", &file, &[]), 7).says("tok-1");
    explained(from_state(&none, "wait", &file, &[]), 7).says("tok-1");
    assert!(none.requests().iter().all(|request| request.method == "GET"));
}

/// An id may be somebody else's on another API, so nothing is asked there.
#[test]
fn a_state_file_of_another_api_is_refused() {
    let server = with_status("building");
    let file = state("cancel", &[("demo", Some("d-1"), "running")]);
    let option = format!("--from-state={}", file.path().display());
    for verb in ["wait", "status", "logs", "cancel"] {
        explained(command(&server, &[verb, &option]).run(), 2)
            .says("http://127.0.0.1:1/api")
            .says(&server.url);
    }
    assert!(server.requests().is_empty());
}

#[test]
fn the_same_api_may_be_written_in_another_way() {
    let server = with_status("success");
    let file = state("cancel", &[("demo", Some("d-1"), "running")]);
    let option = format!("--from-state={}", file.path().display());
    let other = server.url.replace("http://", "HTTP://");
    for api in [format!("{other}/"), other] {
        name_api(&file, &api);
        command(&server, &["wait", &option]).run().expect(0);
    }
}

/// The action's last step runs after a rehearsal that was cancelled too.
#[test]
fn the_sandbox_of_an_earlier_run_is_gone_and_left_nothing_to_cancel() {
    let file = state("cancel", &[("demo", Some("d-1"), "running")]);
    let option = format!("--from-state={}", file.path().display());
    Sproobo::new(["cancel", &option, "--sandbox"])
        .run()
        .expect(0)
        .says("sandbox ended with it");
    explained(Sproobo::new(["wait", &option, "--sandbox"]).run(), 2);
}

/// A weak moment of the API at the look-up is as temporary as one while waiting.
#[test]
fn the_look_up_by_token_outlives_a_weak_moment() {
    let mut asked = 0;
    let server = Server::start(move |request: &Request| match request.line().as_str() {
        "GET /sites/demo/deployments" => {
            asked += 1;
            if asked == 1 {
                return Act::Json(503, Value::Null);
            }
            Act::Json(
                200,
                json!({"deployments": [{"id": "d-1", "status": "success", "clientToken": "tok-1"}]}),
            )
        }
        _ => Act::Json(200, deployment("success")),
    });
    let file = state("cancel", &[("demo", None, "interrupted")]);
    from_state(&server, "wait", &file, &[]).expect(0);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_look_up_by_token() {
    use std::time::{Duration, Instant};

    let server = Server::start(|_| Act::Hang);
    let file = state("cancel", &[("demo", None, "interrupted")]);
    name_api(&file, &server.url);
    for verb in ["wait", "status", "cancel"] {
        let begun = server.requests().len();
        let running = command(&server, &[verb, &format!("--from-state={}", file.path().display())]).spawn();
        while server.requests().len() == begun {
            std::thread::sleep(Duration::from_millis(10));
        }
        let sent = Instant::now();
        running.signal(nix::sys::signal::Signal::SIGTERM);
        explained(running.finish(), 143);
        assert!(
            sent.elapsed() < Duration::from_secs(5),
            "{verb} took {:?}",
            sent.elapsed()
        );
    }
}

#[test]
fn cancel_leaves_a_detached_run_alone_unless_forced() {
    let server = until_cancelled();
    let file = state("detach", &[("demo", Some("d-1"), "interrupted")]);
    from_state(&server, "cancel", &file, &[]).expect(0).says("--force");
    assert!(server.requests().is_empty());
    from_state(&server, "cancel", &file, &["--force"]).expect(0);
    assert_eq!(server.count(CANCEL), 1);
}

#[test]
fn cancel_skips_what_the_file_or_the_api_says_is_over() {
    let server = with_status("failed");
    let over = state(
        "cancel",
        &[("demo", Some("d-1"), "succeeded"), ("shop", Some("d-2"), "refused")],
    );
    from_state(&server, "cancel", &over, &[])
        .expect(0)
        .says("nothing to cancel");
    assert!(server.requests().is_empty());
    let run = command(&server, &["cancel", "demo", "d-1"]).run().expect(0);
    assert!(!run.printed().contains("succeeded"), "it failed: {}", run.printed());
    assert_eq!(server.count(CANCEL), 0);
}

#[test]
fn a_cancel_that_is_refused_has_the_code_of_its_reason() {
    for (status, code) in [(401, 3), (403, 3), (404, 8), (409, 8), (405, 9), (500, 7)] {
        let server = Server::start(move |request: &Request| match request.method.as_str() {
            "POST" => Act::Json(status, json!({"error": {"message": "no"}})),
            _ => Act::Json(200, deployment("building")),
        });
        explained(command(&server, &["cancel", "demo", "d-1"]).run(), code).says("d-1");
    }
    let html = Server::start(|request: &Request| match request.method.as_str() {
        "POST" => Act::Html(200, "<p>"),
        _ => Act::Json(200, deployment("building")),
    });
    explained(command(&html, &["cancel", "demo", "d-1"]).run(), 9);
}

#[test]
fn rollback_returns_to_the_newest_success_before_the_newest_deployment() {
    let server = Server::start(|request: &Request| match request.line().as_str() {
        "GET /sites/demo/deployments" => Act::Json(
            200,
            json!({ "data": [
                { "id": 1, "status": "success", "commit": "aaaaaaa", "createdAt": 1_700_000_100 },
                { "id": 4, "status": "success", "commit": "ccccccc", "createdAt": 1_700_000_400 },
                { "id": 3, "status": "failed", "createdAt": 1_700_000_300 },
                { "id": 2, "status": "completed", "health": "healthy", "commit": "bbbbbbb", "createdAt": 1_700_000_200 },
            ]}),
        ),
        "POST /sites/demo/deployments/2/rollback" => Act::Json(201, json!({"id": 5, "status": "queued"})),
        _ => Act::Json(200, json!({"id": 5, "status": "success"})),
    });
    command(&server, &["rollback", "demo"])
        .run()
        .expect(0)
        .says("deployment 5")
        .says("ccccccc → bbbbbbb");
    assert_eq!(server.count("POST /sites/demo/deployments/2/rollback"), 1);
}

#[test]
fn a_rollback_without_a_target_or_a_run_of_its_own_says_so() {
    let one = with_status("success");
    explained(command(&one, &["rollback", "demo"]).run(), 8).says("demo");
    assert!(one.requests().iter().all(|request| request.method == "GET"));
    let own = Server::start(|_| Act::Json(200, json!({"deployment": {"id": "d-1", "status": "success"}})));
    explained(command(&own, &["rollback", "demo", "--to=d-1"]).run(), 7).says("own id");
    assert_eq!(own.count("POST /sites/demo/deployments/d-1/rollback"), 1);
}

#[test]
fn other_commands_run_in_the_sandbox_too() {
    for arguments in [
        &["sites"][..],
        &["deployments", "demo"],
        &["rollback", "demo"],
        &["doctor", "--site=demo"],
    ] {
        Sproobo::new(arguments.iter().chain(&["--sandbox"])).run().expect(0);
    }
    Sproobo::new(["status", "demo", "nope", "--sandbox"]).run().expect(8);
}

#[test]
fn wait_follows_the_deployment_of_a_commit() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let server = Server::start(move |request: &Request| match request.line().as_str() {
        LIST => Act::Json(200, json!([{ "id": "d-1", "status": "building", "commit": commit }])),
        _ => Act::Json(200, deployment("failed")),
    });
    let run = command(&server, &["wait", "demo", "--commit", &commit[..7]]).run();
    explained(run, 1).says("d-1");
    assert!(only_gets(&server));

    let seen = server.requests().len();
    let run = command(&server, &["wait", "demo", "--commit=bbbbbbb", "--appear-within=0s"]).run();
    explained(run, 7).says("no deployment of commit bbbbbbb appeared");
    assert_eq!(server.requests().len(), seen + 1);
}

#[test]
fn wait_needs_a_deployment_a_commit_or_a_state_file() {
    let server = with_status("success");
    command(&server, &["wait", "demo"]).run().expect(2).says("--commit");
    command(&server, &["wait", "demo", "--commit=zzz"])
        .run()
        .expect(2)
        .says("hex digits");
    command(&server, &["wait", "--commit=aaaaaaa"]).run().expect(2);
    command(&server, &["cancel", "demo"]).run().expect(2);
    assert!(server.requests().is_empty());
    // A job's variable is for another command: what is named comes first.
    let run = command(&server, &["wait", "demo", "d-1"]).env("SPROOBO_COMMIT", "bbbbbbb");
    run.run().expect(0);
    assert_eq!(server.count("GET /sites/demo/deployments/d-1"), 1);
}
