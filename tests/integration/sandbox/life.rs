//! What deployments do over time.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_deployment_goes_from_queued_to_healthy() {
    let rig = Rig::new(Scenario::Success).await;
    let id = rig.trigger("demo").await;
    let mut seen = Vec::new();
    for _ in 0..17 {
        let now = rig.deployment("demo", &id).await;
        let word = (
            text(&now["status"]).to_owned(),
            now["health"].as_str().map(str::to_owned),
        );
        assert_eq!(
            now["finishedAt"].is_string(),
            word.1.as_deref() == Some("healthy"),
            "it is finished once its health is known"
        );
        if seen.last() != Some(&word) {
            seen.push(word);
        }
        pass(200).await;
    }
    let seen: Vec<_> = seen.iter().map(|(s, h)| (s.as_str(), h.as_deref())).collect();
    assert_eq!(
        seen,
        [
            ("queued", None),
            ("building", None),
            ("deploying", None),
            ("completed", Some("checking")),
            ("completed", Some("healthy"))
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_worker_completes_and_never_reports_health() {
    let rig = Rig::new(Scenario::Success).await;
    let id = rig.trigger("worker").await;
    pass(60_000).await;
    let ended = rig.deployment("worker", &id).await;
    assert_eq!(word(&ended), ("completed", None));
    assert!(ended["finishedAt"].is_string());
    assert!(ended["url"].is_null());
}

#[tokio::test(start_paused = true)]
async fn a_trigger_is_echoed_field_by_field() {
    let rig = Rig::new(Scenario::Success).await;
    let sent = json!({ "ref": "release", "commit": "c0ffee", "message": "Try", "clientToken": "t-1" });
    let (_, body) = rig.post("/sites/demo/deployments", sent.clone()).await;
    for field in ["ref", "commit", "message", "clientToken"] {
        assert_eq!(body["deployment"][field], sent[field]);
    }
    assert!(body["deployment"]["version"].is_u64());
    assert!(body["deployment"]["startedAt"].is_null());
    pass(300).await;
    let building = rig.deployment("demo", text(&body["deployment"]["id"])).await;
    let waited = time(&building["startedAt"]) - time(&building["createdAt"]);
    assert_eq!(waited, TimeDelta::milliseconds(300));
}

#[tokio::test(start_paused = true)]
async fn a_faster_pace_shortens_everything() {
    let rig = Rig::with(Options {
        pace: Pace::times(10),
        ..Options::default()
    })
    .await;
    let id = rig.trigger("demo").await;
    pass(320).await;
    assert_eq!(word(&rig.deployment("demo", &id).await), ("completed", Some("healthy")));
}

#[tokio::test(start_paused = true)]
async fn each_scenario_ends_on_its_own_word() {
    for (scenario, status, health, why) in [
        (
            Scenario::Fail,
            "failed",
            None,
            "the build failed: `npm run build` exited with code 2",
        ),
        (
            Scenario::Unhealthy,
            "completed",
            Some("unhealthy"),
            "the health check failed: GET /health answered 503 three times",
        ),
        (
            Scenario::Superseded,
            "superseded",
            None,
            "a newer deployment of this site took over",
        ),
        (
            Scenario::Cancelled,
            "cancelled",
            None,
            "cancelled on the dashboard by another user",
        ),
    ] {
        let rig = Rig::new(scenario).await;
        let id = rig.trigger("demo").await;
        assert!(rig.deployment("demo", &id).await["failureReason"].is_null());
        pass(3_200).await;
        let ended = rig.deployment("demo", &id).await;
        assert_eq!(word(&ended), (status, health), "{scenario:?}");
        assert_eq!(ended["failureReason"], why, "{scenario:?}");
        assert!(ended["finishedAt"].is_string(), "{scenario:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_ends_on_a_word_that_is_in_no_list() {
    let rig = Rig::new(Scenario::Unknown).await;
    let id = rig.trigger("demo").await;
    pass(2_500).await;
    let ended = rig.deployment("demo", &id).await;
    assert_eq!(word(&ended), ("hibernated", None));
    assert!(ended["finishedAt"].is_string());
}

#[tokio::test(start_paused = true)]
async fn slow_builds_past_a_short_time_limit_and_its_history_says_so() {
    let rig = Rig::new(Scenario::Slow).await;
    let past = &rig.history("demo").await[0];
    assert_eq!(
        time(&past["finishedAt"]) - time(&past["createdAt"]),
        TimeDelta::milliseconds(61_700)
    );
    let id = rig.trigger("demo").await;
    pass(59_999).await;
    assert_eq!(word(&rig.deployment("demo", &id).await), ("building", None));
    pass(1_701).await;
    assert_eq!(word(&rig.deployment("demo", &id).await), ("completed", Some("healthy")));
}

#[tokio::test(start_paused = true)]
async fn what_supersedes_becomes_the_newest_and_succeeds() {
    let rig = Rig::new(Scenario::Superseded).await;
    let id = rig.trigger("demo").await;
    assert_eq!(rig.history("demo").await[0]["id"], id.as_str());
    pass(1_500).await;
    let newest = rig.history("demo").await[0].clone();
    assert_ne!(newest["id"], id.as_str());
    assert_eq!(word(&newest), ("queued", None));
    pass(3_200).await;
    assert_eq!(word(&rig.history("demo").await[0]), ("completed", Some("healthy")));
}

#[tokio::test(start_paused = true)]
async fn the_live_page_shows_the_commit_that_went_live() {
    let rig = Rig::new(Scenario::Success).await;
    let sent = json!({ "commit": "<b>c0ffee" });
    let (_, body) = rig.post("/sites/demo/deployments", sent).await;
    let url = text(&body["deployment"]["url"]);
    let (_, before) = rig.page(url).await;
    assert!(!before.contains("c0ffee"));
    pass(3_200).await;
    let (status, after) = rig.page(url).await;
    assert_eq!(status, StatusCode::OK);
    assert!(after.contains("&lt;b&gt;c0ffee"), "{after}");
    let (status, dashboard) = rig.page(text(&body["deployment"]["dashboardUrl"])).await;
    assert_eq!(status, StatusCode::OK);
    assert!(dashboard.contains("completed"));
}

#[tokio::test(start_paused = true)]
async fn an_unhealthy_version_does_not_stay_live() {
    let rig = Rig::new(Scenario::Unhealthy).await;
    let (_, body) = rig.post("/sites/demo/deployments", json!({ "commit": "c0ffee" })).await;
    let url = text(&body["deployment"]["url"]);
    pass(2_500).await;
    assert!(rig.page(url).await.1.contains("c0ffee"));
    pass(700).await;
    assert!(!rig.page(url).await.1.contains("c0ffee"));
}
