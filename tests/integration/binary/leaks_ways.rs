//! The ways out of the process that are no report: children, mistyped options, proxies, stray input.

use serde_json::json;

use crate::support::cli::{Finished, KEY, NOWHERE, Sproobo};
use crate::support::runner;
use crate::support::server::{Act, Server};
use crate::support::tools;

const TOKEN: &str = "ghs_T0kenOfTheJob0123456789abcdefABCDEF";

#[track_caller]
fn assert_absent(text: &str, secret: &str) {
    // Any eight characters in a row are too many.
    for at in 0..=secret.len() - 8 {
        let piece = &secret[at..at + 8];
        assert!(!text.contains(piece), "{piece} is in:\n{text}");
    }
}

/// Of a key the first 12 characters are public.
#[track_caller]
fn assert_no_key(run: &Finished) {
    assert_absent(&run.printed(), &KEY[5..]);
}

#[cfg(unix)]
#[test]
fn git_inherits_no_secret_and_nothing_else_of_the_job() {
    const KEPT: [&str; 15] = [
        "PATH",
        "HOME",
        "TMPDIR",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_KEY_0",
        "GIT_CONFIG_VALUE_0",
        "GIT_OPTIONAL_LOCKS",
        "GIT_NO_LAZY_FETCH",
        "GIT_ALLOW_PROTOCOL",
        "GIT_TERMINAL_PROMPT",
        "LC_ALL",
        // The shell's own.
        "PWD",
        "_",
        "OLDPWD",
    ];

    for command in [&["deploy", "demo", "--dry-run=offline"][..], &["keys", "scan"]] {
        let folder = tempfile::tempdir().unwrap();
        let seen = folder.path().join("seen");
        let git = format!("env >> {}\nexit 1", seen.display());
        tools::script(&folder.path().join("git"), &git);
        let mut run = Sproobo::new(command)
            .key()
            .env("SPROOBO_API_URL", NOWHERE)
            .env("PATH", tools::path_with(folder.path()))
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        for name in [
            "GITHUB_TOKEN",
            "GITLAB_TOKEN",
            "CI_JOB_TOKEN",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "CI_REPOSITORY_URL",
            "CI_REGISTRY_PASSWORD",
            "GH_ENTERPRISE_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "HTTPS_PROXY",
            "GIT_SSH_COMMAND",
            "GIT_ASKPASS",
            "GIT_EXTERNAL_DIFF",
            "GIT_TRACE",
            "GIT_CONFIG_PARAMETERS",
            "LD_PRELOAD_X",
        ] {
            run = run.env(name, TOKEN);
        }
        // How a CI system trusts a checkout of another user stays; how it logs in does not.
        run.env("GIT_CONFIG_COUNT", "2")
            .env("GIT_CONFIG_KEY_0", "http.extraHeader")
            .env("GIT_CONFIG_VALUE_0", format!("Authorization: {TOKEN}"))
            .env("GIT_CONFIG_KEY_1", "safe.directory")
            .env("GIT_CONFIG_VALUE_1", "/trusted")
            .run();
        let seen = std::fs::read_to_string(seen).unwrap();
        for line in [
            "GIT_CONFIG_COUNT=1",
            "GIT_CONFIG_KEY_0=safe.directory",
            "GIT_CONFIG_VALUE_0=/trusted",
        ] {
            assert!(seen.contains(line), "{line} is not in: {seen}");
        }
        for name in seen.lines().filter_map(|line| line.split('=').next()) {
            assert!(KEPT.contains(&name), "git got {name}");
        }
        assert_absent(&seen, KEY);
        assert_absent(&seen, TOKEN);
    }
}

#[test]
fn a_token_has_no_public_part() {
    for name in ["GITHUB_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN", "GH_TOKEN"] {
        let run = Sproobo::new(["deploy", "--timeout", &TOKEN[..12]])
            .env(name, TOKEN)
            .run()
            .expect(2);
        assert_absent(&run.printed(), TOKEN);
    }
}

#[test]
fn a_malformed_key_is_as_secret_as_a_good_one() {
    for malformed in [
        format!("\"{KEY}\""),
        format!("Bearer {KEY}"),
        format!("{KEY} {KEY}"),
        format!("{KEY}é"),
        format!("\u{feff}'{KEY}'"),
    ] {
        let run = Sproobo::new(["deploy", "demo", "--timeout", &format!("<{KEY}>")])
            .env("SPROOBO_API_KEY", &malformed)
            .run()
            .expect(2);
        assert_absent(&run.printed(), &KEY[12..]);
    }
}

#[test]
fn advice_about_an_unexpanded_key_can_be_read() {
    for raw in ["$SPROOBO_API_KEY", "${{ secrets.NAME }}"] {
        let run = Sproobo::new(["deploy", "demo"])
            .env("SPROOBO_API_KEY", raw)
            .run()
            .expect(3);
        assert!(!run.printed().contains("***"), "{}", run.printed());
    }
}

#[test]
fn a_secret_in_the_place_of_its_file_is_not_repeated() {
    let run = Sproobo::new(["deploy", "demo", "--api-key-file", KEY]).run().expect(2);
    assert_absent(&run.printed(), KEY);
    let run = Sproobo::new([
        "keys",
        "rotate",
        "--name=ci",
        "--store=github-secret:K",
        "--sandbox",
        "--github-token-file",
        TOKEN,
    ])
    .run()
    .expect(2);
    assert_absent(&run.printed(), TOKEN);
    // A path that is merely wrong is named.
    Sproobo::new(["deploy", "demo", "--api-key-file", "secrets/sproobo-production-key"])
        .run()
        .expect(2)
        .says("secrets/sproobo-production-key");
}

#[test]
fn no_message_shows_the_password_of_a_proxy() {
    const PASSWORD: &str = "Pr0xyPassw0rd-of-ours";
    for proxy in [
        format!("http://robot:{PASSWORD}@127.0.0.1:9"),
        format!("robot:{PASSWORD}@127.0.0.1:9"),
        format!("http://robot:{PASSWORD}@host with spaces"),
        format!("ftp://robot:{PASSWORD}@127.0.0.1:9"),
    ] {
        let runs = [
            &["doctor", "--request-timeout=2s"][..],
            &["deploy", "demo", "--max-unreachable=1s", "--timeout=3s"],
            // Somebody shows it on purpose.
            &["deploy", "demo", "--timeout", &proxy],
        ]
        .map(|arguments| {
            Sproobo::new(arguments)
                .key()
                .env("HTTPS_PROXY", &proxy)
                .env("SPROOBO_API_URL", "https://sproobo.invalid/api")
                .spawn()
        });
        for run in runs {
            let run = run.finish();
            assert!(run.code != 0, "{}", run.printed());
            assert_absent(&run.printed(), PASSWORD);
            assert_no_key(&run);
        }
    }
}

#[test]
fn a_variable_that_somebody_else_fills_is_no_workflow_command() {
    let run = Sproobo::new(["deploy", "demo"])
        .env("GITHUB_ACTIONS", "true")
        .env("SPROOBO_TIMEOUT", "1\n::stop-commands::x\n##[error]\u{1b}[2J")
        .run()
        .expect(2);
    let printed = run.printed();
    let commands = runner::lines(&printed).into_iter().filter_map(runner::command);
    let names: Vec<String> = commands.map(|command| command.name).collect();
    assert_eq!(names, ["error"], "our own annotation alone: {printed}");
    assert!(!run.printed().contains('\u{1b}'), "{:?}", run.printed());
}

#[test]
fn the_url_that_proves_is_asked_with_its_credentials_and_shown_without() {
    let server = Server::start(|request| match request.line().as_str() {
        "POST /sites/demo/deployments" => Act::Json(201, json!({"deployment": {"id": "d-1", "status": "success"}})),
        line if line.starts_with("GET /live") => Act::Json(404, json!({})),
        _ => Act::Json(200, json!({"deployment": {"id": "d-1", "status": "success"}})),
    });
    let url = server.url.replace("http://", "http://staging:Stag1ngPassword@");
    let runs = ["plain", "json", "github", "gitlab"].map(|output| {
        Sproobo::new([
            "deploy",
            "demo",
            "--verify-timeout=1s",
            "--no-key-check",
            "--output",
            output,
        ])
        .key()
        .env("SPROOBO_API_URL", &server.url)
        .env(
            "SPROOBO_VERIFY_URL",
            format!("{url}/live?bypass=Byp4ssTheProtection#Fr4gmentOfIt"),
        )
        .spawn()
    });
    for run in runs {
        let run = run.finish().expect(1).says("/live?…");
        for secret in ["Stag1ngPassword", "Byp4ssTheProtection", "Fr4gmentOfIt"] {
            assert_absent(&run.printed(), secret);
        }
    }
    let asked: Vec<_> = server
        .requests()
        .into_iter()
        .filter(|r| r.path.starts_with("/live"))
        .collect();
    assert!(
        asked
            .iter()
            .all(|request| request.path == "/live?bypass=Byp4ssTheProtection")
    );
    assert!(asked.iter().all(|request| {
        request
            .header("authorization")
            .is_some_and(|value| value.starts_with("Basic "))
    }));
}

#[test]
fn what_proves_the_site_never_sees_the_key_wherever_it_redirects() {
    let elsewhere = Server::start(|_| Act::Json(200, json!({})));
    let target = format!("{}/caught", elsewhere.url);
    let server = Server::start(move |request| match request.line().as_str() {
        "POST /sites/demo/deployments" => Act::Json(201, json!({"deployment": {"id": "d-1", "status": "success"}})),
        "GET /live" => Act::Redirect(target.clone()),
        _ => Act::Json(200, json!({"deployment": {"id": "d-1", "status": "success"}})),
    });
    Sproobo::new(["deploy", "demo", "--no-key-check"])
        .key()
        .env("SPROOBO_API_URL", &server.url)
        .env(
            "SPROOBO_VERIFY_URL",
            format!("{}/live", server.url.replace("http://", "http://user:Passw0rd99@")),
        )
        .run()
        .expect(0);
    let caught = elsewhere.requests();
    assert_eq!(caught.len(), 1);
    assert_eq!(caught[0].header("authorization"), None);
    let live: Vec<_> = server.requests().into_iter().filter(|r| r.path == "/live").collect();
    assert!(
        live.iter()
            .all(|request| request.headers.iter().all(|(_, value)| !value.contains(KEY)))
    );
}

#[test]
fn the_runner_is_never_told_to_mask_a_short_word() {
    let run = Sproobo::new(["keys", "rotate", "--name=ci", "--store=github-secret:K", "--sandbox"])
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_REPOSITORY", "me/mine")
        .env("GITHUB_API_URL", "http://127.0.0.1:9")
        .env("GITHUB_TOKEN", "latest")
        .run();
    assert!(!run.printed().contains("::add-mask::latest"), "{}", run.printed());
}

#[test]
fn a_created_key_that_can_be_none_is_neither_shown_nor_stored() {
    for value in [
        "e",
        "short",
        "two\nlines of a key that is long enough",
        "\u{1b}[2Jspr_0123456789abcdef",
    ] {
        let server = Server::start(move |request| match request.line().as_str() {
            "POST /api-keys" => Act::Json(201, json!({"key": value, "apiKey": {"id": "k2", "name": value}})),
            _ => Act::Json(200, json!({"apiKeys": []})),
        });
        let run = Sproobo::new(["keys", "create", "ci"])
            .key()
            .env("SPROOBO_API_URL", &server.url)
            .run()
            .expect(9);
        assert_eq!(run.stdout, "");
        assert!(value == "e" || !run.printed().contains(value), "{}", run.printed());
    }
}

#[test]
fn no_more_of_another_key_is_shown_than_its_first_characters() {
    const OTHER: &str = "spb_An0therKeyOfTheAccount987654321";
    let server = Server::start(|_| {
        Act::Json(
            200,
            json!({"apiKeys": [{"id": "k1", "name": "other", "prefix": OTHER}]}),
        )
    });
    for output in ["plain", "json"] {
        let run = Sproobo::new(["keys", "list", "--output", output])
            .key()
            .env("SPROOBO_API_URL", &server.url)
            .run()
            .expect(0)
            .says(&OTHER[..12]);
        assert!(!run.printed().contains(&OTHER[..13]), "{}", run.printed());
    }
}

#[test]
fn a_pasted_key_is_not_sent_as_an_id() {
    let server = Server::start(|_| Act::Json(404, json!({"error": "no such thing"})));
    let run = Sproobo::new(["keys", "revoke", KEY, "--yes"])
        .key()
        .env("SPROOBO_API_URL", &server.url)
        .run()
        .expect(8);
    assert_no_key(&run);
    for request in server.requests() {
        assert_absent(&request.path, &KEY[5..]);
    }
}

#[test]
fn a_key_in_a_commit_message_does_not_get_into_the_history() {
    let server = Server::start(|request| match request.method.as_str() {
        "POST" => Act::Json(201, json!({"deployment": {"id": "d-1", "status": "success"}})),
        _ => Act::Json(200, json!({"deployment": {"id": "d-1", "status": "success"}})),
    });
    Sproobo::new([
        "deploy",
        "demo",
        "--no-key-check",
        "--message",
        &format!("use {KEY} now"),
    ])
    .key()
    .env("SPROOBO_API_URL", &server.url)
    .run()
    .expect(0);
    let requests = server.requests();
    let trigger = requests.iter().find(|request| request.method == "POST").unwrap();
    let sent = trigger.body.to_string();
    assert!(sent.contains("use *** now"), "{sent}");
    assert_absent(&sent, &KEY[5..]);
}
