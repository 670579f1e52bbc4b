//! The command line and its twin, the environment.

use std::time::Duration;

use sproobo_deploy::cli::args::{Command, Output};
use sproobo_deploy::cli::deploy_args::{DeployArgs, DryRun};
use sproobo_deploy::cli::env::Environment;
use sproobo_deploy::cli::{Invocation, Refusal, parse, values};
use sproobo_deploy::sandbox::Scenario;
use sproobo_deploy::watch::OnSuperseded;

use crate::support::cli::{KEY, Sproobo};

fn try_parse(line: &str, environment: &[(&str, &str)]) -> Result<Invocation, Refusal> {
    let typed: Vec<_> = std::iter::once("sproobo-deploy")
        .chain(line.split_whitespace())
        .map(Into::into)
        .collect();
    parse(
        &typed,
        environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    )
}

fn deploy(line: &str, environment: &[(&str, &str)]) -> DeployArgs {
    let invocation = try_parse(line, environment).unwrap_or_else(|refusal| panic!("{}", refusal.text));
    match invocation.cli.command {
        Command::Deploy(deploy) => deploy.into_inner(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_option_has_a_variable_and_the_option_wins() {
    let both = deploy(
        "deploy demo --timeout 5m",
        &[("SPROOBO_TIMEOUT", "1h"), ("SPROOBO_SETTLE", "3s")],
    );
    assert_eq!(both.wait_options.timeout, Some(Duration::from_secs(300)));
    assert_eq!(both.wait_options.settle, Duration::from_secs(3));
    let enumerated = deploy(
        "deploy demo",
        &[("SPROOBO_ON_SUPERSEDED", "succeed"), ("SPROOBO_REF", "v1")],
    );
    assert_eq!(enumerated.wait_options.on_superseded, OnSuperseded::Succeed);
    assert_eq!(enumerated.git_ref.as_deref(), Some("v1"));
}

#[test]
fn global_options_come_from_the_environment_too() {
    let invocation = try_parse(
        "deploy demo",
        &[("SPROOBO_OUTPUT", "json"), ("SPROOBO_API_URL", "https://x.test")],
    )
    .unwrap_or_else(|refusal| panic!("{}", refusal.text));
    assert_eq!(invocation.cli.global.output, Output::Json);
    assert_eq!(invocation.cli.global.api_url.as_deref(), Some("https://x.test"));
    let nested = try_parse("keys list", &[("SPROOBO_OUTPUT", "json")]).unwrap();
    assert_eq!(nested.cli.global.output, Output::Json);
}

/// Composite actions pass every input that the user left out as an empty string.
#[test]
fn an_empty_variable_is_an_unset_one() {
    let empty = deploy(
        "deploy demo",
        &[
            ("SPROOBO_TIMEOUT", ""),
            ("SPROOBO_REQUIRE_COMMIT", ""),
            ("SPROOBO_SANDBOX", " "),
            ("SPROOBO_DRY_RUN", ""),
        ],
    );
    assert_eq!((empty.wait_options.timeout, empty.require_commit), (None, false));
    assert_eq!((empty.api.sandbox, empty.dry_run), (None, None));
}

#[test]
fn switches_take_true_and_false_and_nothing_else() {
    assert!(deploy("deploy demo", &[("SPROOBO_REQUIRE_COMMIT", "true")]).require_commit);
    assert!(!deploy("deploy demo", &[("SPROOBO_REQUIRE_COMMIT", "false")]).require_commit);
    let refusal = try_parse("deploy demo", &[("SPROOBO_REQUIRE_COMMIT", "yes")]).unwrap_err();
    assert!(
        refusal.text.contains("SPROOBO_REQUIRE_COMMIT") && !refusal.asked_for,
        "{}",
        refusal.text
    );
}

/// render-deploy-action takes `wait-for-success: "false"` for true.
#[test]
fn wait_false_is_no_wait() {
    assert!(deploy("deploy demo", &[("SPROOBO_WAIT", "false")]).no_wait);
    assert!(!deploy("deploy demo", &[("SPROOBO_WAIT", "true")]).no_wait);
    assert!(!deploy("deploy demo", &[("SPROOBO_NO_WAIT", "false")]).no_wait);
    assert!(!deploy("deploy demo --wait", &[("SPROOBO_NO_WAIT", "true")]).no_wait);
    assert!(deploy("deploy demo --no-wait", &[("SPROOBO_WAIT", "true")]).no_wait);
}

#[test]
fn sandbox_and_dry_run_take_true_false_or_a_value() {
    let sandbox = |value: &str| deploy("deploy demo", &[("SPROOBO_SANDBOX", value)]).api.sandbox;
    assert_eq!(sandbox("true"), Some(Scenario::Success));
    assert_eq!(sandbox("false"), None);
    assert_eq!(sandbox("fail"), Some(Scenario::Fail));
    let dry = |value: &str| deploy("deploy demo", &[("SPROOBO_DRY_RUN", value)]).dry_run;
    assert_eq!(
        (dry("true"), dry("false"), dry("offline")),
        (Some(DryRun::Online), None, Some(DryRun::Offline))
    );
    assert_eq!(
        deploy("deploy demo --sandbox --dry-run", &[]).api.sandbox,
        Some(Scenario::Success)
    );
}

#[test]
fn repeatable_options_are_one_a_line() {
    let lines = deploy("deploy demo", &[("SPROOBO_VAR", "team=blue\n\n region = eu \n")]);
    assert_eq!(
        lines.api.var,
        [
            ("team".to_owned(), "blue".to_owned()),
            ("region".to_owned(), "eu".to_owned())
        ]
    );
}

#[test]
fn sites_come_on_lines_or_with_commas() {
    assert_eq!(deploy("deploy", &[("SPROOBO_SITE", "a, b\nc\n")]).site, ["a", "b", "c"]);
    assert_eq!(deploy("deploy typed", &[("SPROOBO_SITE", "a")]).site, ["typed"]);
    assert!(deploy("deploy", &[]).site.is_empty());
}

#[test]
fn what_follows_two_dashes_stays_positional() {
    let dashed = deploy("deploy -- --odd-site", &[("SPROOBO_TIMEOUT", "1h")]);
    assert_eq!(
        (dashed.site.as_slice(), dashed.wait_options.timeout),
        (&["--odd-site".to_owned()][..], Some(Duration::from_secs(3600)))
    );
}

#[test]
fn a_bad_variable_is_named() {
    let refusal = try_parse("deploy demo", &[("SPROOBO_TIMEOUT", "90")]).unwrap_err();
    assert!(
        refusal.text.contains("SPROOBO_TIMEOUT") && refusal.text.contains("90s"),
        "{}",
        refusal.text
    );
}

#[test]
fn durations_are_written_as_people_write_them() {
    for (text, seconds) in [
        ("90s", 90),
        ("15m", 900),
        ("1h30m", 5400),
        ("90d", 7_776_000),
        (" 2h ", 7200),
    ] {
        assert_eq!(values::duration(text), Ok(Duration::from_secs(seconds)), "{text}");
    }
    assert!(values::duration("30").unwrap_err().contains("30s, 30m, 30h or 30d"));
    for wrong in ["", "soon", "-5s", "5 parsecs", "9999999y"] {
        values::duration(wrong).unwrap_err();
    }
    values::positive_duration("0s").unwrap_err();
}

#[test]
fn dates_are_rfc_3339_or_a_day() {
    assert_eq!(
        values::date("2026-03-31").unwrap().to_rfc3339(),
        "2026-03-31T00:00:00+00:00"
    );
    assert_eq!(
        values::date("2026-03-31T09:00:00+02:00").unwrap().to_rfc3339(),
        "2026-03-31T07:00:00+00:00"
    );
    for wrong in ["31.03.2026", "2026-02-30", "yesterday", ""] {
        values::date(wrong).unwrap_err();
    }
}

#[test]
fn an_api_key_argument_is_refused_with_the_reason_and_never_repeated() {
    for arguments in [
        vec!["deploy", "demo", "--api-key", KEY],
        vec![Box::leak(format!("--api-key={KEY}").into_boxed_str()), "sites"],
    ] {
        let refused = Sproobo::new(arguments)
            .run()
            .expect(2)
            .says("process lists")
            .says("SPROOBO_API_KEY");
        assert!(!refused.printed().contains(&KEY[..13]), "{}", refused.printed());
    }
}

#[test]
fn no_site_is_bad_usage() {
    Sproobo::new(["deploy"]).key().run().expect(2).says("SPROOBO_SITE");
}

#[test]
fn help_and_version_are_no_errors() {
    let help = Sproobo::new(["--help"]).run().expect(0);
    assert!(help.stdout.contains("Exit codes") && help.stderr.is_empty());
    assert_eq!(
        Sproobo::new(["--version"]).run().expect(0).stdout,
        format!("sproobo-deploy {}\n", env!("CARGO_PKG_VERSION"))
    );
    Sproobo::new(["deploy", "--frobnicate"])
        .run()
        .expect(2)
        .says("--frobnicate");
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

mod what_the_run_tested {
    use sproobo_deploy::cli::ci::Ci;
    use sproobo_deploy::cli::tested::Source;

    use super::environment;

    fn github(event: &str) -> Source {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("event.json");
        std::fs::write(&path, event).unwrap();
        Ci::detect(&environment(&[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SHA", "merge-commit"),
            ("GITHUB_REF_NAME", "main"),
            ("GITHUB_EVENT_PATH", path.to_str().unwrap()),
        ]))
        .source
    }

    /// `GITHUB_SHA` of a pull request is a merge commit that no branch holds.
    #[test]
    fn a_pull_requests_head_comes_before_the_merge_commit() {
        let source = github(r#"{"pull_request":{"title":"Fix","head":{"sha":"abc","ref":"topic"}}}"#);
        assert_eq!(source.commit.as_deref(), Some("abc"));
        assert_eq!(source.git_ref.as_deref(), Some("topic"));
        assert_eq!(source.message.as_deref(), Some("Fix"));
    }

    /// `GITHUB_SHA` of `workflow_run` is the default branch's newest commit, not the one that was tested.
    #[test]
    fn a_workflow_runs_head_comes_before_the_default_branch() {
        let source = github(r#"{"workflow_run":{"head_sha":"tested","head_branch":"release"}}"#);
        assert_eq!(source.commit.as_deref(), Some("tested"));
        assert_eq!(source.git_ref.as_deref(), Some("release"));
    }

    #[test]
    fn a_push_is_what_github_sha_says() {
        let source = github(r#"{"head_commit":{"message":"Subject\n\nBody"}}"#);
        assert_eq!(source.commit.as_deref(), Some("merge-commit"));
        assert_eq!(source.message.as_deref(), Some("Subject"));
        assert_eq!(github("not JSON").commit.as_deref(), Some("merge-commit"));
    }

    #[test]
    fn a_merge_requests_source_comes_before_the_merged_result() {
        let ci = Ci::detect(&environment(&[
            ("GITLAB_CI", "true"),
            ("CI_COMMIT_SHA", "merged-result"),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "source"),
            ("CI_COMMIT_REF_NAME", "refs/merge-requests/1/head"),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "topic"),
        ]));
        assert_eq!(ci.source.commit.as_deref(), Some("source"));
        assert_eq!(ci.source.git_ref.as_deref(), Some("topic"));
    }

    #[test]
    fn a_gitlab_jobs_own_limit_less_30_seconds_is_the_deadline() {
        let ci = Ci::detect(&environment(&[
            ("GITLAB_CI", "true"),
            ("CI_JOB_STARTED_AT", "2026-01-01T00:00:00Z"),
            ("CI_JOB_TIMEOUT", "600"),
        ]));
        assert_eq!(
            ci.deadline.map(|at| at.to_rfc3339()).as_deref(),
            Some("2026-01-01T00:09:30+00:00")
        );
        assert_eq!(Ci::detect(&environment(&[("CI_JOB_TIMEOUT", "600")])).deadline, None);
    }

    #[test]
    fn a_pull_request_from_a_fork_is_recognised() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("event.json");
        let event = |head: &str| {
            format!(
                r#"{{"pull_request":{{"head":{{"sha":"a","repo":{{"full_name":"{head}"}}}},"base":{{"repo":{{"full_name":"o/r"}}}}}}}}"#
            )
        };
        let detect = |head: &str| {
            std::fs::write(&path, event(head)).unwrap();
            Ci::detect(&environment(&[
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_EVENT_NAME", "pull_request"),
                ("GITHUB_EVENT_PATH", path.to_str().unwrap()),
            ]))
            .no_secrets
        };
        assert!(detect("stranger/r").is_some_and(|cause| cause.contains("fork")));
        assert_eq!(detect("o/r"), None);
    }
}

/// Fifty options in one list help nobody.
#[test]
fn the_help_of_deploy_is_in_sections() {
    let help = Sproobo::new(["deploy", "--help"]).run().expect(0).stdout;
    let sections: Vec<&str> = help
        .lines()
        .filter(|line| line.ends_with(':') && !line.starts_with(' '))
        .collect();
    assert_eq!(
        sections,
        [
            "Arguments:",
            "Options:",
            "What to deploy:",
            "Proof of what is live:",
            "Waiting:",
            "Age of the key:",
            "On GitHub:",
            "API:",
            "Options of every command:",
            "Examples:"
        ]
    );
}

/// The docs of the code's own structures are no help to users.
#[test]
fn no_help_shows_what_is_meant_for_developers() {
    for command in [
        "deploy",
        "wait",
        "status",
        "cancel",
        "logs",
        "rollback",
        "sites",
        "doctor",
        "keys check",
        "keys rotate",
    ] {
        let help = Sproobo::new(command.split(' ').chain(["--help"]))
            .run()
            .expect(0)
            .stdout;
        for leak in [
            "How the API is spoken to",
            "About the",
            "shared by",
            "Which deployment.",
            "<ON_",
        ] {
            assert!(!help.contains(leak), "{command}: {leak}");
        }
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
}

#[test]
fn what_is_parsed_can_be_printed_for_debugging_without_the_key() {
    let invocation = try_parse("deploy demo", &[("SPROOBO_API_KEY", KEY)]).unwrap();
    let shown = format!("{invocation:?}");
    assert!(shown.contains("SPROOBO_API_KEY") && !shown.contains(KEY), "{shown}");
}
