//! What a run reads and what it asks may come late, or never: its limit in time counts meanwhile.

use std::ffi::OsStr;
#[cfg(target_os = "linux")]
use std::io::Write as _;
use std::path::Path;

use super::*;
use crate::support::cli::{KEY, NOWHERE};

/// A key that never comes, within `--timeout`.
#[test]
fn the_time_limit_counts_while_the_key_is_read() {
    let server = Server::start(|_| Act::Hang);
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("key");
    tools::pipe(&pipe);
    for source in ["-", pipe.to_str().unwrap()] {
        for command in [
            &["deploy", "demo", "--commit=4f5c1d2"][..],
            &["wait", "demo", "d-1"],
            &["rollback", "demo"],
        ] {
            let step = Step::new();
            let sproobo = Sproobo::new(command.iter().chain(&["--timeout=1s", "--api-key-file", source]))
                .stdin(Stdio::piped())
                .env("SPROOBO_API_URL", &server.url);
            let run = step.run(sproobo).run().expect(4);
            let run = run.says("reading the API key").says("nothing was started");
            assert!(run.took < Duration::from_secs(8), "{:?}", run.took);
            assert_eq!(step.ended(), ended("timed-out", "4"));
        }
    }
    assert!(server.requests().is_empty());
}

/// Commands without a limit of their own wait ten seconds for a pipe.
#[test]
fn a_key_that_never_comes_is_an_error_after_ten_seconds() {
    let run = Sproobo::new(["sites", "--api-key-file=-"]).stdin(Stdio::piped()).run();
    let run = run.expect(2).says("did not end within 10 s");
    assert!(run.took < Duration::from_secs(15), "{:?}", run.took);
}

#[test]
fn a_key_from_a_process_substitution_works() {
    let server = polled(|| Act::Json(200, deployment("success")));
    let script = format!(
        "{} deploy demo --no-key-check --api-key-file <(printf '%s\\n' {KEY})",
        env!("CARGO_BIN_EXE_sproobo-deploy")
    );
    let mut bash = std::process::Command::new("bash");
    bash.args(["-c", &script])
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("SPROOBO_API_URL", &server.url);
    let done = tools::run(&mut bash);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// A link to a file, as `/run/secrets` has them.
#[test]
fn a_key_behind_a_link_is_read() {
    let server = polled(|| Act::Json(200, deployment("success")));
    let folder = tempfile::tempdir().unwrap();
    let link = |name: &str| folder.path().join(name);
    std::fs::write(link("value"), KEY).unwrap();
    std::os::unix::fs::symlink(Path::new("value"), link("key")).unwrap();
    Sproobo::new(["deploy", "demo", "--no-key-check"])
        .env("SPROOBO_API_KEY_FILE", link("key"))
        .env("SPROOBO_API_URL", &server.url)
        .run()
        .expect(0);
}

#[test]
fn the_time_limit_counts_while_git_and_the_key_check_are_slow() {
    let server = Server::start(|_| Act::Hang);
    let step = Step::new();
    let path = step.program("git", "exec sleep 60");
    let slow_git = Sproobo::new(["deploy", "demo", "--timeout=1s"]).key().env("PATH", path);
    let run = step.run(slow_git).env("SPROOBO_API_URL", &server.url).run().expect(4);
    let run = run.says("git").says("nothing was started");
    assert!(run.took < Duration::from_secs(8), "{:?}", run.took);
    let checked = [
        "deploy",
        "demo",
        "--commit=4f5c1d2",
        "--timeout=1s",
        "--fail-on-stale-key",
    ];
    let run = Sproobo::new(checked).key().env("SPROOBO_API_URL", &server.url).run();
    let run = run.expect(4).says("key's age");
    assert!(run.took < Duration::from_secs(8), "{:?}", run.took);
    assert_eq!(server.count(TRIGGER), 0);
}

/// A state file that is a pipe nobody writes to holds up neither a signal nor the limit.
#[test]
fn a_state_file_that_never_comes_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("state");
    tools::pipe(&pipe);
    let from_state = format!("--from-state={}", pipe.display());
    let run = Sproobo::new(["wait", &from_state, "--timeout=1s"])
        .key()
        .run()
        .expect(4);
    let run = run.says("reading the state file");
    assert!(run.took < Duration::from_secs(8), "{:?}", run.took);
    for command in ["wait", "cancel", "status", "logs"] {
        let running = Sproobo::new([command, &from_state]).key().spawn();
        let _silent = tools::held_open(&pipe);
        running.signal(Signal::SIGTERM);
        running.finish().expect(143);
    }
}

#[test]
fn a_contract_or_a_ca_that_never_comes_is_an_error_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    tools::pipe(&pipe);
    for option in ["--contract", "--ca-cert"] {
        let arguments = ["deploy", "demo", "--timeout=1s", option];
        let run = Sproobo::new(arguments.map(OsStr::new).into_iter().chain([pipe.as_os_str()]))
            .key()
            .env("SPROOBO_API_URL", NOWHERE)
            .run()
            .expect(4);
        let run = run.says("reading the API key and the configuration; nothing was started");
        assert!(run.took < Duration::from_secs(8), "{:?}", run.took);
    }
}

/// What a key on stdin takes its time for counts once, and not again in what is left of the job.
#[cfg(target_os = "linux")]
#[test]
fn the_jobs_own_limit_is_counted_from_the_begin_alone() {
    let server = Server::start(|_| Act::Json(200, deployment("building")));
    let began = chrono::Utc::now();
    let mut running = Sproobo::new(["deploy", "demo", "--commit=4f5c1d2", "--no-wait", "--api-key-file=-"])
        .env("GITLAB_CI", "true")
        .env("CI_JOB_STARTED_AT", began.to_rfc3339())
        .env("CI_JOB_TIMEOUT", "85")
        .env("SPROOBO_API_URL", &server.url)
        .stdin(Stdio::piped())
        .spawn();
    while !handles_sigterm(running.child().id()) {
        std::thread::sleep(Duration::from_millis(1));
    }
    // It has begun, so this is the least that it can have seen left.
    let left = 55 - (chrono::Utc::now() - began).num_seconds() - 1;
    std::thread::sleep(Duration::from_secs(2));
    writeln!(running.child().stdin.take().unwrap(), "{KEY}").unwrap();
    let run = running.finish().expect(0).says("this run ends after");
    let printed = run.printed();
    let told = printed.split("this run ends after ").nth(1).unwrap();
    let told: i64 = told.split(" s").next().unwrap().parse().unwrap();
    assert!(told >= left, "{told} s of {left} s");
}
