//! What the pages list of the tool is what it has: whoever adds one of these and forgets a page learns which.

use std::fs;
use std::path::Path;

use serde_json::Value;
use sproobo_deploy::event::{Event, RunResult};
use sproobo_deploy::keys::store;
use sproobo_deploy::model::StatusClass;
use sproobo_deploy::report::Outputs;
use sproobo_deploy::sandbox::Scenario;
use sproobo_deploy::sproobo::Operation;

use crate::support::cli::Sproobo;
use crate::support::report::good_run;
use crate::support::runner::{DOTENV, OUTPUTS};

fn page(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

/// The part of a page between two of its texts.
#[track_caller]
fn between<'p>(page: &'p str, from: &str, to: &str) -> &'p str {
    let (_, rest) = page.split_once(from).expect(from);
    rest.split_once(to).map_or(rest, |(part, _)| part)
}

/// Checks that each of these words stands there in backticks.
#[track_caller]
fn lists<W: AsRef<str>>(place: &str, text: &str, words: impl IntoIterator<Item = W>) {
    let missing: Vec<String> = words
        .into_iter()
        .map(|word| word.as_ref().to_owned())
        .filter(|word| !text.contains(&format!("`{word}`")))
        .collect();
    assert!(missing.is_empty(), "{place} does not list {missing:?}");
}

/// What stands at the end of the arms `… => VALUE,` of a type's methods.
#[track_caller]
fn arms(path: &str, of: &str) -> Vec<String> {
    let source = page(path);
    let methods = between(&source, &format!("impl {of} {{"), "\n}\n");
    let arms = methods.lines().filter_map(|line| line.trim().strip_prefix("Self::"));
    let values = arms.filter_map(|arm| arm.split_once(" => ")?.1.strip_suffix(','));
    values.map(|value| value.trim_matches('"').to_owned()).collect()
}

fn names<V: clap::ValueEnum>() -> Vec<String> {
    let named = V::value_variants().iter().filter_map(V::to_possible_value);
    named.map(|value| value.get_name().to_owned()).collect()
}

#[test]
fn every_exit_code_is_in_the_readme_and_in_the_help() {
    let codes: Vec<u8> = arms("src/error/code.rs", "ExitCode")
        .iter()
        .filter_map(|value| value.parse::<u8>().ok())
        .collect();
    assert!(codes.len() > 10 && codes.contains(&143), "{codes:?}");
    let readme = page("README.md");
    let table = between(&readme, "## Exit codes", "Several sites:");
    let help = Sproobo::new(["--help"]).run().expect(0).stdout;
    let listed = between(&help, "Exit codes:", "interrupted");
    for (place, text) in [("README.md", table), ("--help", listed)] {
        let numbers: Vec<u8> = text
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter_map(|word| word.parse::<u8>().ok())
            .collect();
        for code in &codes {
            assert!(numbers.contains(code), "{place} does not tell of exit code {code}");
        }
    }
}

#[test]
fn every_output_is_on_the_pages_and_handed_on_by_the_action() {
    let mut outputs = Outputs::new();
    for event in good_run() {
        outputs.event(&event);
    }
    let has: Vec<&str> = outputs.github().iter().map(|(name, _)| *name).collect();
    assert_eq!(has, OUTPUTS);
    let has: Vec<&str> = outputs.dotenv().iter().map(|(name, _)| *name).collect();
    assert_eq!(has, DOTENV);
    lists("docs/github.md", &page("docs/github.md"), OUTPUTS);
    lists("docs/gitlab.md", &page("docs/gitlab.md"), DOTENV);
    let action = page("action.yml");
    let handed_on = between(&action, "\noutputs:\n", "\nruns:");
    let declared: Vec<&str> = handed_on
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| !name.starts_with(' '))
        .collect();
    assert_eq!(declared, OUTPUTS);
    for name in OUTPUTS {
        let value = format!("${{{{ steps.unix.outputs.{name} || steps.windows.outputs.{name} }}}}");
        assert!(handed_on.contains(&value), "{name}");
    }
}

#[test]
fn every_member_of_a_result_is_on_the_page() {
    let mut outputs = Outputs::new();
    for event in good_run() {
        outputs.event(&event);
    }
    outputs.event(&Event::End(Box::new(RunResult::of_command(Ok(())))));
    let (_, json) = outputs.github().pop().expect("result-json is the last");
    let results: Value = serde_json::from_str(&json).unwrap();
    let members = results[0].as_object().expect("a site").keys();
    let page = page("docs/json.md");
    let described = between(&page, "`sites` of `result`", "## Of a site");
    lists("docs/json.md", described, members);
}

#[test]
fn every_status_and_every_class_is_on_the_pages() {
    let statuses: Vec<String> = arms("src/model/run.rs", "RunStatus")
        .into_iter()
        .filter(|value| !matches!(value.as_str(), "true" | "false"))
        .collect();
    assert!(statuses.contains(&"timed-out".to_owned()), "{statuses:?}");
    let json = page("docs/json.md");
    lists("docs/json.md", between(&json, "`status` (", ")"), &statuses);
    let github = page("docs/github.md");
    lists("docs/github.md", between(&github, "| `status` |", "|\n"), &statuses);
    let classes: Vec<String> = StatusClass::named().map(|(_, name)| name).collect();
    lists("docs/json.md", between(&json, "`class` (", ")"), &classes);
    let contract = page("docs/contract.md");
    lists("docs/contract.md", between(&contract, "| class |", "\n\n"), &classes);
}

#[test]
fn every_operation_is_on_the_page_with_its_variables() {
    let page = page("docs/contract.md");
    let table = between(&page, "## Operations", "\n## ");
    for operation in Operation::ALL {
        let name = format!("`{operation}`");
        let row = table.lines().find(|line| {
            let first = line.split('|').nth(1).unwrap_or_default();
            first.contains(&name)
        });
        let row = row.unwrap_or_else(|| panic!("docs/contract.md does not list {name}"));
        let variables = operation.variables().iter().map(|variable| format!("{{{variable}}}"));
        lists(&format!("docs/contract.md, {name}"), row, variables);
    }
}

#[test]
fn every_scenario_is_in_the_readme() {
    let readme = page("README.md");
    let line = between(&readme, "rehearsed: ", "\n");
    let listed: Vec<&str> = line.split(", ").collect();
    for scenario in names::<Scenario>() {
        // What happens without a name.
        let is_default = scenario == "success";
        assert!(is_default || listed.contains(&scenario.as_str()), "{scenario}");
    }
}

#[test]
fn every_store_is_on_the_page() {
    let forms = store::FORMS.split([',', ' ']).filter(|word| !["", "or"].contains(word));
    let page = page("docs/keys.md");
    lists("docs/keys.md", between(&page, "| `--store` |", "\n\n"), forms);
}
