//! A checkout is nobody's word: git runs in it, and nothing that it brings along does.
#![cfg(unix)]

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::cli::{NOWHERE, Sproobo};
use crate::support::tools::{git, path_with, script};

/// A folder laid out as a bare repository: it has a commit whose object is nowhere but at a "promisor", and asking that
/// one runs a program.
fn trap() -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let ran = folder.path().join("ran");
    let program = format!("sh -c 'env > {0}; exit 1' #", ran.display());
    let bare = folder.path();
    for inside in ["objects", "refs/heads"] {
        fs::create_dir_all(bare.join(inside)).unwrap();
    }
    fs::write(bare.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::write(bare.join("refs/heads/main"), format!("{}\n", "1".repeat(40))).unwrap();
    let config = format!(
        "[core]\n\trepositoryformatversion = 1\n\tbare = true\n\tsshCommand = \"{program}\"\n\tfsmonitor = \"{program}\"\n\
         [extensions]\n\tpartialClone = origin\n[remote \"origin\"]\n\turl = ssh://git@host.invalid/x\n\tpromisor = true\n"
    );
    fs::write(bare.join("config"), config).unwrap();
    (folder, ran)
}

#[test]
fn the_trap_works_on_a_git_that_takes_no_care() {
    let (folder, ran) = trap();
    let status = std::process::Command::new("git")
        .args(["log", "-1"])
        .current_dir(folder.path())
        .env_remove("GIT_NO_LAZY_FETCH")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(!status.success() && ran.exists());
}

#[test]
fn no_command_runs_what_a_checkout_brings_along() {
    for command in [
        &["deploy", "demo", "--dry-run=offline"][..],
        &["deploy", "demo", "--sandbox"],
        &["keys", "scan"],
    ] {
        let (folder, ran) = trap();
        let run = Sproobo::new(command).key().env("SPROOBO_API_URL", NOWHERE);
        run.current_dir(folder.path()).run();
        assert!(!ran.exists(), "{command:?} ran it");
    }
}

/// Older versions of git know no `GIT_NO_LAZY_FETCH`.
#[test]
fn no_version_of_git_fetches() {
    let (folder, ran) = trap();
    let old = tempfile::tempdir().unwrap();
    let real = which("git");
    script(
        &old.path().join("git"),
        &format!(
            "unset GIT_NO_LAZY_FETCH\nexec {} -c safe.bareRepository=all \"$@\"",
            real.display()
        ),
    );
    let path = path_with(old.path());
    for command in [&["deploy", "demo", "--dry-run=offline"][..], &["keys", "scan"]] {
        Sproobo::new(command)
            .key()
            .env("SPROOBO_API_URL", NOWHERE)
            .env("PATH", &path)
            .current_dir(folder.path())
            .run();
        assert!(!ran.exists(), "{command:?} ran it");
    }
}

#[test]
fn hooks_and_programs_of_a_work_tree_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let ran = folder.path().join("ran");
    let work = folder.path().join("work");
    fs::create_dir(&work).unwrap();
    let program = folder.path().join("program");
    script(&program, &format!("touch {}\nexit 1", ran.display()));
    git(&work, &["init", "-q", "-b", "main"]);
    fs::write(work.join("a"), "clean").unwrap();
    fs::write(work.join(".gitattributes"), "* filter=x diff=x\n").unwrap();
    git(&work, &["add", "."]);
    git(&work, &["commit", "-q", "-m", "A subject"]);
    let named = program.display().to_string();
    for name in [
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.editor",
        "core.askPass",
        "core.alternateRefsCommand",
        "diff.external",
        "diff.x.textconv",
        "diff.x.command",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "gpg.program",
        "credential.helper",
        "pager.log",
        "alias.log",
        "alias.rev-parse",
    ] {
        let value = if name.starts_with("alias") {
            format!("!{named}")
        } else {
            named.clone()
        };
        git(&work, &["config", name, &value]);
    }
    git(&work, &["config", "log.showSignature", "true"]);
    for hook in [
        "post-index-change",
        "reference-transaction",
        "post-checkout",
        "fsmonitor-watchman",
    ] {
        fs::copy(&program, work.join(".git/hooks").join(hook)).unwrap();
    }
    // What the index knows of the file is not what is there, so that git would look again.
    fs::write(work.join("a"), "clean, and more").unwrap();
    let run = Sproobo::new(["deploy", "demo", "--dry-run=offline"])
        .key()
        .current_dir(&work)
        .run()
        .expect(0);
    assert!(run.printed().contains("A subject"), "{}", run.printed());
    let scan = Sproobo::new(["keys", "scan"]).key().env("SPROOBO_API_URL", NOWHERE);
    scan.current_dir(&work).run().expect(0);
    assert!(!ran.exists());
}

/// What an entry of `PATH` means that depends on the current folder: whatever the checkout has there.
#[test]
fn a_path_that_leads_into_the_checkout_starts_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    git(folder.path(), &["commit", "-q", "--allow-empty", "-m", "A subject"]);
    let tools = folder.path().join("tools");
    fs::create_dir(&tools).unwrap();
    let ran = folder.path().join("ran");
    for place in [folder.path(), tools.as_path()] {
        script(&place.join("git"), &format!("touch {}\nexit 1", ran.display()));
    }
    let real = std::env::var("PATH").unwrap();
    let with_path = |arguments: &[&str], path: &str| {
        let run = Sproobo::new(arguments).key().env("SPROOBO_API_URL", NOWHERE);
        run.env("PATH", path).current_dir(folder.path()).run()
    };
    for before in ["", ".", "tools", "./tools", "../x/../tools"] {
        let path = format!("{before}:{real}");
        with_path(&["deploy", "demo", "--dry-run=offline"], &path)
            .expect(0)
            .says("A subject");
        assert!(!ran.exists(), "{before:?}");
    }
    for alone in ["", ".:tools", "tools::"] {
        with_path(&["keys", "scan"], alone)
            .expect(2)
            .says("relative and empty entries are not searched");
        assert!(!ran.exists(), "{alone:?}");
    }
}

/// git starts programs in its turn (its own commands, helpers), and searches for them where it is told to.
#[test]
fn what_is_started_is_given_no_such_path_either() {
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");
    script(
        &folder.path().join("git"),
        &format!("echo \"$PATH\" > {}\nexit 1", seen.display()),
    );
    let path = format!(".::{}:tools:/usr/bin:/bin", folder.path().display());
    let scan = Sproobo::new(["keys", "scan", "--staged"]).key();
    scan.env("PATH", &path).current_dir(folder.path()).run();
    assert_eq!(
        fs::read_to_string(&seen).unwrap().trim_end(),
        format!("{}:/usr/bin:/bin", folder.path().display())
    );
}

fn which(tool: &str) -> std::path::PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    std::env::split_paths(&path)
        .map(|folder| Path::new(&folder).join(tool))
        .find(|file| file.exists())
        .unwrap()
}
