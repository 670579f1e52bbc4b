//! `doctor` against servers at their worst.

use serde_json::{Value, json};

use crate::support::cli::Sproobo;
use crate::support::demo::{LIST, command, only_gets, without};
use crate::support::server::{Act, Request, Server};
use crate::support::tools;

/// A pipe without a reader would hold up whoever opens it.
#[cfg(unix)]
#[test]
fn doctor_says_which_files_of_ci_can_not_be_written_and_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    tools::pipe(&pipe);
    let dotenv = folder.path().join("report.env");
    let run = Sproobo::new([
        "doctor",
        "--site=demo",
        "--sandbox",
        &format!("--dotenv={}", dotenv.display()),
    ])
    .env("GITHUB_ACTIONS", "true")
    .env("GITHUB_OUTPUT", folder.path().join("gone"))
    .env("GITHUB_STEP_SUMMARY", &pipe)
    .env("RUNNER_TEMP", folder.path())
    .run()
    .expect(2);
    run.says("gone can't be written: ").says("report.env can be written");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Every way in which the preflight fails: the code of the first check, with its fix, and nothing but GET.
#[test]
fn doctor_names_the_first_failure_and_its_fix() {
    let refusal = |status| Act::Json(status, json!({"error": {"message": "no"}}));
    let odd = json!([{"id": "d-1", "status": "on hold"}]);
    for (site, list, code, words) in [
        (Act::Html(200, "<p>"), refusal(500), 9, "contract show"),
        (Act::Redirect("/login".to_owned()), refusal(500), 9, "redirect"),
        (refusal(401), refusal(500), 3, "keys check"),
        (refusal(403), refusal(500), 3, "may see this (GET /sites/demo)"),
        (refusal(402), refusal(500), 8, "server's owner"),
        (refusal(404), refusal(500), 9, "the base URL or every path is wrong"),
        (refusal(404), Act::Json(200, json!([])), 8, "`sproobo-deploy sites`"),
        (refusal(503), refusal(500), 7, "trouble"),
        (Act::Close, refusal(500), 7, "connection"),
        (
            Act::Json(200, json!({"id": "demo"})),
            Act::Html(404, "<p>"),
            9,
            "contract show",
        ),
        (Act::Json(200, json!({"id": "demo"})), refusal(500), 7, "trouble"),
        (
            Act::Json(200, json!({"id": "demo"})),
            Act::Json(200, odd),
            9,
            "--status-map",
        ),
        (
            Act::Json(200, json!({"id": "demo"})),
            Act::Json(200, json!([])),
            0,
            "after the first one",
        ),
    ] {
        let server = Server::start(move |request: &Request| match request.line().as_str() {
            "GET /sites/demo" => site.clone(),
            _ => list.clone(),
        });
        let run = command(&server, &["doctor", "--site=demo"])
            .run()
            .expect(code)
            .says(words);
        assert!(only_gets(&server));
        assert!(!run.printed().contains("panicked"));
    }
    let nobody = Sproobo::new(["doctor"])
        .key()
        .env("SPROOBO_API_URL", "http://127.0.0.1:1");
    let nobody = nobody.run().expect(7).says("connection").says("--api-url");
    assert!(
        !nobody.printed().contains("sproobo-deploy doctor"),
        "it sends people to itself"
    );
    Sproobo::new(["doctor"]).run().expect(3).says("no API key is set");
    Sproobo::new(["doctor", "--api-url=http://sproobo.example"])
        .key()
        .run()
        .expect(2);
}

/// What is not offered can't be checked, but a deploy works without it.
#[test]
fn doctor_copes_with_a_contract_that_offers_little() {
    let server = Server::start(|request: &Request| match request.line().as_str() {
        LIST => Act::Json(200, json!([{"id": "d-1", "status": "success"}])),
        _ => Act::Json(404, Value::Null),
    });
    let run = |operations: &[&str], site: &[&str]| {
        let contract = without(operations);
        let file = format!("--contract={}", contract.path().display());
        let arguments: Vec<&str> = ["doctor", file.as_str()].iter().chain(site).copied().collect();
        command(&server, &arguments).run()
    };
    run(&["site", "sites"], &["--site=demo"])
        .expect(0)
        .says("demo is visible");
    let nothing = run(&["site", "sites", "deployments"], &["--site=demo"]).expect(0);
    let nothing = nothing.says("does not offer the operation `site`");
    assert!(
        !nothing.printed().contains("JSON, as the contract says"),
        "{}",
        nothing.printed()
    );
    run(&["sites"], &[])
        .expect(0)
        .says("does not offer the operation `sites`");
    let refusing = Server::start(|_| Act::Json(401, Value::Null));
    let contract = without(&["site"]);
    let file = format!("--contract={}", contract.path().display());
    command(&refusing, &["doctor", "--site=demo", &file]).run().expect(3);
    assert!(only_gets(&server) && only_gets(&refusing));
}

#[cfg(unix)]
#[test]
fn doctor_warns_of_a_key_file_that_others_may_read_or_that_lies_in_a_work_tree() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let repository = folder.path().join("shop");
    std::fs::create_dir(&repository).unwrap();
    tools::git(&repository, &["init", "-q"]);
    let doctor = |file: &std::path::Path, mode: u32| {
        std::fs::write(file, crate::support::cli::KEY).unwrap();
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
        Sproobo::new([
            "doctor",
            "--sandbox",
            "--site=demo",
            "--api-key-file",
            file.to_str().unwrap(),
        ])
        .run()
        .expect(0)
    };
    let outside = folder.path().join("key");
    doctor(&outside, 0o600).says("is its owner's alone, and in no work tree");
    doctor(&outside, 0o640).says("can be read by other users");
    doctor(&outside, 0o604).says("chmod 600");
    doctor(&repository.join(".key"), 0o600).says("lies in the work tree of a git repository");
    let link = repository.join("link");
    std::os::unix::fs::symlink(&outside, &link).unwrap();
    let run = doctor(&link, 0o600).says("in no work tree");
    assert!(!run.printed().contains(crate::support::cli::KEY));
}

/// IPv6's way to write an address of IPv4 is no name for this machine, so a proxy is asked.
#[test]
fn doctor_names_the_proxy_that_will_be_used() {
    let server = Server::always(Act::Close);
    let port = server.address.port();
    for (no_proxy, says) in [
        ("", "HTTPS_PROXY names proxy.invalid"),
        ("example.com, 10.0.0.0/8", "HTTPS_PROXY names proxy.invalid"),
        (
            "example.com,::ffff:127.0.0.1",
            "none: NO_PROXY excepts the API's host from HTTPS_PROXY",
        ),
        ("*", "HTTPS_PROXY names proxy.invalid"),
        (
            "::ffff:0:0/96",
            "none: NO_PROXY excepts the API's host from HTTPS_PROXY",
        ),
    ] {
        Sproobo::new(["doctor", &format!("--api-url=https://[::ffff:127.0.0.1]:{port}")])
            .env("SPROOBO_API_KEY", crate::support::cli::KEY)
            .env("HTTPS_PROXY", "http://proxy.invalid:1")
            .env("NO_PROXY", no_proxy)
            .run()
            .says(says);
    }
}
