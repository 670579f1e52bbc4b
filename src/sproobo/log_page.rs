//! A page of a log, read without ever being in memory as a whole document: a body of 16 MiB can hold eight million
//! values, which would take gigabytes.
//!
//! Two passes over the bytes. The first keeps the document's outline: enough to see which pointer leads to the items,
//! and the cursor. The second takes item by item, each of a bounded number of values.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::document::Pointers;
use super::visit::visit_scalars;

/// The most lines of a page that are kept, the last ones. A page that holds as much as a page may, in lines of 64 bytes,
/// has as many.
pub(super) const MOST_LINES: usize = 256 * 1024;

/// How many values of the outline are kept, and how many of one item: far more than any API's frame around its lines.
const MOST_VALUES: usize = 10_000;

/// How many elements of an array are kept in the outline.
const MOST_ELEMENTS: usize = 16;

/// What a page holds.
pub(super) struct Page {
    /// The document without most of its items.
    pub(super) outline: Value,
    /// `None`: no pointer leads to a list, or to a text.
    pub(super) items: Option<Last<Value>>,
}

/// The last of many, oldest first, and how many stood before them.
pub(super) struct Last<T> {
    pub(super) kept: VecDeque<T>,
    pub(super) skipped: usize,
}

impl<T> Last<T> {
    pub(super) fn new() -> Self {
        Self {
            kept: VecDeque::new(),
            skipped: 0,
        }
    }

    pub(super) fn push(&mut self, one: T) {
        self.kept.push_back(one);
        if self.kept.len() > MOST_LINES {
            self.kept.pop_front();
            self.skipped += 1;
        }
    }
}

/// Reads a page whose items are where the first of these pointers leads to that leads to anything.
///
/// # Errors
/// What is no JSON document.
pub(super) fn read(body: &[u8], pointers: &Pointers) -> serde_json::Result<Page> {
    let outline = Bounded::new(MOST_ELEMENTS).whole(body)?;
    let leading = pointers.iter().find_map(|pointer| {
        let found = outline.pointer(pointer)?;
        (!found.is_null()).then_some((pointer, found))
    });
    let items = match leading {
        Some((_, text @ Value::String(_))) => {
            let mut only = Last::new();
            only.push(text.clone());
            Some(only)
        }
        Some((pointer, Value::Array(_))) => Some(items(body, pointer)?),
        _ => None,
    };
    Ok(Page { outline, items })
}

/// One value, of which only so much is kept as of an item.
///
/// # Errors
/// What is no JSON document.
pub(super) fn item(body: &[u8]) -> serde_json::Result<Value> {
    Bounded::new(usize::MAX).whole(body)
}

fn items(body: &[u8], pointer: &str) -> serde_json::Result<Last<Value>> {
    let steps: Vec<String> = pointer
        .split('/')
        .skip(1)
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
        .collect();
    let mut items = Last::new();
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    Walk {
        steps: &steps,
        items: &mut items,
    }
    .deserialize(&mut deserializer)?;
    Ok(items)
}

/// Goes where a pointer leads, and takes the elements of the array there.
struct Walk<'a> {
    steps: &'a [String],
    items: &'a mut Last<Value>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what the pointer led to before")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            match self.steps.split_first() {
                Some((step, steps)) if *step == name => {
                    // Of members of the same name the last counts.
                    *self.items = Last::new();
                    map.next_value_seed(Walk {
                        steps,
                        items: &mut *self.items,
                    })?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Some((step, steps)) = self.steps.split_first() else {
            while let Some(item) = seq.next_element_seed(&Bounded::new(usize::MAX))? {
                self.items.push(item);
            }
            return Ok(());
        };
        let wanted: usize = step.parse().map_err(A::Error::custom)?;
        let mut at = 0;
        while at < wanted && seq.next_element::<IgnoredAny>()?.is_some() {
            at += 1;
        }
        seq.next_element_seed(Walk {
            steps,
            items: &mut *self.items,
        })?;
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    // A member that stands there twice can be anything the first time.
    visit_scalars!((), drop::<Value>);
}

/// Reads a value of which only so much is kept; the rest is read over.
struct Bounded {
    values: Cell<usize>,
    elements: usize,
}

impl Bounded {
    fn new(elements: usize) -> Self {
        Self {
            values: Cell::new(MOST_VALUES),
            elements,
        }
    }

    fn whole(&self, body: &[u8]) -> serde_json::Result<Value> {
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let value = self.deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(value)
    }

    /// Whether one more value is kept.
    fn keeps(&self) -> bool {
        let left = self.values.get();
        self.values.set(left.saturating_sub(1));
        left > 0
    }
}

impl<'de> DeserializeSeed<'de> for &Bounded {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Bounded {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    visit_scalars!(Value, std::convert::identity);

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < self.elements && self.keeps() {
            match seq.next_element_seed(self)? {
                Some(value) => kept.push(value),
                None => return Ok(kept.into()),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(kept.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while self.keeps() {
            match map.next_key::<String>()? {
                Some(name) => kept.insert(name, map.next_value_seed(self)?),
                None => return Ok(kept.into()),
            };
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(kept.into())
    }
}
