//! The action's inputs: `action.yml` against the command line, and their way there.

#![expect(clippy::unwrap_used, reason = "a helper that fails ends the test, which is right")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use clap::CommandFactory as _;
use serde_json::{Map, Value, json};
use sproobo_deploy::cli::args::Cli;
use sproobo_deploy::cli::{Invocation, Refusal, parse};

use crate::support::cli::{KEY, Sproobo};

/// Inputs that are no option: two are of the step that fetches the binary, the others have variables of their own.
const NO_OPTIONS: [&str; 6] = [
    "api-key",
    "binary-path",
    "download-base-url",
    "github-token",
    "site",
    "version",
];

/// Options that are no input: the default of a switch, GitLab's hand-over, what is always GitHub's, and what has an
/// input of another name.
const NO_INPUTS: [&str; 5] = ["dotenv", "github-token-file", "help", "output", "wait"];

/// The names under `inputs:`, which stand alone at their depth.
fn declared() -> BTreeSet<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml")).unwrap();
    let inputs = text
        .split("\ninputs:\n")
        .nth(1)
        .unwrap()
        .split("\noutputs:\n")
        .next()
        .unwrap();
    let names = inputs
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    names.filter(|name| !name.starts_with(' ')).map(str::to_owned).collect()
}

/// As the runner passes them: every declared input, `""` if it is not given.
fn inputs(given: &[(&str, &str)]) -> String {
    let mut all: Map<String, Value> = declared().into_iter().map(|name| (name, json!(""))).collect();
    for (name, value) in given {
        all.insert((*name).to_owned(), json!(value));
    }
    serde_json::to_string_pretty(&all).unwrap()
}

fn try_parse(line: &str, variables: &[(&str, &str)]) -> Result<Invocation, Refusal> {
    let typed: Vec<_> = line.split(' ').map(Into::into).collect();
    let variables = variables.iter();
    parse(
        &typed,
        variables
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    )
}

/// What a command line and the action's inputs come to.
fn parsed(line: &str, given: &[(&str, &str)], job: &[(&str, &str)]) -> String {
    let inputs = inputs(given);
    let variables = [job, &[("SPROOBO_ACTION_INPUTS", &inputs)]].concat();
    let invocation = try_parse(line, &variables).unwrap_or_else(|refusal| panic!("{}", refusal.text));
    format!("{:?}", invocation.cli)
}

#[test]
fn every_option_of_deploy_is_an_input_and_every_input_an_option() {
    let mut command = Cli::command();
    command.build();
    let deploy = command.find_subcommand("deploy").unwrap();
    let options = deploy.get_arguments().filter_map(|argument| argument.get_long());
    let options: BTreeSet<&str> = options.filter(|name| !NO_INPUTS.contains(name)).collect();
    let inputs = declared();
    let inputs: BTreeSet<&str> = inputs
        .iter()
        .map(String::as_str)
        .filter(|name| !NO_OPTIONS.contains(name))
        .collect();
    assert_eq!(options, inputs);
    assert!(options.len() > 30, "{options:?}");
}

/// Whatever the form of its values is, one of these sets it to something else than its default.
#[test]
fn every_input_that_is_an_option_sets_it() {
    const VALUES: [&str; 9] = [
        "true",
        "7m",
        "7",
        "2026-01-31",
        "a=failed",
        "cancel",
        "detach",
        "fail",
        "some-text",
    ];
    const MORE: [&str; 8] = [
        "succeed",
        "never",
        "skip",
        "rollback",
        "always",
        "offline",
        "65146a8",
        "https://y.test",
    ];
    let base = [("site", "demo"), ("verify-url", "https://x.test")];
    let before = parsed("sproobo-deploy deploy", &base, &[]);
    for name in declared().iter().filter(|name| !NO_OPTIONS.contains(&name.as_str())) {
        let sets = |value: &&str| {
            let inputs = inputs(&[&base[..], &[(name, value)]].concat());
            let invocation = try_parse("sproobo-deploy deploy", &[("SPROOBO_ACTION_INPUTS", &inputs)]);
            invocation.is_ok_and(|invocation| format!("{:?}", invocation.cli) != before)
        };
        assert!(VALUES.iter().chain(&MORE).any(sets), "the input {name} changes nothing");
    }
}

#[test]
fn an_input_that_is_not_given_is_unset_and_what_is_typed_wins() {
    let site = [("site", "demo")];
    let typed = "sproobo-deploy deploy --timeout 5m";
    assert_eq!(
        parsed("sproobo-deploy deploy", &site, &[]),
        parsed("sproobo-deploy deploy demo", &[], &[])
    );
    assert_eq!(
        parsed(typed, &[("site", "demo"), ("timeout", "1h")], &[]),
        parsed(typed, &site, &[])
    );
}

/// Else a variable of the workflow could make a rehearsal of a deployment, or take the outputs away.
#[test]
fn variables_of_the_job_do_not_reach_the_action() {
    let job = [
        ("SPROOBO_DOTENV", "report"),
        ("SPROOBO_NO_WAIT", "true"),
        ("SPROOBO_OUTPUT", "json"),
        ("SPROOBO_SANDBOX", "true"),
        ("SPROOBO_TIMEOUT", "1s"),
        ("SPROOBO_WAIT", "false"),
    ];
    let line = "sproobo-deploy deploy";
    let undeclared = [
        ("site", "demo"),
        ("Output", "json"),
        ("dotenv", "report"),
        ("no-such-input", "x"),
    ];
    assert_eq!(parsed(line, &undeclared, &job), parsed(line, &[("site", "demo")], &[]));
}

/// The runner takes the names in either case, and hands them on as the workflow has them.
#[test]
fn names_are_read_in_either_case() {
    let text = json!({ "Site": "demo", "TimeOut": "7m" }).to_string();
    let invocation = try_parse("sproobo-deploy deploy", &[("SPROOBO_ACTION_INPUTS", &text)]);
    let invocation = invocation.unwrap_or_else(|refusal| panic!("{}", refusal.text));
    let plain = parsed("sproobo-deploy deploy", &[("site", "demo"), ("timeout", "7m")], &[]);
    assert_eq!(format!("{:?}", invocation.cli), plain);
}

/// The clean-up step gets the same inputs, and most are no options of `cancel`.
#[test]
fn a_command_takes_the_options_that_it_has() {
    let given = [
        ("site", "demo"),
        ("request-timeout", "7s"),
        ("on-failure", "rollback"),
        ("settle", "7s"),
    ];
    let cancel = parsed("sproobo-deploy cancel --from-state file", &given, &[]);
    assert_eq!(
        cancel,
        parsed("sproobo-deploy cancel --from-state file --request-timeout 7s", &[], &[])
    );
}

#[test]
fn inputs_that_can_not_be_read_are_refused_and_not_shown() {
    for text in [
        format!("{{\"api-key\": \"{KEY}\""),
        format!("\"{KEY}\""),
        format!("[\"{KEY}\"]"),
        KEY.to_owned(),
    ] {
        let run = Sproobo::new(["deploy", "demo", "--sandbox"])
            .env("SPROOBO_ACTION_INPUTS", &text)
            .env("GITHUB_ACTIONS", "true")
            .run()
            .expect(2)
            .says("SPROOBO_ACTION_INPUTS is no JSON object");
        assert!(!run.printed().contains(&KEY[..13]), "{}", run.printed());
    }
}

/// They hold a copy of the key, which comes from its own variable alone.
#[test]
fn the_key_and_the_token_are_not_taken_from_the_inputs() {
    let inputs = inputs(&[("site", "demo"), ("api-url", "http://127.0.0.1:9"), ("api-key", KEY)]);
    let run = || Sproobo::new(["deploy"]).env("SPROOBO_ACTION_INPUTS", &inputs);
    run().run().expect(3).says("no API key is set");
    let invocation = try_parse("sproobo-deploy deploy", &[("SPROOBO_ACTION_INPUTS", &inputs)]).unwrap();
    assert_eq!(invocation.environment.get("SPROOBO_API_KEY"), None);
    assert_eq!(invocation.environment.get("SPROOBO_ACTION_INPUTS"), None);
    let apart = [("SPROOBO_ACTION_INPUTS", inputs.as_str()), ("SPROOBO_API_KEY", KEY)];
    let invocation = try_parse("sproobo-deploy deploy", &apart).unwrap();
    assert_eq!(invocation.environment.get("SPROOBO_API_KEY"), Some(KEY));
}

#[test]
fn what_a_shell_would_run_or_obey_is_cleared_where_the_key_is() {
    let action = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/action.yml")).unwrap();
    let steps = action
        .split("    - name: ")
        .filter(|step| step.contains("SPROOBO_API_KEY:"));
    let mut found = 0;
    for step in steps {
        found += 1;
        for name in ["ENV", "BASH_ENV", "CDPATH", "SHELLOPTS", "BASHOPTS"] {
            assert!(
                step.contains(&format!("\n        {name}: ''\n")),
                "{name} is not cleared in {step}"
            );
        }
    }
    assert_eq!(found, 4);
}
