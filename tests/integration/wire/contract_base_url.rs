//! Where a contract may send the key.

use serde_json::json;
use sproobo_deploy::sproobo::{Contract, Operation};

use crate::wire::contract::{parse, problems, url};

#[test]
fn a_contract_in_the_checkout_can_not_send_the_key_elsewhere() {
    let evil = parse(json!({ "base_url": "https://evil.example/api" }));
    let refused = evil.with_api_url(None).unwrap_err();
    assert_eq!(refused.path, "/base_url");
    assert!(refused.expected.contains("evil.example"), "{refused}");
    assert!(refused.expected.contains("--api-url"), "{refused}");
    let named = evil.with_api_url(Some("https://evil.example/api/")).unwrap();
    assert_eq!(url(&named, Operation::Sites, &[]), "https://evil.example/api/sites");

    for not_sproobo in [
        "https://evil.dashboard.sproobo.com/api",
        "https://dashboard.sproobo.com.evil.example/api",
        "https://sproobo.com/api",
        "https://localhost.evil.example/api",
    ] {
        let contract = parse(json!({ "base_url": not_sproobo }));
        assert!(contract.with_api_url(None).is_err(), "{not_sproobo}");
    }
    for fine in [
        "https://dashboard.sproobo.com/v2",
        "http://127.0.0.1:8080/api",
        "http://[::1]:1/",
        "http://LOCALHOST",
    ] {
        let contract = parse(json!({ "base_url": fine }));
        assert!(contract.with_api_url(None).is_ok(), "{fine}");
    }
}

#[test]
fn the_api_url_of_the_command_line_wins() {
    let contract = Contract::default()
        .with_api_url(Some("http://127.0.0.1:9/api/"))
        .unwrap();
    assert_eq!(
        url(&contract, Operation::Site, &[("site", "a")]),
        "http://127.0.0.1:9/api/sites/a"
    );
    assert_eq!(contract.document()["base_url"], "http://127.0.0.1:9/api");
}

#[test]
fn a_base_url_must_be_https_and_plain() {
    for wrong in [
        "http://sproobo.example/api",
        "ftp://127.0.0.1/",
        "dashboard.sproobo.com",
        "https://user:pass@dashboard.sproobo.com/api",
        "https://:pass@dashboard.sproobo.com/api",
        "https://user@dashboard.sproobo.com/api",
        "https://dashboard.sproobo.com/api?x=1",
        "https://dashboard.sproobo.com/api#x",
        "https://bücher.example/api",
    ] {
        assert!(Contract::default().with_api_url(Some(wrong)).is_err(), "{wrong}");
        let file = json!({ "base_url": wrong }).to_string();
        assert!(problems(&file)[0].starts_with("/base_url: expected"), "{wrong}");
    }
}
