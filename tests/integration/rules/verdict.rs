//! What a status means, and how much failure is tolerated: the pure rules.

use std::time::Duration;

use proptest::prelude::*;
use sproobo_deploy::deploy::classify::{SendOutcome, classify};
use sproobo_deploy::deploy::target::{default_target, target_after_failure};
use sproobo_deploy::error::{ApiError, Error, ErrorReply, Transport};
use sproobo_deploy::model::{Deployment, Health, StatusClass};
use sproobo_deploy::watch::OnSuperseded;
use sproobo_deploy::watch::outage::{Outage, budget, is_fatal};
use sproobo_deploy::watch::verdict::{Verdict, judge, settles};
use tokio::time::Instant;

use crate::support::fake_platform::{
    bare_reply, broken, html, id, not_connected, reply, reply_after, request_timed_out, secs, site,
};

const SETTLE: Duration = Duration::from_secs(15);

fn shown(status: StatusClass, health: Option<Health>) -> Deployment {
    Deployment {
        health,
        failure: Some("why".to_owned()),
        ..Deployment::new(id("d"), status, "word")
    }
}

fn verdict(deployment: &Deployment) -> Verdict {
    judge(deployment, None, Instant::now(), SETTLE, OnSuperseded::Fail)
}

fn pending() -> Health {
    Health::Pending("checking".to_owned())
}

#[test]
fn unhealthy_is_never_green_whatever_the_word() {
    for status in [StatusClass::Succeeded, StatusClass::Finished, StatusClass::Failed] {
        let verdict = verdict(&shown(status, Some(Health::Unhealthy)));
        assert!(matches!(verdict, Verdict::Ended(Error::Unhealthy { .. })), "{status:?}");
    }
}

#[test]
fn only_success_words_and_settled_completions_are_green() {
    let healths = [None, Some(Health::Healthy), Some(pending()), Some(Health::Unhealthy)];
    let statuses = [
        StatusClass::Succeeded,
        StatusClass::Finished,
        StatusClass::Failed,
        StatusClass::Cancelled,
        StatusClass::Superseded,
        StatusClass::Running,
        StatusClass::Unknown,
    ];
    let mut green = Vec::new();
    for status in statuses {
        for health in &healths {
            if verdict(&shown(status, health.clone())) == Verdict::Succeeded {
                green.push((status, health.clone()));
            }
        }
    }
    assert_eq!(
        green,
        [
            (StatusClass::Succeeded, None),
            (StatusClass::Succeeded, Some(Health::Healthy)),
            (StatusClass::Finished, Some(Health::Healthy)),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_completion_without_health_settles_to_the_second() {
    let since = Instant::now();
    let finished = shown(StatusClass::Finished, None);
    assert!(settles(&finished));
    let after = |seconds| {
        judge(
            &finished,
            Some(since),
            since + secs(seconds),
            SETTLE,
            OnSuperseded::Fail,
        )
    };
    assert_eq!(after(14), Verdict::Settling { until: since + SETTLE });
    assert_eq!(after(15), Verdict::Succeeded);
}

#[test]
fn health_that_is_still_out_keeps_a_completion_waiting() {
    let finished = shown(StatusClass::Finished, Some(pending()));
    assert!(!settles(&finished));
    assert_eq!(verdict(&finished), Verdict::KeepWaiting);
}

#[test]
fn health_that_is_still_out_lets_a_word_of_success_settle() {
    let live = shown(StatusClass::Succeeded, Some(pending()));
    assert!(settles(&live));
    assert!(matches!(verdict(&live), Verdict::Settling { .. }));
}

#[test]
fn cancelled_is_not_green() {
    assert_eq!(
        verdict(&shown(StatusClass::Cancelled, None)),
        Verdict::Ended(Error::Cancelled)
    );
}

#[test]
fn superseded_is_what_the_user_says() {
    let superseded = shown(StatusClass::Superseded, None);
    assert_eq!(verdict(&superseded), Verdict::Ended(Error::Superseded));
    let succeed = judge(&superseded, None, Instant::now(), SETTLE, OnSuperseded::Succeed);
    assert_eq!(succeed, Verdict::Succeeded);
}

#[test]
fn an_unknown_word_is_no_verdict_but_may_be_an_end() {
    let mut unknown = shown(StatusClass::Unknown, None);
    assert_eq!(verdict(&unknown), Verdict::KeepWaiting);
    unknown.finished_at = Some(chrono::Utc::now());
    let word = "word".to_owned();
    assert_eq!(verdict(&unknown), Verdict::Ended(Error::UnknownWord { word }));
}

fn not_json(status: u16, retry_after: Option<u64>) -> ApiError {
    ApiError::NotJson {
        status,
        content_type: "text/html".to_owned(),
        retry_after: retry_after.map(secs),
    }
}

/// Every status, worded by the API and as a page, with and without `Retry-After`.
#[test]
fn every_status_of_a_trigger_is_classified() {
    let mut table = Vec::new();
    for status in 400..600 {
        let replies = [
            reply(status),
            reply_after(status, 1),
            not_json(status, None),
            not_json(status, Some(1)),
        ];
        let outcomes = replies.map(|error| classify(&error));
        if table.last().is_none_or(|(_, last)| *last != outcomes) {
            table.push((status, outcomes));
        }
    }
    let (last, refused, conflict) = (SendOutcome::Final, SendOutcome::Refused, SendOutcome::Conflict);
    let repeatable = SendOutcome::Lost { repeatable: true };
    let lost = SendOutcome::Lost { repeatable: false };
    assert_eq!(
        table,
        [
            (400, [last; 4]),
            (408, [lost; 4]),
            (409, [conflict, conflict, last, last]),
            (410, [last; 4]),
            (429, [refused; 4]),
            (430, [last; 4]),
            (500, [repeatable; 4]),
            (501, [lost; 4]),
            (502, [repeatable; 4]),
            (503, [repeatable, refused, repeatable, refused]),
            (504, [lost; 4]),
        ]
    );
}

#[test]
fn what_was_never_sent_is_refused_and_what_was_sent_is_lost() {
    let unreadable = ApiError::Unreadable {
        status: 201,
        detail: "cut".to_owned(),
    };
    let certificate = ApiError::Transport(Transport::Certificate {
        host: "h".to_owned(),
        detail: "expired".to_owned(),
    });
    let redirect = ApiError::Redirect {
        status: 302,
        location: "/login".to_owned(),
    };
    let cases = [
        (not_connected(), SendOutcome::Refused),
        (broken(), SendOutcome::Lost { repeatable: true }),
        (request_timed_out(), SendOutcome::Lost { repeatable: false }),
        (unreadable, SendOutcome::Lost { repeatable: false }),
        (certificate, SendOutcome::Final),
        (redirect, SendOutcome::Lost { repeatable: false }),
        (html(200), SendOutcome::Final),
        (ApiError::Incomplete { what: "id" }, SendOutcome::Final),
    ];
    for (error, outcome) in cases {
        assert_eq!(classify(&error), outcome, "{error}");
    }
}

#[test]
fn while_waiting_only_key_and_configuration_errors_are_fatal() {
    let fatal: Vec<u16> = (300..600).filter(|status| is_fatal(&reply(*status))).collect();
    assert_eq!(fatal, [401, 403]);
    let fatal: Vec<u16> = (200..600).filter(|status| is_fatal(&html(*status))).collect();
    assert_eq!(fatal, [401]);
    assert!(is_fatal(&ApiError::NotOffered {
        operation: "deployment"
    }));
    assert!(!is_fatal(&broken()) && !is_fatal(&not_connected()) && !is_fatal(&request_timed_out()));
}

#[test]
fn the_budget_is_smaller_before_the_first_good_answer() {
    assert_eq!(budget(secs(300), false), secs(30));
    assert_eq!(budget(secs(10), false), secs(10));
    assert_eq!(budget(secs(300), true), secs(300));
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_obeyed_up_to_a_minute() {
    let now = Instant::now();
    let next = |seconds| Outage::default().failed(&reply_after(429, seconds), now, now, secs(300));
    assert_eq!(next(7), Some(now + secs(7)));
    assert_eq!(next(86_400), Some(now + secs(60)));
}

fn past(name: &str, status: StatusClass) -> Deployment {
    Deployment::new(id(name), status, "word")
}

fn of_commit(name: &str, status: StatusClass, commit: &str) -> Deployment {
    Deployment {
        commit: Some(commit.to_owned()),
        ..past(name, status)
    }
}

#[test]
fn a_rollback_never_returns_to_the_commit_that_is_live() {
    let history = [
        of_commit("again", StatusClass::Succeeded, "ccccccc"),
        of_commit("bad", StatusClass::Failed, "ddddddd"),
        of_commit("live", StatusClass::Succeeded, "ccccccc0"),
        of_commit("good", StatusClass::Succeeded, "bbbbbbb"),
        of_commit("older", StatusClass::Succeeded, "aaaaaaa"),
    ];
    assert_eq!(default_target(&site("shop"), &history).unwrap().id, id("good"));
    assert!(matches!(
        default_target(&site("shop"), &history[..3]),
        Err(Error::NothingFits { .. })
    ));
}

#[test]
fn a_second_rollback_goes_one_further_back_and_not_to_what_was_left() {
    let history = [
        of_commit("rolled-back", StatusClass::Succeeded, "bbbbbbb"),
        of_commit("left", StatusClass::Succeeded, "ccccccc"),
        of_commit("good", StatusClass::Succeeded, "bbbbbbb"),
        of_commit("older", StatusClass::Succeeded, "aaaaaaa"),
    ];
    assert_eq!(default_target(&site("shop"), &history).unwrap().id, id("older"));
}

#[test]
fn a_rollback_after_a_failed_newest_returns_to_the_newest_success() {
    let history = [
        of_commit("running", StatusClass::Running, "eeeeeee"),
        of_commit("bad", StatusClass::Failed, "ddddddd"),
        of_commit("good", StatusClass::Succeeded, "ccccccc"),
    ];
    assert_eq!(default_target(&site("shop"), &history).unwrap().id, id("good"));
    assert!(default_target(&site("shop"), &history[..2]).is_err());
}

#[test]
fn a_rollback_without_commits_can_not_tell_what_is_older() {
    let bare = [
        past("live", StatusClass::Succeeded),
        past("good", StatusClass::Succeeded),
    ];
    assert!(default_target(&site("shop"), &bare).is_err());
    let half = [
        of_commit("live", StatusClass::Succeeded, "ccccccc"),
        past("good", StatusClass::Succeeded),
    ];
    assert!(default_target(&site("shop"), &half).is_err());
}

#[test]
fn what_may_be_newer_than_the_failed_one_is_not_undone() {
    let dated = |deployment: Deployment, second: Option<i64>| Deployment {
        created_at: second.and_then(|second| chrono::DateTime::from_timestamp(second, 0)),
        ..deployment
    };
    let good = dated(past("good", StatusClass::Succeeded), Some(10));
    let ours = dated(past("ours", StatusClass::Failed), Some(20));
    for (status, second, target) in [
        // No date, or the same second in a list that is oldest first: nothing tells that it is older.
        (StatusClass::Running, None, None),
        (StatusClass::Succeeded, Some(20), None),
        (StatusClass::Running, Some(21), None),
        (StatusClass::Running, Some(19), Some("good")),
        (StatusClass::Succeeded, Some(19), Some("theirs")),
        (StatusClass::Failed, Some(21), Some("good")),
    ] {
        let theirs = dated(past("theirs", status), second);
        for history in [
            [theirs.clone(), ours.clone(), good.clone()],
            [ours.clone(), theirs, good.clone()],
        ] {
            let found = target_after_failure(&id("ours"), &history)
                .ok()
                .map(|found| found.id.clone());
            assert_eq!(found, target.map(id), "{status:?} {second:?}");
        }
    }
}

#[test]
fn a_running_word_is_believed_whatever_time_stamps_stand_beside_it() {
    let mut running = past("it", StatusClass::Running);
    running.finished_at = Some(chrono::DateTime::UNIX_EPOCH);
    assert!(!running.has_ended());
}

#[test]
fn a_rollback_after_a_failure_never_undoes_a_newer_deployment() {
    let history = [
        past("theirs", StatusClass::Running),
        past("ours", StatusClass::Failed),
        past("good", StatusClass::Succeeded),
    ];
    assert!(target_after_failure(&id("ours"), &history).is_err());
    assert_eq!(target_after_failure(&id("ours"), &history[1..]).unwrap().id, id("good"));
    assert!(target_after_failure(&id("ours"), &history[2..]).is_err());
}

#[test]
fn only_a_date_of_both_says_for_sure_which_is_newer() {
    for (theirs, ours, text) in [
        (Some(2), Some(1), "deployment theirs is newer than ours"),
        (Some(1), Some(1), "deployment theirs may be newer than ours"),
        (Some(2), None, "deployment theirs may be newer than ours"),
        (None, Some(1), "deployment theirs may be newer than ours"),
        (None, None, "deployment theirs may be newer than ours"),
    ] {
        let dated = |deployment: Deployment, second: Option<i64>| Deployment {
            created_at: second.and_then(|second| chrono::DateTime::from_timestamp(second, 0)),
            ..deployment
        };
        let history = [
            dated(past("theirs", StatusClass::Running), theirs),
            dated(past("ours", StatusClass::Failed), ours),
        ];
        assert_eq!(target_after_failure(&id("ours"), &history), Err(text.to_owned()));
    }
}

#[test]
fn an_error_reply_keeps_its_words() {
    let error = ApiError::Reply(ErrorReply {
        code: Some("payment".to_owned()),
        message: Some("inactive billing".to_owned()),
        billing: true,
        ..bare_reply(402)
    });
    assert_eq!(classify(&error), SendOutcome::Final);
    assert_eq!(error.exit_code().number(), 8);
}

proptest! {
    #[test]
    fn only_what_the_api_calls_good_is_green(
        status in 0_usize..7, health in 0_usize..4, finished in any::<bool>(), settled in any::<bool>()
    ) {
        let status = [
            StatusClass::Succeeded, StatusClass::Finished, StatusClass::Failed, StatusClass::Cancelled,
            StatusClass::Superseded, StatusClass::Running, StatusClass::Unknown,
        ][status];
        let health = [None, Some(Health::Healthy), Some(Health::Unhealthy), Some(pending())][health].clone();
        let mut deployment = shown(status, health.clone());
        deployment.finished_at = finished.then(chrono::Utc::now);
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let since = Instant::now();
            let now = since + if settled { SETTLE } else { Duration::ZERO };
            if judge(&deployment, Some(since), now, SETTLE, OnSuperseded::Fail) == Verdict::Succeeded {
                assert!(matches!(status, StatusClass::Succeeded | StatusClass::Finished));
                assert_ne!(health, Some(Health::Unhealthy));
            }
        });
    }
}
