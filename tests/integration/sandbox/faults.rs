//! The scenario `flaky`, and the requests that a sandbox remembers.

use super::*;

const DEPLOYMENTS: &str = "/sites/demo/deployments";

/// What a request came to: its status, or nothing if the connection closed first.
async fn outcome(request: RequestBuilder) -> Option<(StatusCode, Option<String>)> {
    let response = request.send().await.ok()?;
    let header = |name| {
        response
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    Some((response.status(), header("retry-after")))
}

#[tokio::test(start_paused = true)]
async fn a_flaky_trigger_is_refused_then_lost_then_found_by_its_token() {
    let rig = Rig::new(Scenario::Flaky).await;
    let trigger = || {
        rig.request(Method::POST, DEPLOYMENTS)
            .json(&json!({ "clientToken": "t-1" }))
    };
    let refused = outcome(trigger()).await.unwrap();
    assert_eq!(refused, (StatusCode::TOO_MANY_REQUESTS, Some("1".to_owned())));
    assert_eq!(rig.history("demo").await.len(), 4, "a refused trigger starts nothing");
    assert_eq!(outcome(trigger()).await, None);
    let newest = rig.history("demo").await[0].clone();
    assert_eq!(newest["clientToken"], "t-1", "a lost one did start");
    let (status, body) = read(trigger().send().await.unwrap()).await;
    assert_eq!((status, &body["deployment"]["id"]), (StatusCode::OK, &newest["id"]));
    assert_eq!(rig.history("demo").await.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn flaky_reads_follow_the_documented_script() {
    let rig = Rig::new(Scenario::Flaky).await;
    let mut got = Vec::new();
    for _ in 0..8 {
        got.push(outcome(rig.request(Method::GET, &format!("{DEPLOYMENTS}/dep_demo_1"))).await);
    }
    let got: Vec<_> = got
        .iter()
        .map(|each| each.as_ref().map(|(status, after)| (status.as_u16(), after.as_deref())))
        .collect();
    let good = Some((200, None));
    let faults = [None, Some((500, None)), Some((502, None)), Some((503, Some("1")))];
    assert_eq!(got[..4], faults);
    assert_eq!(got[4..], [good, None, good, good]);
}

#[tokio::test(start_paused = true)]
async fn each_site_plays_its_own_script_of_faults() {
    let rig = Rig::new(Scenario::Flaky).await;
    for site in ["demo", "shop"] {
        let (status, _) = rig.post(&format!("/sites/{site}/deployments"), json!({})).await;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    }
}

#[tokio::test(start_paused = true)]
async fn requests_are_remembered_without_any_key() {
    let rig = Rig::new(Scenario::Success).await;
    let key = rig.sandbox.key().expose().to_owned();
    rig.trigger("demo").await;
    let url = format!("{}/sites?key={key}", rig.sandbox.base_url());
    rig.client.get(url).send().await.unwrap();
    rig.request(Method::DELETE, &format!("/api-keys/{key}"))
        .send()
        .await
        .unwrap();
    let seen = rig.sandbox.requests();
    let seen: Vec<_> = seen
        .iter()
        .map(|r| (r.method.as_str(), r.path.as_str(), r.authorized))
        .collect();
    assert_eq!(
        seen,
        [
            ("POST", "/api/sites/demo/deployments", true),
            ("GET", "/api/sites", false),
            ("DELETE", "/api/api-keys/***", true)
        ]
    );
}
