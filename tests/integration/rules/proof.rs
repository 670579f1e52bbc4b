//! What is live must be proven: the commit that is reported, and `--verify-url`.

use sproobo_deploy::deploy::{self, Options, Verify};
use sproobo_deploy::error::{Error, Phase};
use sproobo_deploy::model::{TimeLimit, TriggerRequest};

use crate::support::fake_platform::{COMMIT, Op, request, secs};
use crate::support::world::{World, code};

#[tokio::test(start_paused = true)]
async fn another_commit_is_a_warning_or_a_failure() {
    for (reported, require, expected, notes) in [
        (Some("ffffffff"), false, 0, 1),
        (Some("ffffffff"), true, 1, 0),
        (Some(&COMMIT[..8]), true, 0, 0),
        (None, true, 1, 0),
        (None, false, 0, 0),
    ] {
        let world = World::with(|platform| {
            platform.shows_commits = reported.is_some();
            platform.reports_commit = reported.map(str::to_owned);
        });
        let require_commit = require;
        let result = world
            .deploy(&Options {
                require_commit,
                ..Options::default()
            })
            .await;
        assert_eq!(code(&result), expected, "{reported:?} {require}");
        assert_eq!(world.recorder.notes().len(), notes, "{reported:?} {require}");
    }
}

fn verifying(contains: &str, timeout: u64) -> Options {
    Options {
        verify: Some(Verify {
            url: "https://shop.example".to_owned(),
            contains: Some(contains.to_owned()),
            timeout: secs(timeout),
        }),
        ..Options::default()
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_container_that_still_serves_is_not_proof() {
    let mut world = World::new();
    world.probe.answer = |second| match second {
        0..=65 => Some(Ok((200, "commit fedcba98".to_owned()))),
        66..=69 => Some(Ok((502, COMMIT.to_owned()))),
        70..=71 => None,
        _ => Some(Ok((200, format!("commit {COMMIT}")))),
    };
    let result = world.deploy(&verifying("{commit}", 60)).await;
    assert_eq!(code(&result), 0);
    assert!(world.platform.count(Op::Probe) > 3);
}

#[tokio::test(start_paused = true)]
async fn an_error_page_is_not_verified_and_a_hanging_site_is_left() {
    for hangs in [false, true] {
        let mut world = World::new();
        world.probe.answer = if hangs {
            |_| None
        } else {
            |_| Some(Ok((500, "hello".to_owned())))
        };
        let result = world.deploy(&verifying("hello", 20)).await;
        assert!(matches!(result.end, Err(Error::NotVerified { .. })), "{:?}", result.end);
        assert!(world.seconds() < 60.0 + 20.0 + 12.0 + 6.0, "{}", world.seconds());
    }
}

#[tokio::test(start_paused = true)]
async fn the_runs_limit_bounds_verification() {
    let mut world = World::new();
    world.probe.answer = |_| Some(Err("refused".to_owned()));
    let mut options = verifying("hello", 600);
    options.watch.limit = TimeLimit::Timeout(secs(90));
    let result = world.deploy(&options).await;
    assert!(matches!(
        result.end,
        Err(Error::TimedOut {
            phase: Phase::Verify,
            ..
        })
    ));
    assert!(world.seconds() < 91.0);
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_nobody_knows_proves_nothing() {
    let world = World::with(|platform| platform.shows_commits = false);
    let request = TriggerRequest {
        commit: None,
        ..request("shop")
    };
    let results = deploy::deploy(&world.context(), &[request], &verifying("{commit}", 20)).await;
    let Err(Error::NotVerified { detail, .. }) = &results[0].end else {
        panic!("{:?}", results[0].end)
    };
    assert!(detail.contains("not known"), "{detail}");
    assert_eq!(world.platform.count(Op::Probe), 0);
}

/// A text that names no commit needs none.
#[tokio::test(start_paused = true)]
async fn where_no_commit_is_known_a_text_alone_proves_enough() {
    for (text, expected) in [("hello", 0), ("hello?", 1)] {
        let world = World::with(|platform| platform.shows_commits = false);
        let request = TriggerRequest {
            commit: None,
            ..request("shop")
        };
        let results = deploy::deploy(&world.context(), &[request], &verifying(text, 20)).await;
        assert_eq!(code(&results[0]), expected, "{text}");
    }
}
