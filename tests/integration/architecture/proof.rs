//! The architecture test itself: what it must refuse, it sees.

use super::paths::named;
use super::{Source, circle, graph, may_use, refusal};

fn path(text: &str) -> Vec<String> {
    text.split("::").map(str::to_owned).collect()
}

/// What is refused in a file of this module that holds this text, by line.
fn refused(user: &str, text: &str) -> Vec<(usize, String)> {
    let module = path(&format!("crate::{user}::inner"));
    let names = named(text, &module, &["child".to_owned()]);
    let refusals = names
        .iter()
        .filter_map(|named| Some((named.line, refusal(user, &named.path)?)));
    refusals.collect()
}

#[test]
fn imports_are_seen_in_every_shape() {
    for text in [
        "use crate::sproobo;",
        "use crate::sproobo::Client;",
        "use crate::sproobo::*;",
        "use crate::{error::Error, sproobo::{Client, Contract}};",
        "use crate::{error::{Error, ExitCode}, sproobo};",
        "use {crate::{sproobo as other}};",
        "pub(crate) use crate::sproobo::Client as Other;",
        "use super::super::sproobo::Client;",
        "use super::super::{error::Error, sproobo::Client};",
        "use self::super::super::sproobo;",
        "fn f() { use crate::sproobo; }",
        "fn f(client: &crate::sproobo::Client) {}",
        "fn f() { crate::sproobo::ask() }",
        "fn f() { g(1, [crate::sproobo::ask()]) }",
        "fn f() { println!(\"{}\", crate::sproobo::ask()) }",
        "fn f() -> Vec<crate::sproobo::Call>;",
        "fn f() { Vec::<crate::sproobo::Call>::new() }",
        "impl Into<crate::sproobo::Call> for Own {}",
        "type Own = <crate::sproobo::Call as Clone>::Other;",
        "#[doc = \"x\"] use crate\n::\nsproobo\n::Client;",
        "macro_rules! m { () => { $crate::sproobo::ask() } }",
    ] {
        let refused = refused("watch", text);
        let is_seen = !refused.is_empty() && refused.iter().all(|(_, why)| why == "watch may not use sproobo");
        assert!(is_seen, "{text}: {refused:?}");
    }
}

#[test]
fn a_group_over_many_lines_is_seen_on_its_lines() {
    let text = "use crate::{\n    error::Error,\n    // a comment\n    report::{\n        Hub,\n        Paths as Other,\n    },\n    cli,\n};\n";
    let lines: Vec<_> = refused("deploy", text).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [5, 6, 8]);
}

#[test]
fn processes_files_and_sockets_are_seen_in_rules_and_plain_values() {
    for text in [
        "use std::process::Command;",
        "use std::{fmt, process};",
        "use std::process::{ExitCode, Stdio};",
        "use tokio::process::Command;",
        "use std::fs;",
        "use std::{fmt, fs::{self as files}};",
        "use std::fs::File;",
        "fn f() { std::fs::read(\"x\") }",
        "fn f() { ::std::fs::read(\"x\") }",
        "use std::*;",
        "use {tokio::{time, fs}};",
        "use std::net::TcpStream;",
        "use tokio::net::TcpListener;",
        "use std::os::unix::net::UnixStream;",
        "fn f(client: &reqwest::Client) {}",
        "fn f() { octocrab::instance() }",
    ] {
        for user in ["keys", "redact"] {
            assert_eq!(refused(user, text).len(), 1, "{user}: {text}");
        }
        for user in ["scan", "app"] {
            assert!(refused(user, text).is_empty(), "{user}: {text}");
        }
    }
}

#[test]
fn what_is_allowed_or_only_spoken_of_is_not_refused() {
    for text in [
        "//! See [`crate::sproobo::Client`].\n/// `crate::app`\nfn f() {}",
        "// crate::sproobo::Client\n/* use crate::app; */",
        "const S: &str = \"crate::app::run, std::fs::read\";",
        "const S: &str = r#\"use crate::app;\"#;",
        "use crate::{error::Error, model::Deployment, watch::{self, Outage}};",
        "use std::process::ExitCode; use std::time::Duration;",
        "use child::app; fn f() { child::fs::read() }",
        "use super::sibling; use self::child::cli;",
        "fn f() { process::exit_is_a_method_of_ours() }",
    ] {
        assert!(refused("watch", text).is_empty(), "{text}");
    }
}

#[test]
fn the_table_is_held() {
    for (user, used) in [
        ("watch", "sproobo"),
        ("sproobo", "ci"),
        ("report", "http"),
        ("git", "scan"),
        ("model", "cli"),
        ("http", "deploy"),
        ("model", "error"),
        ("model", "secret"),
        ("sanitize", "model"),
        ("secret", "redact"),
        ("error", "event"),
        ("event", "redact"),
        ("redact", "event"),
        ("watch", "unheard_of"),
    ] {
        assert!(!may_use(user, used), "{user} may use {used}");
    }
    for (user, used) in [
        ("report", "ci"),
        ("app", "sandbox"),
        ("deploy", "watch"),
        ("scan", "git"),
        ("redact", "sanitize"),
        ("event", "error"),
        ("secret", "model"),
    ] {
        assert!(may_use(user, used), "{user} may not use {used}");
    }
}

/// The first circle among the files of `cli` that hold these texts.
fn circle_of(files: &[(&str, &str)]) -> Option<usize> {
    let modules: Vec<_> = files.iter().map(|(module, _)| path(module)).collect();
    let read = |(module, text): &(&str, &str)| {
        let module = path(module);
        let below = modules
            .iter()
            .filter(|child| child.len() > module.len() && child.starts_with(&module));
        let children: Vec<_> = below.map(|child| child[module.len()].clone()).collect();
        Source {
            path: module.join("/").into(),
            text: (*text).to_owned(),
            names: named(text, &module, &children),
            module,
        }
    };
    let sources: Vec<_> = files.iter().map(read).collect();
    circle(&graph(&sources, "cli")).map(|way| way.len() - 1)
}

#[test]
fn circles_of_files_are_found() {
    let two = [
        ("crate::cli::a", "use super::b::B;"),
        ("crate::cli::b", "fn f(a: crate::cli::a::A) {}"),
    ];
    assert_eq!(circle_of(&two), Some(2));
    let three = [
        ("crate::cli::a", "use super::{b::B};"),
        ("crate::cli::b", "use crate::cli::{x, c::C};"),
        ("crate::cli::c", "use super::a;"),
    ];
    assert_eq!(circle_of(&three), Some(3));
    assert_eq!(circle_of(&three[..2]), None);
    // What `mod.rs` only passes on comes from the file that has it.
    let passed_on = [
        ("crate::cli", "mod a; mod b; pub use a::A; pub use b::B;"),
        ("crate::cli::a", "use super::B;"),
        ("crate::cli::b", "fn b() {}"),
    ];
    assert_eq!(circle_of(&passed_on), None);
    let through = [passed_on[0], passed_on[1], ("crate::cli::b", "use crate::cli::A;")];
    assert_eq!(circle_of(&through), Some(2));
    let own = [
        ("crate::cli", "mod a; struct Own(a::A);"),
        ("crate::cli::a", "use super::Own;"),
    ];
    assert_eq!(circle_of(&own), None, "a file and what it holds are one");
    let beside = [
        own[0],
        ("crate::cli::a", "use super::b;"),
        ("crate::cli::b", "use super::a;"),
    ];
    assert_eq!(circle_of(&beside), Some(2));
}
