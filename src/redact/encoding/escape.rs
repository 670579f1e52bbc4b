//! Text in which some or all characters are escaped.

use std::mem;

use super::hex;
use super::{Begun, Decoded, Fork};
use crate::sanitize::is_default_ignorable;

/// How an encoding escapes characters.
pub(in crate::redact) struct Scheme {
    introducer: u8,
    /// What these characters after the introducer come to.
    read: fn(&[u8]) -> Escape,
    /// Ways to write any character.
    every: &'static [Write],
    /// Further ways to write what is neither letter nor digit.
    special: &'static [Write],
}

type Write = fn(u8) -> String;

/// How often one escape may have been escaped again: a JSON string in a JSON string, and so on. Each time doubles a
/// backslash, or adds `25` or `amp;`.
const DEEPEST: usize = 4;

/// What an escape sequence comes to.
enum Escape {
    /// There may be more of it; it may also end here, as this byte.
    Open(Option<u8>),
    Byte(u8),
    /// A character that nobody sees.
    Invisible,
    /// It is none.
    None,
}

/// `%41`: URLs and forms.
pub(super) static PERCENT: Scheme = Scheme {
    introducer: b'%',
    read: |token| match unwrapped(token, b"25", DEEPEST) {
        [] if !token.is_empty() => Escape::Open(Some(b'%')),
        digits => fixed(digits, 2, |value| {
            u8::try_from(value).map_or(Escape::None, Escape::Byte)
        }),
    },
    every: &[|byte| format!("%{byte:02x}")],
    special: &[],
};

/// `\/`, `\u0041`, `\u{41}`, `\U00000041`, `\x41`: JSON, and string literals of many languages.
pub(super) static BACKSLASH: Scheme = Scheme {
    introducer: b'\\',
    read: |token| match unwrapped(token, b"\\", 1 << DEEPEST) {
        [] => Escape::Open((!token.is_empty()).then_some(b'\\')),
        [b'u', b'{', digits @ ..] => braced(digits),
        [b'u'] => Escape::Open(None),
        [b'u', digits @ ..] => fixed(digits, 4, character),
        [b'U', digits @ ..] => fixed(digits, 8, character),
        [b'x', digits @ ..] => fixed(digits, 2, character),
        [byte] if byte.is_ascii_punctuation() => Escape::Byte(*byte),
        _ => Escape::None,
    },
    every: &[
        |byte| format!("\\u{byte:04x}"),
        |byte| format!("\\u{{{byte:x}}}"),
        |byte| format!("\\U{byte:08x}"),
        |byte| format!("\\x{byte:02x}"),
    ],
    special: &[|byte| format!("\\{}", char::from(byte))],
};

/// `&amp;`, `&#65;`, `&#x41;`, and as browsers read them without the semicolon: HTML and XML.
pub(super) static ENTITY: Scheme = Scheme {
    introducer: b'&',
    read: entity,
    every: &[
        |byte| format!("&#{byte};"),
        |byte| format!("&#x{byte:x};"),
        |byte| format!("&#{byte}"),
        |byte| format!("&#x{byte:x}"),
    ],
    special: &[named],
};

impl Scheme {
    pub(super) fn encode(&self, text: &[u8]) -> Vec<Vec<u8>> {
        let every = self.every.iter().map(|write| written(text, |_| true, *write));
        let is_special = |byte: u8| !byte.is_ascii_alphanumeric();
        let special = self.every.iter().chain(self.special);
        let special = special.map(|write| written(text, is_special, *write));
        every.chain(special).collect()
    }
}

/// Reads text of one scheme.
#[derive(Clone)]
pub(in crate::redact) struct Escaped {
    scheme: &'static Scheme,
    /// What may become an escape, from the introducer on.
    token: Vec<u8>,
    /// Where each byte of it stands.
    places: Vec<u64>,
}

impl Escaped {
    pub(super) fn new(scheme: &'static Scheme) -> Self {
        Self {
            scheme,
            token: Vec::new(),
            places: Vec::new(),
        }
    }

    pub(super) fn fresh(&self) -> Self {
        Self::new(self.scheme)
    }

    pub(super) fn feed(&mut self, byte: u8, at: u64, emit: &mut impl FnMut(Decoded)) -> Option<Fork> {
        if self.token.is_empty() && byte != self.scheme.introducer {
            emit(Decoded::Byte(byte, at..at + 1));
            return None;
        }
        self.token.push(byte);
        self.places.push(at);
        let place = self.places[0]..at + 1;
        match (self.scheme.read)(&self.token[1..]) {
            Escape::Open(ended) => ended.map(|byte| Fork::Ended(byte, place)),
            Escape::Byte(byte) => {
                emit(Decoded::Byte(byte, place));
                Some(self.inside())
            }
            Escape::Invisible => Some(self.inside()),
            Escape::None => {
                // What looked like an escape stands for itself, and this byte may begin one.
                self.token.pop();
                self.places.pop();
                self.finish(emit);
                self.feed(byte, at, emit)
            }
        }
    }

    pub(super) fn finish(&mut self, emit: &mut impl FnMut(Decoded)) {
        for (byte, at) in self.token.drain(..).zip(self.places.drain(..)) {
            emit(Decoded::Byte(byte, at..at + 1));
        }
    }

    pub(super) fn begun(&self) -> Option<Begun> {
        self.places.first().map(|start| Begun {
            start: *start,
            top: 0,
            bits: 0,
            alone: false,
        })
    }

    pub(super) fn agrees(&self, other: &Self) -> bool {
        self.token == other.token
    }

    fn inside(&mut self) -> Fork {
        let token = mem::take(&mut self.token).into_iter();
        Fork::Inside(token.zip(mem::take(&mut self.places)).skip(1).collect())
    }
}

/// What is left of an escape without what escaping its introducer again put before it, at most so often.
fn unwrapped<'t>(token: &'t [u8], layer: &[u8], most: usize) -> &'t [u8] {
    let layers = token.chunks_exact(layer.len()).take(most);
    &token[layer.len() * layers.take_while(|chunk| *chunk == layer).count()..]
}

/// A number of `wanted` hexadecimal digits.
fn fixed(digits: &[u8], wanted: usize, read: fn(u32) -> Escape) -> Escape {
    match number(digits) {
        None => Escape::None,
        Some(_) if digits.len() < wanted => Escape::Open(None),
        Some(value) => read(value),
    }
}

/// Hexadecimal digits up to a closing brace.
fn braced(digits: &[u8]) -> Escape {
    match digits {
        [digits @ .., b'}'] if !digits.is_empty() => number(digits).map_or(Escape::None, character),
        digits if digits.len() <= 8 && number(digits).is_some() => Escape::Open(None),
        _ => Escape::None,
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    let add = |value: u32, digit: &u8| Some(value << 4 | u32::from(hex::digit(*digit)?));
    digits.iter().try_fold(0, add)
}

fn character(value: u32) -> Escape {
    match u8::try_from(value) {
        // One half of a character beyond U+FFFF, in UTF-16: with the other one it may be one that nobody sees.
        _ if (0xd800..0xe000).contains(&value) => Escape::Invisible,
        _ if char::from_u32(value).is_some_and(is_default_ignorable) => Escape::Invisible,
        Ok(byte) => Escape::Byte(byte),
        Err(_) => Escape::None,
    }
}

fn entity(token: &[u8]) -> Escape {
    /// `#x0000041`: longer ones are of nobody's making.
    const LONGEST: usize = 9;
    let inner = unwrapped(token, b"amp;", DEEPEST);
    if inner.is_empty() && !token.is_empty() {
        return Escape::Open(Some(b'&'));
    }
    let (name, ended) = match inner {
        [name @ .., b';'] => (name, true),
        name => (name, false),
    };
    let parse = |digits: &[u8], radix| u32::from_str_radix(str::from_utf8(digits).ok()?, radix).ok();
    let value = match name {
        b"amp" => Some(b'&'.into()),
        b"lt" => Some(b'<'.into()),
        b"gt" => Some(b'>'.into()),
        b"quot" => Some(b'"'.into()),
        b"apos" => Some(b'\''.into()),
        [b'#', b'x' | b'X', digits @ ..] => parse(digits, 16),
        [b'#', digits @ ..] => parse(digits, 10),
        _ => None,
    };
    let is_open = name.len() <= LONGEST && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'#');
    match value.map_or(Escape::None, character) {
        escape if ended => escape,
        _ if !is_open => Escape::None,
        Escape::Byte(byte) => Escape::Open(Some(byte)),
        _ => Escape::Open(None),
    }
}

fn written(text: &[u8], escapes: impl Fn(u8) -> bool, write: Write) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in text {
        if escapes(*byte) {
            out.extend(write(*byte).into_bytes());
        } else {
            out.push(*byte);
        }
    }
    out
}

fn named(byte: u8) -> String {
    match byte {
        b'&' => "&amp;",
        b'<' => "&lt;",
        b'>' => "&gt;",
        b'"' => "&quot;",
        b'\'' => "&apos;",
        _ => return char::from(byte).to_string(),
    }
    .to_owned()
}
