//! What can be read.

use super::*;

#[tokio::test(start_paused = true)]
async fn history_is_newest_first_and_holds_three_successes_of_usual_length() {
    let rig = Rig::new(Scenario::Fail).await;
    let id = rig.trigger("demo").await;
    let all = rig.history("demo").await;
    assert_eq!(all[0]["id"], id.as_str());
    assert!(
        all.windows(2)
            .all(|pair| time(&pair[0]["createdAt"]) > time(&pair[1]["createdAt"]))
    );
    let successes: Vec<_> = all.iter().filter(|each| each["health"] == "healthy").collect();
    assert_eq!(successes.len(), 3);
    for each in successes {
        let took = time(&each["finishedAt"]) - time(&each["createdAt"]);
        assert_eq!(took, TimeDelta::milliseconds(3_200));
    }
}

#[tokio::test(start_paused = true)]
async fn the_limit_is_kept_and_a_silly_one_refused() {
    let rig = Rig::new(Scenario::Success).await;
    let (_, two) = rig.get("/sites/demo/deployments?limit=2").await;
    assert_eq!(two["deployments"].as_array().unwrap().len(), 2);
    for silly in ["0", "101", "-1", "many", ""] {
        let (status, body) = rig.get(&format!("/sites/demo/deployments?limit={silly}")).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::UNPROCESSABLE_ENTITY, "invalid_limit")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_site_keeps_at_most_a_hundred_deployments() {
    let rig = Rig::new(Scenario::Success).await;
    let mut newest = String::new();
    for _ in 0..105 {
        newest = rig.trigger("demo").await;
        pass(3_200).await;
    }
    let (_, all) = rig.get("/sites/demo/deployments?limit=100").await;
    assert_eq!(all["deployments"].as_array().unwrap().len(), 100);
    assert_eq!(all["deployments"][0]["id"], newest.as_str());
    assert_eq!(all["deployments"][99]["version"], 10);
}

#[tokio::test(start_paused = true)]
async fn sites_are_listed_and_found_by_id() {
    let rig = Rig::new(Scenario::Success).await;
    let (_, sites) = rig.get("/sites").await;
    let ids: Vec<_> = sites["sites"]
        .as_array()
        .unwrap()
        .iter()
        .map(|site| text(&site["id"]))
        .collect();
    assert_eq!(ids, ["demo", "shop", "docs", "worker"]);
    let (_, shop) = rig.get("/sites/shop").await;
    assert_eq!(shop["site"]["name"], "Shop");
    assert_eq!(
        shop["site"]["url"],
        format!("http://{}/live/shop", rig.sandbox.address())
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_a_json_404_with_its_own_code() {
    let rig = Rig::new(Scenario::Success).await;
    for (path, expected) in [
        ("/sites/demo/deployments/nope", "deployment_not_found"),
        ("/sites/demo/deployments/nope/logs", "deployment_not_found"),
        ("/sites/demo/", "not_found"),
        ("/sites//deployments", "site_not_found"),
        ("/elsewhere", "not_found"),
        ("/sites/%ff", "not_found"),
    ] {
        let (status, body) = rig.get(path).await;
        assert_eq!((status, code(&body)), (StatusCode::NOT_FOUND, expected), "{path}");
    }
    let root = format!("http://{}/", rig.sandbox.address());
    let (status, _) = read(rig.client.get(root).send().await.unwrap()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

/// A workflow is rehearsed with the site's own id, whatever that is.
#[tokio::test(start_paused = true)]
async fn any_id_is_a_site_with_a_history() {
    let rig = Rig::new(Scenario::Success).await;
    let (status, site) = rig.get("/sites/my-own").await;
    assert_eq!((status, &site["site"]["id"]), (StatusCode::OK, &json!("my-own")));
    let (_, history) = rig.get("/sites/my-own/deployments").await;
    assert_eq!(history["deployments"].as_array().unwrap().len(), 4);
    let (status, _) = rig.post("/sites/another/deployments", json!({})).await;
    assert_eq!(status, StatusCode::CREATED);
}

#[tokio::test(start_paused = true)]
async fn what_asks_for_sites_without_end_gets_no_more_of_them() {
    let rig = Rig::new(Scenario::Success).await;
    for number in 0..200 {
        rig.get(&format!("/sites/s-{number}")).await;
    }
    let (_, sites) = rig.get("/sites").await;
    assert_eq!(sites["sites"].as_array().unwrap().len(), 100);
    let (status, _) = rig.get("/sites/s-199").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_scenario_knows_no_site_by_its_id() {
    let rig = Rig::new(Scenario::UnknownSite).await;
    for path in ["/sites/demo", "/sites/nope", "/sites/nope/deployments"] {
        let (status, body) = rig.get(path).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::NOT_FOUND, "site_not_found"),
            "{path}"
        );
    }
    let (status, body) = rig.post("/sites/demo/deployments", json!({})).await;
    assert_eq!((status, code(&body)), (StatusCode::NOT_FOUND, "site_not_found"));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_method_is_a_405_that_names_the_right_ones() {
    let rig = Rig::new(Scenario::Success).await;
    let response = rig
        .request(Method::PUT, "/sites/demo/deployments")
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["allow"], "GET, POST");
    let (status, body) = read(response).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
    );
}
