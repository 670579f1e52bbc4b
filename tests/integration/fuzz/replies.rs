//! Whatever the API answers, nothing panics, and every text that is passed on is one safe line without the key.

use std::collections::BTreeMap;

use sproobo_deploy::http::{self, Options};
use sproobo_deploy::model::{Deployment, DeploymentId, SiteId};
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::sanitize::line;
use sproobo_deploy::secret::Secret;
use sproobo_deploy::sproobo::{Client, Contract};

use super::{input, with_answer};

const KEY: &str = "spr_0123456789abcdefghijklmn";

const HEADS: [&str; 8] = [
    "200 OK\r\ncontent-type: application/json",
    "201 Created\r\ncontent-type: application/problem+json",
    "200 OK",
    "200 OK\r\ncontent-type: text/html",
    "409 Conflict\r\ncontent-type: application/json",
    "429 Slow\r\ncontent-type: application/json\r\nretry-after: 99999999999999999999",
    "503 Off\r\nretry-after: Wed, 21 Oct 2015 07:28:00 GMT",
    "302 Found\r\nlocation: https://u:p@evil.example/?k=spr_0123456789abcdefghijklmn",
];

pub(crate) fn check(data: &[u8]) {
    let Some((head, which, body)) = input::<(u8, u8, &str)>(data) else {
        return;
    };
    let body = body.replace("KEY", KEY);
    let head = HEADS[usize::from(head) % HEADS.len()];
    with_answer(head, body.as_bytes(), async |base| ask(&base, which).await);
}

async fn ask(base: &str, which: u8) {
    thread_local! {
        static CONTRACT: Contract = Contract::default();
        static HTTP: http::Client = {
            let redactor = Redactor::new();
            redactor.add(&Secret::new(KEY.to_owned()));
            http::Client::new(Options::default(), redactor).expect("no CA")
        };
    }
    let redactor = Redactor::new();
    let key = Secret::new(KEY.to_owned());
    redactor.add(&key);
    let contract = CONTRACT
        .with(|contract| contract.with_api_url(Some(base)))
        .expect("loopback");
    let client = Client::new(contract, HTTP.with(Clone::clone), key, redactor, BTreeMap::new());
    let site: SiteId = "demo".parse().expect("an id");
    let id: DeploymentId = "d-1".parse().expect("an id");
    let error = match which % 7 {
        0 => client
            .deployment(&site, &id)
            .await
            .map(|deployment| deployment_is_safe(&deployment))
            .err(),
        1 => client
            .deployments(&site, 5)
            .await
            .map(|list| list.iter().for_each(deployment_is_safe))
            .err(),
        2 => match client.logs(&site, &id, None).await {
            Ok(page) => {
                page.lines.iter().for_each(|line| safe(&line.text));
                None
            }
            Err(error) => Some(error),
        },
        3 => match client.api_keys().await {
            Ok(keys) => {
                for key in keys {
                    safe(&key.to_string());
                    assert!(key.prefix.is_none_or(|prefix| prefix.chars().count() <= 12));
                }
                None
            }
            Err(error) => Some(error),
        },
        4 => match client.create_api_key("ci").await {
            Ok((info, secret)) => {
                assert!(secret.expose().bytes().all(|byte| byte.is_ascii_graphic()));
                let shown = info.to_string();
                assert!(
                    !shown.contains(&secret.expose()[12..]) || secret.expose().len() < 20,
                    "{shown}"
                );
                None
            }
            Err(error) => Some(error),
        },
        5 => client
            .sites()
            .await
            .map(|sites| sites.iter().for_each(|site| safe(&site.id.to_string())))
            .err(),
        _ => client.cancel(&site, &id).await.err(),
    };
    if let Some(error) = error {
        safe(&error.to_string());
        assert!(!error.to_string().contains("u:p@"), "{error}");
    }
}

fn deployment_is_safe(deployment: &Deployment) {
    safe(&deployment.word);
    for text in [
        &deployment.commit,
        &deployment.failure,
        &deployment.url,
        &deployment.dashboard_url,
    ] {
        text.iter().for_each(|text| safe(text));
    }
    let _ = deployment.took();
}

fn safe(text: &str) {
    assert_eq!(line(text), text);
    // An id is raw, and redacted by the sinks alone.
    if !text.contains("id ") {
        assert!(!text.contains(&KEY[5..]), "{text}");
    }
}
