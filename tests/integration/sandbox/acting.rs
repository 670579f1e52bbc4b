//! Triggering, cancelling, rolling back.

use super::*;

#[tokio::test(start_paused = true)]
async fn the_same_token_never_starts_a_second_run() {
    let rig = Rig::new(Scenario::Success).await;
    let path = "/sites/demo/deployments";
    let (first, one) = rig.post(path, json!({ "clientToken": "t-1" })).await;
    let header = rig.request(Method::POST, path).header("Idempotency-Key", "t-1");
    let (second, two) = read(header.send().await.unwrap()).await;
    pass(3_200).await;
    let (third, three) = rig.post(path, json!({ "clientToken": "t-1" })).await;
    assert_eq!(
        [first, second, third],
        [StatusCode::CREATED, StatusCode::OK, StatusCode::OK]
    );
    assert_eq!(one["deployment"]["id"], two["deployment"]["id"]);
    assert_eq!(one["deployment"]["id"], three["deployment"]["id"]);
    assert_eq!(rig.history("demo").await.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_token_counts_for_one_site_only() {
    let rig = Rig::new(Scenario::Success).await;
    for site in ["demo", "shop"] {
        let (status, _) = rig
            .post(&format!("/sites/{site}/deployments"), json!({ "clientToken": "t-1" }))
            .await;
        assert_eq!(status, StatusCode::CREATED);
    }
}

#[tokio::test(start_paused = true)]
async fn a_trigger_during_another_run_is_a_conflict_that_names_it() {
    let rig = Rig::new(Scenario::Success).await;
    let running = rig.trigger("demo").await;
    for path in ["/sites/demo/deployments", "/sites/demo/deployments/dep_demo_1/rollback"] {
        let (status, body) = rig.post(path, json!({})).await;
        assert_eq!((status, code(&body)), (StatusCode::CONFLICT, "deployment_in_progress"));
        assert_eq!(body["error"]["deploymentId"], running.as_str());
    }
    pass(3_200).await;
    rig.trigger("demo").await;
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_run_ends_soon_and_only_once() {
    let rig = Rig::new(Scenario::Success).await;
    let id = rig.trigger("demo").await;
    let path = format!("/sites/demo/deployments/{id}/cancel");
    pass(1_000).await;
    let (status, body) = rig.post(&path, json!({})).await;
    assert_eq!(
        (status, word(&body["deployment"])),
        (StatusCode::ACCEPTED, ("building", None))
    );
    pass(299).await;
    let (again, _) = rig.post(&path, json!({})).await;
    assert_eq!(again, StatusCode::ACCEPTED, "asking twice is no error");
    pass(1).await;
    let ended = rig.deployment("demo", &id).await;
    assert_eq!(word(&ended), ("cancelled", None), "and does not postpone the end");
    let (status, body) = rig.post(&path, json!({})).await;
    assert_eq!((status, code(&body)), (StatusCode::CONFLICT, "deployment_ended"));
    pass(60_000).await;
    assert_eq!(rig.deployment("demo", &id).await, ended);
    assert_eq!(rig.log("demo", &id).await.0.last().unwrap(), "cancelled");
}

#[tokio::test(start_paused = true)]
async fn who_is_cancelled_first_is_not_superseded_later() {
    let rig = Rig::new(Scenario::Superseded).await;
    let id = rig.trigger("demo").await;
    rig.post(&format!("/sites/demo/deployments/{id}/cancel"), json!({}))
        .await;
    pass(60_000).await;
    assert_eq!(rig.history("demo").await[0]["id"], id.as_str());
    assert_eq!(word(&rig.deployment("demo", &id).await), ("cancelled", None));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_is_a_new_deployment_of_the_old_commit() {
    let rig = Rig::new(Scenario::Fail).await;
    let target = rig.deployment("demo", "dep_demo_2").await;
    let path = "/sites/demo/deployments/dep_demo_2/rollback";
    let send = || rig.request(Method::POST, path).header("Idempotency-Key", "t-9").send();
    let (status, body) = read(send().await.unwrap()).await;
    assert_eq!(status, StatusCode::CREATED);
    let made = &body["deployment"];
    assert_ne!(made["id"], target["id"]);
    assert_eq!(made["commit"], target["commit"]);
    let (again, same) = read(send().await.unwrap()).await;
    assert_eq!((again, &same["deployment"]["id"]), (StatusCode::OK, &made["id"]));
    pass(1_500).await;
    let ended = rig.deployment("demo", text(&made["id"])).await;
    assert_eq!(word(&ended), ("completed", Some("healthy")));
    let (_, page) = rig.page(text(&made["url"])).await;
    assert!(page.contains(text(&target["commit"])));
}

#[tokio::test(start_paused = true)]
async fn only_a_success_of_this_site_can_be_rolled_back_to() {
    let rig = Rig::new(Scenario::Success).await;
    for (target, status, expected) in [
        ("dep_demo_99", StatusCode::NOT_FOUND, "deployment_not_found"),
        ("dep_shop_1", StatusCode::NOT_FOUND, "deployment_not_found"),
        (
            "dep_demo_3",
            StatusCode::UNPROCESSABLE_ENTITY,
            "deployment_not_succeeded",
        ),
    ] {
        let (got, body) = rig
            .post(&format!("/sites/demo/deployments/{target}/rollback"), json!({}))
            .await;
        assert_eq!((got, code(&body)), (status, expected), "{target}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_not_taken_over_by_another_operation() {
    let rig = Rig::new(Scenario::Success).await;
    rig.post("/sites/demo/deployments", json!({ "clientToken": "t-1" }))
        .await;
    pass(3_200).await;
    let (status, body) = rig
        .post(
            "/sites/demo/deployments/dep_demo_1/rollback",
            json!({ "clientToken": "t-1" }),
        )
        .await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused")
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_makes_no_sense_starts_nothing() {
    let rig = Rig::new(Scenario::Success).await;
    let send = |body: String| rig.request(Method::POST, "/sites/demo/deployments").body(body).send();
    for (body, status) in [
        ("{".to_owned(), StatusCode::BAD_REQUEST),
        ("[]".to_owned(), StatusCode::BAD_REQUEST),
        ("[".repeat(100_000), StatusCode::BAD_REQUEST),
        ("\u{0}".to_owned(), StatusCode::BAD_REQUEST),
        (r#"{"ref":7}"#.to_owned(), StatusCode::UNPROCESSABLE_ENTITY),
        (
            format!(r#"{{"ref":"{}"}}"#, "x".repeat(5_000)),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("x".repeat(1024 * 1024 + 1), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let start: String = body.chars().take(20).collect();
        let (got, _) = read(send(body).await.unwrap()).await;
        assert_eq!(got, status, "{start:?}");
    }
    assert_eq!(rig.history("demo").await.len(), 4);
}
