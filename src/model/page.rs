//! Lists that may be a page of a longer one.

/// How many rows a page commonly has.
const PAGE_SIZES: [usize; 12] = [10, 15, 20, 25, 30, 40, 50, 100, 200, 250, 500, 1000];

/// Whether a list of so many rows may go on where nobody looked.
pub(crate) fn may_be_a_page(rows: usize) -> bool {
    PAGE_SIZES.contains(&rows)
}

/// A list, as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    pub items: Vec<T>,
    pub rest: Rest,
}

/// What is behind the items of a list that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// Nothing, or nothing that was asked for.
    None,
    /// Maybe more: nothing says where the next page is, and it is as long as a page commonly is.
    MayBe,
    /// More pages than are read.
    Unread,
    /// Maybe more: a page names one that was read before it as the next.
    Circle,
}
