//! The module map of `docs/ARCHITECTURE.md`, held by reading the source: imports go downward only.

use std::fs;
use std::path::{Path, PathBuf};

/// Every module with its layer and the modules of its own layer that it may use.
const MODULES: [(&str, u8, &[&str]); 24] = [
    ("model", 0, &["error", "event", "redact", "sanitize", "secret"]),
    ("event", 0, &["error", "model", "redact", "sanitize", "secret"]),
    ("secret", 0, &["error", "event", "model", "redact", "sanitize"]),
    ("redact", 0, &["error", "event", "model", "sanitize", "secret"]),
    ("sanitize", 0, &["error", "event", "model", "redact", "secret"]),
    ("error", 0, &["event", "model", "redact", "sanitize", "secret"]),
    ("http", 1, &[]),
    ("sproobo", 1, &["http"]),
    ("github", 1, &["http"]),
    ("gitlab", 1, &["http"]),
    ("file", 1, &[]),
    ("ci", 1, &["file"]),
    ("report", 1, &["ci"]),
    ("state", 1, &["file"]),
    ("git", 1, &[]),
    ("scan", 1, &["git"]),
    ("sandbox", 1, &[]),
    ("deploy", 2, &["watch", "keys", "doctor"]),
    ("watch", 2, &["deploy", "keys", "doctor"]),
    ("keys", 2, &["deploy", "watch", "doctor"]),
    ("doctor", 2, &["deploy", "watch", "keys"]),
    ("learn", 2, &[]),
    ("cli", 3, &["app"]),
    ("app", 3, &["cli"]),
];

fn module(name: &str) -> Option<&'static (&'static str, u8, &'static [&'static str])> {
    MODULES.iter().find(|(module, ..)| *module == name)
}

fn sources() -> Vec<(PathBuf, String)> {
    fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found
}

/// The top-level module that a file belongs to.
fn owner(path: &Path) -> String {
    let inside = path
        .strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
        .unwrap();
    inside
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_string_lossy()
        .trim_end_matches(".rs")
        .to_owned()
}

/// The top-level modules that a line names through `crate::`, also in `use crate::{a, b::c}`.
fn named(line: &str) -> Vec<String> {
    line.match_indices("crate::")
        .flat_map(|(at, prefix)| {
            let rest = &line[at + prefix.len()..];
            let names: Vec<&str> = match rest.strip_prefix('{') {
                Some(group) => group.split('}').next().unwrap_or_default().split(',').collect(),
                None => vec![rest],
            };
            names
                .into_iter()
                .map(|name| {
                    name.trim()
                        .chars()
                        .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
                        .collect()
                })
                .collect::<Vec<String>>()
        })
        .filter(|name| !name.is_empty())
        .collect()
}

fn may_use(user: &str, used: &str) -> bool {
    let (Some((_, layer, beside)), Some((_, used_layer, _))) = (module(user), module(used)) else {
        return false;
    };
    match (layer, used_layer) {
        _ if user == used => true,
        (2, 1) => false, // the rules reach adapters through traits that they define
        (from, to) if from == to => beside.contains(&used),
        (from, to) => to < from,
    }
}

#[test]
fn imports_go_downward_only() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let user = owner(&path);
        if matches!(user.as_str(), "lib" | "main") {
            continue;
        }
        assert!(
            module(&user).is_some(),
            "{} belongs to no module of the map",
            path.display()
        );
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for used in named(code).into_iter().filter(|used| !may_use(&user, used)) {
                wrong.push(format!("{}:{}: {user} may not use {used}", path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_import_check_sees_what_it_must_refuse() {
    assert_eq!(named("use crate::{http::Client, ci};"), ["http", "ci"]);
    assert!(!may_use("watch", "sproobo") && !may_use("sproobo", "ci") && !may_use("model", "cli"));
    assert!(may_use("report", "ci") && may_use("app", "sandbox") && may_use("deploy", "watch"));
}

#[test]
fn only_the_command_line_reads_the_environment() {
    for (path, text) in sources() {
        let reads = ["env::var", "env::vars", "vars_os(", "var_os("]
            .iter()
            .any(|call| text.contains(call));
        assert!(
            !reads || owner(&path) == "cli",
            "{} reads the environment",
            path.display()
        );
    }
}

#[test]
fn files_stay_readable() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(
            lines <= 420,
            "{} has {lines} lines: does it have more than one reason to change?",
            path.display()
        );
        assert!(owner(&path) != "main" || lines <= 30, "main.rs has {lines} lines");
    }
}

/// A server or a library caller can use these files: they know no command line and no console.
const FRAME: [&str; 3] = ["app/run.rs", "app/connection.rs", "app/input.rs"];

#[test]
fn the_frame_knows_neither_a_command_line_nor_a_console() {
    for file in FRAME {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file)).unwrap();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for word in ["cli", "clap", "console", "report", "setup"] {
                let names_it = code
                    .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                    .any(|name| name == word);
                assert!(!names_it, "{file}:{}: names {word}", number + 1);
            }
        }
    }
}
