//! A disk that takes nothing more. Where the output is what a command is for, that is an error; a verdict stays one; and
//! a new key that could not be shown is named, so that it can be revoked.
#![cfg(unix)]

use serde_json::json;

use crate::support::cli::{Finished, Sproobo};
use crate::support::demo::{deployment, polled};
use crate::support::outside::Outside;
use crate::support::server::{Act, Request, Server};

/// Files of such a process can't grow, whoever runs it: a write fails as on a full disk. Pipes are left as they are.
const FULL: &str = "ulimit -f 0; trap '' XFSZ";

fn into_a_full_disk(command: Sproobo) -> Finished {
    command.stdout(tempfile::tempfile().unwrap()).run()
}

fn answer(request: &Request) -> Act {
    match request.line().as_str() {
        "GET /sites" => Act::Json(200, json!([{ "id": "demo" }])),
        "GET /sites/demo/deployments" => Act::Json(200, json!([{ "id": "d-1", "status": "success" }])),
        "GET /api-keys" => Act::Json(200, json!([{ "id": "key_1", "prefix": "spb_T3stK3y0" }])),
        "GET /sites/demo/deployments/d-1/logs" => Act::Json(200, json!({ "lines": ["one", "two"] })),
        _ => Act::Json(200, deployment("success")),
    }
}

#[test]
fn output_that_is_the_product_is_an_error_if_it_can_not_be_written() {
    let server = Server::start(answer);
    for arguments in [
        &["sites"][..],
        &["sites", "--output=json"],
        &["deployments", "demo"],
        &["deployments", "demo", "--output=json"],
        &["keys", "list"],
        &["keys", "list", "--output=json"],
        &["status", "demo", "d-1"],
        &["status", "demo", "d-1", "--output=json"],
        &["logs", "demo", "d-1"],
        &["logs", "demo", "d-1", "--tail=1"],
        &["contract", "show"],
        &["contract", "schema"],
        &["completions", "bash"],
        &["--help"],
    ] {
        let run = Sproobo::after(FULL, arguments)
            .key()
            .env("SPROOBO_API_URL", &server.url);
        let run = into_a_full_disk(run);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains("stdout"), "{arguments:?}: {}", run.stderr);
        let whole = Sproobo::new(arguments).key().env("SPROOBO_API_URL", &server.url);
        whole.run().expect(0);
    }
}

#[test]
fn a_verdict_does_not_depend_on_who_can_read_of_it() {
    for (status, code) in [("success", 0), ("failed", 1)] {
        let server = polled(move || Act::Json(200, deployment(status)));
        let arguments = ["deploy", "demo", "--no-key-check", "--poll-interval=100ms"];
        let run = Sproobo::after(FULL, arguments)
            .key()
            .env("SPROOBO_API_URL", &server.url);
        assert_eq!(into_a_full_disk(run).code, code);
    }
}

#[test]
fn a_new_key_whose_value_could_not_be_shown_is_named_to_be_revoked() {
    for more in [&[][..], &["--output=json"]] {
        let outside = Outside::with_key_of_days(1);
        let arguments = ["keys", "create", "laptop"].iter().chain(more);
        let run = Sproobo::after(FULL, arguments)
            .key()
            .env("SPROOBO_API_URL", format!("{}/api", outside.server.url));
        let run = into_a_full_disk(run)
            .expect(2)
            .says("`laptop`")
            .says("nobody has its value")
            .says("`sproobo-deploy keys revoke key_new_1`");
        let lost = outside.with(|state| state.keys[1].value.clone());
        assert!(!run.printed().contains(&lost), "{}", run.printed());

        outside.run(["keys", "revoke", "key_new_1"]).run().expect(0);
        assert!(!outside.with(|state| state.works(&lost)));
    }
}
