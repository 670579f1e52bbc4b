//! The order of commits, as a deploy asks for it.

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};

/// What `--on-outdated` needs: the order of commits.
pub trait Ancestry: Send + Sync {
    /// Whether `commit` is an ancestor of `of` (or the same); nothing where that can't be told. Both are hashes, maybe
    /// abbreviated.
    fn is_ancestor<'a>(&'a self, commit: &'a str, of: &'a str) -> BoxFuture<'a, Option<bool>>;
}

/// Where no order is known.
pub struct NoAncestry;

impl Ancestry for NoAncestry {
    fn is_ancestor<'a>(&'a self, _commit: &'a str, _of: &'a str) -> BoxFuture<'a, Option<bool>> {
        ready(None).boxed()
    }
}
