//! Help: what a person reads first, and what of it can be typed.

use std::ffi::OsString;

use clap::{Arg, Command};
use sproobo_deploy::cli::{self, env::Environment};

use crate::support::cli::Sproobo;
#[cfg(unix)]
use crate::support::tools;

/// Every command that can be named, as its words behind the program's name, and as the parser has it.
pub(super) fn commands() -> Vec<(Vec<String>, Command)> {
    fn below(path: &[String], command: &Command, found: &mut Vec<(Vec<String>, Command)>) {
        found.push((path.to_vec(), command.clone()));
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            let path = [path, &[inner.get_name().to_owned()]].concat();
            below(&path, inner, found);
        }
    }
    let mut command = cli::command();
    command.build();
    let mut found = Vec::new();
    below(&[], &command, &mut found);
    assert!(found.len() > 20, "{} commands", found.len());
    found
}

fn parsed(words: &[String]) -> Result<cli::Invocation, cli::Refusal> {
    let typed = std::iter::once("sproobo-deploy").chain(words.iter().map(String::as_str));
    let typed: Vec<OsString> = typed.map(Into::into).collect();
    cli::parse(&typed, Environment::from_iter([]))
}

/// What is printed for a command with this behind it.
fn help(path: &[String], how: &str) -> String {
    let refusal = parsed(&[path, &[how.to_owned()]].concat()).unwrap_err();
    assert!(refusal.asked_for, "{path:?}: {}", refusal.text);
    refusal.text
}

/// The options that are ours.
fn options(command: &Command) -> impl Iterator<Item = &Arg> {
    let options = command.get_arguments().filter(|option| option.get_long().is_some());
    options.filter(|option| !["help", "version"].contains(&option.get_id().as_str()))
}

/// An example as a shell would split it, without where its output goes.
fn words(example: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in example.chars() {
        match character {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(character),
        }
    }
    words
        .into_iter()
        .take_while(|word| ![">", "|"].contains(&word.as_str()))
        .collect()
}

/// The lines that can be typed, up to the remark behind them.
fn examples(help: &str) -> Vec<Vec<String>> {
    let lines = help.lines().filter_map(|line| line.strip_prefix("  sproobo-deploy "));
    lines
        .map(|line| words(line.split("  ").next().unwrap().trim_end()))
        .collect()
}

#[test]
fn every_command_has_examples_that_the_parser_takes() {
    for (path, command) in commands() {
        // A terminal of 80 columns wraps none.
        let written = command.get_after_help().unwrap().to_string();
        for line in written.lines().filter(|line| line.starts_with("  sproobo-deploy ")) {
            assert!(line.chars().count() <= 80, "{line}");
        }
        let text = help(&path, "--help");
        let (_, below) = text
            .split_once("\nExamples:\n")
            .unwrap_or_else(|| panic!("{path:?}: {text}"));
        let examples = examples(below);
        assert!(
            examples.iter().any(|example| example.starts_with(&path)),
            "none of {path:?} itself: {examples:?}"
        );
        for example in examples {
            if let Err(refusal) = parsed(&example) {
                panic!("{path:?}: {example:?}: {}", refusal.text);
            }
        }
    }
}

#[test]
fn every_option_names_its_variable() {
    for (path, command) in commands() {
        let text = help(&path, "--help");
        let mut several = options(&command).peekable();
        assert!(several.peek().is_some(), "{path:?}");
        for option in several {
            let long = option.get_long().unwrap();
            let variable = format!("[env: SPROOBO_{}]", long.to_uppercase().replace('-', "_"));
            assert!(text.contains(&format!("--{long}")), "{path:?}: --{long}: {text}");
            assert!(text.contains(&variable), "{path:?}: {variable}: {text}");
        }
    }
}

#[test]
fn help_of_a_command_is_the_same_however_it_is_asked_for() {
    for (path, _) in commands() {
        let asked = [&["help".to_owned()], path.as_slice()].concat();
        let refusal = parsed(&asked).unwrap_err();
        assert_eq!(refusal.text, help(&path, "--help"), "{path:?}");
    }
}

/// A terminal of 80 columns, which is what most people's has at least.
#[test]
fn the_first_screen_of_deploy_fits_fifty_lines() {
    let short = Sproobo::new(["deploy", "-h"])
        .env("COLUMNS", "80")
        .run()
        .expect(0)
        .stdout;
    assert!(short.lines().count() <= 50, "{} lines:\n{short}", short.lines().count());
    assert!(short.lines().all(|line| line.chars().count() <= 80), "{short}");
    for needed in [
        "--ref",
        "--commit",
        "--timeout",
        "--on-failure",
        "--verify-url",
        "--dry-run",
        "--sandbox",
        "--help",
        "Examples:",
        "SPROOBO_",
    ] {
        assert!(short.contains(needed), "{needed}:\n{short}");
    }
    let long = Sproobo::new(["deploy", "--help"]).run().expect(0).stdout;
    for rare in ["--idempotency-key", "--poll-interval", "--status-map", "--ca-cert"] {
        assert!(long.contains(rare) && !short.contains(rare), "{rare}");
    }
}

/// What a command is given is built when it is named; clap's own checks of it are made here.
#[test]
fn the_whole_command_line_is_sound() {
    cli::command().debug_assert();
}

/// The shells themselves are in `tests/e2e/terminal.py`.
#[test]
fn completions_of_help_know_the_commands_below_others() {
    let script = Sproobo::new(["completions", "bash"]).run().expect(0).stdout;
    let mut below = 0;
    for (path, _) in commands().into_iter().filter(|(path, _)| path.len() == 2) {
        let name = format!("help__subcmd__{}__subcmd__{}\"", path[0], path[1]);
        assert!(script.contains(&name), "{path:?}");
        below += 1;
    }
    assert!(below > 5, "{below} commands");
}

/// Its styles are taken out of it in pieces, of which such a pipe refuses one.
#[cfg(unix)]
#[test]
fn a_pipe_that_is_full_now_and_then_gets_help_once() {
    use std::io::{ErrorKind, Read as _, Write as _};
    let pause = || std::thread::sleep(std::time::Duration::from_millis(2));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    let (mut reader, _) = tools::full_pipe(&path);
    let mut filler = tools::held_open(&path);
    let mut room = [0; 8192];
    reader.read_exact(&mut room).unwrap();
    let command = ["deploy", "--help"];
    let running = Sproobo::new(command).stdout(tools::held_open(&path)).spawn();
    // Nothing of it has a zero byte.
    while filler.write(&[0]).is_ok() {
        pause();
    }
    drop(filler);
    let mut printed = Vec::new();
    while let Err(error) = reader.read_to_end(&mut printed) {
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        pause();
    }
    running.finish().expect(0);
    printed.retain(|byte| *byte != 0);
    let printed = String::from_utf8(printed).unwrap();
    let whole = Sproobo::new(command).run().expect(0).stdout;
    assert!(whole.len() > room.len());
    assert_eq!(printed.trim_start_matches('.'), whole);
}
