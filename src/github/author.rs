//! Who wrote something on GitHub.

use serde::Deserialize;

/// The members of an issue or a comment that tell its author; an author who is gone is `null`.
#[derive(Deserialize)]
pub(super) struct Author {
    #[serde(default)]
    author_association: String,
    user: Option<User>,
}

#[derive(Deserialize)]
struct User {
    #[serde(rename = "type", default)]
    kind: String,
}

impl Author {
    /// Whether it is somebody of the repository, or an app. In a public repository anybody can write a text with our
    /// marker in it, to have ours go where it is theirs to change.
    pub(super) fn is_trusted(&self) -> bool {
        let insider = matches!(self.author_association.as_str(), "OWNER" | "MEMBER" | "COLLABORATOR");
        insider || self.user.as_ref().is_some_and(|user| user.kind == "Bot")
    }
}
