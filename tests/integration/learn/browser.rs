//! Makes the recordings of `tests/recordings/` with a real browser, and deploys with what is learned from them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::learn::deploying::CASES;
use crate::learn::platforms::{self, Ending, Running};
use crate::support::cli::Sproobo;

/// Each recording: its platform, how its deployments end, what is pressed.
const RECORDINGS: [(&str, &str, Ending, &str); 20] = [
    ("cloudflare", "success", Ending::Success, "deploy"),
    ("cloudflare", "failure", Ending::Failure, "deploy"),
    ("cloudflare", "rollback", Ending::Success, "rollback"),
    ("coolify", "success", Ending::Success, "deploy"),
    ("coolify", "failure", Ending::Failure, "deploy"),
    ("coolify", "cancel", Ending::Success, "cancel"),
    ("digitalocean", "success", Ending::Success, "deploy"),
    ("digitalocean", "cancel", Ending::Success, "cancel"),
    ("netlify", "success", Ending::Success, "deploy"),
    ("netlify", "failure", Ending::Failure, "deploy"),
    ("railway", "success", Ending::Success, "deploy"),
    ("railway", "cancel", Ending::Success, "cancel"),
    ("render", "success", Ending::Success, "deploy"),
    ("render", "failure", Ending::Failure, "deploy"),
    ("render", "cancel", Ending::Success, "cancel"),
    ("render", "rollback", Ending::Success, "rollback"),
    ("servers", "success", Ending::Success, "deploy"),
    ("servers", "failure", Ending::Failure, "deploy"),
    ("servers", "cancel", Ending::Success, "cancel"),
    ("vercel", "success", Ending::Success, "deploy"),
];

/// Run by `tests/e2e/learn.py`, which has the browser. `RECORD_TOOLS` is a folder with playwright-core in its
/// `node_modules`, `RECORD_OUT` where the recordings go; `RECORD_ONLY` names one platform.
#[test]
#[ignore = "needs a browser: tests/e2e/learn.py runs it"]
fn a_dashboard_is_recorded_learned_and_deployed_to() {
    let folder = |name: &str| PathBuf::from(std::env::var(name).unwrap());
    let (tools, out) = (folder("RECORD_TOOLS"), folder("RECORD_OUT"));
    let only = std::env::var("RECORD_ONLY").ok();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/record.mjs");
    let mut files: Vec<PathBuf> = Vec::new();
    let mut running: Option<(&str, platforms::Running)> = None;
    for (platform, kind, ending, action) in RECORDINGS {
        if only.as_ref().is_some_and(|only| only != platform) {
            continue;
        }
        // All recordings of a platform are of one address.
        let (_, running) = match running.take() {
            Some(same) if same.0 == platform => running.insert(same),
            _ => running.insert((platform, platforms::start(platform, 2))),
        };
        {
            let mut store = running.store.lock().unwrap();
            store.ending = ending;
            // A person needs a moment to press Cancel.
            store.looks_each = if action == "cancel" { 12 } else { 2 };
        }
        let file = out.join(format!("{platform}-{kind}.har"));
        let recorded = Command::new("node")
            .arg(&script)
            .arg(&tools)
            .args([&running.server.url, action])
            .arg(&file)
            .status()
            .unwrap();
        assert!(recorded.success(), "{platform}-{kind} could not be recorded");
        files.push(file);
        if RECORDINGS
            .iter()
            .rfind(|(other, ..)| *other == platform)
            .is_some_and(|last| last.1 == kind)
        {
            deploy_with_what_is_learned(platform, &std::mem::take(&mut files), running);
        }
    }
}

/// As a person would, with the binary: learn, check, and deploy with it.
fn deploy_with_what_is_learned(platform: &str, recordings: &[PathBuf], running: &Running) {
    let learned = Sproobo::new(["contract", "learn"].map(Into::into).iter().chain(recordings))
        .run()
        .expect(0);
    let contract = recordings[0].with_extension("json");
    let Some(case) = CASES.iter().find(|case| case.platform == platform) else {
        return;
    };
    std::fs::write(&contract, &learned.stdout).unwrap();
    let contract = contract.to_str().unwrap();
    Sproobo::new(["contract", "check", contract]).run().expect(0);
    {
        let mut store = running.store.lock().unwrap();
        store.ending = Ending::Success;
        store.looks_each = 1;
    }
    let mut arguments = vec![
        "deploy".to_owned(),
        case.site.to_owned(),
        format!("--contract={contract}"),
    ];
    arguments.extend(case.own.iter().map(|(name, value)| format!("--var={name}={value}")));
    arguments.push(format!("--commit={}", platforms::COMMIT));
    Sproobo::new(&arguments).key().run().expect(0).says("succeeded");
}
