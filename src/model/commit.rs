//! Commits, as hashes.

/// A shorter text is no abbreviated hash: it would fit too many commits.
const LEAST_PREFIX: usize = 7;
/// The length of a SHA-256 hash.
const LONGEST: usize = 64;

/// Whether this can be a commit's hash, maybe abbreviated: 7 to 64 hex digits.
#[must_use]
pub fn is_commit_hash(text: &str) -> bool {
    (LEAST_PREFIX..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether two texts name the same commit: equal without regard to case, or one a prefix of at least 7 characters of
/// the other.
pub fn same_commit(one: &str, other: &str) -> bool {
    let shorter = one.len().min(other.len());
    let heads = one.as_bytes().iter().zip(other.as_bytes());
    (one.len() == other.len() || shorter >= LEAST_PREFIX)
        && shorter > 0
        && heads.take(shorter).all(|(a, b)| a.eq_ignore_ascii_case(b))
}
