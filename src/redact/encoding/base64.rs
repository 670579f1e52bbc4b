//! Base64 of either alphabet, padded or not.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::{Begun, Decoded};

/// Reads at one of the four alignments.
#[derive(Clone)]
pub(in crate::redact) struct Base64 {
    /// Which of its group of four the next digit is.
    turn: u8,
    /// The upper bits of the next byte, and where their digit stands.
    carry: Option<(u8, u64)>,
}

impl Base64 {
    pub(super) fn alignments() -> [Self; 4] {
        [0, 1, 2, 3].map(|turn| Self { turn, carry: None })
    }

    pub(super) fn feed(&mut self, byte: u8, at: u64, emit: &mut impl FnMut(Decoded)) {
        // Of a group's four digits, each but the first completes a byte; the rest of its bits begin the next.
        let used = 2 * self.turn;
        self.turn = (self.turn + 1) % 4;
        let carried = self.carry.take();
        let Some(six) = digit(byte) else {
            return emit(Decoded::Break);
        };
        if let (Some((carried, start)), 2..) = (carried, used) {
            emit(Decoded::Byte(carried | six >> (6 - used), start..at + 1));
        }
        if used < 6 {
            self.carry = Some((six << (2 + used), at));
        }
    }

    pub(super) fn begun(&self) -> Option<Begun> {
        self.carry.map(|(carry, start)| {
            let bits = 8 - 2 * self.turn;
            Begun {
                start,
                top: carry >> (8 - bits),
                bits,
                alone: bits == 6,
            }
        })
    }
}

/// In either alphabet, with nothing, one byte or two left out at the beginning: they share digits with what comes before.
pub(super) fn encode(text: &[u8]) -> Vec<Vec<u8>> {
    let tails = (0..3).filter_map(|skip| text.get(skip..));
    tails
        .flat_map(|tail| [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD].map(|engine| engine.encode(tail).into_bytes()))
        .collect()
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}
