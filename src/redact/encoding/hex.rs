//! Hexadecimal digits of either case.

use super::{Begun, Decoded};

/// Reads at one of the two alignments.
#[derive(Clone, Default)]
pub(in crate::redact) struct Hex {
    /// Whether the next digit is the second of its byte.
    second: bool,
    /// The first digit, and where it stands.
    high: Option<(u8, u64)>,
}

impl Hex {
    pub(super) fn alignments() -> [Self; 2] {
        [false, true].map(|second| Self { second, high: None })
    }

    pub(super) fn feed(&mut self, byte: u8, at: u64, emit: &mut impl FnMut(Decoded)) {
        let second = self.second;
        self.second = !second;
        match (digit(byte), self.high.take()) {
            (None, _) => emit(Decoded::Break),
            (Some(digit), _) if !second => self.high = Some((digit, at)),
            (Some(digit), Some((high, start))) => emit(Decoded::Byte(high << 4 | digit, start..at + 1)),
            (Some(_), None) => {}
        }
    }

    pub(super) fn begun(&self) -> Option<Begun> {
        self.high.map(|(top, start)| Begun {
            start,
            top,
            bits: 4,
            alone: true,
        })
    }
}

pub(super) fn encode(text: &[u8]) -> Vec<u8> {
    text.iter()
        .flat_map(|byte| format!("{byte:02x}").into_bytes())
        .collect()
}

pub(super) fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}
