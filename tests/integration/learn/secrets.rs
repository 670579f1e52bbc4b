//! No value of what was recorded gets out.

use serde_json::{Value, json};
use sproobo_deploy::learn::{self, Evidence};

use crate::learn::platforms::SESSION;
use crate::learn::recordings::{ALL, learned, text_of};
use crate::learn::tape::{COMMIT, Tape, all_text};

/// A secret with its place in it, so that a failure says where it came from.
fn secret(place: &str) -> String {
    format!("s3cr3t-{place}-Zk9Qw7")
}

fn assert_hidden(text: &str) {
    assert!(
        !text.contains("s3cr3t") && !text.contains("Zk9Qw7"),
        "a secret got out: {text}"
    );
}

#[test]
fn secrets_in_every_place_stay_there() {
    let start_query = format!(
        "/teams/{}/sites/s-17/deployments?token={}&mode={}&{}=1&flag={}",
        secret("segment"),
        secret("query-token"),
        secret("query"),
        secret("query-name"),
        "true"
    );
    let body = json!({
        "commit": COMMIT,
        "message": secret("message"),
        "env": { secret("body-name"): secret("body"), "API_TOKEN": secret("env"), "list": [secret("array"), 123_456_789] },
        "password": secret("password"),
        "pin": 481_516,
    });
    let reply = json!({
        "id": "dep-901",
        "status": "queued",
        "owner": { "token": secret("reply"), secret("reply-name"): { "status": secret("deep") } },
    });
    let mut tape = Tape::default()
        .post(
            "/graphql",
            &json!({ "query": format!("query me {{ user(token: \"{}\", n: 481516) {{ id }} }}", secret("graphql")) }),
            json!({ "data": 1 }),
        )
        .post(&start_query, &body, reply)
        .header("Cookie", &format!("session={}", secret("cookie")))
        .header("X-Api-Token", &secret("header"))
        .header("X-Team", &secret("team"))
        .header("X-Csrf-Token", &secret("csrf"))
        .header(&secret("header-name"), "1");
    for word in ["queued", "building", "live"] {
        tape = tape
            .get(
                &format!("/teams/{}/sites/s-17/deployments/dep-901?session={}", secret("segment"), secret("poll")),
                json!({
                    "id": "dep-901", "status": word, "state": secret("state"), "phase": format!("{} {word}", secret("phase")),
                    "url": format!("https://{}.example.org/{}", secret("host").to_lowercase(), secret("url")),
                    "error": secret("error"),
                    "steps": [{ "status": secret("step") }],
                }),
            )
            .header("X-Team", &secret("team"));
    }
    tape = tape
        .get(
            &format!(
                "/teams/{}/sites/s-17/deployments?cursor={}",
                secret("segment"),
                secret("cursor")
            ),
            json!({ "items": [{ "id": "dep-901", "status": "live", "by": secret("author") }], "next": secret("next") }),
        )
        .get(
            "/sites/s-17/deployments/dep-901/logs",
            json!({ "lines": [{ "text": secret("log") }] }),
        )
        .post(
            "/sites/s-17/deployments/dep-901/cancel",
            &json!({ "why": secret("why") }),
            json!({ "ok": secret("cancelled") }),
        );
    let learned = tape.learn();
    assert_eq!(
        learned.contract["operations"]["trigger"]["method"],
        "POST",
        "{}",
        all_text(&learned)
    );
    assert_hidden(&all_text(&learned));
    // Numbers that could be a value are hidden too; sizes and switches are not.
    assert!(!all_text(&learned).contains("481516") && !all_text(&learned).contains("123456789"));
}

#[test]
fn a_graphql_text_is_kept_without_its_values() {
    let ask = |text: String, id: Option<&str>| json!({ "query": text, "variables": { "id": id }, "operationName": secret("name") });
    let start = format!(
        "mutation go {{ deploy(service: \"s-17-service\", tag: \"{}\") {{ id }} }} # {}",
        secret("literal"),
        secret("comment")
    );
    let mut tape = Tape::default().post(
        "/graphql",
        &ask(start, None),
        json!({ "data": { "deploy": { "id": "dep-901" } } }),
    );
    for word in ["QUEUED", "LIVE"] {
        let read = format!(
            "query one($id: ID!) {{ deployment(id: $id, tag: \"{}\") {{id status}} }}",
            secret("literal")
        );
        tape = tape.post(
            "/graphql",
            &ask(read, Some("dep-901")),
            json!({ "data": { "deployment": { "id": "dep-901", "status": word } } }),
        );
    }
    let learned = tape.learn();
    assert_hidden(&all_text(&learned));
    assert_eq!(
        learned.contract["operations"]["deployment"]["body"]["query"],
        "query one ( $id : ID ! ) { deployment ( id : $id tag : \"{var.tag}\" ) { id status } }"
    );
}

#[test]
fn errors_about_a_file_show_nothing_of_it() {
    let whole = Tape::default()
        .post("/x", &json!({ "a": secret("body") }), json!({}))
        .har();
    let cut = &whole[..whole.len() - 10];
    let odd = whole.replace(
        "\"entries\":[",
        &format!("\"entries\":{},\"x\":[", json!(secret("entries"))),
    );
    for text in [
        cut,
        &odd,
        &secret("plain"),
        &json!(secret("text")).to_string(),
        &json!({ secret("member"): 1 }).to_string(),
    ] {
        let error = Evidence::read(text.as_bytes()).unwrap_err();
        assert_hidden(&format!("{error} {error:?}"));
    }
}

#[test]
fn nothing_of_a_browsers_recording_gets_out() {
    for names in ALL {
        let learned = learned(names);
        let given = all_text(&learned);
        assert!(
            !given.contains(SESSION) && !given.contains("csrf-4711"),
            "{names:?}: {given}"
        );
        let words: Vec<String> = learned.contract["statuses"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|words| words.as_array().unwrap())
            .map(|word| word.as_str().unwrap().to_owned())
            .collect();
        for name in names {
            let har: Value = serde_json::from_str(&text_of(name)).unwrap();
            for value in values(&har) {
                // Shorter ones are found by chance; a name, a word and the host may be given out.
                let known = words.iter().any(|word| word.contains(&value))
                    || value.len() < 6
                    || value.starts_with("http://127.0.0.1");
                let is_part_of_a_path = given.contains(&format!("/{value}")) && value.chars().all(char::is_alphabetic);
                assert!(
                    known || is_part_of_a_path || !given.contains(&value),
                    "{name}: {value:?} got out: {given}"
                );
            }
        }
    }
}

/// Every text and number of the headers, queries, bodies and replies.
fn values(har: &Value) -> Vec<String> {
    fn collect(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Number(number) => found.push(number.to_string()),
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            Value::Object(members) => members.values().for_each(|member| collect(member, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for entry in har["log"]["entries"].as_array().unwrap() {
        let (request, reply) = (&entry["request"], &entry["response"]);
        for header in request["headers"].as_array().unwrap() {
            found.push(header["value"].as_str().unwrap().to_owned());
        }
        let url = url::Url::parse(request["url"].as_str().unwrap()).unwrap();
        found.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
        for text in [&request["postData"]["text"], &reply["content"]["text"]] {
            let parsed = text.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
            collect(&parsed.unwrap_or_default(), &mut found);
        }
    }
    found.sort();
    found.dedup();
    found
}

#[test]
fn what_is_shown_of_a_recording_is_one_line_each() {
    let tape = Tape::default()
        .post("/sites/s-17/deployments", &json!({}), json!({ "id": "dep-901" }))
        .polls("dep-901", &["queued", "live"]);
    for line in learn::explain(&tape.learn()) {
        assert!(!line.contains('\n') && !line.contains('\u{1b}'), "{line:?}");
    }
}
