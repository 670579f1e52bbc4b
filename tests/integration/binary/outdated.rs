//! `--on-outdated`: who tells which of two commits is the older one.

use std::path::Path;

use serde_json::json;

use crate::support::cli::{Finished, Sproobo};
use crate::support::demo::{LIST, TRIGGER, deploy, deployment, explained};
use crate::support::server::{Act, Request, Server};
use crate::support::tools::git;

/// Sproobo with this commit live; what else is asked for is answered so.
fn live(commit: &str, other: impl Fn(&Request) -> Act + Send + 'static) -> Server {
    let list = json!([{ "id": "d-0", "status": "success", "health": "healthy", "commit": commit }]);
    Server::start(move |request| match request.line().as_str() {
        TRIGGER => Act::Json(201, deployment("queued")),
        LIST => Act::Json(200, list.clone()),
        "GET /sites/demo/deployments/d-1" => Act::Json(200, deployment("success")),
        _ => other(request),
    })
}

/// A repository with two commits: the older and the newer one.
fn repository(folder: &Path) -> (String, String) {
    git(folder, &["init", "--quiet", "--initial-branch=main"]);
    let commit = |subject: &str| {
        git(folder, &["commit", "--quiet", "--allow-empty", "--message", subject]);
        git(folder, &["rev-parse", "HEAD"])
    };
    (commit("older"), commit("newer"))
}

fn nobody(request: &Request) -> Act {
    Act::Json(
        500,
        json!({ "message": format!("nobody asked for {}", request.line()) }),
    )
}

fn skip(server: &Server, folder: &Path, commit: &str) -> Sproobo {
    deploy(server, &["--on-outdated=skip", "--commit", commit]).current_dir(folder)
}

/// Nothing was sent, and the run is green.
#[track_caller]
fn skipped(run: Finished, server: &Server) {
    run.expect(0).says("superseded").says("is live (deployment d-0)");
    assert_eq!(server.count(TRIGGER), 0);
}

#[test]
fn the_checkout_tells_that_a_commit_is_older_than_the_live_one() {
    let folder = tempfile::tempdir().unwrap();
    let (older, newer) = repository(folder.path());
    let server = live(&newer, nobody);
    skipped(skip(&server, folder.path(), &older).run(), &server);
    let fail = ["--on-outdated=fail", "--commit", &older];
    let run = deploy(&server, &fail).current_dir(folder.path()).run();
    explained(run, 6)
        .says("nothing was triggered")
        .says("--on-outdated proceed");
    assert_eq!(server.count(TRIGGER), 0);

    let server = live(&older, nobody);
    skip(&server, folder.path(), &newer).run().expect(0);
    assert_eq!(server.count(TRIGGER), 1, "the newer one is deployed over the older one");
}

#[test]
fn outputs_say_that_it_was_superseded() {
    let folder = tempfile::tempdir().unwrap();
    let (older, newer) = repository(folder.path());
    let server = live(&newer, nobody);
    let outputs = folder.path().join("outputs");
    std::fs::write(&outputs, "").unwrap();
    let run = skip(&server, folder.path(), &older).env("GITHUB_ACTIONS", "true");
    run.env("GITHUB_OUTPUT", &outputs).run().expect(0);
    let outputs = std::fs::read_to_string(outputs).unwrap();
    assert!(outputs.contains("superseded"), "{outputs}");
}

/// CI's usual checkout holds one commit: that no way is seen there does not mean that there is none.
#[test]
fn a_shallow_checkout_does_not_tell() {
    let folder = tempfile::tempdir().unwrap();
    let origin = folder.path().join("origin");
    std::fs::create_dir(&origin).unwrap();
    let (older, newer) = repository(&origin);
    git(&origin, &["commit", "--quiet", "--allow-empty", "--message", "newest"]);
    let newest = git(&origin, &["rev-parse", "HEAD"]);
    let clone = folder.path().join("clone");
    let url = format!("file://{}", origin.display());
    git(
        folder.path(),
        &["clone", "--quiet", "--depth=1", &url, clone.to_str().unwrap()],
    );
    let server = live(&newest, nobody);
    skip(&server, &clone, &older).run().expect(0);
    assert_eq!(server.count(TRIGGER), 1);

    // Both are there, but not what lies between them.
    git(&clone, &["fetch", "--quiet", "--depth=1", &url, &older]);
    let compared = move |request: &Request| match request.path.split('?').next() {
        Some(path) if path == format!("/gh/repos/acme/shop/compare/{older}...{newest}") => {
            Act::Json(200, json!({ "status": "ahead", "files": [] }))
        }
        _ => nobody(request),
    };
    let older = git(&clone, &["rev-parse", "FETCH_HEAD"]);
    let newest = git(&clone, &["rev-parse", "HEAD"]);
    let server = live(&newest, compared);
    assert_ne!(older, newer);
    let run = on_github(skip(&server, &clone, &older), &server);
    skipped(run.run(), &server);
}

fn on_github(run: Sproobo, server: &Server) -> Sproobo {
    run.env("GITHUB_TOKEN", "github_pat_0123456789abcdef")
        .env("GITHUB_REPOSITORY", "acme/shop")
        .env("GITHUB_API_URL", format!("{}/gh", server.url))
}

#[test]
fn without_a_checkout_github_tells_if_there_is_a_token() {
    let (older, newer) = ("a".repeat(40), "b".repeat(40));
    let folder = tempfile::tempdir().unwrap();
    for (status, triggered) in [("ahead", 0), ("diverged", 1), ("behind", 1)] {
        let server = live(&newer, move |_| Act::Json(200, json!({ "status": status })));
        let run = on_github(skip(&server, folder.path(), &older), &server).run().expect(0);
        assert_eq!(server.count(TRIGGER), triggered, "{status}: {}", run.printed());
    }
    // It may not read it, or does not know the commit.
    let server = live(&newer, |_| Act::Json(404, json!({ "message": "Not Found" })));
    on_github(skip(&server, folder.path(), &older), &server).run().expect(0);
    assert_eq!(server.count(TRIGGER), 1);
}

#[test]
fn without_a_checkout_gitlab_tells_if_there_is_a_token() {
    let (older, newer) = ("a".repeat(40), "b".repeat(40));
    let folder = tempfile::tempdir().unwrap();
    for (base, triggered) in [(&older, 0), (&newer, 1)] {
        let base = base.clone();
        let server = live(&newer, move |_| Act::Json(200, json!({ "id": base })));
        let run = skip(&server, folder.path(), &older)
            .env("GITLAB_TOKEN", "glpat-0123456789abcdef")
            .env("CI_PROJECT_ID", "7")
            .env("CI_API_V4_URL", format!("{}/gl", server.url));
        let run = run.run().expect(0);
        assert_eq!(server.count(TRIGGER), triggered, "{}", run.printed());
        assert_eq!(server.count("GET /gl/projects/7/repository/merge_base"), 1);
    }
}

#[test]
fn a_rehearsal_asks_no_code_host() {
    let server = Server::start(nobody);
    let folder = tempfile::tempdir().unwrap();
    let run = Sproobo::new(["deploy", "demo", "--sandbox", "--no-key-check", "--on-outdated=fail"]);
    let run = on_github(run.current_dir(folder.path()), &server);
    run.env("SPROOBO_COMMIT", "a".repeat(40)).run().expect(0);
    assert!(server.requests().is_empty());
}
