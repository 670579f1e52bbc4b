//! What `deployments` and `sites` show of each item.

use serde_json::{Value, json};

use crate::support::cli::{Finished, KEY, Sproobo};
use crate::support::demo::{command, contract};
use crate::support::server::{Act, Server};

fn sandbox(arguments: &[&str]) -> Finished {
    Sproobo::new(arguments.iter().chain(&["--sandbox"])).run().expect(0)
}

fn document(run: &Finished) -> Value {
    serde_json::from_str(&run.stdout).expect("a document of JSON")
}

/// Whose only deployment, and only site, has these members beside its id.
fn showing(members: Value) -> Server {
    let mut item = json!({ "id": "d-1", "status": "live" });
    item.as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    Server::always(Act::Json(200, json!({ "deployments": [item], "sites": [item] })))
}

#[test]
fn deployments_show_branch_message_and_the_times_zone() {
    let run = sandbox(&["deployments", "demo"]);
    let header = run.stdout.lines().next().unwrap();
    for column in ["BRANCH", "CREATED (UTC)", "MESSAGE"] {
        assert!(header.contains(column), "{header}");
    }
    let listed = document(&sandbox(&["deployments", "demo", "--output=json"]));
    for member in ["branch", "message"] {
        let text = listed[0][member].as_str().unwrap();
        assert!(
            !text.is_empty() && run.stdout.contains(text),
            "{member}: {}",
            run.stdout
        );
    }
}

#[test]
fn what_the_api_does_not_show_has_no_column() {
    let run = command(&showing(json!({})), &["deployments", "demo"]).run().expect(0);
    assert!(
        !run.stdout.contains("BRANCH") && !run.stdout.contains("MESSAGE"),
        "{}",
        run.stdout
    );
    let run = command(&showing(json!({})), &["deployments", "demo", "--output=json"]).run();
    let listed = document(&run.expect(0));
    assert_eq!(
        (&listed[0]["branch"], &listed[0]["message"]),
        (&Value::Null, &Value::Null)
    );
}

/// Somebody else's text, of any length.
#[test]
fn a_message_is_one_line_and_short_where_people_read_and_whole_for_programs() {
    let long = "Repair the checkout of the shop for everybody who has no account\n\nand more of it";
    let api = showing(json!({ "ref": "topic", "message": long }));
    let run = command(&api, &["deployments", "demo"]).run().expect(0);
    assert_eq!(run.stdout.lines().count(), 2, "{}", run.stdout);
    assert!(
        run.stdout.contains("  Repair the checkout of the shop for eve…"),
        "{}",
        run.stdout
    );
    let run = command(&api, &["deployments", "demo", "--output=json"]).run().expect(0);
    let message = document(&run)[0]["message"].as_str().unwrap().to_owned();
    assert!(
        message.starts_with("Repair the checkout") && message.ends_with("and more of it"),
        "{message}"
    );

    let hostile = format!("\u{1b}[2J\r::error::x {KEY} \u{202e}");
    let api = showing(json!({ "branch": hostile, "message": hostile }));
    for output in ["plain", "json"] {
        let run = command(&api, &["deployments", "demo", "--output", output])
            .run()
            .expect(0);
        assert!(
            !run.stdout.contains(KEY) && !run.stdout.contains(['\u{1b}', '\r', '\u{202e}']),
            "{run:?}"
        );
    }
}

#[test]
fn the_contract_says_where_they_stand() {
    let file = contract(json!({ "fields": {
        "deployment": { "branch": ["/git/branch"], "message": ["/git/subject"] },
        "site": { "last_status": ["/newest"] } } }));
    let api = showing(json!({ "git": { "branch": "topic", "subject": "Mend it" }, "newest": "building" }));
    let run = command(&api, &["deployments", "demo", "--contract"])
        .arg(file.path())
        .run()
        .expect(0);
    run.says("topic").says("Mend it");
    command(&api, &["sites", "--contract"])
        .arg(file.path())
        .run()
        .expect(0)
        .says("building");
}

/// Of the list alone: a request a site would be too much for an account with many.
#[test]
fn sites_show_the_last_status_where_the_list_does() {
    let run = sandbox(&["sites"]);
    run.says("LAST STATUS");
    let listed = document(&sandbox(&["sites", "--output=json"]));
    let status = listed[0]["last_status"].as_str().unwrap();
    sandbox(&["sites"]).says(status);
    let api = showing(json!({ "name": "Demo" }));
    let run = command(&api, &["sites"]).run().expect(0);
    assert!(!run.stdout.contains("LAST STATUS"), "{}", run.stdout);
    assert_eq!(api.requests().len(), 1);
}

/// A header alone leaves open whether that is all.
#[test]
fn what_is_empty_is_said_to_be_so_beside_it() {
    let api = Server::always(Act::Json(
        200,
        json!({ "sites": [], "deployments": [], "apiKeys": [], "lines": [] }),
    ));
    for (line, says) in [
        ("sites", "the key can see no site"),
        ("deployments demo", "the site demo has no deployment yet"),
        ("keys list", "the API's list shows no key"),
        ("logs demo d-1", "the log of deployment d-1 is empty"),
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        let run = command(&api, &arguments).run().expect(0);
        assert!(run.stderr.contains(says) && run.stdout.lines().count() <= 1, "{run:?}");
        let json = command(&api, &arguments).arg("--output=json").run().expect(0);
        assert_eq!(json.stderr, "", "{line}");
    }
}
