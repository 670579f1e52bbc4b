//! What a command that only looks says when it can't, or is stopped: nobody asked it whether anything was triggered.

use serde_json::{Value, json};

use crate::support::cli::{Finished, Sproobo};
use crate::support::demo::{command, deployment, explained};
use crate::support::server::{Act, Request, Server};

const LOOKS: [&str; 8] = [
    "sites",
    "deployments demo",
    "open demo",
    "status demo",
    "status demo d-1",
    "logs demo d-1",
    "logs demo d-1 --follow",
    "keys list",
];

/// What is said in each form of output, on one line.
fn ends(server: &Server, line: &str, end: impl Fn(Sproobo) -> Finished) -> [String; 3] {
    let arguments: Vec<&str> = line.split(' ').collect();
    let text = end(command(server, &arguments));
    let github = end(command(server, &arguments).env("GITHUB_ACTIONS", "true"));
    let json = end(command(server, &arguments).env("SPROOBO_OUTPUT", "json"));
    let result: Value = serde_json::from_str(json.stdout.lines().last().unwrap()).unwrap();
    let error = &result["error"];
    [
        text.stderr.replace('\n', " "),
        github.stdout.lines().last().unwrap().to_owned(),
        format!("known: {} next: {}", error["known"], error["next"]),
    ]
}

#[test]
fn what_only_looks_speaks_of_what_it_looked_at() {
    for status in [403, 404, 429, 503] {
        let server = Server::always(Act::Json(status, json!({ "error": { "message": "no" } })));
        // Who follows bears with an API that fails for a while.
        for line in LOOKS
            .into_iter()
            .filter(|line| status == 403 || !line.contains("--follow"))
        {
            for said in ends(&server, line, Sproobo::run) {
                for not in [
                    "triggered",
                    "deploy this",
                    "--poll-interval",
                    "--parallel",
                    "last status",
                ] {
                    assert!(!said.contains(not), "{line}, {status}: {not:?} is in {said}");
                }
                let known = if line.contains("d-1") {
                    "deployment d-1 of demo, whose status was not seen"
                } else {
                    "this command only looks, so nothing was changed"
                };
                assert!(said.contains(known), "{line}, {status}: {said}");
            }
        }
        let doctor = command(&server, &["doctor", "--site=demo"]).run().printed();
        assert!(!doctor.contains("deploy this"), "{doctor}");
    }
}

#[test]
fn what_may_be_seen_is_another_right_than_to_deploy() {
    let server = Server::always(Act::Json(403, json!({})));
    for (line, path) in [
        ("sites", "(GET /sites)"),
        ("deployments demo", "(GET /sites/demo/deployments)"),
        ("keys list", "(GET /api-keys)"),
    ] {
        let run = command(&server, &line.split(' ').collect::<Vec<_>>()).run();
        explained(run, 3).says(&format!("may see this {path}"));
    }
}

/// Where nothing can be asked for, nothing is known of it either.
#[test]
fn what_only_looks_and_lacks_its_key_was_not_about_to_trigger() {
    for line in LOOKS {
        let run = explained(Sproobo::new(line.split(' ')).run(), 3);
        assert!(!run.printed().contains("triggered"), "{line}: {}", run.printed());
    }
    for line in ["status", "logs --tail=x", "sites --nope"] {
        let run = Sproobo::new(line.split(' ')).env("GITHUB_ACTIONS", "true");
        let run = run.run().expect(2).says("::error ");
        assert!(!run.printed().contains("triggered"), "{line}: {}", run.printed());
    }
}

#[test]
fn a_site_without_a_deployment_is_told_how_it_gets_one() {
    let server = Server::always(Act::Json(200, json!([])));
    for line in ["status demo", "logs demo"] {
        let run = command(&server, &line.split(' ').collect::<Vec<_>>()).run();
        explained(run, 8)
            .says("the site demo has no deployment yet")
            .says("`sproobo-deploy deploy demo`");
    }
}

#[test]
fn a_limit_on_requests_is_told_with_its_end() {
    for (header, says) in [
        ("retry-after: 7\r\n", "run this again in 7 s"),
        ("", "run this again in 1 min"),
    ] {
        let answer =
            format!("HTTP/1.1 429 Any\r\ncontent-type: application/json\r\n{header}content-length: 2\r\n\r\n{{}}");
        let server = Server::always(Act::Raw(answer));
        explained(command(&server, &["sites"]).run(), 7).says(says);
        command(&server, &["doctor"]).run().expect(7).says(says);
        // A proxy says it in its own words.
        let page = format!("HTTP/1.1 429 Any\r\ncontent-type: text/html\r\n{header}content-length: 0\r\n\r\n");
        let server = Server::always(Act::Raw(page));
        explained(command(&server, &["sites"]).run(), 7).says(says);
    }
}

/// It is where everything else sends people.
#[test]
fn doctor_does_not_send_to_doctor() {
    for status in [400, 409, 410, 418, 422] {
        let server = Server::always(Act::Json(status, json!({ "error": { "message": "no" } })));
        for line in ["doctor", "doctor --site=demo"] {
            let run = command(&server, &line.split(' ').collect::<Vec<_>>()).run();
            assert!(
                !run.printed().contains("run `sproobo-deploy doctor`"),
                "{}",
                run.printed()
            );
        }
    }
}

/// Whoever waits for a deployment, or cancels it, did not ask whether one was triggered either.
#[test]
fn what_acts_on_a_deployment_and_lacks_its_key_names_it() {
    for line in ["wait demo d-1", "cancel demo d-1"] {
        let run = explained(Sproobo::new(line.split(' ')).run(), 3);
        run.says("deployment d-1 of demo, whose status was not seen");
    }
}

/// The end of a deployment that another run started, and that is not found, is no reason to deploy once more.
#[test]
fn a_status_that_ended_badly_names_only_what_this_command_has() {
    for (word, code, says) in [
        ("cancelled", 5, "`sproobo-deploy deploy demo` deploys again"),
        ("superseded", 6, "`sproobo-deploy status demo`"),
    ] {
        let server = Server::always(Act::Json(200, deployment(word)));
        let run = explained(command(&server, &["status", "demo", "d-1"]).run(), code).says(says);
        for not in ["run this again", "--on-superseded"] {
            assert!(!run.printed().contains(not), "{}", run.printed());
        }
    }
}

#[cfg(unix)]
mod stopped {
    use nix::sys::signal::Signal;

    use super::*;
    use crate::support::demo::READ;

    fn going_on() -> Server {
        Server::start(|request: &Request| match request.line().as_str() {
            "GET /sites/demo/deployments/d-1/logs" => Act::Json(200, json!({ "lines": ["one"] })),
            READ => Act::Json(
                200,
                json!({ "id": "d-1", "status": "building", "dashboardUrl": "https://d.example/d-1" }),
            ),
            _ => Act::Hang,
        })
    }

    /// Stops a command when this was asked for so often.
    fn stopped(server: &Server, asked: &str, times: usize) -> impl Fn(Sproobo) -> Finished {
        move |command| {
            let before = server.count(asked);
            let running = command.spawn();
            server.wait_for_more(asked, before + times - 1);
            running.signal(Signal::SIGINT);
            running.finish().expect(130)
        }
    }

    /// A second look is sent when the first one is understood.
    #[test]
    fn a_log_that_is_followed_says_that_its_deployment_goes_on() {
        let server = going_on();
        for said in ends(&server, "logs demo d-1 --follow", stopped(&server, READ, 2)) {
            for says in [
                "deployment d-1 of demo, last status building, https://d.example/d-1",
                "the deployment goes on",
                "`sproobo-deploy status demo d-1` or at https://d.example/d-1",
                "`sproobo-deploy logs --follow demo d-1`",
            ] {
                assert!(said.contains(says), "{says:?} is not in {said}");
            }
        }
    }

    #[test]
    fn what_looks_once_says_that_nothing_was_changed() {
        let server = going_on();
        for (line, asked) in [
            ("sites", "GET /sites"),
            ("deployments demo", "GET /sites/demo/deployments"),
        ] {
            for said in ends(&server, line, stopped(&server, asked, 1)) {
                assert!(said.contains("so nothing was changed"), "{said}");
                assert!(said.contains("run this again whenever you like"), "{said}");
            }
        }
    }
}
