//! `logs --follow`: a log while it is written, and whoever reads it.

use std::io::{BufRead as _, BufReader};

use serde_json::{Value, json};

use crate::support::cli::{Finished, KEY, Sproobo};
use crate::support::demo::{READ, command, deployment, explained, only_gets, without};
use crate::support::server::{Act, Request, Server};

const LOGS: &str = "GET /sites/demo/deployments/d-1/logs";

/// Shows one line more of the log each time, and the end after so many.
fn writing(most: usize, end: &'static str) -> Server {
    let mut written = 0;
    Server::start(move |request: &Request| match request.line().as_str() {
        LOGS => {
            written += 1;
            let lines: Vec<Value> = (1..=written)
                .map(|line| json!({ "text": format!("line {line} of {KEY}"), "time": "2026-01-02T03:04:05Z" }))
                .collect();
            Act::Json(200, json!({ "lines": lines }))
        }
        READ if written < most => Act::Json(200, deployment("building")),
        READ => Act::Json(200, deployment(end)),
        _ => Act::Json(500, json!({})),
    })
}

fn follow(server: &Server, more: &[&str]) -> Sproobo {
    let arguments: Vec<&str> = ["logs", "demo", "d-1", "--follow"]
        .iter()
        .chain(more)
        .copied()
        .collect();
    command(server, &arguments)
}

fn events(run: &Finished) -> Vec<Value> {
    let lines = run.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

#[test]
fn a_log_is_followed_to_the_end_of_its_deployment() {
    let server = writing(2, "failed");
    let run = follow(&server, &[]).run().expect(0);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines.len() >= 3, "{lines:?}");
    for (number, line) in (1..).zip(&lines) {
        assert!(line.starts_with(&format!("line {number} of ")), "{lines:?}");
    }
    assert!(!run.printed().contains(KEY));
    assert!(run.stderr.contains("d-1 has ended: failed"), "{}", run.stderr);
    assert!(only_gets(&server));
}

/// Where a program reads: every line once, how the deployment ended, and the run's end.
#[test]
fn as_json_a_log_is_events() {
    let server = writing(2, "failed");
    let run = follow(&server, &["--output=json"]).run().expect(0);
    assert_eq!(run.stderr, "");
    let events = events(&run);
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    let logs = names.iter().filter(|name| **name == "log").count();
    assert_eq!(names, [vec!["log"; logs], vec!["status", "result"]].concat());
    let lines: Vec<&Value> = events
        .iter()
        .filter_map(|event| event["lines"].as_array())
        .flatten()
        .collect();
    for (number, line) in (1..).zip(&lines) {
        assert!(
            line["text"]
                .as_str()
                .unwrap()
                .starts_with(&format!("line {number} of ")),
            "{line}"
        );
        assert_eq!(line["time"], "2026-01-02T03:04:05Z");
    }
    assert!(
        lines.len() >= 3
            && events
                .iter()
                .all(|event| event["event"] == "result" || event["site"] == "demo")
    );
    assert_eq!(events[logs]["deployment"]["word"], "failed");
    assert_eq!(events[logs + 1]["exit_code"], 0);
    assert!(!run.printed().contains(KEY));

    let sandbox = Sproobo::new(["logs", "demo", "--tail=1", "--output=json", "--sandbox"]);
    assert_eq!(self::events(&sandbox.run().expect(0))[1]["mode"], "sandbox");
    let once = command(&writing(2, "failed"), &["logs", "demo", "d-1", "--output=json"]);
    let events = self::events(&once.run().expect(0));
    assert_eq!((events.len(), &events[1]["event"]), (2, &json!("result")));
    let refused = command(
        &Server::always(Act::Json(403, json!({}))),
        &["logs", "demo", "d-1", "--output=json"],
    );
    let events = self::events(&refused.run().expect(3));
    assert_eq!((events.len(), &events[0]["exit_code"]), (1, &json!(3)));
}

#[test]
fn a_tail_is_followed_from_there() {
    let server = writing(3, "live");
    let run = command(&server, &["logs", "demo", "d-1", "-f", "--tail=0"])
        .run()
        .expect(0);
    assert!(run.stdout.starts_with("line 2 of "), "{}", run.stdout);
}

#[test]
fn a_log_of_a_deployment_that_goes_on_is_followed_for_so_long() {
    let server = writing(usize::MAX, "never");
    explained(follow(&server, &["--timeout=1s"]).run(), 4)
        .says("--timeout")
        .says("last status building");
}

/// Every page leads to another, so it is never known what is last.
#[test]
fn a_log_whose_pages_never_end_is_read_for_so_long() {
    for (more, least) in [(vec![], 1), (vec!["--tail=2"], 2), (vec!["--follow", "--tail=2"], 2)] {
        let mut pages = 0;
        let server = Server::start(move |request: &Request| {
            assert_eq!(request.line(), LOGS);
            pages += 1;
            Act::Json(
                200,
                json!({ "lines": [format!("line {pages}")], "cursor": pages.to_string() }),
            )
        });
        let arguments = [vec!["logs", "demo", "d-1", "--timeout=1s"], more].concat();
        let run = explained(command(&server, &arguments).run(), 4)
            .says("timed out after 1 s while reading the log, after its line ")
            .says("raise `--timeout` to read the rest; if its pages never end, correct `fields.logs.cursor`");
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert!(lines.len() >= least, "{lines:?}");
        // The last line that was shown is the one that is named.
        let last = lines[lines.len() - 1];
        assert!(
            run.stderr.contains(&format!("after its {last}\n")),
            "{last}: {}",
            run.stderr
        );
    }
}

/// `logs --follow | head`.
#[test]
fn a_reader_that_goes_away_ends_it() {
    let server = writing(usize::MAX, "never");
    let mut running = follow(&server, &[]).spawn();
    let stdout = running.child().stdout.take().unwrap();
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    assert!(line.starts_with("line 1 of "), "{line}");
    assert_eq!(running.finish().expect(0).stderr, "");
}

/// Nobody wants the rest of a long log any more.
#[test]
fn a_log_is_read_no_further_than_its_reader_goes() {
    let mut pages = 0;
    let server = Server::start(move |_: &Request| {
        pages += 1;
        let lines = vec!["x".repeat(1000); 200];
        Act::Json(200, json!({ "lines": lines, "cursor": pages.to_string() }))
    });
    let mut running = command(&server, &["logs", "demo", "d-1"]).spawn();
    let stdout = running.child().stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut String::new()).unwrap();
    running.finish().expect(0);
    assert!(server.requests().len() <= 3, "{}", server.requests().len());
}

#[cfg(unix)]
#[test]
fn what_stdout_does_not_take_ends_it() {
    let server = writing(usize::MAX, "never");
    let full = Sproobo::after("ulimit -f 0; trap '' XFSZ", ["logs", "demo", "d-1", "--follow"]);
    let full = full.key().env("SPROOBO_API_URL", &server.url);
    let run = full.stdout(tempfile::tempfile().unwrap()).run().expect(2);
    assert!(run.stderr.contains("could not be printed as a whole"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_following_also_while_nobody_reads() {
    use nix::sys::signal::Signal;
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let server = writing(usize::MAX, "never");
        let running = follow(&server, &[]).spawn();
        server.wait_for(LOGS);
        running.signal(signal);
        running.finish().expect(code);
        assert!(only_gets(&server));

        let long = Server::start(|request: &Request| match request.line().as_str() {
            LOGS => Act::Json(200, json!({ "lines": vec!["x".repeat(1000); 200] })),
            _ => Act::Json(200, deployment("building")),
        });
        let mut running = follow(&long, &[]).spawn();
        let unread = running.child().stdout.take();
        long.wait_for(LOGS);
        running.signal(signal);
        running.finish().expect(code);
        drop(unread);
    }
}

/// A key that two pages share, and one that two lines do: each half gives away enough to be hidden by itself.
#[test]
fn a_key_that_is_cut_stays_hidden() {
    let (head, rest) = KEY.split_at(24);
    let mut asked = 0;
    let server = Server::start(move |request: &Request| match request.line().as_str() {
        LOGS => {
            asked += 1;
            match asked {
                1 => Act::Json(200, json!({ "lines": [format!("a {head}")], "cursor": "2" })),
                _ => Act::Json(
                    200,
                    json!({ "lines": [format!("{rest} b"), format!("c {head}"), format!("{rest} d")] }),
                ),
            }
        }
        _ => Act::Json(200, deployment("success")),
    });
    for output in ["plain", "json"] {
        let run = follow(&server, &["--output", output]).run().expect(0);
        for piece in [&head[12..], &rest[..8], &rest[rest.len() - 8..]] {
            assert!(!run.printed().contains(piece), "{piece}: {}", run.printed());
        }
    }
}

#[test]
fn a_contract_without_logs_ends_following_at_once() {
    let file = without(&["logs"]);
    let server = writing(usize::MAX, "never");
    let run = follow(&server, &["--contract"]).arg(file.path()).run();
    explained(run, 2).says("does not offer the operation `logs`");
}

#[test]
fn a_deployment_that_is_not_there_is_said_to_be_none() {
    let missing = json!({ "error": { "code": "not_found", "message": "no such deployment" } });
    let server = Server::always(Act::Json(404, missing));
    for more in [&[][..], &["--tail=3"]] {
        explained(follow(&server, more).run(), 8)
            .says("could not learn whether the deployment goes on: HTTP 404: no such deployment")
            .says("check the deployment's id: `sproobo-deploy deployments demo` lists the newest");
    }
    assert_eq!(
        server
            .requests()
            .iter()
            .filter(|request| request.line() == READ)
            .count(),
        4
    );
}

#[test]
fn what_cannot_be_read_for_a_moment_is_told_and_tried_again() {
    let mut asked = 0;
    let server = Server::start(move |request: &Request| match request.line().as_str() {
        LOGS => {
            asked += 1;
            match asked {
                1 => Act::Json(500, json!({})),
                _ => Act::Json(200, json!({ "lines": ["one"] })),
            }
        }
        READ if asked < 2 => Act::Json(200, deployment("building")),
        _ => Act::Json(200, deployment("success")),
    });
    // What is there is read first, so that it is the log that is asked for first.
    let run = follow(&server, &["--tail=5"]).run().expect(0);
    assert_eq!(run.stdout, "one\n");
    assert!(run.stderr.contains("trying again"), "{}", run.stderr);
}
