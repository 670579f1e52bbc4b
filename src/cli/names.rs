//! How our environment variables are called.

/// What the names of all our variables begin with.
pub(super) const PREFIX: &str = "SPROOBO_";

/// The name of an option's variable.
pub(super) fn variable_name(long: &str) -> String {
    format!("{PREFIX}{}", long.replace('-', "_").to_ascii_uppercase())
}
