//! What the console shows, from events made by hand.

mod console;
mod files;
mod formats;
mod secrets;
mod summary;
mod tables;

use insta::assert_snapshot;
use sproobo_deploy::error::{ApiError, CancelOutcome, Error, ExitCode, Transport};
use sproobo_deploy::event::{Event, Mode, RunResult, SiteEvent, SiteResult};
use sproobo_deploy::model::{AgeSource, ClientToken, KeyAge, RunStatus, Signal, Start, StatusClass};
use sproobo_deploy::report::{Github, Plain, Reporter};
use sproobo_deploy::secret::KeyProblem;

use crate::support::report::*;

fn began() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(1_790_000_000, 0).expect("in range")
}

fn key_age(stale: bool) -> KeyAge {
    KeyAge {
        age: days(93),
        created_at: began(),
        source: AgeSource::Sproobo,
        name: Some("ci".to_owned()),
        prefix: Some("spr_12345678".to_owned()),
        stale,
        stale_after: days(90),
    }
}

#[test]
fn plain_tells_changes_once_and_the_result_on_stdout() {
    let (streams, out, err) = two();
    play(&mut Plain::new(streams), &good_run());
    assert_snapshot!(out.text(), @"web: succeeded in 2 min 10 s, deployment dep_1, https://web.example");
    assert_snapshot!(err.text(), @"
    [   0s] deploy web on https://dashboard.sproobo.com/api
    [   0s] triggering a deployment of commit 0123456
    [   1s] deployment dep_1, queued, https://dashboard.sproobo.com/d/dep_1
    [   1s] deployments of this site usually take 3 min
    [  12s] building
    [ 100s] deploying
    ");
}

#[test]
fn a_failure_says_what_happened_what_is_known_and_what_to_do_next() {
    let (streams, out, err) = two();
    play(&mut Plain::new(streams), &bad_run("build exited with 1"));
    assert_snapshot!(out.text(), @"web: failed after 40 s, deployment dep_1, https://dashboard.sproobo.com/d/dep_1");
    assert_snapshot!(err.text(), @"
    [   0s] deploy web on https://dashboard.sproobo.com/api
    [   1s] deployment dep_1, building, https://dashboard.sproobo.com/d/dep_1
      | step 1
      | boom
    error: the deployment failed: build exited with 1
      known: deployment dep_1 of web, last status failed, https://dashboard.sproobo.com/d/dep_1
      next: read the log with `sproobo-deploy logs web dep_1` or at https://dashboard.sproobo.com/d/dep_1, fix the cause and deploy again
    ");
}

#[test]
fn a_run_that_never_began_says_so_too() {
    let (streams, out, err) = two();
    let error = Error::Key(KeyProblem::Empty);
    let result = RunResult::ended_by(error, Vec::new(), seconds(0));
    Plain::new(streams).event(seconds(0), &Event::End(Box::new(result)));
    assert_eq!(out.text(), "");
    let err = err.text();
    assert!(
        err.starts_with("error: the API key is empty\n  known: nothing was triggered\n  next: "),
        "{err}"
    );
    for cause in ["fork", "Dependabot", "environment:", "secrets: inherit", "protected"] {
        assert!(err.contains(cause), "{cause}: {err}");
    }
}

#[test]
fn a_heartbeat_comes_every_thirty_seconds_of_silence_and_never_after_the_verdict() {
    let (streams, _, err) = two();
    let mut plain = Plain::new(streams);
    play(&mut plain, &good_run()[..5]);
    let before = err.text();
    plain.tick(seconds(41));
    assert_eq!(err.text(), before, "29 s of silence");
    plain.tick(seconds(42));
    plain.tick(seconds(43));
    plain.tick(seconds(72));
    let beats = err.text()[before.len()..].to_owned();
    assert_snapshot!(beats, @"
    [  42s] still building, 41 s, usually 3 min
    [  72s] still building, 1 min 11 s, usually 3 min
    ");
    play(&mut plain, &good_run()[6..]);
    let before = err.text();
    plain.tick(seconds(900));
    assert_eq!(err.text(), before);
}

#[test]
fn a_log_that_was_followed_is_not_printed_again() {
    let (streams, _, err) = two();
    let mut events = bad_run("boom");
    let lines = log(&["step 1", "boom"]);
    events.insert(2, happens("web", 30, SiteEvent::Log { lines }));
    play(&mut Plain::new(streams), &events);
    assert_eq!(err.text().matches("| step 1\n").count(), 1, "{}", err.text());
}

#[test]
fn what_ended_the_run_is_not_said_twice() {
    let (streams, _, err) = two();
    let error = Error::Interrupted {
        signal: Signal::Terminate,
        cancel: CancelOutcome::Accepted,
    };
    let mut site = failed("web", 5, "");
    site.end = Err(error.clone());
    let mut events = end(vec![site.clone()]);
    events.pop();
    events.push(Event::End(Box::new(RunResult::ended_by(error, vec![site], seconds(5)))));
    play(&mut Plain::new(streams), &events);
    assert_eq!(
        err.text().matches("interrupted by SIGTERM").count(),
        1,
        "{}",
        err.text()
    );
}

#[test]
fn several_sites_are_told_apart() {
    let (streams, out, err) = two();
    let mut events = vec![
        begin(&["web", "api"], Mode::Real),
        status("web", 2, "building"),
        status("api", 3, "queued"),
    ];
    events.extend(end(vec![succeeded("web", 60), failed("api", 61, "no space left")]));
    play(&mut Plain::new(streams), &events);
    assert_snapshot!(out.text(), @"
    web: succeeded in 1 min, deployment dep_1, https://web.example
    api: failed after 1 min 1 s, deployment dep_1, https://dashboard.sproobo.com/d/dep_1
    1 of 2 sites ended well, in 1 min 1 s
    ");
    assert!(err.text().contains("[   3s] api: queued\n"), "{}", err.text());
    assert!(
        err.text()
            .contains("error: api: the deployment failed: no space left\n"),
        "{}",
        err.text()
    );
}

#[test]
fn what_was_only_started_or_superseded_has_not_ended_well() {
    use RunStatus::{Running, Succeeded, Superseded};
    let told = |ends: &[RunStatus]| {
        let (streams, out, _) = two();
        let names = ["web", "api", "docs", "shop"];
        let sites = ends.iter().zip(names).map(|(status, name)| SiteResult {
            end: Ok(*status),
            ..succeeded(name, 5)
        });
        play(&mut Plain::new(streams), &end(sites.collect()));
        out.text().lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(told(&[Succeeded, Succeeded]), "2 of 2 sites ended well, in 5 s");
    assert_eq!(
        told(&[Running, Running]),
        "2 deployments triggered, none waited for, in 5 s"
    );
    assert_eq!(
        told(&[Succeeded, Running, Superseded, Running]),
        "1 of 4 sites ended well, 2 triggered and not waited for, 1 superseded, in 5 s"
    );
    assert_eq!(
        told(&[Succeeded, Superseded]),
        "1 of 2 sites ended well, 1 superseded, in 5 s"
    );
}

#[test]
fn sandbox_and_dry_run_say_loudly_that_nothing_was_deployed() {
    for mode in [Mode::Sandbox, Mode::DryRunOnline, Mode::DryRunOffline] {
        let (streams, out) = one();
        let mut events = vec![begin(&["web"], mode)];
        events.extend(end(vec![succeeded("web", 1)]));
        play(&mut Github::new(streams), &events);
        let text = out.text();
        assert!(text.contains("::warning title=Nothing is deployed::"), "{text}");
        let status = text
            .lines()
            .find(|line| line.starts_with("web: succeeded"))
            .expect("a status line");
        assert!(status.contains("nothing was deployed]"), "{status}");
        assert_eq!(
            text.matches("nothing is deployed").count(),
            1,
            "loudly, not again and again: {text}"
        );
    }
}

#[test]
fn a_plan_ends_with_the_reminder_that_nothing_was_deployed() {
    let (streams, out, err) = two();
    let plan = Event::Plan("web: would send POST https://x.test/".to_owned());
    let mut events = vec![begin(&["web"], Mode::DryRunOffline), plan];
    events.extend(end(Vec::new()));
    play(&mut Plain::new(streams), &events);
    assert!(
        out.text()
            .ends_with("\nDRY RUN (offline): this sends nothing; nothing is deployed\n"),
        "{}",
        out.text()
    );
    assert!(err.text().contains("\nDRY RUN (offline)"), "{}", err.text());
}

#[test]
fn the_same_refusal_of_a_trigger_is_told_once_and_then_by_heartbeats() {
    let (streams, _, err) = two();
    let mut plain = Plain::new(streams);
    let retry = |detail: &str| SiteEvent::TriggerRetry {
        start: Start::Trigger,
        error: ApiError::Transport(Transport::NotConnected {
            host: "h:443".to_owned(),
            detail: detail.to_owned(),
        }),
        after: seconds(2),
    };
    let mut events = vec![begin(&["web"], Mode::Real)];
    events.extend((0..9).map(|second| happens("web", second, retry("refused"))));
    events.push(happens("web", 9, retry("reset")));
    play(&mut plain, &events);
    assert_eq!(err.text().matches("nothing started").count(), 2, "{}", err.text());
    plain.tick(seconds(40));
    assert!(err.text().contains("still trying to trigger"), "{}", err.text());
}

#[test]
fn what_became_of_a_cancel_is_told() {
    let (streams, _, err) = two();
    let mut events = vec![begin(&["web"], Mode::Real)];
    for outcome in [
        CancelOutcome::NotAsked,
        CancelOutcome::NothingToCancel,
        CancelOutcome::Accepted,
        CancelOutcome::Failed("HTTP 500".to_owned()),
        CancelOutcome::MayStillStart(ClientToken("tok-1".to_owned())),
    ] {
        events.push(happens("web", 1, SiteEvent::Cancel { outcome }));
    }
    play(&mut Plain::new(streams), &events);
    let told: Vec<String> = err.text().lines().skip(1).map(ToOwned::to_owned).collect();
    assert_snapshot!(told.join("\n"), @"
    [   1s] not cancelling: told to let it go on
    [   1s] there is nothing to cancel
    [   1s] Sproobo accepted our request to cancel
    [   1s] could not cancel: HTTP 500
    [   1s] nothing found to cancel; a deployment with the token tok-1 may still start
    ");
}

#[test]
fn the_title_of_an_annotation_is_about_what_failed() {
    let title = |error: Error| {
        let (streams, out) = one();
        let result = RunResult::of_command(Err(error));
        Github::new(streams).event(seconds(0), &Event::End(Box::new(result)));
        let text = out.text();
        let title = text
            .strip_prefix("::error title=")
            .and_then(|rest| rest.split_once("::"));
        title.expect("an annotation").0.to_owned()
    };
    let of_github = Error::code_host("HTTP 403 from GitHub", "ask", ExitCode::Refused);
    assert_eq!(title(of_github), "Not done by GitHub or GitLab");
    let rotation = Error::Rotation {
        what: "it stopped".to_owned(),
        next: "look".to_owned(),
        code: ExitCode::Refused,
    };
    assert_eq!(title(rotation), "The rotation stopped");
    assert_eq!(title(Error::Cancelled), "Deployment cancelled");
    let outdated = Error::Outdated {
        commit: "0123abc".to_owned(),
        newer: "4567def".to_owned(),
        deployment: "dep_2".parse().expect("an id"),
        is_live: true,
    };
    assert_eq!(title(outdated), "Nothing was deployed");
    let still_runs = Error::StillRuns {
        word: None,
        within: seconds(15),
    };
    assert_eq!(title(still_runs), "Not known to be cancelled");
}

#[test]
fn the_keys_age_is_a_result_where_it_was_asked_for() {
    let age = || {
        Event::KeyAge(KeyAge {
            age: days(3),
            created_at: began(),
            source: AgeSource::Sproobo,
            name: None,
            prefix: None,
            stale: false,
            stale_after: days(90),
        })
    };
    let (streams, out, err) = two();
    play(&mut Plain::new(streams), &[age()]);
    assert_eq!(
        (out.text().as_str(), err.text().as_str()),
        (
            "the API key is 3 days old (from Sproobo): fresh, at a limit of 90 days\n",
            ""
        )
    );
    let (streams, out, _) = two();
    play(&mut Plain::new(streams), &[begin(&["web"], Mode::Real), age()]);
    assert_eq!(out.text(), "");
}

#[test]
fn the_unknown_word_is_a_warning_that_teaches() {
    let (streams, out) = one();
    let word = "hibernating".to_owned();
    let events = [
        begin(&["web"], Mode::Real),
        happens("web", 3, SiteEvent::UnknownWord { word }),
    ];
    play(&mut Github::new(streams), &events);
    assert!(
        out.text().contains("::warning title=Unknown status word::"),
        "{}",
        out.text()
    );
    assert!(out.text().contains("--status-map hibernating=CLASS"), "{}", out.text());
}

#[test]
fn retries_and_outages_are_told() {
    let (streams, _, err) = two();
    let error = ApiError::Transport(Transport::NotConnected {
        host: "dashboard.sproobo.com:443".to_owned(),
        detail: "refused".to_owned(),
    });
    let events = [
        begin(&["web"], Mode::Real),
        happens(
            "web",
            0,
            SiteEvent::TriggerRetry {
                start: Start::Trigger,
                error: error.clone(),
                after: seconds(2),
            },
        ),
        found("web", 4, "building"),
        happens(
            "web",
            5,
            SiteEvent::Unreachable {
                error,
                budget: seconds(300),
            },
        ),
        happens("web", 17, SiteEvent::Reachable { after: seconds(12) }),
        happens("web", 18, SiteEvent::Settling { within: seconds(15) }),
    ];
    play(&mut Plain::new(streams), &events);
    assert_snapshot!(err.text(), @"
    [   0s] deploy web on https://dashboard.sproobo.com/api
    [   0s] the trigger was not accepted, so nothing started (no connection to dashboard.sproobo.com:443: refused); trying again in 2 s
    [   4s] deployment dep_1, building, https://dashboard.sproobo.com/d/dep_1
    [   5s] no good answer from the API (no connection to dashboard.sproobo.com:443: refused); trying on for up to 5 min
    [  17s] the API answers again, after 12 s
    [  18s] completed, no health reported; waiting 15 s for one
    ");
}

#[test]
fn a_status_with_pending_health_shows_both() {
    let (streams, _, err) = two();
    let mut deployment = deployment("completed", StatusClass::Finished);
    deployment.health = Some(sproobo_deploy::model::Health::Pending("checking".to_owned()));
    play(
        &mut Plain::new(streams),
        &[happens("web", 5, SiteEvent::Status { deployment })],
    );
    assert_eq!(err.text(), "[   5s] completed (health: checking)\n");
}
