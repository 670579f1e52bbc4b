//! The three platforms that `docs/contract.md` works through, each by its contract file alone: deploy, fail, cancel, roll
//! back, read the log. They answer as their makers describe their APIs in public.

use std::path::Path;

use serde_json::Value;
use sproobo_deploy::sproobo::Contract;

use crate::learn::platforms::{self, Ending, OLD_COMMIT, Running};
use crate::support::cli::{Finished, Sproobo};

struct Worked {
    file: &'static str,
    platform: &'static str,
    site: &'static str,
    vars: &'static str,
}

const ALL: [Worked; 3] = [
    Worked {
        file: "render",
        platform: "render",
        site: "srv-cukouhrtq21c73e9scng",
        vars: "",
    },
    Worked {
        file: "cloudflare-pages",
        platform: "cloudflare",
        site: "web",
        vars: "account=023e105f4ecef8ad9ca31a8372d0c353",
    },
    Worked {
        file: "digitalocean-apps",
        platform: "digitalocean",
        site: "4f6c71e2-1e90-4762-9fee-6cc4a0a9f2cf",
        vars: "",
    },
];

impl Worked {
    fn path(&self) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/contracts/{}.json", self.file))
    }

    fn contract(&self) -> Contract {
        let text = std::fs::read_to_string(self.path()).unwrap();
        Contract::parse(&text).unwrap_or_else(|problems| panic!("{}: {problems:?}", self.file))
    }

    fn run(&self, running: &Running, arguments: &[&str]) -> Finished {
        let base = self.contract().base_url().path().to_owned();
        Sproobo::new(arguments)
            .key()
            .env("SPROOBO_CONTRACT", self.path())
            .env("SPROOBO_API_URL", format!("{}{base}", running.server.url))
            .env("SPROOBO_VAR", self.vars)
            .run()
    }

    fn deploy(&self, running: &Running, more: &[&str]) -> Finished {
        let arguments: Vec<&str> = ["deploy", self.site, "--no-key-check", "--poll-interval=50ms"]
            .iter()
            .chain(more)
            .copied()
            .collect();
        self.run(running, &arguments)
    }
}

fn newest(running: &Running) -> String {
    running.store.lock().unwrap().newest().next().unwrap().id.clone()
}

#[test]
fn each_deploys_fails_and_shows_its_log() {
    for worked in &ALL {
        let running = platforms::start(worked.platform, 1);
        worked.deploy(&running, &[]).expect(0);
        if !worked.contract().document()["operations"]["logs"].is_null() {
            let id = newest(&running);
            worked
                .run(&running, &["logs", worked.site, &id])
                .expect(0)
                .says("Building 214 pages");
        }
        running.store.lock().unwrap().ending = Ending::Failure;
        worked.deploy(&running, &[]).expect(1);
        worked.run(&running, &["doctor", "--site", worked.site]).expect(0);
    }
}

#[test]
fn each_that_can_cancel_cancels_and_rolls_back_to_what_was_named() {
    for worked in &ALL {
        let running = platforms::start(worked.platform, 1);
        let oldest = running.store.lock().unwrap().all[0].id.clone();
        let back = ["rollback", worked.site, "--to", &oldest, "--poll-interval=50ms"];
        worked.run(&running, &back).expect(0);
        let commit = running.store.lock().unwrap().newest().next().unwrap().commit.clone();
        assert_eq!(commit, OLD_COMMIT, "{}", worked.file);
        if worked.contract().document()["operations"]["cancel"].is_null() {
            continue;
        }
        running.store.lock().unwrap().looks_each = 1000;
        worked.deploy(&running, &["--no-wait"]).expect(0);
        let id = newest(&running);
        worked.run(&running, &["cancel", worked.site, &id]).expect(0);
        worked.run(&running, &["status", worked.site, &id]).expect(5);
    }
}

/// What the files leave out is as assumed: they give every word of success themselves.
#[test]
fn none_inherits_a_word_of_success() {
    for worked in &ALL {
        let run = Sproobo::new(["contract", "check", worked.path().to_str().unwrap()])
            .run()
            .expect(0);
        assert!(!run.printed().contains("would count as a success"), "{}", run.printed());
        let document: Value = serde_json::from_str(&std::fs::read_to_string(worked.path()).unwrap()).unwrap();
        assert_eq!(document["$schema"], "../contract.schema.json");
    }
}
