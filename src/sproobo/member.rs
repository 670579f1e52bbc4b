//! The members that parts of a contract may have: what check and schema follow.

/// A member that a part of the document may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// What it says, for the JSON Schema.
    pub(super) text: &'static str,
}

/// What a member holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// JSON pointers, tried in order.
    Pointers,
    /// One of [`LOG_FORMATS`].
    LogFormat,
    /// What its own part of the check and of the schema says.
    Other,
}

pub(super) const fn member(name: &'static str, text: &'static str) -> Member {
    Member {
        name,
        kind: Kind::Other,
        text,
    }
}

pub(super) fn names(members: &[Member]) -> Vec<&'static str> {
    members.iter().map(|member| member.name).collect()
}

/// What a log can be made of.
pub(super) const LOG_FORMATS: &[&str] = &["json", "text", "ndjson"];
