//! Every way to end, in numbers and words: exit code, status, and what is said of it.

use std::time::Duration;

use sproobo_deploy::deploy::Options;
use sproobo_deploy::error::{ApiError, CancelOutcome, Destination, Error, ErrorReply, ExitCode, Phase, Transport};
use sproobo_deploy::model::{ClientToken, Signal, Start, TimeLimit};
use sproobo_deploy::secret::KeyProblem;

use crate::support::fake_platform::{bare_reply, broken, html, id, not_connected, reply, request_timed_out, secs};
use crate::support::report::stale_key;
use crate::support::world::World;

fn api(source: ApiError) -> Error {
    Error::api("could not ask", source)
}

/// What an answer comes to where it ends a command: the number, and whether `contract` and `doctor` are to be asked.
#[test]
fn each_answer_has_its_code() {
    let billing = |status| {
        ApiError::Reply(ErrorReply {
            billing: true,
            ..bare_reply(status)
        })
    };
    let unreadable = ApiError::Unreadable {
        status: 200,
        detail: "cut".to_owned(),
    };
    let redirect = ApiError::Redirect {
        status: 302,
        location: "nowhere".to_owned(),
    };
    let certificate = ApiError::Transport(Transport::Certificate {
        host: "h".to_owned(),
        detail: "expired".to_owned(),
    });
    let unusable = ApiError::Unusable {
        operation: "trigger",
        detail: "no value".to_owned(),
    };
    let not_offered = ApiError::NotOffered { operation: "trigger" };
    for (error, code, is_outside) in [
        (reply(400), 8, false),
        (reply(401), 3, false),
        (reply(402), 8, false),
        (reply(403), 3, false),
        (billing(403), 8, false),
        (reply(404), 8, false),
        (reply(405), 9, true),
        (reply(408), 7, false),
        (reply(409), 8, false),
        (reply(422), 8, false),
        (reply(429), 7, false),
        (reply(499), 8, false),
        (reply(500), 7, false),
        (reply(599), 7, false),
        (html(200), 9, true),
        (html(401), 3, false),
        (html(403), 9, true),
        (html(408), 7, false),
        (html(429), 7, false),
        (html(499), 9, true),
        (html(500), 7, false),
        (html(502), 7, false),
        (unreadable, 9, true),
        (redirect, 9, true),
        (ApiError::Incomplete { what: "id" }, 9, true),
        (ApiError::Accepted, 7, false),
        (broken(), 7, false),
        (not_connected(), 7, false),
        (request_timed_out(), 7, false),
        (certificate, 7, false),
        (not_offered, 2, false),
        (unusable, 2, false),
    ] {
        assert_eq!(error.exit_code().number(), code, "{error}");
        assert_eq!(api(error.clone()).exit_code().number(), code, "{error}");
        assert_eq!(error.is_outside_contract(), is_outside, "{error}");
        // Where such an answer is only the last of many, or lost a reply, it is 9 or 7 alone.
        let given_up = if is_outside { 9 } else { 7 };
        let unreachable = Error::Unreachable {
            unbroken: secs(300),
            last: error.clone(),
        };
        assert_eq!(unreachable.exit_code().number(), given_up, "{error}");
        let lost = Error::ReplyLost {
            start: Start::Trigger,
            cause: error.clone(),
            outcome: "it was not found".to_owned(),
            token: ClientToken("tok-1".to_owned()),
        };
        assert_eq!(lost.exit_code().number(), given_up, "{error}");
    }
}

fn timed_out(phase: Phase, cancel: CancelOutcome) -> Error {
    Error::TimedOut {
        limit: TimeLimit::Timeout(secs(90)),
        phase,
        cancel,
    }
}

/// Code, status where something may have been started, and where nothing was.
#[test]
fn each_end_has_its_code_and_its_status() {
    let signal = |signal| Error::Interrupted {
        signal,
        cancel: CancelOutcome::NotAsked,
    };
    let of_code = |code| Error::NotCancelled {
        why: "no".to_owned(),
        code,
    };
    for (error, code, started, not_started) in [
        (Error::Failed { reason: None }, 1, "failed", "failed"),
        (Error::Unhealthy { reason: None }, 1, "failed", "failed"),
        (Error::usage("x", "y"), 2, "unknown", "refused"),
        (Error::Key(KeyProblem::Empty), 3, "unknown", "refused"),
        (
            timed_out(Phase::Wait, CancelOutcome::NotAsked),
            4,
            "timed-out",
            "timed-out",
        ),
        (Error::UnknownWord { word: "x".to_owned() }, 4, "unknown", "unknown"),
        (Error::Cancelled, 5, "cancelled", "cancelled"),
        (Error::Superseded, 6, "superseded", "superseded"),
        (Error::RollbackNotFollowed, 7, "unknown", "unknown"),
        (Error::Conflict { running: None }, 8, "unknown", "refused"),
        (api(reply(422)), 8, "unknown", "refused"),
        (api(html(200)), 9, "unknown", "refused"),
        (stale_key(91, 90), 10, "unknown", "refused"),
        (Error::KeyFound { places: 1 }, 11, "unknown", "refused"),
        (signal(Signal::Hangup), 129, "interrupted", "interrupted"),
        (signal(Signal::Interrupt), 130, "interrupted", "interrupted"),
        (signal(Signal::Terminate), 143, "interrupted", "interrupted"),
        (of_code(ExitCode::CouldNotTell), 7, "unknown", "unknown"),
        (of_code(ExitCode::Refused), 8, "unknown", "refused"),
    ] {
        assert_eq!(error.exit_code().number(), code, "{error}");
        assert_eq!(error.status(true).as_str(), started, "{error}");
        assert_eq!(error.status(false).as_str(), not_started, "{error}");
    }
}

#[test]
fn each_end_says_what_happened() {
    let token = || ClientToken("tok-1".to_owned());
    let reading = Phase::Prepare {
        doing: "reading the API key",
    };
    let job = |left| Error::TimedOut {
        limit: TimeLimit::Job(Duration::from_secs(left)),
        phase: Phase::Wait,
        cancel: CancelOutcome::NotAsked,
    };
    let still_runs = |word: Option<&str>| Error::StillRuns {
        word: word.map(str::to_owned),
        within: secs(15),
    };
    let outdated = |is_live| Error::Outdated {
        commit: "0123456789abcdef".to_owned(),
        newer: "fedcba9".to_owned(),
        deployment: id("dep_2"),
        is_live,
    };
    let not_appeared = |shows_commits| Error::NotAppeared {
        commit: "0123abc".to_owned(),
        within: secs(120),
        shows_commits,
    };
    let not_asked = || CancelOutcome::NotAsked;
    for (error, text) in [
        (Error::Failed { reason: None }, "the deployment failed"),
        (
            Error::Unhealthy {
                reason: Some("no answer".to_owned()),
            },
            "the deployment completed, but its health check failed: no answer",
        ),
        (
            Error::Conflict { running: None },
            "another deployment of the site is running",
        ),
        (
            Error::Conflict {
                running: Some(id("dep_2")),
            },
            "another deployment of the site is running (dep_2)",
        ),
        (
            still_runs(Some("building")),
            "Sproobo accepted the request to cancel, but 15 s later the deployment still showed the status `building`",
        ),
        (
            still_runs(None),
            "Sproobo accepted the request to cancel, but 15 s later the deployment had shown no status",
        ),
        (
            outdated(true),
            "commit 0123456789ab is older than fedcba9, which is live (deployment dep_2)",
        ),
        (
            outdated(false),
            "commit 0123456789ab is older than fedcba9, which is being deployed (deployment dep_2)",
        ),
        (
            not_appeared(true),
            "no deployment of commit 0123abc appeared within 2 min",
        ),
        (
            not_appeared(false),
            "no deployment of commit 0123abc appeared within 2 min: the site's list shows no commits",
        ),
        (
            timed_out(reading, not_asked()),
            "timed out after 1 min 30 s while reading the API key; nothing was started",
        ),
        (
            timed_out(Phase::Conflict, not_asked()),
            "timed out after 1 min 30 s while another deployment of the site was running; nothing of ours was started",
        ),
        (
            timed_out(Phase::Trigger, not_asked()),
            "timed out after 1 min 30 s while triggering",
        ),
        (
            timed_out(Phase::Settle, not_asked()),
            "timed out after 1 min 30 s after the deployment completed, before its health was known",
        ),
        (
            timed_out(Phase::Verify, not_asked()),
            "timed out after 1 min 30 s after Sproobo said it succeeded, before --verify-url proved it",
        ),
        (
            timed_out(Phase::Wait, CancelOutcome::Accepted),
            "timed out after 1 min 30 s before the deployment ended; it may still be running; Sproobo accepted our \
             request to cancel it",
        ),
        (
            timed_out(Phase::Wait, CancelOutcome::Failed("HTTP 500".to_owned())),
            "timed out after 1 min 30 s before the deployment ended; it may still be running; it could not be \
             cancelled: HTTP 500",
        ),
        (
            timed_out(Phase::Trigger, CancelOutcome::MayStillStart(token())),
            "timed out after 1 min 30 s while triggering; the trigger's reply was still out, so a deployment with the \
             token tok-1 may still start",
        ),
        (
            timed_out(Phase::Trigger, CancelOutcome::NothingToCancel),
            "timed out after 1 min 30 s while triggering; there was nothing to cancel",
        ),
        (
            job(60),
            "timed out after 1 min before the deployment ended; it may still be running",
        ),
        (
            job(0),
            "no time was left for this run: the CI job's own limit, less 30 s for the report, is over",
        ),
        (
            Error::ReplyLost {
                start: Start::Trigger,
                cause: ApiError::Accepted,
                outcome: "no deployment of it was found within 5 min".to_owned(),
                token: token(),
            },
            "the trigger was taken, without a word on which deployment it is and no deployment of it was found within \
             5 min",
        ),
        (
            Error::ReplyLost {
                start: Start::Trigger,
                cause: reply(502),
                outcome: "no deployment of it was found within 5 min".to_owned(),
                token: token(),
            },
            "the trigger's reply was lost (HTTP 502) and no deployment of it was found within 5 min",
        ),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn a_reply_is_told_by_its_message_and_its_code_once_each() {
    for (message, code, text) in [
        (None, None, "HTTP 422"),
        (Some("no such ref"), None, "HTTP 422: no such ref"),
        (None, Some("bad_ref"), "HTTP 422 (bad_ref)"),
        (Some("no such ref"), Some("bad_ref"), "HTTP 422: no such ref (bad_ref)"),
        (Some("bad_ref"), Some("bad_ref"), "HTTP 422: bad_ref"),
    ] {
        let error = ApiError::Reply(ErrorReply {
            message: message.map(str::to_owned),
            code: code.map(str::to_owned),
            ..bare_reply(422)
        });
        assert_eq!(error.to_string(), text);
    }
}

/// Only what the API words so that it says nothing else.
#[test]
fn only_a_404_that_does_not_say_what_is_missing_may_be_a_wrong_path() {
    let destination = Destination {
        operation: "deployment",
        method: "GET".to_owned(),
        base_url: "https://d.example/api".to_owned(),
        path: "/x".to_owned(),
    };
    for unplaced in [true, false] {
        let error = ApiError::Reply(ErrorReply {
            destination: Some(Box::new(destination.clone())),
            unplaced,
            ..bare_reply(404)
        });
        let path = matches!(error.clone().as_no_such_path(), ApiError::NoSuchPath { .. });
        assert_eq!((error.is_unplaced(), path), (unplaced, unplaced));
    }
}

/// Not that of a run which started nothing.
#[tokio::test(start_paused = true)]
async fn what_a_run_started_took_as_long_as_the_run() {
    let mut world = World::new();
    let result = world.deploy(&Options::default()).await;
    assert_eq!(
        result.took.map(|took| took.as_secs_f64().round()),
        Some(world.seconds().round())
    );
    world = World::new();
    world.journal.broken = true;
    let result = world.deploy(&Options::default()).await;
    assert!(result.end.is_err() && result.took.is_none(), "{:?}", result.took);
}
