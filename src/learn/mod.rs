//! Turns evidence into a contract: what a browser recorded of one deployment, or what an API's makers say of it.
//!
//! Everything is told by behaviour: the request that starts is the one whose reply brings an id that later reads ask
//! for; the status is what moves from one poll to the next and then stays. Names only break ties. What is given back
//! holds names, shapes, counts and status words, and no other value of the evidence.

mod described;
mod draft;
mod evidence;
mod json;
mod recorded;
mod report;
mod value;
mod words;

use serde_json::Value;

pub use evidence::{Description, Evidence, Recording, SIZE_LIMIT, Unreadable};
pub use report::explain;

/// A contract, and what speaks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    pub contract: Value,
    /// What was chosen, and why.
    pub evidence: Vec<Choice>,
    /// What the evidence does not show.
    pub missing: Vec<Missing>,
}

impl Learned {
    /// Whether a deployment can be started and followed with it.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        let has = |pointer: &str| self.contract.pointer(pointer).is_some_and(|found| !found.is_null());
        has("/operations/trigger") && has("/operations/deployment") && has("/fields/deployment/status/0")
    }
}

/// How sure a choice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    /// The evidence leaves no other reading.
    Certain,
    /// Another reading is possible.
    Likely,
    /// It has to be looked at by a person.
    Guess,
}

/// One choice that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The contract's member, as a JSON pointer without its first slash.
    pub what: String,
    pub sure: Sure,
    /// The evidence, as a sentence without its end.
    pub because: String,
}

/// Something that the contract lacks, or that its user has to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    pub what: String,
    pub how: String,
}

/// The language of contracts, as the built-in one speaks it.
#[derive(Clone, Copy)]
pub struct Assumed<'a> {
    /// The built-in contract: the members that there are, and what its status words mean.
    pub document: &'a Value,
    /// The variables that an operation of this name has values for.
    pub variables: fn(&str) -> &'static [&'static str],
    /// Whether a path, with variables in it, is one that a contract may have.
    pub is_path: fn(&str) -> bool,
}

impl<'a> Assumed<'a> {
    /// The names of an object's members, in their order.
    fn members(self, path: &str) -> impl Iterator<Item = &'a str> {
        let object = self.document.pointer(&format!("/{path}")).and_then(Value::as_object);
        object.into_iter().flatten().map(|(name, _)| name.as_str())
    }

    fn variables_of(self, operation: &str) -> &'static [&'static str] {
        (self.variables)(operation)
    }
}

/// Learns from recordings and descriptions of one API. What was recorded goes before what is described.
#[must_use]
pub fn learn(files: &[Evidence], assumed: Assumed<'_>) -> Learned {
    let recordings: Vec<&Recording> = files
        .iter()
        .filter_map(|file| match file {
            Evidence::Recording(recording) => Some(recording),
            Evidence::Description(_) => None,
        })
        .collect();
    let mut draft = recorded::draft(&recordings, assumed);
    for file in files {
        if let Evidence::Description(description) = file {
            draft.complete_with(described::draft(description, assumed));
        }
    }
    draft.learned(assumed)
}
