//! The fake behind a real socket, at the default contract's paths, for the binary.

use std::sync::Arc;

use serde_json::{Value, json};
use sproobo_deploy::error::{ApiError, ErrorReply, Transport};
use sproobo_deploy::model::{ClientToken, Deployment, DeploymentId, Health};

use super::{FakePlatform, Fault, Op};
use crate::support::server::{Act, Request, Server};

/// Serves it; `before_start` sees the token of each request that starts something, before anything is done with it.
pub(crate) fn serve(
    platform: &Arc<FakePlatform>,
    before_start: impl Fn(&FakePlatform, &ClientToken) + Send + 'static,
) -> Server {
    let platform = platform.clone();
    Server::start(move |request| answer(&platform, &before_start, request))
}

fn answer(platform: &FakePlatform, before_start: &impl Fn(&FakePlatform, &ClientToken), request: &Request) -> Act {
    let line = request.line();
    let (method, path) = line.split_once(' ').unwrap();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let (op, id) = match (method, parts.as_slice()) {
        ("POST", ["sites", _, "deployments"]) => (Op::Trigger, None),
        ("GET", ["sites", _, "deployments"]) => (Op::Deployments, None),
        ("GET", ["sites", _, "deployments", id]) => (Op::Deployment, Some(*id)),
        ("POST", ["sites", _, "deployments", id, "cancel"]) => (Op::Cancel, Some(*id)),
        ("POST", ["sites", _, "deployments", id, "rollback"]) => (Op::Rollback, Some(*id)),
        ("GET", ["sites", _, "deployments", id, "logs"]) => (Op::Logs, Some(*id)),
        _ => return Act::Json(404, json!({"error": {"message": "no such path"}})),
    };
    let id: Option<DeploymentId> = id.map(|id| id.parse().unwrap());
    let starts = matches!(op, Op::Trigger | Op::Rollback);
    let token = ClientToken(request.header("idempotency-key").unwrap_or_default().to_owned());
    if starts {
        before_start(platform, &token);
    }
    match platform.called(op) {
        None => {}
        Some(Fault::Hang) => return Act::Hang,
        Some(Fault::Error(error) | Fault::Slow(_, error)) => return failure(&error),
    }
    match (op, id) {
        (Op::Deployments, _) => {
            let list: Vec<Value> = platform.list(50).iter().map(shown).collect();
            Act::Json(200, json!({ "deployments": list }))
        }
        (Op::Deployment, Some(id)) => act(platform.one(&id)),
        (Op::Cancel, Some(id)) => {
            platform.cancel(&id);
            Act::Json(202, json!({}))
        }
        (Op::Logs, _) => Act::Json(200, json!({ "lines": [{ "text": "a line" }] })),
        (_, to) => {
            let commit = match to {
                Some(to) => platform.commit_of(&to),
                None => request.body["commit"].as_str().map(str::to_owned),
            };
            platform.start(&token, commit.as_deref()).1.map_or(Act::Hang, act)
        }
    }
}

fn act(answer: Result<Deployment, ApiError>) -> Act {
    match answer {
        Ok(deployment) => Act::Json(200, json!({ "deployment": shown(&deployment) })),
        Err(error) => failure(&error),
    }
}

fn shown(deployment: &Deployment) -> Value {
    let health = deployment.health.as_ref().map(|health| match health {
        Health::Healthy => "healthy",
        Health::Unhealthy => "unhealthy",
        Health::Pending(word) => word,
    });
    json!({
        "id": deployment.id.as_str(),
        "status": deployment.word,
        "health": health,
        "commit": deployment.commit,
        "clientToken": deployment.client_token.as_ref().map(ToString::to_string),
        "createdAt": deployment.created_at,
        "finishedAt": deployment.finished_at,
        "dashboardUrl": deployment.dashboard_url,
        "failureReason": deployment.failure,
    })
}

/// The same failure on the wire. A connection that is never made can't be made here: too many requests instead, which
/// starts nothing either.
fn failure(error: &ApiError) -> Act {
    match error {
        ApiError::Transport(Transport::TimedOut { .. }) => Act::Hang,
        ApiError::Transport(Transport::Broken { .. }) => Act::Reset,
        ApiError::Transport(_) => Act::Json(429, json!({})),
        ApiError::Unreadable { .. } => Act::Raw(
            "HTTP/1.1 201 Any\r\ncontent-type: application/json\r\ncontent-length: 99\r\nconnection: close\r\n\r\n{"
                .to_owned(),
        ),
        ApiError::NotJson { status, .. } => Act::Html(*status, "<p>"),
        ApiError::Redirect { location, .. } => Act::Redirect(location.clone()),
        ApiError::Reply(reply) => refusal(reply),
        _ => Act::Json(200, json!({})),
    }
}

fn refusal(reply: &ErrorReply) -> Act {
    let body = json!({ "error": { "deploymentId": reply.deployment.as_ref().map(DeploymentId::as_str) } }).to_string();
    let later = reply
        .retry_after
        .map(|after| format!("retry-after: {}\r\n", after.as_secs()));
    Act::Raw(format!(
        "HTTP/1.1 {} Any\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{}connection: close\r\n\r\n{body}",
        reply.status,
        body.len(),
        later.unwrap_or_default()
    ))
}
