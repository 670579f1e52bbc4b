//! Real signals to the real process, while it does each of the things that it does.
#![cfg(unix)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::cli::{Running, Sproobo};
use crate::support::demo::deployment;
use crate::support::server::{Act, Request, Server};
use crate::support::tools;

const TRIGGER: &str = "POST /sites/demo/deployments";
const CANCEL: &str = "POST /sites/demo/deployments/d-1/cancel";

/// A GitHub step: its files, and the process.
struct Step {
    folder: tempfile::TempDir,
    running: Running,
}

impl Step {
    fn start(server: &Server, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in ["output", "summary"] {
            std::fs::write(folder.path().join(file), "").unwrap();
        }
        let running = Sproobo::new(["deploy", "demo", "--no-key-check"].iter().chain(more))
            .key()
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_OUTPUT", folder.path().join("output"))
            .env("GITHUB_STEP_SUMMARY", folder.path().join("summary"))
            .env("RUNNER_TEMP", folder.path())
            .env("SPROOBO_API_URL", &server.url)
            .spawn();
        Self { folder, running }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Waits until the server has seen a request.
    fn after(self, server: &Server, line: &str) -> Self {
        server.wait_for(line);
        self
    }

    /// Sends the signal; gives what was printed and every file, after checking code and time.
    fn interrupt(self, signal: Signal, code: i32) -> String {
        let begun = Instant::now();
        self.running.signal(signal);
        let Self { folder, running } = self;
        let finished = running.finish().expect(code);
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "the runner would have killed us: {:?}",
            begun.elapsed()
        );
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
        let (outputs, summary, state) = (read("output"), read("summary"), read("sproobo-deploy.json"));
        assert!(
            outputs.contains("interrupted") && outputs.contains(&code.to_string()),
            "outputs:\n{outputs}"
        );
        assert!(!summary.is_empty(), "no summary");
        assert!(state.contains("interrupted"), "state:\n{state}");
        finished.printed()
    }
}

/// Answers everything politely; the deployment builds for ever.
fn building(request: &Request) -> Act {
    match request.line().as_str() {
        CANCEL => Act::Json(200, deployment("cancelled")),
        TRIGGER => Act::Json(201, deployment("queued")),
        "GET /sites/demo/deployments" => Act::Json(200, json!({"deployments": []})),
        _ => Act::Json(200, deployment("building")),
    }
}

#[test]
fn an_interrupt_while_waiting_cancels_our_deployment() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
        let server = Server::start(building);
        let printed = Step::start(&server, &[])
            .after(&server, "GET /sites/demo/deployments/d-1")
            .interrupt(signal, code);
        assert_eq!(server.count(CANCEL), 1);
        assert!(printed.contains("accepted our request to cancel"), "{printed}");
    }
}

#[test]
fn detach_leaves_the_deployment_alone() {
    let server = Server::start(building);
    let step = Step::start(&server, &["--on-interrupt=detach"]).after(&server, "GET /sites/demo/deployments/d-1");
    let state = step.file("sproobo-deploy.json");
    assert!(std::fs::read_to_string(state).unwrap().contains("detach"));
    let printed = step.interrupt(Signal::SIGTERM, 143);
    assert_eq!(server.count(CANCEL), 0);
    assert!(printed.contains("sproobo-deploy wait demo d-1"), "{printed}");
}

#[test]
fn a_hanging_poll_does_not_hold_the_interrupt_up() {
    let server = Server::start(|request| match request.line().as_str() {
        "GET /sites/demo/deployments/d-1" => Act::Hang,
        _ => building(request),
    });
    Step::start(&server, &[])
        .after(&server, "GET /sites/demo/deployments/d-1")
        .interrupt(Signal::SIGINT, 130);
    assert_eq!(server.count(CANCEL), 1);
}

#[test]
fn a_hanging_cancel_is_given_up_in_time() {
    let server = Server::start(|request| match request.line().as_str() {
        CANCEL => Act::Hang,
        _ => building(request),
    });
    let printed = Step::start(&server, &[])
        .after(&server, "GET /sites/demo/deployments/d-1")
        .interrupt(Signal::SIGINT, 130);
    assert!(
        printed.contains("could not be cancelled") && printed.contains("sproobo-deploy cancel demo d-1"),
        "{printed}"
    );
}

/// The trigger was received, but its reply is still out: the deployment is found by its token and cancelled.
#[test]
fn an_interrupt_during_the_trigger_finds_the_deployment_by_token() {
    let mut token = Value::Null;
    let server = Server::start(move |request| match request.line().as_str() {
        TRIGGER => {
            token = request.body["clientToken"].clone();
            Act::Hang
        }
        "GET /sites/demo/deployments" => {
            let newest = json!({"id": "d-9", "status": "building", "clientToken": "somebody else's"});
            Act::Json(
                200,
                json!({"deployments": [newest, {"id": "d-1", "status": "queued", "clientToken": token}]}),
            )
        }
        _ => building(request),
    });
    Step::start(&server, &[])
        .after(&server, TRIGGER)
        .interrupt(Signal::SIGINT, 130);
    assert_eq!(server.count(CANCEL), 1);
    assert_eq!(server.count("POST /sites/demo/deployments/d-9/cancel"), 0);
}

#[test]
fn a_trigger_that_is_not_found_may_still_start_and_that_is_said() {
    let server = Server::start(|request| match request.line().as_str() {
        TRIGGER => Act::Hang,
        _ => building(request),
    });
    let printed = Step::start(&server, &[])
        .after(&server, TRIGGER)
        .interrupt(Signal::SIGTERM, 143);
    assert!(printed.contains("may still start"), "{printed}");
}

/// Other commands never cancel.
#[test]
fn an_interrupted_wait_leaves_the_deployment_alone() {
    let server = Server::start(building);
    let running = Sproobo::new(["wait", "demo", "d-1"])
        .key()
        .env("SPROOBO_API_URL", &server.url)
        .spawn();
    server.wait_for("GET /sites/demo/deployments/d-1");
    running.signal(Signal::SIGINT);
    running.finish().expect(130);
    assert_eq!(server.count(CANCEL), 0);
}

/// A reader that went away (`| head -1`) must not end the run, nor change its code.
#[test]
fn a_broken_pipe_changes_nothing() {
    let server = Server::start(|request| match request.method.as_str() {
        "POST" => Act::Json(201, deployment("queued")),
        _ => Act::Json(200, deployment("success")),
    });
    let mut running = Sproobo::new(["deploy", "demo", "--no-key-check"])
        .key()
        .env("SPROOBO_API_URL", &server.url)
        .spawn();
    drop(running.child().stdout.take());
    drop(running.child().stderr.take());
    running.finish().expect(0);
}

/// Nobody reads our output any more, and the pipe is full: the cancel must not wait for the console.
#[test]
fn a_blocked_pipe_does_not_hold_the_interrupt_up() {
    let server = Server::start(building);
    let noise = "n".repeat(4000);
    let step = Step::start(&server, &["--message", &noise]).after(&server, "GET /sites/demo/deployments/d-1");
    let begun = Instant::now();
    step.running.signal(Signal::SIGINT);
    let Step { folder, mut running } = step;
    let status = loop {
        if let Some(status) = running.child().try_wait().unwrap() {
            break status;
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "hangs on its console");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(130));
    assert!(
        std::fs::read_to_string(folder.path().join("output"))
            .unwrap()
            .contains("interrupted")
    );
}

/// The last line of defence is the deadline of the runner: a hanging key check must not add its own grace to it.
#[test]
fn a_hanging_key_check_and_a_hanging_cancel_together_end_in_time() {
    let server = Server::start(|request| match request.line().as_str() {
        CANCEL | "GET /api-keys" => Act::Hang,
        _ => building(request),
    });
    let running = Sproobo::new(["deploy", "demo"])
        .key()
        .env("SPROOBO_API_URL", &server.url)
        .spawn();
    server.wait_for("GET /sites/demo/deployments/d-1");
    let begun = Instant::now();
    running.signal(Signal::SIGTERM);
    running.finish().expect(143);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn an_interrupt_during_the_key_check_before_the_trigger_starts_nothing() {
    let server = Server::start(|_| Act::Hang);
    let running = Sproobo::new(["deploy", "demo", "--fail-on-stale-key"])
        .key()
        .env("SPROOBO_API_URL", &server.url)
        .spawn();
    server.wait_for("GET /api-keys");
    let begun = Instant::now();
    running.signal(Signal::SIGINT);
    running.finish().expect(130).says("nothing was triggered");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(server.requests().len(), 1);
}

/// It is live by then: nothing to cancel, and nothing to deploy again.
#[test]
fn an_interrupt_during_the_proof_cancels_nothing() {
    let site = Server::start(|_| Act::Hang);
    let server = Server::start(|request| match request.line().as_str() {
        "GET /sites/demo/deployments/d-1" => Act::Json(200, deployment("success")),
        _ => building(request),
    });
    let running = Sproobo::new(["deploy", "demo", "--no-key-check", "--verify-url", &site.url])
        .key()
        .env("SPROOBO_API_URL", &server.url)
        .spawn();
    site.wait_for("GET /");
    running.signal(Signal::SIGTERM);
    let run = running.finish().expect(143).says("sproobo-deploy status demo d-1");
    assert!(!run.printed().contains("run this again to deploy"), "{}", run.printed());
    assert_eq!(server.count(CANCEL), 0);
}

/// Half a rollback is worse than a whole one: it goes on, and that is said with its id.
#[test]
fn an_interrupt_during_the_rollback_after_a_failure_says_that_it_goes_on() {
    let server = Server::start(|request| match request.line().as_str() {
        "GET /sites/demo/deployments/d-1" => Act::Json(200, deployment("failed")),
        "GET /sites/demo/deployments" => Act::Json(
            200,
            json!([{"id": "d-1", "status": "failed"}, {"id": "d-0", "status": "success"}]),
        ),
        "POST /sites/demo/deployments/d-0/rollback" => Act::Json(201, json!({"id": "d-2", "status": "queued"})),
        "GET /sites/demo/deployments/d-2" => Act::Json(200, json!({"id": "d-2", "status": "building"})),
        _ => building(request),
    });
    let running = Sproobo::new(["deploy", "demo", "--no-key-check", "--on-failure=rollback"])
        .key()
        .env("SPROOBO_API_URL", &server.url)
        .spawn();
    server.wait_for("GET /sites/demo/deployments/d-2");
    running.signal(Signal::SIGTERM);
    running
        .finish()
        .expect(143)
        .says("the rollback to d-0 by deployment d-2 goes on");
    assert!(
        server
            .requests()
            .iter()
            .all(|request| !request.path.ends_with("/cancel"))
    );
}

/// One at a time: what is under way is cancelled, what has not begun never begins, and each has its verdict.
#[test]
fn an_interrupt_ends_sites_that_wait_for_their_turn_too() {
    let server = Server::start(|request| match request.line().as_str() {
        "POST /sites/one/deployments" => Act::Json(201, deployment("queued")),
        "POST /sites/one/deployments/d-1/cancel" => Act::Json(200, json!({})),
        _ => Act::Json(200, deployment("building")),
    });
    let running = Sproobo::new([
        "deploy",
        "one",
        "two",
        "three",
        "--no-key-check",
        "--parallel=1",
        "--output=json",
    ])
    .key()
    .env("SPROOBO_API_URL", &server.url)
    .spawn();
    server.wait_for("GET /sites/one/deployments/d-1");
    running.signal(Signal::SIGINT);
    let run = running.finish().expect(130);
    let posts: Vec<_> = server
        .requests()
        .into_iter()
        .filter(|request| request.method == "POST")
        .collect();
    assert_eq!(posts.len(), 2, "{posts:?}");
    let last: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    let codes: Vec<_> = last["sites"]
        .as_array()
        .unwrap()
        .iter()
        .map(|site| site["exit_code"].as_u64())
        .collect();
    assert_eq!(codes, [Some(130); 3]);
}

#[test]
fn a_second_signal_ends_a_hanging_cancel_at_once() {
    let server = Server::start(|request| match request.line().as_str() {
        CANCEL => Act::Hang,
        _ => building(request),
    });
    let step = Step::start(&server, &[]).after(&server, "GET /sites/demo/deployments/d-1");
    step.running.signal(Signal::SIGINT);
    server.wait_for(CANCEL);
    // What comes at once is the same signal.
    std::thread::sleep(Duration::from_millis(150));
    let begun = Instant::now();
    let printed = step.interrupt(Signal::SIGINT, 130);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert!(printed.contains("second signal"), "{printed}");
}

/// A cancel that the contract does not offer is not advised again.
#[test]
fn an_interrupt_without_a_cancel_operation_points_to_the_dashboard() {
    let contract = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(contract.path(), r#"{"version": 1, "operations": {"cancel": null}}"#).unwrap();
    let server = Server::start(building);
    let file = format!("--contract={}", contract.path().display());
    let printed = Step::start(&server, &[&file])
        .after(&server, "GET /sites/demo/deployments/d-1")
        .interrupt(Signal::SIGTERM, 143);
    assert!(printed.contains("does not offer the operation `cancel`"), "{printed}");
    assert!(printed.contains("dashboard"), "{printed}");
}

/// A pipe that nobody writes to holds the key back.
#[test]
fn a_signal_while_the_key_is_read_is_told_as_every_end_is() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, outputs) = (folder.path().join("key"), folder.path().join("output"));
    tools::pipe(&pipe);
    std::fs::write(&outputs, "").unwrap();
    let running = Sproobo::new(["deploy", "demo", "--commit=4f5c1d2"])
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_OUTPUT", &outputs)
        .env("SPROOBO_API_KEY_FILE", &pipe)
        .spawn();
    let _silent = tools::held_open(&pipe);
    let begun = Instant::now();
    running.signal(Signal::SIGTERM);
    let run = running.finish().expect(143);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(run.printed().contains("run this again"), "{}", run.printed());
    let outputs = std::fs::read_to_string(&outputs).unwrap();
    assert!(outputs.contains("interrupted") && outputs.contains("143"), "{outputs}");
}
