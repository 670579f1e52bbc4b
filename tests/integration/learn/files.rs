//! Files that are no evidence, or only in part.

use base64::Engine as _;
use serde_json::json;
use sproobo_deploy::learn::{Evidence, Unreadable};

use crate::learn::tape::{Tape, learn_all, plain, started};

fn refused(bytes: &[u8]) -> String {
    Evidence::read(bytes).unwrap_err().to_string()
}

#[test]
fn what_is_no_recording_is_named_for_what_it_is() {
    let cases: [(&[u8], &str); 14] = [
        (b"", "an empty file"),
        (b"  \n", "an empty file"),
        (b"<!DOCTYPE html><p>", "a web page (HTML)"),
        (b"<?xml version='1.0'?>", "XML"),
        (b"PK\x03\x04rest", "a ZIP archive"),
        (b"\x1f\x8b\x08", "a gzip file"),
        (b"\x89PNG\r\n", "a picture"),
        (b"openapi: 3.0.0\n", "YAML"),
        (b"curl 'https://api.example' -H 'a: b'", "a curl command"),
        (b"[1, 2]", "a JSON array"),
        (b"{\"version\": 1, \"operations\": {}}", "a contract"),
        (b"{\"info\": {}, \"item\": []}", "a Postman collection"),
        (b"{\"traceEvents\": []}", "a performance trace"),
        (b"{\"anything\": 1}", "JSON of another kind"),
    ];
    for (bytes, what) in cases {
        let said = refused(bytes);
        assert!(said.starts_with(&format!("it looks like {what}")), "{said}");
        assert!(said.contains("HAR") && said.contains("OpenAPI"), "{said}");
    }
}

#[test]
fn a_recording_that_was_cut_off_is_refused_with_what_was_read() {
    let har = plain().har();
    let said = refused(&har.as_bytes()[..har.len() * 2 / 3]);
    assert!(said.starts_with("it is not whole: the text ends at line 1"), "{said}");
    assert!(
        said.ends_with("after 4 recorded requests") || said.ends_with("after 5 recorded requests"),
        "{said}"
    );
    assert!(refused(format!("{har} x").as_bytes()).contains("the text stops being JSON"));
    assert!(refused(br#"{"log": {"entries": 5}}"#).contains("not as HAR 1.2 has it"));
    assert!(matches!(
        Evidence::read(&br#"{"log": {"entries": []}}"#[..]),
        Err(Unreadable::Empty)
    ));
}

#[test]
fn a_file_is_read_up_to_a_limit() {
    let har = plain().har();
    let size = har.len() as u64;
    assert!(Evidence::read_within(har.as_bytes(), size).is_ok());
    let error = Evidence::read_within(har.as_bytes(), size - 1).unwrap_err();
    assert!(matches!(error, Unreadable::TooLarge { .. }), "{error}");
}

#[test]
fn a_byte_order_mark_and_another_order_of_members_are_fine() {
    let har = plain().har();
    let source = Evidence::read(format!("\u{feff}{har}").as_bytes()).unwrap();
    assert_eq!(learn_all(&[source]).contract, plain().learn().contract);
}

#[test]
fn entries_come_in_any_order() {
    let mut har: serde_json::Value = serde_json::from_str(&plain().har()).unwrap();
    har["log"]["entries"].as_array_mut().unwrap().reverse();
    let source = Evidence::read(har.to_string().as_bytes()).unwrap();
    assert_eq!(learn_all(&[source]).contract, plain().learn().contract);
}

#[test]
fn odd_entries_are_passed_over() {
    let mut har: serde_json::Value = serde_json::from_str(&plain().har()).unwrap();
    let entries = har["log"]["entries"].as_array_mut().unwrap();
    for odd in [
        json!(null),
        json!(7),
        json!({}),
        json!({ "request": { "method": 5, "url": "x" }, "response": "no" }),
    ] {
        entries.push(odd);
    }
    let source = Evidence::read(har.to_string().as_bytes()).unwrap();
    assert_eq!(learn_all(&[source]).contract, plain().learn().contract);
}

#[test]
fn replies_in_base64_are_read() {
    let encoded = |tape: Tape, reply: &str| {
        let text = base64::engine::general_purpose::STANDARD.encode(reply);
        tape.with(|entry| {
            entry["response"]["content"] = json!({ "mimeType": "application/json", "encoding": "base64", "text": text })
        })
    };
    let mut tape = encoded(started(), r#"{"id":"dep-901","status":"queued"}"#);
    for word in ["queued", "building", "live"] {
        tape = tape.get("/sites/s-17/deployments/dep-901", json!(null));
        tape = encoded(tape, &json!({ "id": "dep-901", "status": word }).to_string());
    }
    assert_eq!(tape.learn().contract["statuses"]["succeeded"], json!(["live"]));
}

#[test]
fn a_recording_without_content_says_how_to_save_it() {
    let mut har: serde_json::Value = serde_json::from_str(&plain().har()).unwrap();
    for entry in har["log"]["entries"].as_array_mut().unwrap() {
        entry["response"]["content"] = json!({ "mimeType": "application/json", "size": 120 });
    }
    let learned = learn_all(&[Evidence::read(har.to_string().as_bytes()).unwrap()]);
    assert!(!learned.is_enough());
    assert!(
        learned
            .missing
            .iter()
            .any(|missing| missing.how.contains("\"with content\"")),
        "{:?}",
        learned.missing
    );
}

#[test]
fn replies_that_are_too_large_are_not_kept() {
    let huge = json!({ "id": "dep-901", "status": "queued", "blob": "x".repeat(3 * 1024 * 1024) });
    let tape = plain().get("/sites/s-17/deployments/dep-901", huge);
    let learned = tape.learn();
    assert_eq!(learned.contract, plain().learn().contract);
    assert!(
        learned
            .missing
            .iter()
            .any(|missing| missing.how.contains("too large to be looked at"))
    );
}
