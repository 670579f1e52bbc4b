//! The encodings that a secret may be printed in, as decoders that read a stream byte by byte.
//!
//! Each reads the whole stream as if all of it were in its encoding; what is not becomes a break, or stands
//! for itself where the encoding allows that.

use std::ops::Range;

/// What a decoder makes of a byte of the stream.
pub(super) enum Decoded {
    /// A byte, and where in the stream it stands. Bytes that share a character overlap.
    Byte(u8, Range<u64>),
    /// Nothing that is in this encoding: what follows is not connected with what came before.
    Break,
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

/// One way to read a stream.
pub(super) enum Decoder {
    /// As it is.
    Plain,
    /// Hexadecimal digits of either case; the phase says at which stream positions a byte begins.
    Hex { phase: u64, high: Option<u8> },
    /// Base64 of either alphabet; the phase says where a group of four begins.
    Base64 { phase: u64, carry: Option<u8> },
    /// Text in which some or all characters are escaped.
    Escaped { scheme: Scheme, token: Vec<u8>, start: u64 },
}

/// How characters are escaped.
#[derive(Clone, Copy)]
pub(super) enum Scheme {
    /// `%41`: URLs and forms.
    Percent,
    /// `\/`, `\u0041`, `\x41`: JSON, and string literals of many languages.
    Backslash,
    /// `&amp;`, `&#65;`, `&#x41;`: HTML and XML.
    Entity,
}

impl Decoder {
    /// One of each kind and phase.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let hex = (0..2).map(|phase| Self::Hex { phase, high: None });
        let base64 = (0..4).map(|phase| Self::Base64 { phase, carry: None });
        let escaped = [Scheme::Percent, Scheme::Backslash, Scheme::Entity].map(|scheme| Self::Escaped {
            scheme,
            token: Vec::new(),
            start: 0,
        });
        [Self::Plain].into_iter().chain(hex).chain(base64).chain(escaped)
    }

    /// Reads the stream's byte at `at`.
    pub(super) fn feed(&mut self, byte: u8, at: u64, emit: &mut impl FnMut(Decoded)) {
        match self {
            Self::Plain => emit(Decoded::Byte(byte, at..at + 1)),
            Self::Hex { phase, high } => match (hex_digit(byte), high.take()) {
                (None, _) => emit(Decoded::Break),
                (Some(digit), _) if at % 2 == *phase => *high = Some(digit),
                (Some(digit), Some(high)) => emit(Decoded::Byte(high << 4 | digit, at - 1..at + 1)),
                (Some(_), None) => {}
            },
            Self::Base64 { phase, carry } => {
                let carried = carry.take();
                let Some(six) = base64_digit(byte) else {
                    return emit(Decoded::Break);
                };
                // Of a group's four digits, each but the first completes a byte; the rest of its bits begin the next.
                let used = 2 * ((at + 4 - *phase) % 4) as u32;
                if let (Some(carried), 2..) = (carried, used) {
                    emit(Decoded::Byte(carried | six >> (6 - used), at - 1..at + 1));
                }
                if used < 6 {
                    *carry = Some(six << (2 + used));
                }
            }
            Self::Escaped { scheme, token, start } => {
                if token.is_empty() && byte != scheme.introducer() {
                    return emit(Decoded::Byte(byte, at..at + 1));
                }
                if token.is_empty() {
                    *start = at;
                }
                token.push(byte);
                match scheme.read(token) {
                    Escape::Open => {}
                    Escape::Byte(byte) => {
                        token.clear();
                        emit(Decoded::Byte(byte, *start..at + 1));
                    }
                    Escape::None => {
                        // What looked like an escape stands for itself, and this byte may begin one.
                        token.pop();
                        for (at, byte) in (*start..).zip(token.drain(..)) {
                            emit(Decoded::Byte(byte, at..at + 1));
                        }
                        self.feed(byte, at, emit);
                    }
                }
            }
        }
    }

    /// The byte that has begun at the end of the stream, whose next position is `end`.
    pub(super) fn begun(&self, end: u64) -> Option<Begun> {
        match self {
            Self::Plain => None,
            Self::Hex { high, .. } => high.map(|top| Begun {
                start: end - 1,
                top,
                bits: 4,
                alone: true,
            }),
            Self::Base64 { phase, carry } => carry.map(|carry| {
                let bits = 6 - 2 * ((end + 3 - *phase) % 4) as u8;
                Begun {
                    start: end - 1,
                    top: carry >> (8 - bits),
                    bits,
                    alone: bits == 6,
                }
            }),
            Self::Escaped { token, start, .. } => (!token.is_empty()).then_some(Begun {
                start: *start,
                top: 0,
                bits: 0,
                alone: false,
            }),
        }
    }

    /// Whether this is the padding that may follow base64.
    pub(super) fn is_padding(&self, byte: u8) -> bool {
        byte == b'=' && matches!(self, Self::Base64 { .. })
    }
}

/// What an escape sequence comes to.
enum Escape {
    /// It may still become one.
    Open,
    /// This byte.
    Byte(u8),
    /// It is none.
    None,
}

impl Scheme {
    fn introducer(self) -> u8 {
        match self {
            Self::Percent => b'%',
            Self::Backslash => b'\\',
            Self::Entity => b'&',
        }
    }

    /// Reads a token that begins with the introducer.
    fn read(self, token: &[u8]) -> Escape {
        match (self, &token[1..]) {
            (_, []) => Escape::Open,
            (Self::Percent, digits) => hex_escape(digits, 2),
            (Self::Backslash, [b'u', digits @ ..]) => hex_escape(digits, 4),
            (Self::Backslash, [b'x', digits @ ..]) => hex_escape(digits, 2),
            (Self::Backslash, [byte]) if byte.is_ascii_punctuation() => Escape::Byte(*byte),
            (Self::Backslash, _) => Escape::None,
            (Self::Entity, name) => entity(name),
        }
    }
}

fn hex_escape(digits: &[u8], wanted: usize) -> Escape {
    let mut value = 0_u16;
    for digit in digits {
        match hex_digit(*digit) {
            Some(digit) => value = value << 4 | u16::from(digit),
            None => return Escape::None,
        }
    }
    match u8::try_from(value) {
        _ if digits.len() < wanted => Escape::Open,
        Ok(byte) => Escape::Byte(byte),
        Err(_) => Escape::None,
    }
}

fn entity(name: &[u8]) -> Escape {
    /// `#x0000041`: longer ones are of nobody's making.
    const LONGEST: usize = 9;
    let Some((b';', name)) = name.split_last() else {
        let open = name.len() <= LONGEST && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'#');
        return if open { Escape::Open } else { Escape::None };
    };
    let number = |digits: &[u8], radix| {
        let digits = std::str::from_utf8(digits).ok()?;
        u8::from_str_radix(digits, radix).ok()
    };
    let byte = match name {
        b"amp" => Some(b'&'),
        b"lt" => Some(b'<'),
        b"gt" => Some(b'>'),
        b"quot" => Some(b'"'),
        b"apos" => Some(b'\''),
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        _ => None,
    };
    byte.map_or(Escape::None, Escape::Byte)
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn base64_digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}
