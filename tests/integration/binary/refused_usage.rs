//! Command lines that are refused, on CI systems and for programs: they can't read a usage text.

use std::fs;

use serde_json::Value;

use crate::support::cli::{Finished, KEY, Sproobo};
use crate::support::runner;

struct Job {
    folder: tempfile::TempDir,
}

impl Job {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["output", "summary"] {
            fs::write(folder.path().join(name), "").expect("a file");
        }
        Self { folder }
    }

    fn run(&self, line: &str, variables: &[(&str, &str)]) -> Finished {
        let mut binary = Sproobo::new(line.split_whitespace())
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_OUTPUT", self.folder.path().join("output"))
            .env("GITHUB_STEP_SUMMARY", self.folder.path().join("summary"));
        for (name, value) in variables {
            binary = binary.env(name, value);
        }
        binary.run()
    }

    fn outputs(&self) -> runner::Map {
        let text = fs::read_to_string(self.folder.path().join("output")).expect("the outputs");
        runner::env_file(&text).expect("the runner's format")
    }
}

#[test]
fn github_gets_an_annotation_and_all_outputs() {
    for (line, variables) in [
        ("deploy demo --timeout 30", &[][..]),
        ("deploy demo", &[("SPROOBO_TIMEOUT", "30")]),
        ("deploy demo", &[("SPROOBO_REQUIRE_COMMIT", "yes")]),
        ("deploy demo --api-key x", &[]),
        ("deploy demo --timeout 30 --output plain", &[]),
        ("deploy demo --timeout 30 --output=json", &[]),
    ] {
        let job = Job::new();
        let run = job.run(line, variables).expect(2);
        assert_eq!(run.stderr, "", "{line}: the runner reads two pipes out of order");
        let outputs = job.outputs();
        runner::assert_names(&outputs, &runner::OUTPUTS);
        assert_eq!(outputs["exit-code"], "2", "{line}");
        assert_eq!(outputs["status"], "refused", "{line}");
        assert_eq!(outputs["result-json"], "[]", "{line}");
        if !line.contains("--output") {
            let start = "::error title=Wrong usage or configuration::";
            assert!(run.stdout.starts_with(start), "{}", run.stdout);
        }
    }
}

#[test]
fn a_bad_variable_is_named_in_the_annotation() {
    Job::new()
        .run("deploy demo", &[("SPROOBO_TIMEOUT", "30")])
        .says("write 30s, 30m, 30h or 30d; set in the environment: SPROOBO_TIMEOUT%0Aknown: nothing was triggered");
}

/// Nobody waits for outputs of these, and a step before may have written its own.
#[test]
fn commands_without_outputs_leave_the_file_alone() {
    let job = Job::new();
    for line in [
        "completions bashh",
        "sites --nope",
        "--nope",
        "",
        "logs deploy --nope",
        "--output github -v logs rollback --nope",
        "--dotenv=x --api-url wait sites --nope",
        "keys rotate deploy --nope",
    ] {
        job.run(line, &[]).expect(2).says("::error ");
    }
    assert_eq!(job.outputs(), runner::Map::new());
}

/// Where the command's word is in doubt, later steps may wait.
#[test]
fn outputs_are_written_where_it_may_be_a_deploy() {
    for line in [
        "--output plain -v wait --nope",
        "--outptu plain deploy demo",
        "demo deploy",
        "--output deploy demo",
    ] {
        let job = Job::new();
        job.run(line, &[]).expect(2);
        assert_eq!(job.outputs()["exit-code"], "2", "{line}");
    }
}

#[test]
fn programs_get_a_result_on_stdout() {
    for (line, format) in [
        ("deploy demo --timeout 30 --output json", ""),
        ("deploy demo --nope", "json"),
        ("", "json"),
    ] {
        let run = Sproobo::new(line.split_whitespace())
            .env("SPROOBO_OUTPUT", format)
            .run()
            .expect(2);
        assert_eq!(run.stderr, "", "{line}");
        let lines: Vec<Value> = run
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert_eq!(lines.len(), 1, "{}", run.stdout);
        assert_eq!(
            (&lines[0]["event"], &lines[0]["exit_code"]),
            (&"result".into(), &2.into())
        );
        assert!(lines[0]["error"]["message"].is_string(), "{}", run.stdout);
    }
}

#[test]
fn the_dotenv_report_is_written_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sproobo.env");
    let line = format!("deploy demo --nope --dotenv={}", file.display());
    let run = Sproobo::new(line.split_whitespace())
        .env("GITLAB_CI", "true")
        .run()
        .expect(2);
    assert!(
        run.stdout.contains("error: unexpected argument '--nope' found"),
        "{}",
        run.stdout
    );
    let report = fs::read_to_string(file).expect("a report");
    assert!(
        report.contains("SPROOBO_STATUS=refused\n") && report.contains("SPROOBO_EXIT_CODE=2\n"),
        "{report}"
    );
}

#[test]
fn people_get_the_parsers_own_text_without_colours_in_a_pipe() {
    let run = Sproobo::new(["deploy", "demo", "--time", "3m"]).run().expect(2);
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr.contains("tip: a similar argument exists: '--timeout'"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains('\u{1b}'), "{:?}", run.stderr);
}

#[test]
fn a_key_in_the_wrong_place_is_not_repeated() {
    for line in [
        format!("deploy demo --timeout {KEY}"),
        format!("deploy demo --{KEY}"),
        format!("--api-key={KEY}"),
    ] {
        for system in ["GITHUB_ACTIONS", "GITLAB_CI", "OTHER"] {
            let run = Sproobo::new(line.split_whitespace())
                .key()
                .env(system, "true")
                .run()
                .expect(2);
            assert!(!run.printed().contains(KEY), "{}", run.printed());
        }
    }
}

#[test]
fn a_host_that_is_not_ascii_is_refused_with_a_word_on_how_to_write_it() {
    let word = "write the host in ASCII, as DNS has it (xn--…)";
    let url = "https://bücher.example/";
    let run = Sproobo::new(["deploy", "demo", "--sandbox", "--verify-url", url])
        .run()
        .expect(2);
    assert!(run.stderr.contains(word), "{}", run.stderr);
    let run = Sproobo::new(["deploy", "demo", "--api-url", url]).key().run().expect(2);
    assert!(run.stderr.contains(word), "{}", run.stderr);
}

/// Progress lines need a terminal; errors must not vanish with them.
#[test]
fn the_terminal_format_without_a_terminal_still_tells_errors() {
    let run = Sproobo::new(["deploy", "demo", "--output", "tty"]).run().expect(3);
    assert!(run.stderr.contains("error: no API key is set"), "{}", run.stderr);
}

#[test]
fn a_rehearsal_refuses_the_contract_file_that_the_real_run_would_refuse() {
    let job = Job::new();
    let file = job.folder.path().join("contract.json");
    let line = format!("deploy demo --sandbox --contract {}", file.display());
    fs::write(&file, "not JSON").expect("a file");
    let run = job.run(&line, &[]).expect(2);
    assert!(run.stdout.contains("expected a JSON document"), "{}", run.stdout);
    // The sandbox speaks the default contract, so a valid one does no harm, wherever it points.
    fs::write(
        &file,
        r#"{ "version": 1, "operations": { "trigger": { "path": "/v9/{site}" } } }"#,
    )
    .expect("a file");
    job.run(&line, &[]).expect(0);
}
