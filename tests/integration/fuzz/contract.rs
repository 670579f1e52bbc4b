//! No contract and no value sends a request anywhere but below the base URL, or lets a header be added.

use std::collections::BTreeMap;

use serde_json::json;
use sproobo_deploy::sproobo::{Contract, Operation, Values};

use super::input;

const BASE: &str = "https://api.example/base";

pub(crate) fn check(data: &[u8]) {
    let Some((document, path, site, own)) = input::<(String, String, String, String)>(data) else {
        return;
    };
    // As a document of its own, which is seldom one; and as parts of one that mostly is.
    let whole = Contract::parse(&document);
    let parts = json!({
        "operations": { "trigger": { "path": format!("/{path}"), "headers": { "X-Own": document }, "body": { "own": path } } },
        "statuses": { "failed": [site] }
    });
    for contract in [whole, Contract::parse(&parts.to_string())].into_iter().flatten() {
        let contract = contract.with_api_url(Some(BASE)).expect("a base URL");
        let again = Contract::parse(&contract.document().to_string()).expect("what is shown can be read again");
        assert_eq!(again.document(), contract.document());
        let vars = BTreeMap::from([("own".to_owned(), own.clone())]);
        let values = Values::new(&vars)
            .with("site", site.as_str())
            .with("deployment", own.as_str());
        for operation in Operation::ALL {
            let Ok(call) = contract.call(*operation, &values) else {
                continue;
            };
            let url = call.url.as_str();
            assert!(url.starts_with("https://api.example/base/"), "{url}");
            assert!(call.url.fragment().is_none(), "{url}");
            for (name, value) in &call.headers {
                assert!(!name.contains(['\r', '\n', ':', ' ']), "{name:?}: {value:?}");
            }
        }
    }
}
