//! Values that look like the API key in use. A key that is made while this process runs (by somebody else, or by a request
//! that was thought to do something else) is a key too, and nobody told the redactor of it.
//!
//! Such a value is known by the key's own scheme: what stands before and with its first underscore.

use std::collections::HashSet;
use std::mem;
use std::sync::{Arc, PoisonError, RwLock};

use super::held::Held;
use crate::secret::{PUBLIC_PREFIX, Secret};

/// So many characters after the scheme make a value of what could else be a word.
const LEAST: usize = 16;

/// An id may be shown as long as it has fewer after the scheme, and is shorter than the key.
const NO_ID: usize = 32;

/// How far back the beginning of a word is looked for: `\u003a` is the longest escape that may stand before it.
const LOOK_BACK: usize = 6;

/// What the values look like.
pub(super) struct Shape {
    scheme: Vec<u8>,
    /// What else than letters, digits, `_` and `-` the key is made of.
    punctuation: Vec<u8>,
    /// How long a value is at least.
    least: usize,
    /// From which length on a value can't be an id.
    no_id: usize,
    /// Ids that look like values.
    ids: RwLock<HashSet<Vec<u8>>>,
}

impl Shape {
    /// The shape of this key's sort; nothing for a key that has no scheme in its public part.
    pub(super) fn of(key: &Secret) -> Option<Self> {
        let scheme = &key.public_prefix()[..=key.public_prefix().find('_')?];
        let key = key.expose();
        // `_` alone, or a letter with it, begins too many words.
        (scheme.len() > 2).then(|| Self {
            scheme: scheme.into(),
            punctuation: key.bytes().filter(|byte| !is_word(*byte)).collect(),
            least: key.len().min(scheme.len() + LEAST),
            no_id: key.len().min(scheme.len() + NO_ID),
            ids: RwLock::default(),
        })
    }

    pub(super) fn has_scheme_of(&self, other: &Self) -> bool {
        self.scheme == other.scheme
    }

    /// Leaves this id as it is wherever it stands, if it is short enough for one.
    pub(super) fn spare(&self, id: &str) {
        let id = id.as_bytes();
        if id.starts_with(&self.scheme) && (self.least..self.no_id).contains(&id.len()) {
            let mut ids = self.ids.write().unwrap_or_else(PoisonError::into_inner);
            ids.insert(id.to_owned());
        }
    }

    fn is_id(&self, word: &[u8]) -> bool {
        self.ids.read().unwrap_or_else(PoisonError::into_inner).contains(word)
    }

    /// Whether a value that has come this far may go on with this byte.
    fn goes_on(&self, so_far: usize, byte: u8) -> bool {
        match self.scheme.get(so_far) {
            Some(expected) => *expected == byte,
            None => is_word(byte) || self.punctuation.contains(&byte),
        }
    }
}

/// A stream that is read for values of one shape.
pub(super) struct Minted {
    shape: Arc<Shape>,
    /// The last bytes before the next one, or before what may be a value.
    before: [u8; LOOK_BACK],
    /// How much of a terminal's colour those bytes spell out.
    colour: Colour,
    /// Where in the stream the byte after them stands, if nothing unseen is between.
    next: u64,
    /// What may be a value, and where in the stream each byte of it stands.
    word: Vec<(u8, u64)>,
    /// Up to where the value is hidden that goes on here.
    hidden_to: Option<u64>,
}

impl Minted {
    pub(super) fn new(shape: Arc<Shape>) -> Self {
        Self {
            shape,
            before: [0; LOOK_BACK],
            colour: Colour::None,
            next: 0,
            word: Vec::new(),
            hidden_to: None,
        }
    }

    pub(super) fn feed(&mut self, byte: u8, at: u64, held: &mut Held) {
        if self.hidden_to.is_some() {
            if self.shape.goes_on(usize::MAX, byte) {
                // From where it was hidden to: what nobody sees goes with it.
                held.hide_from(Some(&0), &mut self.hidden_to, at + 1);
                return self.pass(byte, at);
            }
            self.hidden_to = None;
        }
        if !self.word.is_empty() && !self.shape.goes_on(self.word.len(), byte) {
            self.end(held);
        }
        // What nobody sees ends a word all the same: whoever copies it, or a program, takes what stands after it.
        if self.word.is_empty() && at != self.next {
            self.pass(b' ', at);
        }
        if !self.word.is_empty() || (byte == self.shape.scheme[0] && self.is_begin()) {
            self.word.push((byte, at));
            if self.word.len() >= self.shape.no_id {
                self.cut(held);
            }
        } else {
            self.pass(byte, at);
        }
    }

    /// The stream ends here.
    pub(super) fn finish(&mut self, held: &mut Held) {
        self.end(held);
        self.hidden_to = None;
    }

    /// Since where the stream may become part of a value.
    pub(super) fn open_since(&self) -> Option<u64> {
        self.word.first().map(|(_, at)| *at)
    }

    /// What has begun does not go on.
    fn end(&mut self, held: &mut Held) {
        let word: Vec<u8> = self.word.iter().map(|(byte, _)| *byte).collect();
        if word.len() >= self.shape.least && !self.shape.is_id(&word) {
            self.cut(held);
            self.hidden_to = None;
            return;
        }
        // It was none; but one may have begun within its scheme.
        for (count, (byte, at)) in mem::take(&mut self.word).into_iter().enumerate() {
            if count == 0 || word.len() > self.shape.scheme.len() {
                self.pass(byte, at);
            } else {
                self.feed(byte, at, held);
            }
        }
    }

    fn cut(&mut self, held: &mut Held) {
        let word = mem::take(&mut self.word);
        let end = word.last().map_or(0, |(_, at)| at + 1);
        let secret = word.get(PUBLIC_PREFIX).map(|(_, at)| at);
        held.hide_from(secret, &mut self.hidden_to, end);
        for (byte, at) in word {
            self.pass(byte, at);
        }
    }

    fn is_begin(&self) -> bool {
        self.colour == Colour::Whole || is_begin(&self.before)
    }

    fn pass(&mut self, byte: u8, at: u64) {
        self.next = at + 1;
        self.colour = self.colour.then(byte);
        self.before.rotate_left(1);
        self.before[LOOK_BACK - 1] = byte;
    }
}

/// What is left of a terminal's escape sequence where its first byte was taken away, or is spelled out: `[31m`, `[2K`. It
/// may be longer than what is kept of what stands before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Colour {
    None,
    /// `[`, which alone may be anything.
    Bracket,
    Numbers,
    Whole,
}

impl Colour {
    fn then(self, byte: u8) -> Self {
        match (self, byte) {
            (_, b'[') => Self::Bracket,
            (Self::Bracket | Self::Numbers, b'0'..=b'9' | b';' | b':') => Self::Numbers,
            (Self::Numbers, b'm' | b'K') => Self::Whole,
            _ => Self::None,
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Whether a word may begin after these bytes: not inside another (`task_…` holds no `sk_…`), but after an escape, whose
/// last letters look like one.
fn is_begin(before: &[u8; LOOK_BACK]) -> bool {
    let is_hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    let is_octal = |digits: &[u8]| digits.iter().all(|digit| matches!(digit, b'0'..=b'7'));
    match before {
        [.., last] if !last.is_ascii_alphanumeric() => true,
        [.., b'\\', _] => true,
        [b'\\', b'u', digits @ ..] => is_hex(digits),
        [.., b'\\', b'x', one, two] => is_hex(&[*one, *two]),
        [.., b'\\', one, two, three] => is_octal(&[*one, *two, *three]),
        [.., b'%', one, two] => is_hex(&[*one, *two]),
        _ => false,
    }
}
