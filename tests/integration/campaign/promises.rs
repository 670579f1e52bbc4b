//! What the README and SECURITY.md promise, and the tests that fail when a promise is broken: the table in
//! `docs/reliability.md`.

use std::fs;
use std::path::Path;

/// A promise in its own words, and the tests that hold it; none for what can only be read.
struct Row {
    promise: String,
    tests: Vec<String>,
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn rows() -> Vec<Row> {
    let document = read("docs/reliability.md");
    let lines = document
        .lines()
        .filter_map(|line| line.strip_prefix("| \"")?.strip_suffix(" |"));
    let rows = lines.map(|line| {
        let (promise, tests) = line.split_once("\" | ").expect("a promise and its tests");
        Row {
            promise: promise.to_owned(),
            tests: tests
                .split(", ")
                .filter(|name| *name != "read only")
                .map(|name| name.trim_matches('`').to_owned())
                .collect(),
        }
    });
    rows.collect()
}

/// Whether there is a test of this path in `tests/integration`.
fn is_test(path: &str) -> bool {
    let Some((module, name)) = path.rsplit_once("::") else {
        return false;
    };
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/integration")
        .join(module.replace("::", "/"));
    let Ok(text) = fs::read_to_string(file.with_extension("rs")) else {
        return false;
    };
    let Some(begin) = text.find(&format!("fn {name}(")) else {
        return false;
    };
    let before = text[..begin].trim_end_matches("async ").trim_end();
    let attribute = before.lines().next_back().unwrap_or_default().trim();
    attribute == "#[test]" || attribute.starts_with("#[tokio::test")
}

/// The items of the first list after this line.
fn list(text: &str, after: &str) -> Vec<String> {
    let (_, text) = text.split_once(after).expect("the heading");
    let mut items: Vec<String> = Vec::new();
    for line in text.lines().skip_while(|line| !line.starts_with("- ")) {
        match line.strip_prefix("- ") {
            Some(item) => items.push(item.to_owned()),
            None if line.starts_with("  ") => items.last_mut().expect("an item").extend([" ", line.trim()]),
            None => break,
        }
    }
    items
}

#[test]
fn each_promise_is_made_in_these_words_and_names_tests_that_exist() {
    let told = one_line(&[read("README.md"), read("SECURITY.md")].concat());
    let rows = rows();
    assert!(rows.len() > 20, "the table is not found");
    for Row { promise, tests } in rows {
        assert!(told.contains(&promise), "nobody promises {promise:?}");
        for test in tests {
            assert!(is_test(&test), "{promise:?} names {test}, which is no test");
        }
    }
}

/// The sentences of a document, each after the line that introduces it: its heading, or the line before its list.
fn sentences(text: &str) -> Vec<(String, String)> {
    let (mut heading, mut introduction) = (String::new(), String::new());
    let mut found = Vec::new();
    // A list's items are blocks of their own.
    for block in text.replace("\n- ", "\n\n- ").split("\n\n").map(one_line) {
        if block.starts_with('#') {
            heading.clone_from(&block);
            introduction = block;
        } else if block.ends_with(':') {
            introduction = block;
        } else if !block.is_empty() {
            let item = block.strip_prefix("- ");
            let by = if item.is_some() { &introduction } else { &heading };
            let marked = item.unwrap_or(&block).replace(". ", ".\n");
            found.extend(marked.lines().map(|sentence| (by.clone(), sentence.to_owned())));
        }
    }
    found
}

#[test]
fn no_promise_is_without_a_test() {
    let rows = rows();
    for promise in list(&read("README.md"), "One small static binary") {
        let promise = one_line(&promise);
        assert!(
            rows.iter().any(|row| promise.contains(&row.promise)),
            "docs/reliability.md has no test of {promise:?}"
        );
    }
}

#[test]
fn every_sentence_of_the_security_policy_has_a_test_or_is_marked_as_read_only() {
    let rows = rows();
    let all = sentences(&read("SECURITY.md"));
    assert!(all.len() > 50, "the sentences are not found");
    for (introduction, sentence) in all {
        let is_tested = |row: &Row| {
            let is_of = sentence.contains(&row.promise) || row.promise.contains(&sentence);
            is_of && !row.tests.is_empty()
        };
        let is_marked = |row: &Row| row.promise == introduction && row.tests.is_empty();
        assert!(
            rows.iter().any(|row| is_tested(row) || is_marked(row)),
            "docs/reliability.md says of nothing what holds {sentence:?} ({introduction})"
        );
    }
}
