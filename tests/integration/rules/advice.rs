//! Every way to end says what to do next.

use std::time::Duration;

use sproobo_deploy::error::{ApiError, CancelOutcome, Error, ErrorReply, ExitCode, Phase, Subject, Transport};
use sproobo_deploy::model::{ClientToken, Deployment, Signal, Start, StatusClass, TimeLimit};
use sproobo_deploy::secret::KeyProblem;

use crate::support::fake_platform::bare_reply;
use crate::support::report::{site, stale_key, subject};

pub(super) fn running() -> Subject {
    let id = "dep_1".parse().expect("an id");
    subject(Deployment::new(id, StatusClass::Running, "building"))
}

pub(super) fn reply(status: u16, billing: bool) -> Error {
    Error::api(
        "could not trigger the deployment",
        ApiError::Reply(ErrorReply {
            billing,
            ..bare_reply(status)
        }),
    )
}

pub(super) fn timed_out(phase: Phase, cancel: CancelOutcome) -> Error {
    Error::TimedOut {
        limit: TimeLimit::Timeout(Duration::from_secs(60)),
        phase,
        cancel,
    }
}

#[test]
fn each_end_names_its_own_next_step() {
    let not_json = |status| ApiError::NotJson {
        status,
        content_type: "text/html".to_owned(),
        retry_after: None,
    };
    let certificate = ApiError::Transport(Transport::Certificate {
        host: "h:443".to_owned(),
        detail: "unknown issuer".to_owned(),
    });
    let unreachable = |last| Error::Unreachable {
        unbroken: Duration::from_secs(300),
        last,
    };
    let interrupted = |cancel| Error::Interrupted {
        signal: Signal::Terminate,
        cancel,
    };
    let not_appeared = |shows_commits| Error::NotAppeared {
        commit: "0123abc".to_owned(),
        within: Duration::from_secs(120),
        shows_commits,
    };
    let outdated = Error::Outdated {
        commit: "0123abc".to_owned(),
        newer: "4567def".to_owned(),
        deployment: "dep_2".parse().expect("an id"),
        is_live: true,
    };
    let cases = [
        (outdated, "deploy 4567def or a newer commit"),
        (not_appeared(false), "`fields.deployment.commit`"),
        (not_appeared(true), "--appear-within"),
        (Error::Failed { reason: None }, "`sproobo-deploy logs web dep_1`"),
        (Error::Unhealthy { reason: None }, "health path"),
        (Error::Cancelled, "`sproobo-deploy status web dep_1`"),
        (Error::Superseded, "--on-superseded succeed"),
        (
            timed_out(Phase::Wait, CancelOutcome::NotAsked),
            "`sproobo-deploy wait web dep_1`",
        ),
        (
            timed_out(Phase::Wait, CancelOutcome::Accepted),
            "`sproobo-deploy status web dep_1`",
        ),
        (timed_out(Phase::Conflict, CancelOutcome::NotAsked), "--timeout"),
        (
            Error::UnknownWord {
                word: "on hold".to_owned(),
            },
            "--status-map 'on hold'=CLASS",
        ),
        (unreachable(not_json(200)), "`sproobo-deploy wait web dep_1`"),
        (unreachable(not_json(200)), "contract show"),
        (unreachable(certificate), "--ca-cert"),
        (Error::Conflict { running: None }, "--on-conflict wait"),
        (Error::RollbackNotFollowed, "deployments web"),
        (stale_key(91, 90), "keys rotate"),
        (Error::KeyFound { places: 1 }, "keys rotate"),
        (Error::KeyStaged { places: 1 }, "stage them again"),
        (interrupted(CancelOutcome::NotAsked), "`sproobo-deploy wait web dep_1`"),
        (
            interrupted(CancelOutcome::Failed("HTTP 500".to_owned())),
            "`sproobo-deploy cancel web dep_1`",
        ),
        (reply(401, false), "keys check"),
        (reply(402, false), "server's owner"),
        (reply(403, true), "server's owner"),
        (reply(403, false), "may deploy this site"),
        (reply(404, false), "sproobo-deploy deployments web"),
        (reply(405, false), "contract show"),
        (reply(409, false), "--on-conflict wait"),
        (reply(422, false), "--ref"),
        (reply(429, false), "--poll-interval"),
        (reply(503, false), "status web dep_1"),
    ];
    for (error, advice) in cases {
        let next = error.next(&running());
        assert!(next.contains(advice), "{error:?} should mention {advice}: {next}");
    }
}

#[test]
fn whatever_ends_outside_the_contract_is_sent_to_contract_and_doctor() {
    let redirect = ApiError::Redirect {
        status: 302,
        location: "/login".to_owned(),
    };
    for source in [redirect, ApiError::Incomplete { what: "id" }] {
        let error = Error::api("could not trigger the deployment", source);
        assert_eq!(error.exit_code(), ExitCode::OutsideContract);
        let next = error.next(&Subject::default());
        assert!(next.contains("contract show") && next.contains("doctor"), "{next}");
    }
}

#[test]
fn a_trigger_that_may_have_started_warns_of_deploying_twice() {
    let token = ClientToken("tok-1".to_owned());
    let unknown = Subject {
        deployment: None,
        ..running()
    };
    let lost = Error::ReplyLost {
        start: Start::Trigger,
        cause: ApiError::Transport(Transport::TimedOut {
            after: Duration::from_secs(30),
        }),
        outcome: "it was not found again".to_owned(),
        token: token.clone(),
    };
    let interrupted = Error::Interrupted {
        signal: Signal::Interrupt,
        cancel: CancelOutcome::MayStillStart(token.clone()),
    };
    let late = timed_out(Phase::Trigger, CancelOutcome::NotAsked);
    for error in [
        lost,
        interrupted,
        late,
        timed_out(Phase::Trigger, CancelOutcome::MayStillStart(token)),
    ] {
        let next = error.next(&unknown);
        assert!(
            next.contains("twice") && next.contains("tok-1") && next.contains("dashboard"),
            "{next}"
        );
    }
}

#[test]
fn every_problem_of_a_key_has_its_own_advice() {
    let problems = [
        (KeyProblem::Empty, "Dependabot"),
        (KeyProblem::Unexpanded, "${{ secrets.NAME }}"),
        (KeyProblem::Quoted, "without the quotes"),
        (KeyProblem::Bearer, "alone"),
        (KeyProblem::TooShort(5), "whole and alone"),
    ];
    for (problem, advice) in problems {
        let next = Error::Key(problem).next(&Subject::default());
        assert!(next.contains(advice), "{next}");
    }
}

#[test]
fn an_id_from_outside_is_safe_to_paste_into_a_shell() {
    let mut subject = running();
    subject.site = Some(site("a'b; rm -rf /"));
    let next = Error::Failed { reason: None }.next(&subject);
    assert!(next.contains(r"logs 'a'\''b; rm -rf /' dep_1`"), "{next}");
}

/// `--timeout` can't help where the CI job itself is stopped.
#[test]
fn a_run_that_the_jobs_own_limit_ends_says_to_raise_that() {
    let of_job = |left, phase| Error::TimedOut {
        limit: TimeLimit::Job(Duration::from_secs(left)),
        phase,
        cancel: CancelOutcome::NotAsked,
    };
    for phase in [
        Phase::Conflict,
        Phase::Trigger,
        Phase::Wait,
        Phase::Settle,
        Phase::Verify,
    ] {
        let next = of_job(60, phase).next(&running());
        assert!(
            next.contains("the job's `timeout`") && !next.contains("--timeout"),
            "{next}"
        );
    }
    let nothing_left = of_job(0, Phase::Trigger);
    assert!(
        nothing_left.to_string().starts_with("no time was left"),
        "{nothing_left}"
    );
    assert!(
        of_job(60, Phase::Trigger)
            .to_string()
            .starts_with("timed out after 1 min")
    );
}

#[test]
fn while_ours_runs_too_many_requests_are_no_reason_to_run_again() {
    let next = reply(429, false).next(&running());
    assert!(next.contains("--poll-interval") && !next.contains("again"), "{next}");
}

/// Where no tokens are shown, what ended may be somebody else's, and ours still to come.
#[test]
fn the_end_of_what_was_found_by_its_commit_is_no_reason_to_deploy_again() {
    let by_commit = Subject {
        by_commit: true,
        ..running()
    };
    for error in [Error::Cancelled, Error::Failed { reason: None }] {
        assert!(error.next(&running()).contains("again"));
        let next = error.next(&by_commit);
        assert!(
            next.contains("before running this again") && next.contains("tok-1"),
            "{next}"
        );
    }
}

/// In whichever order the sites ended.
#[test]
fn the_smallest_code_of_several_sites_counts_and_a_signals_wins() {
    let signal = ExitCode::Signal(Signal::Terminate);
    for (codes, expected) in [
        (vec![], 0),
        (vec![ExitCode::Ok, ExitCode::Ok], 0),
        (vec![ExitCode::Refused, ExitCode::Ok, ExitCode::TimedOut], 4),
        (vec![ExitCode::TimedOut, ExitCode::Ok, ExitCode::Refused], 4),
        (vec![ExitCode::Failed, ExitCode::TimedOut, ExitCode::Refused], 1),
        (vec![signal, ExitCode::Signal(Signal::Interrupt)], 143),
        (vec![ExitCode::Failed, signal], 143),
        (vec![signal, ExitCode::Failed], 143),
        (vec![ExitCode::Ok, signal, ExitCode::Ok], 143),
    ] {
        assert_eq!(ExitCode::combined(codes.clone()).number(), expected, "{codes:?}");
    }
}
