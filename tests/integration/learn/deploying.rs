//! A contract that was learned from a browser's recording, put to work: against the platform that was recorded, it
//! deploys, tells a failure, cancels, rolls back, and reads what else it learned.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use sproobo_deploy::model::{ClientToken, EarlyExit, StatusClass, TimeLimit};
use sproobo_deploy::sproobo::{Client, Contract, Operation};

use crate::learn::platforms::{self, Ending, Running};
use crate::learn::recordings::{ALL, learned};
use crate::support::fake_platform::request;
use crate::support::simulation::{client, eager, simulate_site};

/// A recorded platform: its name, its site, and what its user gives with `--var`.
pub(crate) struct Case {
    pub(crate) platform: &'static str,
    pub(crate) site: &'static str,
    pub(crate) own: &'static [(&'static str, &'static str)],
}

pub(crate) const CASES: [Case; 8] = [
    Case {
        platform: "cloudflare",
        site: "web",
        own: &[("account", "023e105f4ecef8ad9ca31a8372d0c353")],
    },
    Case {
        platform: "digitalocean",
        site: "4f6c71e2-1e90-4762-9fee-6cc4a0a9f2cf",
        own: &[("type", "BUILD")],
    },
    Case {
        platform: "railway",
        site: "9f1a3c5e-7b2d-4f60-8a91-c3d5e7f90b12",
        own: &[
            ("environment", "b8d2f4a6-1c3e-4a5b-9d7f-e1f3a5b7c9d0"),
            ("project", "1c0ffee5-90ab-4cde-8f12-3456789abcde"),
        ],
    },
    Case {
        platform: "coolify",
        site: "vgsco4o8ws0kkc4gk4os0wow",
        own: &[],
    },
    Case {
        platform: "netlify",
        site: "0d3a9d2f-ef94-4380-93df-27ee400e2048",
        own: &[],
    },
    Case {
        platform: "render",
        site: "srv-cukouhrtq21c73e9scng",
        own: &[("clear_cache", "do_not_clear")],
    },
    Case {
        platform: "servers",
        site: "33105",
        own: &[("project", "52001"), ("server", "7104")],
    },
    Case {
        platform: "vercel",
        site: "prj_12HKQaOmR5t5Uy6vdcQsNIiZgHGB",
        own: &[
            ("team", "team_nUk7Lz0aBcDeFgHiJkLm"),
            ("name", "web"),
            ("target", "production"),
            ("type", "github"),
            ("repo", "123456789"),
        ],
    },
];

/// The learned contract, pointed at a platform that runs.
fn contract(case: &Case, running: &Running) -> Contract {
    let names = ALL.iter().find(|names| names[0].starts_with(case.platform)).unwrap();
    let mut document = learned(names).contract;
    if case.platform == "servers" {
        // What a recording with a cookie can't show, and its report says so.
        document["auth"] = serde_json::json!({ "header": "X-Api-Key", "value": "{key}" });
    }
    let base = url::Url::parse(document["base_url"].as_str().unwrap()).unwrap();
    let api_url = format!("{}{}", running.server.url, base.path().trim_end_matches('/'));
    let contract =
        Contract::parse(&document.to_string()).unwrap_or_else(|problems| panic!("{}: {problems:?}", case.platform));
    contract.with_api_url(Some(&api_url)).unwrap()
}

fn connect(case: &Case, running: &Running) -> Client {
    let own: BTreeMap<String, String> = case
        .own
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let contract = contract(case, running);
    assert_eq!(contract.missing_vars(&own), [""; 0], "{}", case.platform);
    client(contract, own)
}

#[tokio::test(start_paused = true)]
async fn it_deploys_and_tells_success_from_failure() {
    for case in &CASES {
        let running = platforms::start(case.platform, 2);
        let client = connect(case, &running);
        let done = simulate_site(case.site, client.clone(), eager).await;
        assert_eq!(done.code, 0, "{}: {}", case.platform, done.printed());
        running.store.lock().unwrap().ending = Ending::Failure;
        let done = simulate_site(case.site, client, eager).await;
        assert_eq!(done.code, 1, "{}: {}", case.platform, done.printed());
        assert_eq!(
            running.store.lock().unwrap().all.len(),
            4,
            "{}: two were there, two are ours",
            case.platform
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_out_that_cancels_stops_the_platforms_own_deployment() {
    for case in &CASES {
        let running = platforms::start(case.platform, 1000);
        let client = connect(case, &running);
        if !client.offers(Operation::Cancel) {
            continue;
        }
        let done = simulate_site(case.site, client, |options| {
            options.watch.limit = TimeLimit::Timeout(Duration::from_secs(30));
            options.on_timeout = EarlyExit::Cancel;
        });
        let done = done.await;
        assert_eq!(done.code, 4, "{}: {}", case.platform, done.printed());
        let store = running.store.lock().unwrap();
        assert!(
            store.newest().next().unwrap().is_over(),
            "{}: {}",
            case.platform,
            done.printed()
        );
    }
}

#[tokio::test]
async fn everything_that_it_learned_can_be_asked_for() {
    for case in &CASES {
        let running = platforms::start(case.platform, 50);
        let client = connect(case, &running);
        let request = request(case.site);
        let started = client.trigger(&request).await.unwrap();
        let shown = client.deployment(&request.site, &started.id).await.unwrap();
        assert_eq!(
            (&shown.id, shown.status),
            (&started.id, StatusClass::Running),
            "{}",
            case.platform
        );
        let list = client.deployments(&request.site, 10).await.unwrap();
        assert_eq!(
            (list.len(), &list[0].id),
            (3, &started.id),
            "{}: {list:?}",
            case.platform
        );
        let fields = &client.contract().document()["fields"]["deployment"];
        if fields["commit"] != serde_json::json!([]) {
            assert_eq!(list[0].commit, request.commit, "{}", case.platform);
        }
        if client.offers(Operation::Logs) {
            let page = client.logs(&request.site, &started.id, None).await.unwrap();
            assert_eq!(page.lines[0].text, "Cloning the repository", "{}", case.platform);
        }
        if client.offers(Operation::Sites) {
            assert_eq!(
                client.sites().await.unwrap()[0].id.as_str(),
                case.site,
                "{}",
                case.platform
            );
        }
        if client.offers(Operation::Site) {
            assert_eq!(
                client.site(&request.site).await.unwrap().id.as_str(),
                case.site,
                "{}",
                case.platform
            );
        }
        if client.offers(Operation::Cancel) {
            client.cancel(&request.site, &started.id).await.unwrap();
            let shown = client.deployment(&request.site, &started.id).await.unwrap();
            assert_eq!(
                shown.status,
                StatusClass::Cancelled,
                "{}: {}",
                case.platform,
                shown.word
            );
        }
        if client.offers(Operation::Rollback) {
            let token = ClientToken("token-of-a-rollback".to_owned());
            let back = client
                .rollback(&request.site, &list[2].id, list[2].commit.as_deref(), &token)
                .await
                .unwrap();
            assert!(list.iter().all(|known| known.id != back.id), "{}", case.platform);
            let back = client.deployment(&request.site, &back.id).await.unwrap();
            assert_eq!(back.commit, list[2].commit, "{}", case.platform);
        }
    }
}

#[test]
fn every_learned_contract_passes_the_check() {
    for names in ALL {
        let document: Value = learned(names).contract;
        let checked = Contract::parse(&document.to_string());
        assert!(checked.is_ok(), "{names:?}: {:?}", checked.err());
    }
}
