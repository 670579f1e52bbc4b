//! One routine that sorts, for lists of all types.

use std::cmp::Ordering;

/// Sorts as [`slice::sort_by`] does: stably, and with as many comparisons.
///
/// The standard library's is compiled once more, some 4 kB, for every type and every order. Here that is done once, for
/// the places of the items; the items then move to where they belong.
pub(crate) fn sort_by<T>(list: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let order = in_order(list.len(), &|one, other| compare(&list[one], &list[other]));
    let mut items: Vec<Option<T>> = list.drain(..).map(Some).collect();
    list.extend(order.into_iter().filter_map(|at| items[at].take()));
}

fn in_order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|one, other| compare(*one, *other));
    order
}
