//! A page of a log has the lines that a reader would find who has memory for the whole document, in each format.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sproobo_deploy::error::ApiError;
use sproobo_deploy::http::{self, Options};
use sproobo_deploy::model::LogPage;
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::sanitize;
use sproobo_deploy::secret::Secret;
use sproobo_deploy::sproobo::{Client, Contract};

use super::with_answer;

const KEY: &str = "spr_0123456789abcdefghijklmn";

/// Of fewer bytes than these can't be more values than a page's outline or an item keeps.
const KEPT_WHOLE: usize = 16 * 1024;

pub(crate) fn check(data: &[u8]) {
    let Some((format, body)) = data.split_first() else {
        return;
    };
    let format = ["json", "text", "ndjson"][usize::from(format % 3)];
    let body = String::from_utf8_lossy(body).replace("KEY", KEY);
    let redactor = Redactor::new();
    redactor.add(&Secret::new(KEY.to_owned()));
    let page = read(format, &body, &redactor);
    let Ok(page) = page else {
        assert!(format != "text", "any text is a log: {page:?}");
        return;
    };
    for line in &page.lines {
        assert_eq!(sanitize::line(&line.text), line.text);
        assert!(!line.text.contains(&KEY[12..]), "{:?}", line.text);
    }
    if body.len() > KEPT_WHOLE || body.trim().is_empty() {
        return;
    }
    let expected: Vec<String> = match format {
        "json" => {
            let Some(items) = serde_json::from_str(&body).ok().and_then(items) else {
                return;
            };
            items.iter().flat_map(|item| lines(&text(item), &redactor)).collect()
        }
        "text" => lines(&body, &redactor),
        _ => body
            .lines()
            .filter(|line| !line.trim().is_empty())
            .flat_map(|line| match serde_json::from_str(line) {
                Ok(item) => lines(&text(&item), &redactor),
                Err(_) => lines(line, &redactor),
            })
            .collect(),
    };
    let texts: Vec<&str> = page.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, expected, "{body:?}");
    assert_eq!(page.skipped, 0);
}

fn read(format: &str, body: &str, redactor: &Redactor) -> Result<LogPage, ApiError> {
    let fields = json!({ "items": ["/lines", "/pages/1/lines", ""], "text": ["/text", ""], "format": format });
    let contract = Contract::parse(&json!({ "fields": { "logs": fields } }).to_string()).expect("a contract");
    let mut page = None;
    with_answer(
        "200 OK\r\ncontent-type: application/json",
        body.as_bytes(),
        async |base| {
            let contract = contract.with_api_url(Some(&base)).expect("loopback");
            let http = http::Client::new(Options::default(), redactor.clone()).expect("no CA");
            let key = Secret::new(KEY.to_owned());
            let client = Client::new(contract, http, key, redactor.clone(), BTreeMap::new());
            let site = "demo".parse().expect("an id");
            page = Some(client.logs(&site, &"d-1".parse().expect("an id"), None).await);
        },
    );
    page.expect("the client had its answer")
}

/// The items that the contract's pointers lead to; `None` if they lead to no list.
fn items(document: Value) -> Option<Vec<Value>> {
    let pointers = ["/lines", "/pages/1/lines", ""];
    let found = pointers
        .iter()
        .find_map(|pointer| document.pointer(pointer).filter(|found| !found.is_null()))?;
    match found {
        Value::Array(items) => Some(items.clone()),
        Value::String(_) => Some(vec![found.clone()]),
        _ => None,
    }
}

fn text(item: &Value) -> String {
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    let found = item.get("text").and_then(scalar).or_else(|| scalar(item));
    found.unwrap_or_else(|| item.to_string())
}

fn lines(raw: &str, redactor: &Redactor) -> Vec<String> {
    let text = redactor.redact(raw);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    text.split('\n')
        .map(|line| sanitize::line(line.strip_suffix('\r').unwrap_or(line)).into_owned())
        .collect()
}
