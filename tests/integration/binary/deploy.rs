//! The main job through the binary: real processes, real HTTP, real exit codes.

use serde_json::{Value, json};

use crate::support::cli::{KEY, Sproobo};
use crate::support::server::{Act, Request, Server};

/// Every scenario of the sandbox, with its exit code and something that it must say.
#[test]
fn every_rehearsed_end_has_its_code_and_its_words() {
    let ends = [
        ("success", 0, "succeeded"),
        ("fail", 1, "failed"),
        ("unhealthy", 1, "health"),
        ("slow", 4, "timed out"),
        ("superseded", 6, "superseded"),
        ("cancelled", 5, "cancelled"),
        ("unknown", 4, "--status-map"),
        ("flaky", 0, "succeeded"),
    ];
    let runs = ends.map(|(scenario, code, words)| {
        (
            Sproobo::new(["deploy", "demo", &format!("--sandbox={scenario}"), "--settle=1s"]).spawn(),
            scenario,
            code,
            words,
        )
    });
    for (run, scenario, code, words) in runs {
        let run = run.finish().expect(code).says(words);
        assert!(run.took.as_secs() < 20, "{scenario} took {:?}", run.took);
        assert!(
            run.printed().contains("nothing is deployed"),
            "{scenario} must say that it is a rehearsal"
        );
        if code != 0 {
            assert!(
                run.printed().contains("\n  next: ") && run.printed().contains("\n  known: deployment dep_demo"),
                "{scenario} must say what to do next: {}",
                run.printed()
            );
        }
    }
}

#[test]
fn a_sandbox_of_its_own_serves_other_processes() {
    let mut sandbox = Sproobo::new(["sandbox", "--listen", "127.0.0.1:0"]).spawn();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(sandbox.child().stdout.take().expect("stdout")));
    let mut variable = |name: &str| {
        let prefix = format!("export {name}=");
        lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.trim()
                    .strip_prefix(&prefix)
                    .map(|value| value.trim_matches('\'').to_owned())
            })
            .expect("the variable is printed")
    };
    let (url, key) = (variable("SPROOBO_API_URL"), variable("SPROOBO_API_KEY"));
    let run = |arguments: &[&str]| {
        let run = Sproobo::new(arguments)
            .env("SPROOBO_API_URL", &url)
            .env("SPROOBO_API_KEY", &key)
            .run();
        assert!(!run.printed().contains(&key), "the key leaked: {}", run.printed());
        run
    };
    run(&["deploy", "demo"]).expect(0).says("succeeded");
    run(&["deployments", "demo"]).expect(0);
    run(&["sites"]).expect(0).says("demo").says("worker");
    run(&["doctor", "--site", "demo"]).expect(0);
    // A rehearsal of one's own workflow names one's own site.
    run(&["deploy", "nowhere"]).expect(0).says("nowhere");
    run(&["rollback", "demo"]).expect(0);
    run(&["keys", "list"]).expect(0).says(&key[..12]);
    #[cfg(unix)]
    {
        sandbox.signal(nix::sys::signal::Signal::SIGTERM);
        sandbox.finish().expect(143);
    }
}

/// A reply of the default contract for a deployment of `demo`.
pub(super) fn deployment(status: &str) -> Value {
    json!({ "deployment": { "id": "d-1", "status": status, "health": "healthy", "url": "https://demo.example/" } })
}

pub(super) fn against(server: &Server, arguments: &[&str]) -> Sproobo {
    Sproobo::new(["deploy", "demo"].iter().chain(arguments))
        .key()
        .env("SPROOBO_API_URL", &server.url)
}

const TRIGGER: &str = "POST /sites/demo/deployments";

#[test]
fn the_request_carries_key_token_and_what_is_deployed() {
    let server = Server::start(|request: &Request| match request.method.as_str() {
        "POST" => Act::Json(201, deployment("queued")),
        _ => Act::Json(200, deployment("success")),
    });
    against(
        &server,
        &[
            "--commit",
            "abc1234",
            "--ref",
            "main",
            "--message",
            "hello",
            "--no-key-check",
        ],
    )
    .run()
    .expect(0);
    let trigger = server
        .requests()
        .into_iter()
        .find(|request| request.line() == TRIGGER)
        .expect("a trigger");
    assert_eq!(trigger.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(
        (&trigger.body["ref"], &trigger.body["commit"], &trigger.body["message"]),
        (&json!("main"), &json!("abc1234"), &json!("hello"))
    );
    assert_eq!(
        trigger.body["clientToken"],
        json!(trigger.header("idempotency-key").expect("a token"))
    );
}

#[test]
fn what_is_outside_the_contract_ends_with_9_and_names_the_way_out() {
    let answers = [
        Act::Html(200, "<html>login</html>"),
        Act::Html(404, "<html>nothing here</html>"),
        Act::Redirect("http://127.0.0.1:9/elsewhere".to_owned()),
        Act::Json(405, json!({"error": "method"})),
        Act::Json(200, json!({"ok": true})),
    ];
    for answer in answers {
        let shown = format!("{answer:?}");
        let server = Server::start(move |_| answer.clone());
        let run = against(&server, &["--no-key-check"])
            .run()
            .expect(9)
            .says("contract")
            .says("doctor");
        assert_eq!(server.count(TRIGGER), 1, "{shown}: {}", run.printed());
    }
}

#[test]
fn refusals_have_their_codes() {
    let replies = [
        (401, "unauthorized", 3),
        (403, "forbidden", 3),
        (403, "plan_limit_reached", 8),
        (402, "payment", 8),
        (404, "site_not_found", 8),
        (400, "bad_request", 8),
        (422, "invalid_ref", 8),
    ];
    for (status, code, exit) in replies {
        let server = Server::start(move |_| Act::Json(status, json!({"error": {"code": code, "message": "no"}})));
        against(&server, &["--no-key-check"])
            .run()
            .expect(exit)
            .says(&format!("HTTP {status}"));
        assert_eq!(server.count(TRIGGER), 1);
    }
}

#[test]
fn a_lost_reply_is_looked_up_and_never_sent_blindly_twice() {
    let mut token = Value::Null;
    let server = Server::start(move |request| {
        if request.method == "POST" {
            token = request.body["clientToken"].clone();
            return Act::Close;
        }
        let found = json!({"id": "d-1", "status": "success", "health": "healthy", "clientToken": token, "createdAt": "2026-01-01T00:00:00Z"});
        match request.path.contains('?') {
            true => Act::Json(
                200,
                json!({"deployments": [{"id": "d-2", "status": "success", "clientToken": "somebody else's"}, found]}),
            ),
            false => Act::Json(200, json!({"deployment": found})),
        }
    });
    against(&server, &["--no-key-check"]).run().expect(0).says("d-1");
    assert_eq!(server.count(TRIGGER), 1);
}

#[test]
fn a_drip_fed_or_hanging_trigger_ends_by_its_own_limit_and_is_not_repeated() {
    let runs = [Act::Drip, Act::Hang].map(|act| {
        let server = Server::start(move |request| match request.method.as_str() {
            "POST" => act.clone(),
            _ => Act::Json(200, json!({"deployments": []})),
        });
        let run = against(
            &server,
            &["--request-timeout=1s", "--max-unreachable=3s", "--no-key-check"],
        );
        (run.spawn(), server)
    });
    for (run, server) in runs {
        run.finish().expect(7).says("dashboard");
        assert_eq!(server.count(TRIGGER), 1, "it may have started: never a second one");
    }
}

#[test]
fn several_sites_have_a_verdict_each_and_the_smallest_code_wins() {
    let server = Server::start(|request| {
        let site = request.path.split('/').nth(2).unwrap_or_default().to_owned();
        let status = if request.method == "POST" {
            "queued"
        } else if site == "bad" {
            "failed"
        } else {
            "success"
        };
        Act::Json(
            200,
            json!({"deployment": {"id": format!("d-{site}"), "status": status}}),
        )
    });
    let run = Sproobo::new(["deploy", "good", "bad", "fine", "--no-key-check", "--output=json"])
        .key()
        .env("SPROOBO_API_URL", &server.url)
        .run()
        .expect(1);
    let result: Value = serde_json::from_str(run.stdout.lines().last().expect("a last line")).expect("JSON");
    assert_eq!(result["event"], "result");
    let ends: Vec<_> = result["sites"]
        .as_array()
        .expect("sites")
        .iter()
        .map(|site| (site["site"].clone(), site["exit_code"].clone()))
        .collect();
    assert_eq!(
        ends,
        [
            (json!("good"), json!(0)),
            (json!("bad"), json!(1)),
            (json!("fine"), json!(0))
        ]
    );
}

/// A default place that can't be written must not cost the deployment; one that was asked for must be there.
#[test]
fn a_state_file_that_can_not_be_written_stops_only_who_asked_for_it() {
    let server = Server::start(|_| Act::Json(200, deployment("success")));
    let run = against(&server, &["--no-key-check"])
        .env("GITLAB_CI", "true")
        .env("CI_PROJECT_DIR", "/nonexistent");
    let default = std::path::Path::new("/nonexistent").join(".sproobo-deploy.json");
    run.run().expect(0).says(&default.display().to_string());
    assert_eq!(server.count(TRIGGER), 1);
    against(&server, &["--no-key-check", "--state-file=/nonexistent/state"])
        .run()
        .expect(2)
        .says("/nonexistent/state");
    assert_eq!(
        server.count(TRIGGER),
        1,
        "nothing is sent that a later step could not find"
    );
}

/// Nothing is left to do, which is fine; that it failed is still how it ended.
#[test]
fn cancelling_what_has_failed_is_no_success_story() {
    let run = Sproobo::new(["cancel", "demo", "dep_demo_3", "--sandbox"])
        .run()
        .expect(0);
    assert!(run.stdout.contains("demo: failed in "), "{}", run.printed());
}

#[test]
fn doctor_finds_nothing_wrong_with_the_sandbox() {
    let run = Sproobo::new(["doctor", "--site", "demo", "--sandbox"]).run().expect(0);
    assert!(
        !run.stdout.contains("warning") && !run.stdout.contains("FAILED"),
        "{}",
        run.stdout
    );
}

/// A state file that was committed, or left by another job, must not be what a clean-up step acts on.
#[test]
fn what_another_run_left_in_the_state_file_is_not_acted_on() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    std::fs::write(&state, "a committed one").unwrap();
    let server = Server::start(|_| Act::Json(401, json!({"error": {"message": "no"}})));
    let named = format!("--state-file={}", state.display());
    against(&server, &["--no-key-check", &named]).run().expect(3);
    assert!(
        !std::fs::read_to_string(&state)
            .unwrap_or_default()
            .contains("committed")
    );
}
