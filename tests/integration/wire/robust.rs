//! Waiting on servers at their worst: never a false green, never a hang. Whole deploys over HTTP on a clock that jumps.

use std::time::Duration;

use serde_json::{Value, json};
use sproobo_deploy::deploy::Options;
use sproobo_deploy::model::{EarlyExit, TimeLimit};

use crate::support::demo::{CANCEL, READ, TRIGGER, deployment, explained, once, polled};
use crate::support::server::Act;
use crate::support::simulation::{eager, simulate, simulate_with};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn whatever_a_poll_answers_but_a_rejection_is_temporary() {
    let somebody_else = json!({ "deployment": { "id": "d-2", "status": "success" } });
    for act in [
        Act::Html(200, "<h1>Maintenance</h1>"),
        Act::Html(403, "<h1>Firewall</h1>"),
        Act::Redirect("/login".to_owned()),
        Act::Json(404, json!({"error": "not yet"})),
        Act::Json(408, Value::Null),
        Act::Json(429, Value::Null),
        Act::Json(500, json!("oops")),
        Act::Json(402, Value::Null),
        Act::Json(200, json!([])),
        Act::Json(200, json!("success")),
        Act::Json(200, json!({"deployment": {"status": "success"}})),
        Act::Json(200, somebody_else),
        Act::Close,
    ] {
        let server = once(act);
        simulate(&server, eager).await.expect(0);
        assert_eq!(server.count(TRIGGER), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_that_is_gone_for_good_is_7_and_one_that_talks_otherwise_9() {
    for (act, code, words) in [
        (Act::Close, 7, "no good answer"),
        (Act::Json(503, Value::Null), 7, "503"),
        (Act::Html(200, "<p>"), 9, "contract show"),
        (Act::Redirect("/login".to_owned()), 9, "redirect"),
    ] {
        let server = polled(move || act.clone());
        let run = simulate(&server, |options| {
            eager(options);
            options.watch.max_unreachable = seconds(1);
        });
        let run = explained(run.await, code).says(words);
        let run = run.says("sproobo-deploy wait demo d-1");
        assert!(run.took < seconds(3), "{:?}", run.took);
        assert_eq!(server.count(TRIGGER), 1);
    }
}

/// `Retry-After: 0`, or a date that the server's fast clock has passed, is no invitation to a storm.
#[tokio::test(start_paused = true)]
async fn a_retry_after_of_nothing_still_backs_off() {
    for after in ["0", "Mon, 01 Jan 2001 00:00:00 GMT"] {
        let server = polled(move || {
            Act::Raw(format!(
                "HTTP/1.1 503 No\r\nretry-after: {after}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            ))
        });
        let run = simulate(&server, |options| {
            eager(options);
            options.watch.max_unreachable = seconds(3);
        });
        explained(run.await, 7);
        assert!(server.count(READ) < 60, "{} polls in 3 s", server.count(READ));
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_while_settling_is_a_time_out_and_never_a_success() {
    let server = polled(|| Act::Json(200, deployment("completed")));
    let run = simulate(&server, |options| {
        eager(options);
        (options.watch.limit, options.watch.settle) = (TimeLimit::Timeout(seconds(2)), seconds(60));
    });
    explained(run.await, 4).says("health");
}

#[tokio::test(start_paused = true)]
async fn on_timeout_cancel_cancels_and_stays_4() {
    let cancelling = |options: &mut Options| {
        eager(options);
        (options.watch.limit, options.on_timeout) = (TimeLimit::Timeout(seconds(2)), EarlyExit::Cancel);
    };
    let server = polled(|| Act::Json(200, deployment("building")));
    explained(simulate(&server, cancelling).await, 4).says("accepted our request to cancel");
    assert_eq!(server.count(CANCEL), 1);
    let no_cancel = json!({ "operations": { "cancel": null } });
    explained(simulate_with(&server, no_cancel, cancelling).await, 4)
        .says("could not be cancelled")
        .says("does not offer");
}

/// The time-out's own advice is not enough when the word was the reason.
#[tokio::test(start_paused = true)]
async fn a_time_out_on_an_unknown_word_teaches_the_word() {
    let hasty = |options: &mut Options| {
        eager(options);
        options.watch.limit = TimeLimit::Timeout(seconds(2));
    };
    let server = polled(|| Act::Json(200, deployment("on hold")));
    let run = explained(simulate(&server, hasty).await, 4);
    let next = run.printed().split("next: ").nth(1).unwrap().to_owned();
    assert!(
        next.contains("`on hold`") && next.contains("--status-map 'on hold'=CLASS"),
        "{next}"
    );
    let no_word = polled(|| Act::Json(200, json!({"deployment": {"id": "d-1"}})));
    explained(simulate(&no_word, hasty).await, 4).says("fields.deployment.status");
}

/// Zero is how many APIs write "not yet".
#[tokio::test(start_paused = true)]
async fn an_unknown_word_of_a_deployment_that_ended_at_zero_is_waited_out() {
    for zero in [
        json!(0),
        json!("0001-01-01T00:00:00Z"),
        json!("NaN"),
        json!(""),
        json!(false),
    ] {
        let reply = json!({"deployment": {"id": "d-1", "status": "on hold", "finishedAt": zero}});
        let server = polled(move || Act::Json(200, reply.clone()));
        let run = simulate(&server, |options| {
            eager(options);
            options.watch.limit = TimeLimit::Timeout(seconds(2));
        });
        explained(run.await, 4).says("timed out");
    }
}

/// By the server's clock it is three hours old at its first sight: it is polled as the new one that it is.
#[tokio::test(start_paused = true)]
async fn a_server_with_another_clock_is_polled_at_our_pace() {
    let created = (chrono::Utc::now() - chrono::Duration::hours(3)).to_rfc3339();
    let mut polls = 0;
    let server = polled(move || {
        polls += 1;
        let status = if polls < 4 { "building" } else { "success" };
        Act::Json(
            200,
            json!({"deployment": {"id": "d-1", "status": status, "createdAt": created}}),
        )
    });
    let run = simulate(&server, |_| ()).await.expect(0);
    assert!(run.took < seconds(15), "{:?}", run.took);
}
