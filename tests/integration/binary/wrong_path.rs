//! The first contact with an API whose paths are others than assumed.

use serde_json::{Value, json};

use crate::support::cli::Finished;
use crate::support::demo::{LIST, TRIGGER, command, deploy, explained, only_gets};
use crate::support::server::{Act, Request, Server};

fn not_found() -> Act {
    Act::Json(404, json!({ "error": { "code": "not_found", "message": "Not Found" } }))
}

/// An API that has the trigger's path nowhere, and answers the list of sites like this.
fn with_sites(sites: Act) -> Server {
    Server::start(move |request: &Request| match request.line().as_str() {
        "GET /sites" => sites.clone(),
        _ => not_found(),
    })
}

fn lines(run: &Finished) -> Vec<String> {
    run.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn a_json_404_is_a_wrong_path_unless_the_sites_can_be_read() {
    let unknown = explained(deploy(&with_sites(Act::Json(200, json!([]))), &[]).run(), 8);
    unknown.says("`sproobo-deploy sites`");
    for sites in [
        not_found(),
        Act::Html(200, "<p>"),
        Act::Json(500, Value::Null),
        Act::Close,
    ] {
        let server = with_sites(sites);
        let run = explained(deploy(&server, &[]).run(), 9);
        let run = run.says(&server.url).says("/sites/demo/deployments").says("`trigger`");
        run.says("nothing was triggered").says("doctor").says("contract show");
        assert_eq!(server.count(TRIGGER), 1);
    }
}

/// What a framework says of a path must not pass for what an API says of a site.
#[test]
fn a_404_says_that_the_site_is_missing_only_if_it_names_it() {
    for (message, code) in [
        ("site_not_found", 8),
        ("No query results for model [App\\Models\\Site] 7", 8),
        ("unknown project", 8),
        ("Not Found", 9),
        ("The route api/sites/demo/deployments could not be found.", 9),
        ("Route POST:/sites/demo/deployments not found", 9),
        ("Cannot POST /sites/demo/deployments", 9),
        ("no such endpoint for sites", 9),
    ] {
        let server = Server::start(move |_| Act::Json(404, json!({ "message": message })));
        explained(deploy(&server, &[]).run(), code);
    }
}

#[test]
fn every_command_about_a_deployment_tells_a_wrong_path_from_a_wrong_id() {
    for (sites, code) in [(not_found(), 9), (Act::Json(200, json!([])), 8)] {
        let server = with_sites(sites);
        for arguments in [
            &["status", "demo", "d-1"][..],
            &["logs", "demo", "d-1"],
            &["deployments", "demo"],
            &["rollback", "demo"],
            &["deploy", "demo", "--dry-run"],
        ] {
            let run = command(&server, arguments).run();
            assert_eq!(run.code, code, "{arguments:?}: {}", run.printed());
        }
    }
}

#[test]
fn sites_and_keys_never_send_anybody_back_to_themselves() {
    let server = Server::always(not_found());
    let run = command(&server, &["sites"]).run().expect(9).says(&server.url);
    assert!(!run.printed().contains("`sproobo-deploy sites`"), "{}", run.printed());
    command(&server, &["keys", "list"]).run().expect(9).says("/api-keys");
}

#[test]
fn doctor_never_calls_a_key_accepted_on_a_404() {
    let named = Act::Json(404, json!({ "error": { "code": "site_not_found" } }));
    for answer in [not_found(), named.clone()] {
        let server = Server::always(answer);
        let run = command(&server, &["doctor", "--site=demo"]).run();
        assert_ne!(run.code, 0);
        let taken = |line: &String| line.contains("key accepted") && line.contains("the API took it");
        assert!(!lines(&run).iter().any(taken), "{}", run.printed());
        assert!(only_gets(&server));
    }
    let server = Server::start(move |request: &Request| match request.line().as_str() {
        "GET /sites" => Act::Json(200, json!([])),
        _ => named.clone(),
    });
    let run = command(&server, &["doctor", "--site=demo"]).run().expect(8);
    run.says("the API took it for GET /sites").says("site_not_found");
}

/// Against an API where something does not fit: which part, on what evidence, and the way to what is right.
#[test]
fn doctor_says_which_of_base_url_path_auth_and_shape_is_wrong() {
    let page = || Act::Html(200, "<!doctype html>");
    let fine = || Act::Json(200, json!({ "id": "demo" }));
    let list = || Act::Json(200, json!([{ "id": "d-1", "status": "success" }]));
    let seen = |site| Act::Json(200, json!([{ "id": site }]));
    for (site, deployments, sites, code, words) in [
        (
            page(),
            page(),
            page(),
            9,
            &[
                "no API answers below",
                "GET /sites/demo → HTTP 200 with text/html",
                "HAR",
            ][..],
        ),
        (
            Act::Redirect("/login".to_owned()),
            page(),
            page(),
            9,
            &["no API answers below", "/login"],
        ),
        (
            not_found(),
            not_found(),
            not_found(),
            9,
            &["shows no path that was asked for", "GET /sites → HTTP 404", "HAR"],
        ),
        (
            not_found(),
            list(),
            seen("demo"),
            9,
            &["GET /sites/demo → HTTP 404", "the path of `site`"],
        ),
        (
            not_found(),
            not_found(),
            seen("other"),
            8,
            &["`sproobo-deploy sites`", "took it for GET /sites"],
        ),
        (
            fine(),
            not_found(),
            fine(),
            9,
            &["the path of `deployments`", "contract learn"],
        ),
        (
            fine(),
            Act::Json(405, Value::Null),
            fine(),
            9,
            &["the path of `deployments`"],
        ),
        (
            Act::Html(401, "<p>"),
            page(),
            page(),
            3,
            &["`Authorization: Bearer …`", "correct `auth`"],
        ),
        (
            Act::Json(401, Value::Null),
            list(),
            list(),
            3,
            &["`Authorization: Bearer …`"],
        ),
        (
            Act::Json(200, json!({ "name": "demo" })),
            list(),
            list(),
            9,
            &["`fields.site`", "no site id"],
        ),
        (
            fine(),
            Act::Json(200, json!({ "runs": [] })),
            fine(),
            9,
            &["`fields.deployments`", "took it for GET /sites/demo"],
        ),
    ] {
        let server = Server::start(move |request: &Request| match request.line().as_str() {
            "GET /sites/demo" => site.clone(),
            LIST => deployments.clone(),
            _ => sites.clone(),
        });
        let mut run = command(&server, &["doctor", "--site=demo"]).run().expect(code);
        for words in words {
            run = run.says(words);
        }
        assert!(only_gets(&server) && server.requests().len() <= 3);
    }
}

#[test]
fn advice_fits_what_was_asked() {
    for status in [400, 422] {
        let server = Server::always(Act::Json(status, json!({ "message": "bad" })));
        for arguments in [
            &["status", "demo", "d-1"][..],
            &["deployments", "demo"],
            &["sites"],
            &["doctor", "--site=demo"],
        ] {
            let run = command(&server, arguments).run().expect(8);
            assert!(!run.printed().contains("--ref"), "{arguments:?}: {}", run.printed());
        }
        deploy(&server, &[]).run().expect(8).says("`--ref`");
    }
}

#[test]
fn a_cancellation_by_a_wrong_path_is_9_and_of_a_missing_site_8() {
    for (sites, code) in [(not_found(), 9), (Act::Json(200, json!([])), 8)] {
        let server = with_sites(sites);
        explained(command(&server, &["cancel", "demo", "d-1"]).run(), code);
    }
}
