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

/// So many deployments, on pages of so many each; what leads to the next page is named by a cursor.
fn paged(count: usize, page: usize) -> Server {
    Server::start(move |request| {
        assert!(!request.path.contains("limit=1000&"), "more than a page");
        let begin = request
            .path
            .split_once("cursor=")
            .map_or(0, |(_, at)| at.parse().unwrap());
        let end = count.min(begin + page);
        let items: Vec<Value> = (begin..end)
            .map(|number| json!({ "id": format!("d-{number}"), "status": "live" }))
            .collect();
        let next = (end < count).then_some(end);
        Act::Json(200, json!({ "deployments": items, "sites": items, "next": next }))
    })
}

#[test]
fn fewer_than_were_asked_for_are_said_to_be_maybe_a_page() {
    let rows = |run: &Finished| document(run).as_array().unwrap().len();
    let list = |api: &Server, line: &str| command(api, &line.split(' ').collect::<Vec<_>>()).run().expect(0);
    let says = "gave 100 of the 1000 deployments that were asked for, which may be one page of more: \
                `fields.deployments.cursor` of the contract";
    // The reply names a next page, but nothing tells the contract so.
    let api = paged(300, 100);
    let run = list(&api, "deployments demo --limit 1000");
    assert_eq!(run.stdout.lines().count(), 101);
    assert!(run.stderr.contains(says), "{}", run.stderr);
    let run = list(&api, "deployments demo --limit 1000 --output json");
    assert!(rows(&run) == 100 && run.stderr.contains(says), "{}", run.stderr);
    let run = list(&api, "sites");
    assert!(
        run.stderr.contains("gave 100 sites, which may be one page"),
        "{}",
        run.stderr
    );
    // As many as were asked for, and a number that no page has.
    for (api, line) in [
        (paged(300, 100), "deployments demo --limit 100"),
        (paged(37, 100), "deployments demo --limit 1000"),
        (paged(37, 100), "sites"),
    ] {
        assert_eq!(list(&api, line).stderr, "", "{line}");
    }
}

#[test]
fn a_list_is_read_page_by_page_where_the_contract_names_the_next() {
    let file = contract(json!({
        "operations": {
            "deployments": { "path": "/sites/{site}/deployments?limit={limit}&cursor={cursor}" },
            "sites": { "path": "/sites?cursor={cursor}" },
        },
        "fields": { "deployments": { "cursor": ["/next"] }, "sites": { "cursor": ["/next"] } },
    }));
    let list = |api: &Server, line: &str| {
        let command = command(api, &line.split(' ').collect::<Vec<_>>());
        command
            .arg("--output=json")
            .arg("--contract")
            .arg(file.path())
            .run()
            .expect(0)
    };
    for (count, limit, rows, pages) in [(300, "1000", 300, 3), (300, "150", 150, 2), (5000, "1000", 1000, 10)] {
        let api = paged(count, 100);
        let run = list(&api, &format!("deployments demo --limit {limit}"));
        assert_eq!(document(&run).as_array().unwrap().len(), rows);
        assert_eq!((run.stderr.as_str(), api.requests().len()), ("", pages));
    }
    // More pages than are read.
    let run = list(&paged(300, 1), "deployments demo --limit 1000");
    assert!(
        run.stderr.contains(
            "gave 100 of the 1000 deployments that were asked for on as many pages as are read; there are more"
        ),
        "{}",
        run.stderr
    );
    let run = list(&paged(300, 1), "sites");
    assert!(run.stderr.contains("gave 100 sites on as many pages"), "{}", run.stderr);
}

/// The second page names the first, or every cursor is ignored: each is read once, and none is said to be the whole.
#[test]
fn pages_that_lead_in_a_circle_are_read_once() {
    let operations = json!({
        "operations": {
            "deployments": { "path": "/sites/{site}/deployments?cursor={cursor}" },
            "sites": { "path": "/sites?cursor={cursor}" },
            "api_keys": { "path": "/keys?cursor={cursor}" },
        },
        "fields": {
            "deployments": { "cursor": ["/next"] }, "sites": { "cursor": ["/next"] }, "api_keys": { "cursor": ["/next"] },
        },
    });
    let file = contract(operations);
    for (is_deaf, pages, requests) in [(false, 3, 3), (true, 1, 2)] {
        let api = Server::start(move |request| {
            let (page, next) = match request.path.split_once("cursor=") {
                Some((_, "A")) if !is_deaf => (1, "B"),
                Some((_, "B")) if !is_deaf => (2, "A"),
                _ => (0, "A"),
            };
            let items = json!([{ "id": format!("d-{page}"), "status": "live" }]);
            let list = json!({ "deployments": items, "sites": items, "apiKeys": items, "next": next });
            Act::Json(200, list)
        });
        let list = |line: &str, code| {
            let command = command(&api, &line.split(' ').collect::<Vec<_>>());
            command
                .arg("--output=json")
                .arg("--contract")
                .arg(file.path())
                .run()
                .expect(code)
        };
        for line in ["deployments demo --limit 100", "sites"] {
            let run = list(line, 0);
            assert_eq!(document(&run).as_array().unwrap().len(), pages, "{line}");
            assert!(
                run.stderr.contains("a page that was read already as the next"),
                "{}",
                run.stderr
            );
        }
        list("keys list", 9).says("its pages lead in a circle");
        assert_eq!(api.requests().len(), 3 * requests);
    }
}

/// A last page that names itself is one more way to say that there is none behind it.
#[test]
fn a_page_that_names_itself_is_the_last() {
    let file = contract(json!({
        "operations": { "sites": { "path": "/sites?cursor={cursor}" } },
        "fields": { "sites": { "cursor": ["/next"] } },
    }));
    let api = Server::start(|request| {
        let page = u8::from(request.path.contains("cursor=A"));
        Act::Json(200, json!({ "sites": [{ "id": format!("d-{page}") }], "next": "A" }))
    });
    let run = command(&api, &["sites", "--output=json", "--contract"])
        .arg(file.path())
        .run()
        .expect(0);
    assert_eq!(document(&run).as_array().unwrap().len(), 2);
    assert_eq!((run.stderr.as_str(), api.requests().len()), ("", 2));
}

/// As Sproobo's sandbox does; what is asked for on one page is then no more than it gives.
#[test]
fn an_api_that_gives_no_page_so_long_is_asked_for_a_shorter_one() {
    let run = sandbox(&["deployments", "demo", "--limit=1000"]);
    assert!(
        run.stdout.lines().count() > 1 && !run.stderr.contains("error"),
        "{run:?}"
    );
    let refusing = Server::start(|request| match request.path.ends_with("limit=100") {
        true => Act::Json(200, json!({ "deployments": [{ "id": "d-1", "status": "live" }] })),
        false => Act::Json(400, json!({ "error": { "message": "too many" } })),
    });
    command(&refusing, &["deployments", "demo", "--limit=101"])
        .run()
        .expect(0);
    assert_eq!(refusing.requests().len(), 2);
    let refusing = Server::always(Act::Json(422, json!({})));
    command(&refusing, &["deployments", "demo", "--limit=100"])
        .run()
        .expect(8);
    assert_eq!(refusing.requests().len(), 1);
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
