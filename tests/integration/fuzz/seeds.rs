//! The targets without a fuzzer: every seed, and inputs made from the seeds, the same ones each time.

use std::fs;
use std::panic;
use std::path::Path;

use crate::fuzz::{Check, TARGETS};

/// How many inputs are made for a target.
const ROUNDS: u64 = 250;

/// No input grows beyond this.
const LONGEST: usize = 8 * 1024;

/// What the parsers look for, and what changes how a text is read.
const WORDS: &[&str] = &[
    "\0",
    "\u{1b}[2J",
    "\r\n",
    "\"",
    "%",
    "&#x",
    "&amp;",
    "*",
    "0",
    "9999999999999999999",
    "::",
    "##[",
    "##vso[",
    "\\u00",
    "\\\\",
    "\u{feff}",
    "\u{200b}",
    "null",
    "KEY",
    "..",
    "/",
    "{",
    "}",
    "[",
    "]",
    "{site}",
    "-1",
    "1e400",
    "é",
];

fn holds(name: &str) {
    let (_, check) = TARGETS.iter().find(|(target, _)| *target == name).expect("a target");
    let seeds = seeds(name);
    for (seed, data) in &seeds {
        try_one(*check, data, &format!("the seed {name}/{seed}"));
    }
    let mut random = fastrand::Rng::with_seed(0x5eed);
    for round in 0..ROUNDS {
        let mut data = seeds[random.usize(..seeds.len())].1.clone();
        let other = &seeds[random.usize(..seeds.len())].1;
        for _ in 0..random.usize(1..6) {
            change(&mut data, other, &mut random);
        }
        data.truncate(LONGEST);
        try_one(*check, &data, &format!("input {round} for {name}"));
    }
}

fn try_one(check: Check, data: &[u8], what: &str) {
    let held = panic::catch_unwind(|| check(data));
    assert!(held.is_ok(), "{what}: b\"{}\"", data.escape_ascii());
}

fn seeds(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut seeds: Vec<_> = fs::read_dir(&folder)
        .expect("a folder of seeds")
        .map(|entry| entry.expect("an entry"))
        .map(|entry| {
            let name = entry.file_name().into_string().expect("a plain name");
            (name, fs::read(entry.path()).expect("a seed"))
        })
        .collect();
    assert!(!seeds.is_empty(), "{name} has no seeds");
    seeds.sort();
    seeds
}

/// One change, as fuzzers make them.
fn change(data: &mut Vec<u8>, other: &[u8], random: &mut fastrand::Rng) {
    let at = random.usize(..=data.len());
    let end = random.usize(at..=data.len().min(at + 32));
    match random.u8(..7) {
        0 => data.truncate(at),
        1 => {
            data.drain(at..end);
        }
        2 => {
            let piece = data[at..end].to_vec();
            data.splice(at..at, piece);
        }
        3 => {
            let from = random.usize(..=other.len());
            let to = random.usize(from..=other.len().min(from + 64));
            data.splice(at..end, other[from..to].iter().copied());
        }
        4 if at < data.len() => data[at] = random.u8(..),
        5 if at < data.len() => data[at] ^= 1 << random.u8(..8),
        _ => {
            let word = random.choice(WORDS).expect("there are some").bytes();
            data.splice(at..at, word);
        }
    }
}

#[test]
fn every_target_has_its_test_here_and_every_folder_of_seeds_is_a_target() {
    let names = TARGETS.map(|(name, _)| name);
    assert_eq!(names, TESTED);
    let folders = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")).expect("a folder");
    let mut folders: Vec<_> = folders.map(|entry| entry.expect("an entry").file_name()).collect();
    folders.sort();
    assert_eq!(folders, names);
}

macro_rules! tests {
    ($($name:ident)*) => {
        const TESTED: [&str; 8] = [$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                holds(stringify!($name));
            }
        )*
    };
}

tests!(contract evidence log_page redactor replies sanitize state_file values);
