//! Of a recording or a description a contract is made, or it is refused in one safe line; and no secret of a header goes along.

use std::io::Cursor;

use serde_json::{Value, json};
use sproobo_deploy::app::assumed;
use sproobo_deploy::learn::{self, Evidence};
use sproobo_deploy::sanitize;
use sproobo_deploy::sproobo::Contract;

/// What stands nowhere but in headers that name who asks.
const SECRET: &str = "Zk9Qw7-s3cr3t";

pub(crate) fn check(data: &[u8]) {
    let planted = match serde_json::from_slice(data) {
        Ok(document) => plant(document).to_string().into_bytes(),
        Err(_) => data.to_vec(),
    };
    let evidence = match Evidence::read(Cursor::new(planted)) {
        Ok(evidence) => evidence,
        Err(error) => {
            let said = error.to_string();
            assert_eq!(sanitize::line(&said), said);
            assert!(!said.contains(SECRET), "{said}");
            return;
        }
    };
    let built_in = Contract::default();
    let learned = learn::learn(&[evidence], assumed(&built_in));
    let said = format!("{}\n{}", learned.contract, learn::explain(&learned).join("\n"));
    assert!(!said.contains(SECRET), "{said}");
    // `contract learn` says so where such a contract still has to be corrected by hand.
    for problem in Contract::parse(&learned.contract.to_string()).err().unwrap_or_default() {
        let said = problem.to_string();
        assert_eq!(sanitize::line(&said), said);
    }
}

fn plant(mut document: Value) -> Value {
    let entries = document.pointer_mut("/log/entries").and_then(Value::as_array_mut);
    for entry in entries.into_iter().flatten() {
        let headers = entry.pointer_mut("/request/headers").and_then(Value::as_array_mut);
        if let Some(headers) = headers {
            headers.push(json!({ "name": "Authorization", "value": format!("Bearer {SECRET}") }));
            headers.push(json!({ "name": "Cookie", "value": format!("session={SECRET}") }));
        }
    }
    document
}
