//! API keys, as Sproobo documents them.

use super::*;

async fn create(rig: &Rig, name: &str) -> (Value, Secret) {
    let (status, body) = rig.post("/api-keys", json!({ "name": name })).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    (body["apiKey"].clone(), Secret::new(text(&body["key"]).to_owned()))
}

async fn list(rig: &Rig) -> Vec<Value> {
    let (_, body) = rig.get("/api-keys").await;
    body["apiKeys"].as_array().unwrap().clone()
}

async fn status_with(rig: &Rig, authorization: &str) -> StatusCode {
    let url = format!("{}/sites", rig.sandbox.base_url());
    let request = rig.client.get(url).header("Authorization", authorization);
    read(request.send().await.unwrap()).await.0
}

#[tokio::test(start_paused = true)]
async fn a_keys_value_is_shown_once_and_its_prefix_ever_after() {
    let rig = Rig::new(Scenario::Success).await;
    let (info, key) = create(&rig, " CI ").await;
    assert!(key.expose().starts_with("spb_"));
    assert_eq!(key.expose().len(), 44);
    assert!(key.expose()[4..].chars().all(|c| c.is_ascii_alphanumeric()));
    assert_eq!(info["name"], "CI");
    assert_eq!(info["prefix"], key.public_prefix());
    let keys = list(&rig).await;
    assert_eq!(keys[1], info);
    let shown = serde_json::to_string(&keys).unwrap();
    assert!(!shown.contains(&key.expose()[12..]));
    assert!(!shown.contains(&rig.sandbox.key().expose()[12..]));
}

#[tokio::test(start_paused = true)]
async fn a_new_key_works_at_once_and_a_revoked_one_no_longer() {
    let rig = Rig::new(Scenario::Success).await;
    let (info, key) = create(&rig, "CI").await;
    let bearer = format!("Bearer {}", key.expose());
    assert_eq!(status_with(&rig, &bearer).await, StatusCode::OK);
    let path = format!("/api-keys/{}", text(&info["id"]));
    let (status, body) = read(rig.request(Method::DELETE, &path).send().await.unwrap()).await;
    assert_eq!((status, &body["apiKey"]), (StatusCode::OK, &info));
    assert_eq!(status_with(&rig, &bearer).await, StatusCode::UNAUTHORIZED);
    assert_eq!(list(&rig).await.len(), 1);
    let (again, body) = read(rig.request(Method::DELETE, &path).send().await.unwrap()).await;
    assert_eq!((again, code(&body)), (StatusCode::NOT_FOUND, "api_key_not_found"));
}

#[tokio::test(start_paused = true)]
async fn only_one_exact_key_behind_bearer_is_accepted() {
    let rig = Rig::new(Scenario::Success).await;
    let key = rig.sandbox.key().expose().to_owned();
    for good in [format!("Bearer {key}"), format!("bearer {key}")] {
        assert_eq!(status_with(&rig, &good).await, StatusCode::OK);
    }
    for bad in [
        String::new(),
        key.clone(),
        "Bearer ".to_owned(),
        format!("Basic {key}"),
        format!("Bearer {}", &key[..43]),
        format!("Bearer {key}x"),
        format!("Bearer {}", rig.sandbox.key().public_prefix()),
    ] {
        assert_eq!(status_with(&rig, &bad).await, StatusCode::UNAUTHORIZED, "{}", bad.len());
    }
    let twice = rig
        .request(Method::GET, "/sites")
        .header("Authorization", "Bearer other");
    assert_eq!(twice.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_gets_the_assumed_error_and_starts_nothing() {
    let rig = Rig::new(Scenario::Success).await;
    let url = format!("{}/sites/demo/deployments", rig.sandbox.base_url());
    let response = rig.client.post(url).send().await.unwrap();
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    let (status, body) = read(response).await;
    assert_eq!((status, code(&body)), (StatusCode::UNAUTHORIZED, "invalid_api_key"));
    assert!(body["error"]["message"].is_string());
    assert_eq!(rig.history("demo").await.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_key_needs_a_name_and_there_are_a_hundred_at_most() {
    let rig = Rig::new(Scenario::Success).await;
    for body in [
        json!({}),
        json!({ "name": "  " }),
        json!({ "name": "n".repeat(101) }),
        json!({ "name": 1 }),
    ] {
        let (status, _) = rig.post("/api-keys", body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for _ in 1..100 {
        create(&rig, "CI").await;
    }
    let (status, body) = rig.post("/api-keys", json!({ "name": "CI" })).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::UNPROCESSABLE_ENTITY, "too_many_keys")
    );
    let prefixes: std::collections::HashSet<_> = list(&rig)
        .await
        .iter()
        .map(|key| text(&key["prefix"]).to_owned())
        .collect();
    assert_eq!(prefixes.len(), 100);
}

#[tokio::test(start_paused = true)]
async fn the_first_key_can_be_given_and_be_old() {
    let created_at: DateTime<Utc> = "2024-02-29T12:00:00Z".parse().unwrap();
    let rig = Rig::with(Options {
        first_key: Some(Secret::new("spb_rehearsal-of-a-stale-key".to_owned())),
        first_key_created_at: Some(created_at),
        ..Options::default()
    })
    .await;
    assert_eq!(
        status_with(&rig, "Bearer spb_rehearsal-of-a-stale-key").await,
        StatusCode::OK
    );
    let keys = list(&rig).await;
    assert_eq!(time(&keys[0]["createdAt"]), created_at);
    assert_eq!(keys[0]["prefix"], "spb_rehearsa");
}
