//! The module map of `docs/ARCHITECTURE.md`, held by reading the sources.

mod paths;
mod proof;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use paths::{Named, named};

/// Every module with its layer and the modules of its own layer that it may use.
const MODULES: [(&str, u8, &[&str]); 26] = [
    ("sanitize", 0, &[]),
    ("model", 0, &["sanitize"]),
    ("secret", 0, &["sanitize", "model"]),
    ("error", 0, &["sanitize", "model", "secret"]),
    ("event", 0, &["sanitize", "model", "secret", "error"]),
    ("redact", 0, &["sanitize", "model", "secret", "error"]),
    ("program", 1, &[]),
    ("browser", 1, &["program"]),
    ("http", 1, &[]),
    ("sproobo", 1, &["http"]),
    ("github", 1, &["http"]),
    ("gitlab", 1, &["http"]),
    ("file", 1, &[]),
    ("ci", 1, &["file"]),
    ("report", 1, &["ci"]),
    ("state", 1, &["file"]),
    ("git", 1, &["program"]),
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

/// What reaches processes, files and sockets, and is for adapters and for what composes them; and what of it is harmless.
const OUTSIDE: [&[&str]; 11] = [
    &["std", "process"],
    &["std", "fs"],
    &["std", "net"],
    &["std", "os"],
    &["tokio", "process"],
    &["tokio", "fs"],
    &["tokio", "net"],
    &["hyper"],
    &["hyper_util"],
    &["reqwest"],
    &["octocrab"],
];
const HARMLESS: [&[&str]; 1] = [&["std", "process", "ExitCode"]];

/// A source file.
struct Source {
    path: PathBuf,
    text: String,
    /// From the crate's root: `["crate", "cli", "args"]`.
    module: Vec<String>,
    names: Vec<Named>,
}

impl Source {
    /// The module of the map that it belongs to; none for `lib.rs` and `main.rs`.
    fn owner(&self) -> Option<&str> {
        self.module.get(1).map(String::as_str)
    }

    fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path.display())
    }
}

fn sources() -> Vec<Source> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    let modules: Vec<_> = paths
        .iter()
        .map(|path| module_of(path.strip_prefix(&root).unwrap()))
        .collect();
    let children = |module: &[String]| -> Vec<String> {
        let below = modules
            .iter()
            .filter(|child| child.len() == module.len() + 1 && child.starts_with(module));
        below.filter_map(|child| child.last().cloned()).collect()
    };
    let read = |(path, module): (&PathBuf, &Vec<String>)| {
        let text = fs::read_to_string(path).unwrap();
        Source {
            names: named(&text, module, &children(module)),
            path: path.strip_prefix(&root).unwrap().to_owned(),
            text,
            module: module.clone(),
        }
    };
    paths.iter().zip(&modules).map(read).collect()
}

/// The module of a file, by its path below `src`.
fn module_of(path: &Path) -> Vec<String> {
    let parts = path.with_extension("");
    let parts = parts.iter().map(|part| part.to_string_lossy().into_owned());
    let parts = parts.filter(|part| !matches!(part.as_str(), "mod" | "lib" | "main"));
    ["crate".to_owned()].into_iter().chain(parts).collect()
}

fn layer(module: &str) -> Option<(u8, &'static [&'static str])> {
    MODULES
        .iter()
        .find(|(name, ..)| *name == module)
        .map(|(_, layer, beside)| (*layer, *beside))
}

fn may_use(user: &str, used: &str) -> bool {
    let (Some((from, beside)), Some((to, _))) = (layer(user), layer(used)) else {
        return false;
    };
    match (from, to) {
        _ if user == used => true,
        (2, 1) => false, // the rules reach adapters through traits that they define
        (from, to) if from == to => beside.contains(&used),
        (from, to) => to < from,
    }
}

/// Why this module may not name this path.
fn refusal(user: &str, path: &[String]) -> Option<String> {
    let begins = |with: &&[&str]| path.iter().zip(*with).filter(|(one, other)| one == *other).count() == with.len();
    let is_inner = matches!(layer(user), Some((0 | 2, _)));
    let everything = |of: &str| path.len() == 2 && path[0] == of && path[1] == "*";
    if path[0] == "crate" {
        return (!may_use(user, &path[1])).then(|| format!("{user} may not use {}", path[1]));
    }
    let outside = OUTSIDE.iter().any(begins) && !HARMLESS.iter().any(begins);
    let outside = outside || everything("std") || everything("tokio");
    (is_inner && outside).then(|| format!("{user} is a rule or a plain value and names {}", path.join("::")))
}

#[test]
fn imports_go_downward_only_and_rules_touch_nothing_outside() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(user) = source.owner() else { continue };
        assert!(layer(user).is_some(), "{user} is no module of the map");
        for Named { path, line } in &source.names {
            wrong.extend(refusal(user, path).map(|why| format!("{}: {why}", source.at(*line))));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// For each file of a module the files of the same module that it names, by their modules' paths.
///
/// A file that names what it holds itself (a `mod.rs` its own files) is left out: what they share stands there.
fn graph<'a>(sources: &'a [Source], owner: &str) -> BTreeMap<&'a [String], BTreeSet<&'a [String]>> {
    let files: Vec<_> = sources.iter().filter(|source| source.owner() == Some(owner)).collect();
    let file_of = |path: &[String]| {
        let holds = files.iter().filter(|file| path.starts_with(&file.module));
        holds.max_by_key(|file| file.module.len()).copied()
    };
    // A `mod.rs` passes names on: who takes one from there uses the file that it comes from.
    let origin = |file: &'a Source, path: &[String]| {
        let name = path.get(file.module.len())?;
        let passed_on = file
            .names
            .iter()
            .find(|named| named.path.len() > path.len() && named.path.last() == Some(name));
        passed_on.and_then(|named| file_of(&named.path))
    };
    let uses = |file: &&'a Source| {
        let used = file.names.iter().filter_map(|named| {
            let used = file_of(&named.path)?;
            Some(origin(used, &named.path).unwrap_or(used).module.as_slice())
        });
        (
            file.module.as_slice(),
            used.filter(|used| !used.starts_with(&file.module)).collect(),
        )
    };
    files.iter().map(uses).collect()
}

/// A way from a file back to itself.
///
/// The walk may have led to the circle from outside: that part is left out.
fn circle<'a>(graph: &BTreeMap<&'a [String], BTreeSet<&'a [String]>>) -> Option<Vec<&'a [String]>> {
    fn from<'a>(
        way: &mut Vec<&'a [String]>,
        done: &mut BTreeSet<&'a [String]>,
        graph: &BTreeMap<&'a [String], BTreeSet<&'a [String]>>,
    ) -> bool {
        let at = way[way.len() - 1];
        if way[..way.len() - 1].contains(&at) {
            return true;
        }
        for next in graph
            .get(at)
            .into_iter()
            .flatten()
            .filter(|next| !done.contains(*next))
            .collect::<Vec<_>>()
        {
            way.push(*next);
            if from(way, done, graph) {
                return true;
            }
            way.pop();
        }
        done.insert(at);
        false
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| {
        let mut way = vec![*start];
        let found = !done.contains(start) && from(&mut way, &mut done, graph);
        found.then(|| {
            let end = way[way.len() - 1];
            let begin = way.iter().position(|file| *file == end).unwrap_or_default();
            way.split_off(begin)
        })
    })
}

#[test]
fn no_files_of_a_module_use_each_other_in_a_circle() {
    let sources = sources();
    let mut wrong = Vec::new();
    for (module, ..) in MODULES {
        wrong.extend(circle(&graph(&sources, module)).map(|way| {
            let way: Vec<_> = way.iter().map(|file| file.join("::")).collect();
            way.join(" → ")
        }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A server or a library caller can use these files: they know no command line and no console.
const FRAME: [&str; 3] = ["app/run.rs", "app/connection.rs", "app/input.rs"];

#[test]
fn the_frame_knows_neither_a_command_line_nor_a_console() {
    let sources = sources();
    for file in FRAME {
        let source = sources
            .iter()
            .find(|source| source.path == Path::new(file))
            .expect(file);
        for (number, line) in source.text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for word in ["cli", "clap", "console", "report", "setup"] {
                let names_it = code
                    .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                    .any(|name| name == word);
                assert!(!names_it, "{}: names {word}", source.at(number + 1));
            }
        }
    }
}

#[test]
fn only_the_command_line_reads_the_environment() {
    for source in sources() {
        let reads = ["env::var", "env::vars", "vars_os(", "var_os("]
            .iter()
            .any(|call| source.text.contains(call));
        // git inherits a few variables by name; none of them is looked at. `PATH` is where programs are.
        let may = ["git/environment.rs", "program.rs"]
            .iter()
            .any(|file| source.path == Path::new(file));
        assert!(
            !reads || may || source.owner() == Some("cli"),
            "{} reads the environment",
            source.path.display()
        );
    }
}

#[test]
fn files_stay_readable() {
    for source in sources() {
        let lines = source.text.lines().count();
        let path = source.path.display();
        assert!(
            lines <= 420,
            "{path} has {lines} lines: does it have more than one reason to change?"
        );
        assert!(
            source.path != Path::new("main.rs") || lines <= 30,
            "{path} has {lines} lines"
        );
    }
}
