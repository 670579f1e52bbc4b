//! The campaign on the built binary: fewer runs, with real sockets, signals, `kill -9`, and files.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::json;
use sproobo_deploy::deploy::{OnConflict, OnFailure};
use sproobo_deploy::model::EarlyExit;
use sproobo_deploy::state::RunState;
use sproobo_deploy::watch::OnSuperseded;

use super::oracle::judge;
use super::plan::{Plan, Then, Tokens};
use super::rules::{Figures, all_happened, seeds};
use super::seen::Seen;
use super::simulate::world;
use crate::support::cli::{Finished, Running, Sproobo};
use crate::support::demo::contract;
use crate::support::fake_platform::{COMMIT, FakePlatform, Op, over_http};
use crate::support::server::Server;

/// How many processes run at a time: they wait more than they work.
const AT_A_TIME: u64 = 12;

/// One run, with its server and its files.
struct Step<'a> {
    plan: &'a Plan,
    server: &'a Server,
    platform: &'a FakePlatform,
    folder: &'a Path,
}

impl Step<'_> {
    /// The binary as a step on GitHub, in plain words.
    fn start(&self, command: &str, output: &str, more: &[String]) -> Running {
        let contract = contract(match self.plan.tokens {
            Tokens::Hidden => json!({ "fields": { "deployment": { "client_token": [] } } }),
            Tokens::Shown | Tokens::Null => json!({}),
        });
        let contract = contract.persist(self.folder.join("contract.json")).map(|_| ()).ok();
        assert!(contract.is_some(), "the contract is there");
        let path = |name: &str| self.folder.join(name);
        std::fs::write(path(output), "").unwrap();
        Sproobo::new([command.to_owned(), "--output=plain".to_owned()].iter().chain(more))
            .key()
            .env("SPROOBO_API_URL", &self.server.url)
            .env("SPROOBO_CONTRACT", path("contract.json"))
            .env("SPROOBO_REQUEST_TIMEOUT", "1s")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_OUTPUT", path(output))
            .env("RUNNER_TEMP", self.folder)
            .current_dir(self.folder)
            .spawn()
    }

    fn deploy(&self) -> Running {
        let Plan {
            limit, max_unreachable, ..
        } = self.plan;
        let early = |exit: EarlyExit| match exit {
            EarlyExit::Detach => "detach",
            EarlyExit::Cancel => "cancel",
        };
        let mut more = vec![
            "shop".to_owned(),
            "--no-key-check".to_owned(),
            "--poll-interval=200ms".to_owned(),
            "--settle=500ms".to_owned(),
            "--idempotency-key=token-of-shop".to_owned(),
            format!("--commit={COMMIT}"),
            format!("--timeout={}s", limit.as_secs()),
            format!("--max-unreachable={}s", max_unreachable.as_secs()),
            format!("--on-timeout={}", early(self.plan.on_timeout)),
            format!("--on-interrupt={}", early(self.plan.on_interrupt)),
        ];
        if !self.plan.wait {
            more.push("--no-wait".to_owned());
        }
        if self.plan.on_conflict == OnConflict::Fail {
            more.push("--on-conflict=fail".to_owned());
        }
        if self.plan.on_failure == OnFailure::Rollback {
            more.push("--on-failure=rollback".to_owned());
        }
        if self.plan.on_superseded == OnSuperseded::Succeed {
            more.push("--on-superseded=succeed".to_owned());
        }
        self.start("deploy", "output", &more)
    }

    /// Waits until it talks, and then as long; nothing once it is over.
    fn after(&self, running: &mut Running, at: Duration) -> Option<()> {
        while self.server.requests().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
            if running.child().try_wait().unwrap().is_some() {
                return None;
            }
        }
        std::thread::sleep(at);
        running.child().try_wait().unwrap().is_none().then_some(())
    }

    fn next_step(&self, then: Then) -> Running {
        let from = format!("--from-state={}", self.folder.join("sproobo-deploy.json").display());
        match then {
            Then::Cancel => self.start("cancel", "next", &[from]),
            Then::Wait => {
                let limit = format!("--timeout={}s", self.plan.limit.as_secs());
                let patience = format!("--max-unreachable={}s", self.plan.max_unreachable.as_secs());
                self.start(
                    "wait",
                    "next",
                    &[from, limit, patience, "--poll-interval=200ms".to_owned()],
                )
            }
        }
    }

    fn seen(&self, began: Duration, finished: &Finished, output: &str) -> Seen {
        let ended = self.platform.elapsed();
        let outputs = outputs(&self.folder.join(output));
        let value = |name: &str| outputs.get(name).cloned().unwrap_or_default();
        let printed = finished.printed();
        let state = RunState::read(&self.folder.join("sproobo-deploy.json")).unwrap();
        Seen {
            began,
            ended,
            // How busy the machine is decides nothing.
            slack: Duration::from_secs(10),
            code: u8::try_from(finished.code).ok(),
            status: value("status"),
            deployment: value("deployment-id").parse().ok(),
            by_commit: printed.contains("is the only new deployment of this commit"),
            text: printed,
            outputs,
            calls: self.platform.calls(),
            states: state.map(|state| state.sites).unwrap_or_default(),
            ..Seen::default()
        }
    }
}

/// The last value of each output.
fn outputs(file: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines = text.lines();
    let mut outputs = BTreeMap::new();
    while let Some(line) = lines.next() {
        let (name, end) = line.split_once("<<").expect("a name and its delimiter");
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        outputs.insert(name.to_owned(), value.join("\n"));
    }
    outputs
}

/// Runs the plan and counts it; what went wrong, if something did.
fn run(mut plan: Plan, figures: &Mutex<Figures>) -> Option<String> {
    let platform = world(&plan).platform;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sproobo-deploy.json");
    let server = over_http::serve(&platform, move |platform, token| {
        // Recorded before it is sent.
        if std::fs::read_to_string(&state).is_ok_and(|state| state.contains(&token.to_string())) {
            platform.note(Op::Record);
        }
    });
    let step = Step {
        plan: &plan.clone(),
        server: &server,
        platform: &platform,
        folder: folder.path(),
    };
    let mut running = step.deploy();
    if let Some(at) = plan.signal {
        plan.signal = step.after(&mut running, at).map(|()| {
            let now = platform.elapsed();
            running.signal(Signal::SIGTERM);
            now
        });
    }
    let seen = if let Some((at, then)) = plan.killed
        && step.after(&mut running, at).is_some()
    {
        running.signal(Signal::SIGKILL);
        running.finish();
        let began = platform.elapsed();
        let finished = step.next_step(then).finish();
        step.seen(began, &finished, "next")
    } else {
        let finished = running.finish();
        step.seen(Duration::ZERO, &finished, "output")
    };
    figures.lock().unwrap().count(&seen, &platform);
    let (check, why) = judge(&plan, &seen, &platform).err()?;
    let truth: Vec<String> = platform
        .truth(seen.ended)
        .iter()
        .map(|truth| {
            format!(
                "  {} {} from {:?}",
                truth.deployment.id, truth.deployment.word, truth.created
            )
        })
        .collect();
    Some(format!(
        "CAMPAIGN_SEED={}: not \"{check}\": {why}\n{plan:?}\n{:?}\n{}\nended at {:?} with {:?}, state {:?}\n{}\n",
        plan.seed,
        seen.calls,
        truth.join("\n"),
        seen.ended,
        seen.code,
        seen.states,
        seen.text
    ))
}

#[test]
fn the_built_binary_keeps_the_promises() {
    let range = seeds(20_000..20_060);
    let next = AtomicU64::new(range.start);
    let figures = Mutex::default();
    let work = || {
        let mut stories = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= range.end {
                return stories;
            }
            stories.extend(run(Plan::brisk(seed), &figures));
        }
    };
    let stories: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
        let stories = threads.into_iter().flat_map(|thread| thread.join().unwrap());
        stories.collect()
    });
    let figures = figures.into_inner().unwrap();
    println!("the binary: {figures:?}");
    assert!(stories.is_empty(), "{}", stories.join("\n"));
    all_happened(&figures, &[0, 7, 143], &[]);
}
