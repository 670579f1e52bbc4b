//! Walks through JSON: every scalar with its pointer.

use serde_json::Value;

use super::value::is_name;
use crate::model::sort_by;

/// How many scalars of one document are looked at.
const MOST_LEAVES: usize = 20_000;

/// How deep a document is looked into.
const DEEPEST: usize = 24;

/// A scalar of a document.
#[derive(Debug, Clone)]
pub(super) struct Leaf<'v> {
    /// Where it stands (RFC 6901).
    pub(super) pointer: String,
    pub(super) value: &'v Value,
}

impl Leaf<'_> {
    /// The name of the member that it is, or that its array is.
    pub(super) fn name(&self) -> &str {
        last_name(&self.pointer)
    }
}

/// The last member's name of a pointer, past any index.
pub(super) fn last_name(pointer: &str) -> &str {
    pointer
        .rsplit('/')
        .find(|part| !part.is_empty() && *part != "*" && part.parse::<usize>().is_err())
        .unwrap_or_default()
}

/// Sorts pointers, the deepest ones first.
pub(super) fn deepest_first(pointers: &mut Vec<String>) {
    let depth = |pointer: &String| pointer.matches('/').count();
    sort_by(pointers, |one, other| depth(other).cmp(&depth(one)));
}

/// Every scalar whose pointer holds names alone: a member named by a value (an id, a host) can't be part of a contract.
pub(super) fn leaves(value: &Value) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    collect(value, &mut String::new(), 0, &mut found);
    found
}

fn collect<'v>(value: &'v Value, pointer: &mut String, depth: usize, found: &mut Vec<Leaf<'v>>) {
    if depth > DEEPEST || found.len() >= MOST_LEAVES {
        return;
    }
    let length = pointer.len();
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(name, _)| is_name(name)) {
                pointer.push('/');
                pointer.push_str(name);
                collect(member, pointer, depth + 1, found);
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{index}"));
                collect(item, pointer, depth + 1, found);
                pointer.truncate(length);
            }
        }
        _ => found.push(Leaf {
            pointer: pointer.clone(),
            value,
        }),
    }
}

/// Every array of a document that stands under names alone, with its pointer; the document's own as `""`.
pub(super) fn arrays(value: &Value) -> Vec<(String, &Vec<Value>)> {
    let mut found = Vec::new();
    collect_arrays(value, &mut String::new(), 0, &mut found);
    found
}

fn collect_arrays<'v>(value: &'v Value, pointer: &mut String, depth: usize, found: &mut Vec<(String, &'v Vec<Value>)>) {
    match value {
        Value::Array(items) => {
            found.push((pointer.clone(), items));
            // A batch of one is an envelope.
            if let ([only], 0) = (items.as_slice(), depth)
                && only.is_object()
            {
                collect_arrays(only, &mut "/0".to_owned(), 1, found);
            }
        }
        Value::Object(members) if depth <= DEEPEST => {
            let length = pointer.len();
            for (name, member) in members.iter().filter(|(name, _)| is_name(name)) {
                pointer.push('/');
                pointer.push_str(name);
                collect_arrays(member, pointer, depth + 1, found);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

/// Whether a pointer leads through a list, by place. A reply that is a list around everything (a batch of one) is none.
pub(super) fn has_index(pointer: &str) -> bool {
    let inner = pointer.strip_prefix("/0/").unwrap_or(pointer);
    inner.split('/').any(|part| part.parse::<usize>().is_ok())
}

/// The pointer without its last part.
pub(super) fn parent(pointer: &str) -> &str {
    pointer.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The longest pointer that both begin with, whole parts only.
pub(super) fn common<'p>(one: &'p str, other: &str) -> &'p str {
    let mut end = 0;
    for (part, its) in one.split('/').zip(other.split('/')).skip(1) {
        if part != its {
            break;
        }
        end += part.len() + 1;
    }
    &one[..end]
}

/// A pointer as seen from `root`, if it stands below.
pub(super) fn below<'p>(pointer: &'p str, root: &str) -> Option<&'p str> {
    pointer
        .strip_prefix(root)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A text that is JSON itself, as some calls send their input.
pub(super) fn within(text: &str) -> Option<Value> {
    text.starts_with(['{', '['])
        .then(|| serde_json::from_str(text).ok())
        .flatten()
}

/// What the pointer leads to, if that is something other than null.
pub(super) fn at<'v>(value: &'v Value, pointer: &str) -> Option<&'v Value> {
    value.pointer(pointer).filter(|found| !found.is_null())
}
