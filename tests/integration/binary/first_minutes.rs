//! The first minutes of a person who has just found this tool.

use crate::support::cli::{KEY, Sproobo};

/// A rehearsal of one's own workflow, whatever the site's id is.
#[test]
fn the_sandbox_takes_any_site() {
    let run = Sproobo::new(["deploy", "my-own-site", "--sandbox"]).run().expect(0);
    run.says("my-own-site").says("nothing is deployed");
    Sproobo::new(["deploy", "demo", "--sandbox=unknown-site"])
        .run()
        .expect(8);
}

/// What stands after it would be a second site, and the rehearsal of a failure would be green.
#[test]
fn a_scenario_as_a_word_of_its_own_is_refused_with_the_right_form() {
    for (option, value) in [("--sandbox", "fail"), ("--dry-run", "offline")] {
        let run = Sproobo::new(["deploy", "demo", option, value]).key().run().expect(2);
        run.says(&format!("write {option}={value}"));
    }
    // A site of that name can still be meant.
    Sproobo::new(["deploy", "fail", "--sandbox"]).run().expect(0);
}

#[test]
fn without_a_key_a_person_is_told_three_ways_on() {
    let run = Sproobo::new(["deploy", "demo"]).run().expect(3);
    for way in [
        "Settings → API Keys",
        if cfg!(windows) {
            "$env:SPROOBO_API_KEY = "
        } else {
            "export SPROOBO_API_KEY="
        },
        "--api-key-file",
        "--sandbox",
    ] {
        assert!(run.stderr.contains(way), "{way}: {}", run.stderr);
    }
    assert!(!run.stderr.contains("fork"), "{}", run.stderr);
    // In CI the causes are CI's.
    let run = Sproobo::new(["deploy", "demo"]).env("CI", "true").run().expect(3);
    run.says("fork").says("the API key is empty");
}

/// `deploy a,b` is `SPROOBO_SITE=a,b`.
#[test]
fn typed_sites_may_have_commas_between_them() {
    for run in [
        Sproobo::new(["deploy", "docs,shop", "--dry-run=offline"]),
        Sproobo::new(["deploy", "--dry-run=offline"]).env("SPROOBO_SITE", "docs,shop"),
    ] {
        let run = run.key().run().expect(0);
        assert!(
            run.printed().contains("/sites/docs/") && run.printed().contains("/sites/shop/"),
            "{}",
            run.printed()
        );
        assert!(!run.printed().contains(KEY));
    }
}

/// A misspelt variable would silently do nothing.
#[test]
fn a_variable_that_is_no_option_is_warned_of_with_the_nearest_name() {
    let run = Sproobo::new(["deploy", "demo", "--dry-run=offline"])
        .key()
        .env("SPROOBO_TIMOUT", "5m");
    run.run()
        .expect(0)
        .says("warning: SPROOBO_TIMOUT")
        .says("is SPROOBO_TIMEOUT meant?");
    // One of another command is none of this one's, and what is empty is unset.
    let quiet = Sproobo::new(["deploy", "demo", "--dry-run=offline"]).key();
    let quiet = quiet
        .env("SPROOBO_LISTEN", "127.0.0.1:0")
        .env("SPROOBO_TIMOUT", "")
        .env("SPROOBO_URL", "x");
    let quiet = quiet.run().expect(0);
    assert!(!quiet.printed().contains("warning"), "{}", quiet.printed());
}
