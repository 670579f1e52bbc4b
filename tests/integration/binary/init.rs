//! `init`: from a key to a workflow that is ready to commit.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::support::cli::{KEY, NOWHERE, Sproobo};
use crate::support::server::{Act, Request, Server};

const WORKFLOW: &str = ".github/workflows/deploy.yml";

fn repository() -> TempDir {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    folder
}

fn init(folder: &Path, arguments: &[&str]) -> Sproobo {
    let arguments = ["init"].iter().chain(arguments);
    Sproobo::new(arguments).current_dir(folder)
}

/// Answers each request with these sites.
fn sites(ids: &[&str]) -> Server {
    let list: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    Server::start(move |_: &Request| Act::Json(200, json!({ "sites": list })))
}

#[test]
fn a_workflow_for_the_only_site_is_written_and_what_is_left_to_do_is_said() {
    let folder = repository();
    let server = sites(&["my-site"]);
    let api = server.url.clone();
    let run = init(folder.path(), &["--api-url", &api, "--from", "octo/deploy@0123abc"])
        .key()
        .run()
        .expect(0);
    run.says("wrote .github/workflows/deploy.yml, for the site my-site")
        .says("gh secret set SPROOBO_API_KEY")
        .says("gh variable set SPROOBO_SITE --body my-site");
    let workflow = fs::read_to_string(folder.path().join(WORKFLOW)).unwrap();
    assert!(workflow.contains("uses: octo/deploy@0123abc"), "{workflow}");
    for part in [
        "permissions: {}",
        "concurrency:",
        "secrets.SPROOBO_API_KEY",
        "vars.SPROOBO_SITE",
    ] {
        assert!(workflow.contains(part), "{part}");
    }
    assert!(!workflow.contains("{{tool}}") && !workflow.contains("{{binary}}"));
    assert!(!workflow.contains(KEY));
}

#[test]
fn nothing_is_ever_overwritten() {
    for (arguments, path) in [(vec![], WORKFLOW), (vec!["--gitlab"], ".gitlab/sproobo-deploy.yml")] {
        let folder = repository();
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "mine").unwrap();
        let arguments: Vec<&str> = ["--site=demo", "--sandbox"].into_iter().chain(arguments).collect();
        init(folder.path(), &arguments)
            .run()
            .expect(2)
            .says("is there already, and was not touched");
        assert_eq!(fs::read_to_string(path).unwrap(), "mine");
    }
}

/// A link that leads nowhere would otherwise make a file somewhere else.
#[cfg(unix)]
#[test]
fn a_link_is_not_written_through() {
    let folder = repository();
    let outside = tempdir().unwrap();
    let path = folder.path().join(WORKFLOW);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(outside.path().join("elsewhere"), path).unwrap();
    init(folder.path(), &["--site=demo", "--sandbox"]).run().expect(2);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn several_sites_are_listed_for_a_choice_and_nothing_is_written() {
    let folder = repository();
    let server = sites(&["blog", "shop"]);
    init(folder.path(), &["--api-url", &server.url])
        .key()
        .run()
        .expect(2)
        .says("the key sees several sites: blog, shop")
        .says("--site");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_site_that_the_key_can_not_see_is_refused() {
    let folder = repository();
    let server = sites(&["blog", "shop"]);
    init(folder.path(), &["--site=shp", "--api-url", &server.url])
        .key()
        .run()
        .expect(2)
        .says("the key can't see the site shp; it sees blog, shop");
}

/// The file holds no key, so it need not wait for one, nor for a contract that fits.
#[test]
fn without_a_key_a_named_site_is_taken_and_said_to_be_unchecked() {
    let folder = repository();
    init(folder.path(), &["--site=my-site"])
        .run()
        .expect(0)
        .says("not checked: ")
        .says("my-site");
    assert!(folder.path().join(WORKFLOW).exists());
}

#[test]
fn without_a_key_and_a_site_there_is_nothing_to_go_by() {
    let folder = repository();
    init(folder.path(), &[]).run().expect(3);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn outside_a_repository_nothing_is_written() {
    let folder = tempdir().unwrap();
    init(folder.path(), &["--site=demo", "--sandbox"])
        .run()
        .expect(2)
        .says("no git repository here");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Until a place is given, the tool is built from its repository, and the first thing to do is to name that.
#[test]
fn without_a_release_the_workflow_builds_the_tool() {
    let folder = repository();
    init(folder.path(), &["--site=demo", "--sandbox"])
        .run()
        .expect(0)
        .says("put the place that has sproobo-deploy for OWNER");
    let workflow = fs::read_to_string(folder.path().join(WORKFLOW)).unwrap();
    for part in [
        "repository: OWNER/sproobo-deploy",
        "cargo build --locked --release",
        "uses: ./sproobo-deploy",
        "binary-path: sproobo-deploy/target/release/sproobo-deploy",
    ] {
        assert!(workflow.contains(part), "{part}");
    }
}

/// What the help gives as an example names no place.
#[test]
fn an_example_that_was_copied_is_still_to_be_edited() {
    for from in ["OWNER/sproobo-deploy@COMMIT", "acme/sproobo-deploy@COMMIT"] {
        let folder = repository();
        init(folder.path(), &["--site=demo", "--from", from])
            .run()
            .expect(0)
            .says("put the place that has sproobo-deploy for OWNER (and COMMIT)");
    }
}

#[test]
fn a_place_can_not_add_lines_to_the_workflow() {
    let folder = repository();
    init(
        folder.path(),
        &["--site=demo", "--sandbox", "--from", "a/b@c\n      - run: evil"],
    )
    .run()
    .expect(2)
    .says("neither an action nor an image");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Nobody is asked for what can't be used, nor to choose.
#[test]
fn a_place_that_is_none_is_refused_before_the_sites_are_listed() {
    let server = sites(&["one", "two"]);
    let api = server.url.clone();
    let run = init(repository().path(), &["--api-url", &api, "--from", "a b"])
        .key()
        .run();
    run.expect(2).says("neither an action nor an image");
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn gitlab_gets_a_job_to_include() {
    let folder = repository();
    init(
        folder.path(),
        &[
            "--gitlab",
            "--site=demo",
            "--sandbox",
            "--from",
            "registry.example/tool@sha256:0123",
        ],
    )
    .run()
    .expect(0)
    .says("glab variable set SPROOBO_API_KEY --masked")
    .says("include: [{ local: .gitlab/sproobo-deploy.yml }]");
    let job = fs::read_to_string(folder.path().join(".gitlab/sproobo-deploy.yml")).unwrap();
    assert!(job.contains("image: registry.example/tool@sha256:0123"), "{job}");
}

#[test]
fn json_tells_the_file_and_the_steps() {
    let folder = repository();
    let run = init(folder.path(), &["--site=demo", "--sandbox", "--output=json"])
        .run()
        .expect(0);
    let told: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(told["file"], WORKFLOW);
    assert_eq!(told["checked"], true);
    assert!(told["next"].as_array().unwrap().len() > 3);
}

/// A site's id is anybody's text, and JSON stays JSON whatever CI systems make of it.
#[test]
fn json_is_json_whatever_the_site_is_called() {
    let folder = repository();
    let run = init(folder.path(), &["--site=##[x]", "--output=json"]).env("SPROOBO_API_URL", NOWHERE);
    let run = run.key().run().expect(0);
    let told: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(told["site"], "##[x]");
    assert!(!run.stdout.contains("##["), "{}", run.stdout);
}
