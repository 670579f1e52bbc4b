//! CI systems that need no code of their own: how each shows itself, and which of its variables say what it tests.

use super::env::Environment;
use super::tested::Source;

/// One CI system, by the names of its documented variables. The first variable of a list that is set counts.
struct CiSystem {
    /// It is this one where the variable is set, to this value if there is one.
    sign: (&'static str, Option<&'static str>),
    commit: &'static [&'static str],
    git_ref: &'static [&'static str],
    message: &'static [&'static str],
}

/// What stands before a branch's name in some of these variables.
const BEFORE_BRANCH: [&str; 3] = ["refs/heads/", "refs/tags/", "origin/"];

/// A pull request's own commit and branch come first: the system's usual ones may be a merge that exists nowhere else.
const SYSTEMS: [CiSystem; 10] = [
    // Azure Pipelines
    CiSystem {
        sign: ("TF_BUILD", None),
        commit: &["SYSTEM_PULLREQUEST_SOURCECOMMITID", "BUILD_SOURCEVERSION"],
        git_ref: &["SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH"],
        message: &["BUILD_SOURCEVERSIONMESSAGE"],
    },
    // Bitbucket Pipelines
    CiSystem {
        sign: ("BITBUCKET_BUILD_NUMBER", None),
        commit: &["BITBUCKET_COMMIT"],
        git_ref: &["BITBUCKET_BRANCH", "BITBUCKET_TAG"],
        message: &[],
    },
    // Buildkite, whose commit may be the word HEAD
    CiSystem {
        sign: ("BUILDKITE", Some("true")),
        commit: &["BUILDKITE_COMMIT"],
        git_ref: &["BUILDKITE_BRANCH", "BUILDKITE_TAG"],
        message: &["BUILDKITE_MESSAGE"],
    },
    // CircleCI
    CiSystem {
        sign: ("CIRCLECI", Some("true")),
        commit: &["CIRCLE_SHA1"],
        git_ref: &["CIRCLE_BRANCH", "CIRCLE_TAG"],
        message: &[],
    },
    // Woodpecker, which may set some of Drone's variables too
    CiSystem {
        sign: ("CI", Some("woodpecker")),
        commit: &["CI_COMMIT_SHA"],
        git_ref: &["CI_COMMIT_SOURCE_BRANCH", "CI_COMMIT_TAG", "CI_COMMIT_BRANCH"],
        message: &["CI_COMMIT_MESSAGE"],
    },
    // Drone
    CiSystem {
        sign: ("DRONE", Some("true")),
        commit: &["DRONE_COMMIT_SHA"],
        git_ref: &["DRONE_SOURCE_BRANCH", "DRONE_TAG", "DRONE_COMMIT_BRANCH"],
        message: &["DRONE_COMMIT_MESSAGE"],
    },
    // Jenkins, with the variables of its git plugin and of multibranch pipelines
    CiSystem {
        sign: ("JENKINS_URL", None),
        commit: &["GIT_COMMIT"],
        git_ref: &["CHANGE_BRANCH", "BRANCH_NAME", "GIT_BRANCH"],
        message: &[],
    },
    // Semaphore
    CiSystem {
        sign: ("SEMAPHORE", Some("true")),
        commit: &["SEMAPHORE_GIT_PR_SHA", "SEMAPHORE_GIT_SHA"],
        git_ref: &["SEMAPHORE_GIT_WORKING_BRANCH", "SEMAPHORE_GIT_BRANCH"],
        message: &["SEMAPHORE_GIT_PR_NAME"],
    },
    // TeamCity, which tells the branch to parameters alone
    CiSystem {
        sign: ("TEAMCITY_VERSION", None),
        commit: &["BUILD_VCS_NUMBER"],
        git_ref: &[],
        message: &[],
    },
    // Travis CI
    CiSystem {
        sign: ("TRAVIS", Some("true")),
        commit: &["TRAVIS_PULL_REQUEST_SHA", "TRAVIS_COMMIT"],
        git_ref: &["TRAVIS_PULL_REQUEST_BRANCH", "TRAVIS_TAG", "TRAVIS_BRANCH"],
        message: &["TRAVIS_COMMIT_MESSAGE"],
    },
];

/// What is tested, where one of these systems runs us.
pub(super) fn source(environment: &Environment) -> Option<Source> {
    let is_here = |system: &&CiSystem| {
        let (name, wanted) = system.sign;
        let value = environment.get(name);
        value.is_some_and(|value| wanted.is_none_or(|wanted| value == wanted))
    };
    let system = SYSTEMS.iter().find(is_here)?;
    let first = |names: &[&str]| names.iter().find_map(|name| environment.get(name));
    Some(Source {
        git_ref: first(system.git_ref).map(|name| {
            let bare = BEFORE_BRANCH.iter().find_map(|before| name.strip_prefix(before));
            bare.unwrap_or(name).to_owned()
        }),
        commit: first(system.commit).filter(|commit| is_hash(commit)).map(str::to_owned),
        message: first(system.message).and_then(|text| text.lines().next().map(str::to_owned)),
    })
}

/// A whole hash of git's, SHA-1 or SHA-256. A Subversion revision is none.
fn is_hash(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
