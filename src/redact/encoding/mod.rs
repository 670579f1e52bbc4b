//! The encodings that a secret may be printed in: here, and nowhere else.
//!
//! Each knows how to read (a [`Decoder`] for each alignment, which the redactor feeds a stream byte by byte) and how to
//! write (the forms that encoders give a text, from which the repository search derives what to look out for).

mod base64;
mod escape;
mod hex;

use std::mem;
use std::ops::Range;

use self::base64::Base64;
use self::escape::{BACKSLASH, ENTITY, Escaped, PERCENT};
use self::hex::Hex;

/// A way to write a text in ASCII.
pub struct Encoding {
    pub name: &'static str,
    /// One reader for each alignment.
    pub(super) decoders: fn() -> Vec<Decoder>,
    forms: fn(&[u8]) -> Vec<Vec<u8>>,
}

/// Every encoding that the redactor hides and the repository search finds.
pub static ENCODINGS: [Encoding; 6] = [
    Encoding {
        name: "plain",
        decoders: || vec![Decoder::Plain],
        forms: |text| vec![text.to_vec()],
    },
    Encoding {
        name: "hexadecimal",
        decoders: || Hex::alignments().map(Decoder::Hex).into(),
        forms: |text| vec![hex::encode(text)],
    },
    Encoding {
        name: "base64",
        decoders: || Base64::alignments().map(Decoder::Base64).into(),
        forms: base64::encode,
    },
    Encoding {
        name: "percent-encoding",
        decoders: || vec![Decoder::Escaped(Escaped::new(&PERCENT))],
        forms: |text| PERCENT.encode(text),
    },
    Encoding {
        name: "backslash escapes",
        decoders: || vec![Decoder::Escaped(Escaped::new(&BACKSLASH))],
        forms: |text| BACKSLASH.encode(text),
    },
    Encoding {
        name: "HTML and XML entities",
        decoders: || vec![Decoder::Escaped(Escaped::new(&ENTITY))],
        forms: |text| ENTITY.encode(text),
    },
];

impl Encoding {
    /// The text as encoders write it, hexadecimal digits in lower case. Where single characters can be escaped, all of
    /// them are, or all that are neither letter nor digit.
    pub fn forms(&self, text: &str) -> Vec<Vec<u8>> {
        (self.forms)(text.as_bytes())
    }
}

/// Reads the whole stream as if all of it were in one encoding; what is not becomes a break, or stands for itself where
/// the encoding allows that.
#[derive(Clone)]
pub(super) enum Decoder {
    Plain,
    Hex(Hex),
    Base64(Base64),
    Escaped(Escaped),
}

/// What a decoder makes of a byte of the stream.
pub(super) enum Decoded {
    /// A byte, and where in the stream it stands. Bytes that share a character overlap.
    Byte(u8, Range<u64>),
    /// Nothing that is in this encoding: what follows is not connected with what came before.
    Break,
}

/// A second way to read what was just read.
pub(super) enum Fork {
    /// What was one escape may be something else from its second character on: the stray backslash of `\\u0073` takes
    /// the first character of a secret with it.
    Inside(Vec<(u8, u64)>),
    /// The escape may end here, though more of it may follow: `&#115`.
    Ended(u8, Range<u64>),
}

/// A byte that has begun but not ended.
pub(super) struct Begun {
    /// Where in the stream it begins.
    pub(super) start: u64,
    /// Its upper bits, as far as they are known.
    pub(super) top: u8,
    /// How many bits that is.
    pub(super) bits: u8,
    /// Whether the last byte of the stream tells of this one alone.
    pub(super) alone: bool,
}

impl Decoder {
    /// One for each encoding and alignment.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        ENCODINGS.iter().flat_map(|encoding| (encoding.decoders)())
    }

    /// Reads the stream's next byte, which is at `at`.
    #[inline]
    pub(super) fn feed(&mut self, byte: u8, at: u64, emit: &mut impl FnMut(Decoded)) -> Option<Fork> {
        match self {
            Self::Plain => emit(Decoded::Byte(byte, at..at + 1)),
            Self::Hex(hex) => hex.feed(byte, at, emit),
            Self::Base64(base64) => base64.feed(byte, at, emit),
            Self::Escaped(escaped) => return escaped.feed(byte, at, emit),
        }
        None
    }

    /// The stream ends: an escape that has begun stands for itself.
    pub(super) fn finish(&mut self, emit: &mut impl FnMut(Decoded)) {
        if let Self::Escaped(escaped) = self {
            escaped.finish(emit);
        }
    }

    /// One for the same encoding that has read nothing yet.
    pub(super) fn fresh(&self) -> Self {
        match self {
            Self::Escaped(escaped) => Self::Escaped(escaped.fresh()),
            other => other.clone(),
        }
    }

    /// The byte that has begun at the end of what was read.
    pub(super) fn begun(&self) -> Option<Begun> {
        match self {
            Self::Plain => None,
            Self::Hex(hex) => hex.begun(),
            Self::Base64(base64) => base64.begun(),
            Self::Escaped(escaped) => escaped.begun(),
        }
    }

    /// Whether both make the same of what follows.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Escaped(one), Self::Escaped(other)) => one.agrees(other),
            _ => mem::discriminant(self) == mem::discriminant(other),
        }
    }

    /// Whether this is the padding that may follow base64.
    pub(super) fn is_padding(&self, byte: u8) -> bool {
        byte == b'=' && matches!(self, Self::Base64(_))
    }
}
