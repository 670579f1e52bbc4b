//! What to do next is told by the error and by what is known of the deployment.

use std::time::Duration;

use sproobo_deploy::error::{ApiError, CancelOutcome, Destination, Error, Phase, Subject, Transport};
use sproobo_deploy::model::{ClientToken, Deployment, Signal, Start, StatusClass, TimeLimit};

use super::advice::{reply, running, timed_out};
use crate::support::fake_platform::{bare_reply, html};
use crate::support::report::subject;

/// The same error asks for another step where less, or more, is known of the deployment.
#[test]
fn what_to_do_next_depends_on_what_is_known() {
    let with_link = || {
        let mut known = running();
        let seen = known
            .deployment
            .as_mut()
            .and_then(|known| known.seen.as_mut())
            .expect("seen");
        seen.dashboard_url = Some("https://dashboard.example/d/dep_1".to_owned());
        known
    };
    let unknown = || Subject {
        deployment: None,
        token: None,
        ..running()
    };
    let sent = || Subject {
        deployment: None,
        ..running()
    };
    let on_hold = |word: &str| {
        let id = "dep_1".parse().expect("an id");
        subject(Deployment::new(id, StatusClass::Unknown, word))
    };
    let unreachable = || Error::Unreachable {
        unbroken: Duration::from_secs(300),
        last: ApiError::Transport(Transport::TimedOut {
            after: Duration::from_secs(30),
        }),
    };
    let incomplete = || Error::api("could not trigger", ApiError::Incomplete { what: "id" });
    let lost = |cause| Error::ReplyLost {
        start: Start::Trigger,
        cause,
        outcome: "it was not found again".to_owned(),
        token: ClientToken("tok-1".to_owned()),
    };
    let redirect = || ApiError::Redirect {
        status: 302,
        location: "/login".to_owned(),
    };
    let interrupted = |cancel| Error::Interrupted {
        signal: Signal::Terminate,
        cancel,
    };
    let placed = |operation| {
        let mut reply = bare_reply(422);
        reply.destination = Some(Box::new(Destination {
            operation,
            method: "GET".to_owned(),
            base_url: "https://d.example/api".to_owned(),
            path: "/sites".to_owned(),
        }));
        Error::api("could not ask", ApiError::Reply(reply))
    };
    let nothing_left = || Error::TimedOut {
        limit: TimeLimit::Job(Duration::ZERO),
        phase: Phase::Wait,
        cancel: CancelOutcome::NotAsked,
    };
    let word = |word: &str| Error::UnknownWord { word: word.to_owned() };
    let wait = || timed_out(Phase::Wait, CancelOutcome::NotAsked);
    let trigger = || timed_out(Phase::Trigger, CancelOutcome::NotAsked);
    let conflict_with_theirs = || Error::Conflict {
        running: Some("dep_2".parse().expect("an id")),
    };
    let not_asked = || interrupted(CancelOutcome::NotAsked);
    let nothing = || interrupted(CancelOutcome::NothingToCancel);
    let prepare = Phase::Prepare { doing: "reading" };
    let cases: Vec<(Error, Subject, &str, &str)> = vec![
        // The error, what is known, what is advised, and what is not.
        (
            reply(404, false),
            Subject::default(),
            "deployments SITE`",
            "check the id `",
        ),
        (reply(404, false), unknown(), "check the id `web`", "deployments"),
        (reply(404, false), running(), "the deployment's id", "sites"),
        (reply(429, false), unknown(), "run again later", "status"),
        (reply(503, false), unknown(), "run this again later", "status"),
        (
            reply(503, false),
            running(),
            "look with `sproobo-deploy status web dep_1`",
            "run this again",
        ),
        (
            Error::api("could not ask", html(503)),
            unknown(),
            "run this again later",
            "contract show",
        ),
        (
            Error::api("could not ask", html(200)),
            unknown(),
            "contract show",
            "run this again",
        ),
        (placed("deployments"), unknown(), "(GET /sites)", "--ref"),
        (placed("trigger"), unknown(), "--ref", "(GET /sites)"),
        (placed("rollback"), unknown(), "--ref", "(GET /sites)"),
        (
            reply(409, false),
            unknown(),
            "run this again when the other deployment is over",
            "wait web",
        ),
        (
            conflict_with_theirs(),
            unknown(),
            "`sproobo-deploy wait web dep_2`",
            "dep_1",
        ),
        (unreachable(), unknown(), "--request-timeout", "go on with"),
        (
            unreachable(),
            running(),
            "go on with `sproobo-deploy wait web dep_1`",
            "twice",
        ),
        (incomplete(), sent(), "tok-1", "wait web"),
        (incomplete(), unknown(), "contract show", "twice"),
        (incomplete(), running(), "contract show", "twice"),
        (reply(422, false), sent(), "--ref", "twice"),
        (lost(redirect()), sent(), "contract show", "--request-timeout"),
        (lost(ApiError::Accepted), sent(), "twice", "contract show"),
        (not_asked(), unknown(), "run this again", "follow it"),
        (
            not_asked(),
            running(),
            "follow it with `sproobo-deploy wait web dep_1`",
            "run this again",
        ),
        (nothing(), unknown(), "run this again to deploy", "how it ended"),
        (
            nothing(),
            running(),
            "`sproobo-deploy status web dep_1` how it ended",
            "run this again",
        ),
        (nothing_left(), unknown(), "raise the job's `timeout`", "go on waiting"),
        (
            nothing_left(),
            running(),
            "go on waiting with `sproobo-deploy wait web dep_1`",
            "--timeout",
        ),
        (wait(), running(), "go on waiting", "in no list"),
        (wait(), on_hold("on hold"), "--status-map 'on hold'=CLASS", "twice"),
        (wait(), on_hold("-x"), "--status-map '-x'=CLASS", "twice"),
        (word(""), running(), "`fields.deployment.status`", "--status-map"),
        (
            word("idle"),
            with_link(),
            "Sproobo's dashboard (https://dashboard.example/d/dep_1)",
            "fields.",
        ),
        (
            word("idle"),
            unknown(),
            "Sproobo's dashboard, and teach the word",
            "fields.",
        ),
        (trigger(), sent(), "twice", "run this again, or"),
        (trigger(), unknown(), "run this again, or raise `--timeout`", "twice"),
        (trigger(), running(), "run this again, or raise `--timeout`", "twice"),
        (
            timed_out(prepare, CancelOutcome::NotAsked),
            unknown(),
            "find out what holds that up",
            "run this again",
        ),
        (
            timed_out(Phase::Wait, CancelOutcome::Failed("no".to_owned())),
            running(),
            "stop it with `sproobo-deploy cancel web dep_1` or on Sproobo's dashboard, or go on waiting",
            "twice",
        ),
        (
            timed_out(Phase::Verify, CancelOutcome::NotAsked),
            running(),
            "which version answers",
            "wait web",
        ),
        (
            Error::Failed { reason: None },
            with_link(),
            "dep_1` or at https://dashboard.example/d/dep_1",
            "twice",
        ),
    ];
    for (error, subject, advice, not) in cases {
        let next = error.next(&subject);
        assert!(next.contains(advice), "{error:?} should say {advice:?}: {next}");
        assert!(!next.contains(not), "{error:?} should not say {not:?}: {next}");
    }
}
