//! Which request of a recording does what, told by its behaviour.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use serde_json::Value;

use super::exchange::{Exchange, Reply};
use super::series;
use crate::learn::json::{arrays, has_index, leaves};
use crate::learn::value::{id_text, is_id, speaks_of, url};
use crate::model::sort_by;

/// What one recording shows.
#[derive(Debug)]
pub(super) struct Run<'e> {
    pub(super) start: Start<'e>,
    /// The deployment that the start goes back to, where it is a rollback.
    pub(super) target: Option<String>,
    /// The same read of the deployment, repeated.
    pub(super) polls: Vec<&'e Exchange>,
    pub(super) list: Option<List<'e>>,
    pub(super) logs: Vec<&'e Exchange>,
    pub(super) cancel: Option<&'e Exchange>,
    /// Everything that was asked of the same host.
    pub(super) all: Vec<&'e Exchange>,
    /// Everything that was asked of anybody.
    pub(super) every: &'e [Exchange],
}

/// The request that starts a deployment.
#[derive(Debug)]
pub(super) struct Start<'e> {
    pub(super) exchange: &'e Exchange,
    pub(super) id: String,
    /// Where its reply shows the id; none where it shows none, and a list did later.
    pub(super) pointer: Option<String>,
    /// How many later reads ask for the id.
    pub(super) asked: usize,
}

/// The reads of a list that shows the deployment.
#[derive(Debug, Clone)]
pub(super) struct List<'e> {
    pub(super) reads: Vec<&'e Exchange>,
    /// Where the list stands in the reply.
    pub(super) items: String,
    /// Where an item shows its id.
    pub(super) id: String,
}

impl<'e> List<'e> {
    pub(super) fn items_of(&self, exchange: &'e Exchange) -> &'e [Value] {
        let list = exchange.json().and_then(|reply| reply.pointer(&self.items));
        list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub(super) fn all_items(&self) -> impl Iterator<Item = &'e Value> {
        self.reads.iter().flat_map(|read| self.items_of(read))
    }
}

/// What a recording shows; nothing if no deployment was started in it.
pub(super) fn find(exchanges: &[Exchange]) -> Option<Run<'_>> {
    let start = start(exchanges).or_else(|| accepted(exchanges))?;
    let all: Vec<&Exchange> = exchanges
        .iter()
        .filter(|exchange| exchange.origin == start.exchange.origin)
        .collect();
    let mut groups = reads_of(&all, &start);
    let polls = groups
        .iter()
        .position(|group| shows(group, &start.id) && group.iter().any(|read| read.json().is_some()))
        .map(|best| groups.remove(best))
        .unwrap_or_default();
    let list = list(&all, &start);
    let target = list.as_ref().and_then(|list| target(list, &start));
    Some(Run {
        logs: log(groups),
        cancel: all.iter().copied().find(|exchange| is_cancel(exchange, &start)),
        start,
        target,
        polls,
        list,
        all,
        every: exchanges,
    })
}

/// The write whose reply brings an id that was never seen before and that later reads ask for: of several the one
/// whose reads show a status that moves, then the one that is asked for most.
fn start(exchanges: &[Exchange]) -> Option<Start<'_>> {
    let index = Index::of(exchanges);
    let mut best: Option<((bool, usize), Start<'_>)> = None;
    for exchange in writes(exchanges) {
        let Some(reply) = exchange.json() else { continue };
        for leaf in leaves(reply).into_iter().filter(|leaf| is_id(leaf.value)) {
            let Some(id) = id_text(leaf.value).filter(|id| index.is_new(id, exchange)) else {
                continue;
            };
            let asking: Vec<&Exchange> = exchanges
                .iter()
                .filter(|read| read.reads() && read.sent >= exchange.sent && read.mentions(&id))
                .collect();
            if asking.is_empty() {
                continue;
            }
            let replies: Vec<&Value> = asking.iter().filter_map(|read| read.json()).collect();
            let rank = (series::moves(&replies), asking.len());
            if best.as_ref().is_none_or(|(known, _)| rank > *known) {
                let start = Start {
                    exchange,
                    id,
                    pointer: Some(leaf.pointer),
                    asked: asking.len(),
                };
                best = Some((rank, start));
            }
        }
    }
    best.map(|(_, start)| start)
}

/// The last write before a list shows an id that was never seen before, where no reply brought the id itself.
fn accepted(exchanges: &[Exchange]) -> Option<Start<'_>> {
    let index = Index::of(exchanges);
    let mut best: Option<Start<'_>> = None;
    for read in exchanges.iter().filter(|read| read.reads()) {
        let Some(write) = writes(exchanges).filter(|write| write.answered <= read.answered).last() else {
            continue;
        };
        let lists = read.json().map(arrays).unwrap_or_default();
        for item in lists.into_iter().flat_map(|(_, items)| items) {
            let ids = leaves(item)
                .into_iter()
                .filter(|leaf| is_id(leaf.value) && speaks_of(leaf.name(), &["id", "uid", "uuid", "number", "name"]));
            for id in ids.filter_map(|leaf| id_text(leaf.value)) {
                if !index.is_new(&id, write) {
                    continue;
                }
                let asking = exchanges.iter().filter(|read| read.reads() && read.mentions(&id));
                let asked = asking.count();
                if best.as_ref().is_none_or(|known| asked > known.asked) {
                    best = Some(Start {
                        exchange: write,
                        id,
                        pointer: None,
                        asked,
                    });
                }
            }
        }
    }
    best
}

fn writes(exchanges: &[Exchange]) -> impl Iterator<Item = &Exchange> {
    exchanges
        .iter()
        .filter(|exchange| !exchange.reads() && exchange.worked() && exchange.method != "DELETE")
}

/// When each value was first seen. It holds hashes, since a recording has many values.
struct Index {
    first: HashMap<u64, i64>,
    hasher: RandomState,
}

impl Index {
    fn of(exchanges: &[Exchange]) -> Self {
        let mut index = Self {
            first: HashMap::new(),
            hasher: RandomState::new(),
        };
        for exchange in exchanges {
            for value in exchange.values() {
                index.add(value, exchange.sent);
            }
            for leaf in exchange.json().map(leaves).unwrap_or_default() {
                if let Some(id) = id_text(leaf.value).filter(|_| is_id(leaf.value)) {
                    index.add(&id, exchange.answered);
                }
            }
        }
        index
    }

    fn add(&mut self, value: &str, at: i64) {
        let first = self.first.entry(self.hasher.hash_one(value)).or_insert(at);
        *first = at.min(*first);
    }

    /// Whether a value came up only after this request, which did not send it either.
    fn is_new(&self, value: &str, since: &Exchange) -> bool {
        let first = self.first.get(&self.hasher.hash_one(value));
        first.is_none_or(|first| *first >= since.sent) && !since.mentions(value)
    }
}

/// The later reads that ask for the deployment, each call by itself: the likeliest poll first.
fn reads_of<'e>(all: &[&'e Exchange], start: &Start<'_>) -> Vec<Vec<&'e Exchange>> {
    let mut groups: Vec<Vec<&Exchange>> = Vec::new();
    let changing = [start.id.as_str()];
    let asking = all
        .iter()
        .filter(|read| read.reads() && read.worked() && read.sent >= start.exchange.sent && read.mentions(&start.id));
    for read in asking {
        match groups
            .iter_mut()
            .find(|group| group[0].shape(&changing) == read.shape(&changing))
        {
            Some(group) => group.push(read),
            None => groups.push(vec![read]),
        }
    }
    let rank = |group: &Vec<&Exchange>| {
        let replies: Vec<&Value> = group.iter().filter_map(|read| read.json()).collect();
        let moves = series::moves(&replies);
        (
            shows(group, &start.id),
            moves,
            group.len(),
            usize::MAX - group[0].segments.len(),
        )
    };
    sort_by(&mut groups, |one, other| rank(other).cmp(&rank(one)));
    groups
}

/// Whether the replies show the id.
fn shows(group: &[&Exchange], id: &str) -> bool {
    group.iter().any(|read| read.shows(id))
}

fn list<'e>(all: &[&'e Exchange], start: &Start<'_>) -> Option<List<'e>> {
    let sent: Vec<&String> = start.exchange.values().iter().filter(|value| value.len() > 1).collect();
    let mut found: Vec<((usize, usize, usize), List<'e>)> = Vec::new();
    for read in all
        .iter()
        .filter(|read| read.reads() && read.worked() && !read.mentions(&start.id))
    {
        for (items, list) in read.json().map(arrays).unwrap_or_default() {
            let shown = list
                .iter()
                .flat_map(leaves)
                .filter(|leaf| id_text(leaf.value).as_deref() == Some(start.id.as_str()) && !has_index(&leaf.pointer));
            let Some(id) = shown.map(|leaf| leaf.pointer).min_by_key(String::len) else {
                continue;
            };
            if found
                .iter()
                .any(|(_, known)| known.reads[0].shape(&[]) == read.shape(&[]) && known.items == items)
            {
                continue;
            }
            let reads: Vec<&Exchange> = all
                .iter()
                .copied()
                .filter(|other| other.worked() && other.shape(&[]) == read.shape(&[]) && other.json().is_some())
                .collect();
            // A list of this site's deployments names the site, and an item of it is a deployment.
            let shared = read.values().iter().filter(|value| sent.contains(value)).count();
            let rank = (shared, usize::MAX - id.matches('/').count(), reads.len());
            found.push((rank, List { reads, items, id }));
        }
    }
    found.into_iter().max_by_key(|(rank, _)| *rank).map(|(_, list)| list)
}

/// The older deployment that the start names, if it does: then it is a rollback.
fn target(list: &List<'_>, start: &Start<'_>) -> Option<String> {
    list.all_items()
        .filter_map(|item| item.pointer(&list.id).and_then(id_text))
        .find(|id| *id != start.id && start.exchange.mentions(id))
}

/// The log's reads; not those of an address that another read's reply shows, which is the log's own way there.
fn log(groups: Vec<Vec<&Exchange>>) -> Vec<&Exchange> {
    let shown: Vec<(String, String)> = groups
        .iter()
        .flatten()
        .filter_map(|read| read.json())
        .flat_map(leaves)
        .filter_map(|leaf| url(leaf.value.as_str()?))
        .map(|address| (address.origin().ascii_serialization(), address.path().to_owned()))
        .collect();
    let led_to = |read: &Exchange| {
        shown
            .iter()
            .any(|(origin, path)| *origin == read.origin && *path == format!("/{}", read.segments.join("/")))
    };
    groups
        .into_iter()
        .find(|group| is_log(group) && !led_to(group[0]))
        .unwrap_or_default()
}

fn is_log(group: &[&Exchange]) -> bool {
    let names = ["log", "logs", "events", "output", "console", "buildlogs"];
    let named = group.first().is_some_and(|read| {
        let asked = read.graphql().map(|query| query.field().to_owned());
        let last = read.segments.iter().rev().take(2).cloned();
        last.chain(asked).any(|name| speaks_of(&name, &names))
    });
    named
        || group
            .iter()
            .any(|read| matches!(read.reply, Reply::Text | Reply::Lines(_)))
}

fn is_cancel(exchange: &Exchange, start: &Start<'_>) -> bool {
    let names = ["cancel", "abort", "stop", "kill", "terminate", "cancellation"];
    !exchange.reads()
        && exchange.worked()
        && exchange.sent >= start.exchange.sent
        && exchange.mentions(&start.id)
        && (exchange.is_named(&names) || exchange.method == "DELETE")
}
