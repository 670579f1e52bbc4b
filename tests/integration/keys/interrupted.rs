//! Work on keys that a signal ends at each of its calls: what is said of the keys is true, and says what to do.

use std::time::Duration;

use sproobo_deploy::deploy::Interrupts;
use sproobo_deploy::error::{Error, ExitCode, Subject};
use sproobo_deploy::event::{Event, Sink};
use sproobo_deploy::keys::lifecycle::create;
use sproobo_deploy::keys::revoke::revoke;
use sproobo_deploy::keys::rotate::{Plan, Revoke, revoke_older, rotate};
use sproobo_deploy::model::Signal;
use sproobo_deploy::secret::Secret;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::support::fake_platform::reply;
use crate::support::rotation::{Creating, Fake, Fault, OLD, now, record, undisturbed};

struct Silence;

impl Sink for Silence {
    fn emit(&self, _: Event) {}
}

const ONE: &str = "github-secret:SPROOBO_API_KEY";
const TWO: &str = "gitlab-variable:SPROOBO_API_KEY@production";

fn old() -> Secret {
    Secret::new(OLD.to_owned())
}

fn plan() -> Plan {
    Plan {
        name: "ci".to_owned(),
        stores: [ONE, TWO].map(|store| store.parse().expect("a store")).to_vec(),
        revoke: Revoke::Old,
        created_at: None,
        now: now(),
        in_ci: true,
    }
}

/// Does the work and sends a signal when it hangs. What is said then, with what to do.
async fn said<T>(work: impl AsyncFnOnce(Interrupts) -> Result<T, Error>) -> String {
    let (sender, receiver) = watch::channel(None);
    let signal = async {
        sleep(Duration::from_secs(1)).await;
        sender.send_replace(Some(Signal::Terminate));
    };
    let (done, ()) = tokio::join!(work(Interrupts::new(receiver)), signal);
    let Err(error) = done else {
        panic!("it was not interrupted");
    };
    assert_eq!(error.exit_code(), ExitCode::Signal(Signal::Terminate), "{error}");
    text(&error)
}

fn text(error: &Error) -> String {
    let text = format!("{error}. Next: {}", error.next(&Subject::default()));
    assert!(!text.contains("_secret"), "a key's value is in: {text}");
    text
}

#[track_caller]
fn assert_says(text: &str, pieces: &[&str]) {
    for piece in pieces {
        assert!(text.contains(piece), "{piece} is not in: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rotation_says_at_each_step_which_keys_there_are_and_who_holds_them() {
    let neither = format!("{ONE}, {TWO} hold what was there before");
    let first =
        format!("{ONE} holds either key (whether it was written is not known); {TWO} holds what was there before");
    let second = format!("{ONE} holds the new key; {TWO} holds either key");
    let both = format!("{ONE}, {TWO} hold the new key");
    let new = "`ci`, new_key_0002…, id key_2";
    let nothing = [
        "no key was created and no store written",
        "Next: run the rotation again",
    ];
    let old_is_left = [new, &both, "the old key is still valid", "`keys check`"];
    let gone = [new, &both, "the old key is refused", "nothing else is left to do"];
    // By the call that hangs: what is said where it had no effect yet, and where it had.
    let steps: [(&[&str], &[&str]); 12] = [
        (&nothing, &nothing),
        (&nothing, &nothing),
        (&nothing, &nothing),
        (
            &[
                "had not answered yet; right after that, Sproobo's list shows none",
                "nobody has its value",
            ],
            &[
                new,
                "The old key is still valid",
                "nobody has its value: revoke it by its id",
            ],
        ),
        (
            &[new, &neither, "which nothing uses"],
            &[new, &neither, "which nothing uses"],
        ),
        (
            &[new, &first, "both keys are needed"],
            &[new, &first, "both keys are needed"],
        ),
        (
            &[new, &second, "both keys are needed"],
            &[new, &second, "both keys are needed"],
        ),
        (&old_is_left, &old_is_left),
        (&old_is_left, &old_is_left),
        (
            &[
                new,
                &both,
                "the old key still works; it may yet be revoked",
                "`keys revoke key_1` may be repeated",
            ],
            &gone,
        ),
        (&gone, &gone),
        (&gone, &gone),
    ];
    for (at, (before, after)) in (1..).zip(steps) {
        for (fault, pieces) in [(Fault::KilledBefore(at), before), (Fault::KilledAfter(at), after)] {
            let mut fake = Fake::new(&[ONE, TWO]);
            fake.fault = fault;
            let plan = plan();
            let text = said(async |interrupts| rotate(&fake, &fake, &old(), &plan, &Silence, interrupts).await).await;
            assert_says(&text, pieces);
            assert!(fake.every_store_works(), "{text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn revoke_looks_once_more_and_says_whether_the_key_is_gone() {
    let hanging = |fault| {
        let mut fake = Fake::new(&[]);
        fake.with(|world| world.keys.push(record(2, "laptop_0001_secret", "laptop", 3)));
        fake.fault = fault;
        fake
    };
    let asked =
        async |fake: &Fake, which| said(async |interrupts| revoke(fake, &old(), which, true, interrupts).await).await;
    for fault in [Fault::KilledBefore(1), Fault::KilledAfter(1)] {
        assert_says(
            &asked(&hanging(fault), "key_2").await,
            &["nothing was revoked", "Next: run this again"],
        );
    }
    for (which, still, look) in [
        (
            "key_2",
            "the list still shows it right after that",
            "`sproobo-deploy keys list`",
        ),
        (
            "key_1",
            "it still works right after that",
            "`sproobo-deploy keys check`",
        ),
    ] {
        let out = asked(&hanging(Fault::KilledBefore(2)), which).await;
        assert_says(
            &out,
            &["had not answered yet, but", still, look, "revoking may be repeated"],
        );
        let out = asked(&hanging(Fault::KilledAfter(2)), which).await;
        assert_says(
            &out,
            &["had not answered yet, and the key is gone", "nothing is left to do"],
        );
        let unseen = asked(&hanging(Fault::KilledBefore(3)), which).await;
        assert_says(&unseen, &["Sproobo answered that", "is revoked, and the key is gone"]);
    }
    let dead = hanging(Fault::KilledAfter(2));
    let in_use = old();
    let text = said(async |interrupts| {
        let revoking = revoke(&dead, &in_use, "key_2", true, interrupts);
        // The list goes away while the request is out.
        let broken = async {
            sleep(Duration::from_millis(500)).await;
            dead.with(|world| world.list_error = Some(reply(503)));
        };
        tokio::join!(revoking, broken).0
    })
    .await;
    assert_says(
        &text,
        &[
            "whether the key is gone could not be seen right after that (HTTP 503",
            "`sproobo-deploy keys list`",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn create_says_that_a_key_may_be_there_and_what_the_list_shows() {
    for (fault, seen) in [
        (Fault::KilledBefore(1), "Sproobo's list shows none"),
        (
            Fault::KilledAfter(1),
            "Sproobo's list shows of this name `laptop`, new_key_0002…, id key_2",
        ),
    ] {
        let mut fake = Fake::new(&[]);
        fake.fault = fault;
        let text = said(async |interrupts| create(&fake, "laptop", false, interrupts).await).await;
        assert_says(
            &text,
            &[
                "had not answered yet",
                seen,
                "nobody has its value: revoke it by its id",
            ],
        );
    }
}

/// Without a signal: an answer that is lost leaves the same question.
#[tokio::test(start_paused = true)]
async fn an_answer_about_a_new_key_that_is_lost_is_looked_after() {
    let key = "`ci`, new_key_0002…, id key_2";
    let lost = || {
        let fake = Fake::new(&[ONE, TWO]);
        fake.with(|world| world.creating = Creating::Lost);
        fake
    };
    let (fake, plan) = (lost(), plan());
    let rotated = rotate(&fake, &fake, &old(), &plan, &Silence, undisturbed()).await;
    let said = text(&rotated.expect_err("lost"));
    assert_says(
        &said,
        &[
            "HTTP 500",
            key,
            "The old key is still valid",
            "nobody has its value: revoke it by its id",
        ],
    );
    let created = create(&lost(), "ci", false, undisturbed()).await;
    let error = created.expect_err("lost");
    assert_eq!(error.exit_code(), ExitCode::CouldNotTell);
    assert_says(
        &text(&error),
        &["HTTP 500", key, "nobody has its value: revoke it by its id"],
    );
}

#[tokio::test(start_paused = true)]
async fn revoke_after_says_which_keys_it_asked_for_and_which_are_left() {
    let grace = Plan {
        revoke: Revoke::After(Duration::ZERO),
        ..plan()
    }
    .grace(Duration::ZERO);
    let three = |fault| {
        let mut fake = Fake::new(&[]);
        fake.with(|world| {
            world.keys.push(record(2, "older_00001_secret", "ci", 200));
            world.keys.push(record(3, "older_00002_secret", "ci", 300));
        });
        fake.fault = fault;
        fake
    };
    let both = "revoke `ci`, older_00001_…, id key_2; `ci`, older_00002_…, id key_3, ";
    // The list, two requests, and the list again.
    for (fault, pieces) in [
        (
            Fault::KilledBefore(1),
            ["no key was revoked, and none created", "run this again"],
        ),
        (
            Fault::KilledBefore(2),
            [
                "id key_2, and right after that the list still shows",
                "may yet be revoked",
            ],
        ),
        (
            Fault::KilledAfter(2),
            ["id key_2, and the list shows none of these any more", "what is left"],
        ),
        (
            Fault::KilledBefore(3),
            [both, "the list still shows `ci`, older_00002_…, id key_3, which"],
        ),
        (
            Fault::KilledAfter(3),
            [both, "and the list shows none of these any more"],
        ),
        (
            Fault::KilledAfter(4),
            [both, "and the list shows none of these any more"],
        ),
    ] {
        let fake = three(fault);
        let text = said(async |interrupts| revoke_older(&fake, &old(), &grace, &Silence, interrupts).await).await;
        assert_says(&text, &pieces);
    }
    let fake = three(Fault::None);
    fake.with(|world| world.revoke_error = Some(reply(500)));
    let lost = revoke_older(&fake, &old(), &grace, &Silence, undisturbed()).await;
    let lost = text(&lost.expect_err("lost"));
    assert_says(
        &lost,
        &[
            "the answer to a request",
            "HTTP 500",
            "still shows `ci`, older_00001_…, id key_2, which",
        ],
    );
}
