//! What each CI system's own variables say of what it tests.

use sproobo_deploy::cli::ci::{Ci, System};
use sproobo_deploy::cli::tested::Source;

const TESTED: &str = "9dbb606f0d3b1d4c5e6f708192a3b4c5d6e7f809";
const MERGED: &str = "0000000000000000000000000000000000000001";

fn detect(variables: &[(&str, &str)]) -> Ci {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Ci::detect(&variables.collect())
}

#[track_caller]
fn tests(variables: &[(&str, &str)], git_ref: Option<&str>, message: Option<&str>) {
    let ci = detect(variables);
    assert_eq!(ci.system, System::Other, "{variables:?}");
    let expected = Source {
        git_ref: git_ref.map(str::to_owned),
        commit: Some(TESTED.to_owned()),
        message: message.map(str::to_owned),
    };
    assert_eq!(ci.source, expected, "{variables:?}");
}

#[test]
fn azure_pipelines() {
    let push = [
        ("TF_BUILD", "True"),
        ("BUILD_SOURCEVERSION", TESTED),
        ("BUILD_SOURCEBRANCH", "refs/heads/feature/x"),
        ("BUILD_SOURCEVERSIONMESSAGE", "Add x\n\nMore."),
    ];
    tests(&push, Some("feature/x"), Some("Add x"));
    let pull_request = [
        ("TF_BUILD", "True"),
        ("BUILD_SOURCEVERSION", MERGED),
        ("BUILD_SOURCEBRANCH", "refs/pull/1/merge"),
        ("SYSTEM_PULLREQUEST_SOURCECOMMITID", TESTED),
        ("SYSTEM_PULLREQUEST_SOURCEBRANCH", "refs/heads/x"),
    ];
    tests(&pull_request, Some("x"), None);
}

#[test]
fn bitbucket() {
    let branch = [
        ("CI", "true"),
        ("BITBUCKET_BUILD_NUMBER", "7"),
        ("BITBUCKET_COMMIT", TESTED),
        ("BITBUCKET_BRANCH", "x"),
    ];
    tests(&branch, Some("x"), None);
    let tag = [
        ("BITBUCKET_BUILD_NUMBER", "7"),
        ("BITBUCKET_COMMIT", TESTED),
        ("BITBUCKET_TAG", "v1"),
    ];
    tests(&tag, Some("v1"), None);
}

#[test]
fn buildkite() {
    let known = [
        ("BUILDKITE", "true"),
        ("BUILDKITE_COMMIT", TESTED),
        ("BUILDKITE_BRANCH", "x"),
        ("BUILDKITE_MESSAGE", "Add x"),
    ];
    tests(&known, Some("x"), Some("Add x"));
    // A build that was started by hand names no hash.
    let by_hand = detect(&[
        ("BUILDKITE", "true"),
        ("BUILDKITE_COMMIT", "HEAD"),
        ("BUILDKITE_BRANCH", "x"),
    ]);
    assert_eq!((by_hand.system, by_hand.source.commit), (System::Other, None));
}

#[test]
fn circleci() {
    tests(
        &[
            ("CI", "true"),
            ("CIRCLECI", "true"),
            ("CIRCLE_SHA1", TESTED),
            ("CIRCLE_BRANCH", "x"),
            ("CIRCLE_TAG", ""),
        ],
        Some("x"),
        None,
    );
}

#[test]
fn woodpecker_and_drone() {
    let woodpecker = [
        ("CI", "woodpecker"),
        ("DRONE", "true"),
        ("DRONE_COMMIT_SHA", MERGED),
        ("CI_COMMIT_SHA", TESTED),
        ("CI_COMMIT_SOURCE_BRANCH", ""),
        ("CI_COMMIT_BRANCH", "x"),
        ("CI_COMMIT_MESSAGE", "Add x"),
    ];
    tests(&woodpecker, Some("x"), Some("Add x"));
    let drone = [
        ("CI", "true"),
        ("DRONE", "true"),
        ("DRONE_COMMIT_SHA", TESTED),
        ("DRONE_SOURCE_BRANCH", "x"),
        ("DRONE_COMMIT_BRANCH", "main"),
        ("DRONE_COMMIT_MESSAGE", "Add x"),
    ];
    tests(&drone, Some("x"), Some("Add x"));
}

#[test]
fn jenkins() {
    let git_plugin = [
        ("JENKINS_URL", "https://ci.test/"),
        ("GIT_COMMIT", TESTED),
        ("GIT_BRANCH", "origin/x"),
    ];
    tests(&git_plugin, Some("x"), None);
    let change = [
        ("JENKINS_URL", "https://ci.test/"),
        ("GIT_COMMIT", TESTED),
        ("BRANCH_NAME", "PR-1"),
        ("CHANGE_BRANCH", "x"),
    ];
    tests(&change, Some("x"), None);
}

#[test]
fn semaphore() {
    let push = [
        ("SEMAPHORE", "true"),
        ("SEMAPHORE_GIT_SHA", TESTED),
        ("SEMAPHORE_GIT_BRANCH", "x"),
    ];
    tests(&push, Some("x"), None);
    let pull_request = [
        ("SEMAPHORE", "true"),
        ("SEMAPHORE_GIT_SHA", MERGED),
        ("SEMAPHORE_GIT_PR_SHA", TESTED),
        ("SEMAPHORE_GIT_BRANCH", "main"),
        ("SEMAPHORE_GIT_WORKING_BRANCH", "x"),
        ("SEMAPHORE_GIT_PR_NAME", "Add x"),
    ];
    tests(&pull_request, Some("x"), Some("Add x"));
}

#[test]
fn teamcity() {
    tests(
        &[("TEAMCITY_VERSION", "2025.07"), ("BUILD_VCS_NUMBER", TESTED)],
        None,
        None,
    );
    let subversion = detect(&[("TEAMCITY_VERSION", "2025.07"), ("BUILD_VCS_NUMBER", "12345678")]);
    assert_eq!(subversion.source.commit, None);
}

#[test]
fn travis() {
    let push = [
        ("TRAVIS", "true"),
        ("TRAVIS_COMMIT", TESTED),
        ("TRAVIS_BRANCH", "x"),
        ("TRAVIS_PULL_REQUEST_SHA", ""),
        ("TRAVIS_COMMIT_MESSAGE", "Add x"),
    ];
    tests(&push, Some("x"), Some("Add x"));
    let pull_request = [
        ("TRAVIS", "true"),
        ("TRAVIS_COMMIT", MERGED),
        ("TRAVIS_BRANCH", "main"),
        ("TRAVIS_PULL_REQUEST_SHA", TESTED),
        ("TRAVIS_PULL_REQUEST_BRANCH", "x"),
    ];
    tests(&pull_request, Some("x"), None);
}

/// They set GitHub's variables, and their address as the API's; what belongs to GitHub alone is not asked of them.
#[test]
fn forgejo_and_gitea_are_as_github_without_its_api() {
    for mark in ["FORGEJO_ACTIONS", "GITEA_ACTIONS"] {
        let ci = detect(&[
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            (mark, "true"),
            ("GITHUB_SHA", TESTED),
            ("GITHUB_REF_NAME", "x"),
            ("GITHUB_REPOSITORY", "octo/shop"),
            ("GITHUB_API_URL", "https://forge.test/api/v1"),
        ]);
        assert_eq!(
            (ci.system, ci.source.commit.as_deref()),
            (System::Github, Some(TESTED)),
            "{mark}"
        );
        assert_eq!(ci.github_repository, None, "{mark}");
    }
}

#[test]
fn one_that_is_in_no_table_is_still_ci() {
    assert_eq!(detect(&[("CI", "true")]).system, System::Other);
    assert_eq!(detect(&[("CI", "false")]).system, System::None);
    assert_eq!(detect(&[("CI", "true")]).source, Source::default());
}
