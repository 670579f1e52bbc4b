//! What git inherits beside `PATH`: where its own settings are, and nothing else.
//!
//! A job's environment holds keys, tokens, cloud credentials and addresses with passwords in them. git starts programs
//! (helpers, hooks) where a repository says so, and every process of the same user can read what it was given. So this
//! is a list of what is handed on, not of what is held back.

use std::ffi::{OsStr, OsString};

/// Handed on by their names.
const NAMES: &[&str] = &[
    "HOME",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    // Where settings are, and how far up a repository is looked for.
    "GIT_CEILING_DIRECTORIES",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    // Windows starts nothing without these.
    "SYSTEMROOT",
    "PATHEXT",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
    "APPDATA",
    "PROGRAMDATA",
    "TEMP",
    "TMP",
];

/// Which repository is meant, as in git's own hooks.
const REPOSITORY: &[&str] = &["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"];

/// The setting by which a CI system lets git use a checkout of another user; given in the environment, it is one of
/// `GIT_CONFIG_COUNT` pairs, of which others can hold a token (`http.extraHeader`).
const TRUST: &str = "safe.directory";

/// What git inherits of this process's environment; `with_repository`: also which repository is meant.
pub(super) fn inherited(with_repository: bool) -> Vec<(OsString, OsString)> {
    handed_on(std::env::vars_os().collect(), with_repository)
}

fn handed_on(all: Vec<(OsString, OsString)>, with_repository: bool) -> Vec<(OsString, OsString)> {
    let trusted: Vec<OsString> = trusted_directories(&all).map(OsStr::to_owned).collect();
    let is_named = |name: &OsStr| {
        let listed = |names: &[&str]| names.iter().any(|listed| same_name(name, listed));
        listed(NAMES) || (with_repository && listed(REPOSITORY))
    };
    let mut kept: Vec<_> = all.into_iter().filter(|(name, _)| is_named(name)).collect();
    if !trusted.is_empty() {
        kept.push(("GIT_CONFIG_COUNT".into(), trusted.len().to_string().into()));
    }
    for (at, directory) in trusted.into_iter().enumerate() {
        kept.push((format!("GIT_CONFIG_KEY_{at}").into(), TRUST.into()));
        kept.push((format!("GIT_CONFIG_VALUE_{at}").into(), directory));
    }
    kept
}

fn trusted_directories(all: &[(OsString, OsString)]) -> impl Iterator<Item = &OsStr> {
    let value = |name: String| all.iter().find(|(given, _)| *given == *name).map(|(_, value)| value);
    let count = value("GIT_CONFIG_COUNT".to_owned());
    // git itself takes no more than fit its own command line.
    let count = count
        .and_then(|count| count.to_str()?.trim().parse().ok())
        .unwrap_or(0_u16);
    (0..count).filter_map(move |at| {
        let key = value(format!("GIT_CONFIG_KEY_{at}"))?;
        key.eq_ignore_ascii_case(TRUST)
            .then(|| value(format!("GIT_CONFIG_VALUE_{at}")))?
            .map(OsString::as_os_str)
    })
}

/// Windows has the names of variables in any case.
fn same_name(name: &OsStr, listed: &str) -> bool {
    if cfg!(windows) {
        name.eq_ignore_ascii_case(listed)
    } else {
        name == listed
    }
}
