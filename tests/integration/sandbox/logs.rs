//! Deployments' logs.

use super::*;

#[tokio::test(start_paused = true)]
async fn the_log_grows_and_is_read_page_by_page_to_its_end() {
    let rig = Rig::new(Scenario::Success).await;
    let id = rig.trigger("demo").await;
    pass(400).await;
    let (early, _) = rig.log("demo", &id).await;
    assert!((1..20).contains(&early.len()), "{early:?}");
    let (_, page) = rig.get(&format!("/sites/demo/deployments/{id}/logs")).await;
    let next = text(&page["cursor"]);
    assert_eq!(
        next,
        early.len().to_string(),
        "while it runs there is always a next page"
    );
    pass(3_000).await;
    let (whole, pages) = rig.log("demo", &id).await;
    assert_eq!(pages, [20, 17]);
    assert_eq!(whole[..early.len()], early);
    assert_eq!(
        whole.last().unwrap(),
        "the health check passed: GET /health answered 200"
    );
}

#[tokio::test(start_paused = true)]
async fn the_last_page_carries_no_cursor() {
    let rig = Rig::new(Scenario::Success).await;
    let (_, page) = rig.get("/sites/demo/deployments/dep_demo_1/logs?cursor=20").await;
    assert!(page["cursor"].is_null());
    let (_, beyond) = rig
        .get(&format!(
            "/sites/demo/deployments/dep_demo_1/logs?cursor={}",
            usize::MAX
        ))
        .await;
    assert_eq!(beyond["lines"], json!([]));
    let (status, body) = rig.get("/sites/demo/deployments/dep_demo_1/logs?cursor=-1").await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid_cursor")
    );
}

#[tokio::test(start_paused = true)]
async fn a_failures_last_lines_explain_it() {
    let rig = Rig::new(Scenario::Fail).await;
    let id = rig.trigger("demo").await;
    pass(2_000).await;
    let (lines, _) = rig.log("demo", &id).await;
    let tail = &lines[lines.len() - 3..];
    assert!(tail[0].contains("error TS2322"), "{tail:?}");
    assert!(tail[2].starts_with("the build failed"), "{tail:?}");
}

#[tokio::test(start_paused = true)]
async fn the_log_holds_what_a_naive_tool_would_execute() {
    let rig = Rig::new(Scenario::Success).await;
    let (lines, _) = rig.log("demo", "dep_demo_1").await;
    for trap in ["::error::", "##[error]", "\u{1b}[", "\r"] {
        assert!(lines.iter().any(|line| line.contains(trap)), "{trap:?}");
    }
}
