//! Where a rotation puts the new key: the syntax of `--store`.

use std::fmt;
use std::str::FromStr;

/// The forms of `--store`, for people.
pub const FORMS: &str =
    "github-secret:NAME, github-environment-secret:ENV/NAME, gitlab-variable:KEY[@SCOPE] or stdout-once";

/// A place that holds a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Store {
    /// `github-secret:NAME`: a secret of the repository.
    GithubSecret { name: String },
    /// `github-environment-secret:ENV/NAME`: a secret of one of its environments.
    GithubEnvironmentSecret {
        /// The environment; may itself contain `/`.
        environment: String,
        name: String,
    },
    /// `gitlab-variable:KEY[@SCOPE]`: a CI/CD variable of the project.
    GitlabVariable {
        key: String,
        /// The environment scope; without one, `*` (all).
        scope: Option<String>,
    },
    /// `stdout-once`: printed once, for a person to carry on.
    StdoutOnce,
}

impl Store {
    /// Whether it is on GitHub, and so takes GitHub's token.
    #[must_use]
    pub fn is_on_github(&self) -> bool {
        matches!(self, Self::GithubSecret { .. } | Self::GithubEnvironmentSecret { .. })
    }

    /// Whether it is on GitLab, and so takes GitLab's token.
    #[must_use]
    pub fn is_on_gitlab(&self) -> bool {
        matches!(self, Self::GitlabVariable { .. })
    }
}

impl FromStr for Store {
    /// What is wrong with it.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "stdout-once" {
            return Ok(Self::StdoutOnce);
        }
        match text.split_once(':') {
            Some(("github-secret", name)) => Ok(Self::GithubSecret {
                name: github_name(name)?,
            }),
            Some(("github-environment-secret", place)) => match place.rsplit_once('/') {
                Some((environment, name)) if !environment.is_empty() => Ok(Self::GithubEnvironmentSecret {
                    environment: environment.to_owned(),
                    name: github_name(name)?,
                }),
                _ => Err(format!(
                    "`{place}` has no environment; the form is github-environment-secret:ENV/NAME"
                )),
            },
            Some(("gitlab-variable", place)) => {
                let (key, scope) = match place.split_once('@') {
                    Some((_, "")) => {
                        return Err(format!(
                            "`{place}` ends with an empty scope; leave `@` out for all environments"
                        ));
                    }
                    Some((key, scope)) => (key, Some(scope.to_owned())),
                    None => (place, None),
                };
                Ok(Self::GitlabVariable {
                    key: gitlab_key(key)?,
                    scope,
                })
            }
            _ => Err(format!("`{text}` is no store; give {FORMS}")),
        }
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// GitHub, "Using secrets in GitHub Actions", naming your secrets.
fn github_name(name: &str) -> Result<String, String> {
    let reserved = name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("GITHUB_"));
    if is_word(name) && !name.starts_with(|first: char| first.is_ascii_digit()) && !reserved {
        Ok(name.to_owned())
    } else {
        Err(format!(
            "`{name}` can't name a secret on GitHub: letters, digits and `_` only, no digit first, not GITHUB_…"
        ))
    }
}

/// GitLab, "Project-level CI/CD variables API", attribute `key`.
fn gitlab_key(key: &str) -> Result<String, String> {
    if is_word(key) && key.len() <= 255 {
        Ok(key.to_owned())
    } else {
        Err(format!(
            "`{key}` can't name a variable on GitLab: letters, digits and `_` only, at most 255 of them"
        ))
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GithubSecret { name } => write!(f, "github-secret:{name}"),
            Self::GithubEnvironmentSecret { environment, name } => {
                write!(f, "github-environment-secret:{environment}/{name}")
            }
            Self::GitlabVariable { key, scope: None } => write!(f, "gitlab-variable:{key}"),
            Self::GitlabVariable {
                key,
                scope: Some(scope),
            } => write!(f, "gitlab-variable:{key}@{scope}"),
            Self::StdoutOnce => f.write_str("stdout-once"),
        }
    }
}
