//! Leaves out of a stream the characters that nobody sees, so that a secret with such between its characters is read
//! as what a person reads.

use std::str;

use crate::sanitize::is_default_ignorable;

/// A filter in front of all decoders.
#[derive(Default)]
pub(super) struct Visible {
    /// The beginning of a character of several bytes, and where each stands.
    open: Vec<(u8, u64)>,
}

impl Visible {
    /// Adds to `seen` what can be seen of the stream's next bytes, the first of which is at `at`.
    pub(super) fn feed(&mut self, bytes: &[u8], at: u64, seen: &mut Vec<(u8, u64)>) {
        for (byte, at) in bytes.iter().copied().zip(at..) {
            if !byte.is_ascii() || !self.open.is_empty() {
                self.feed_one(byte, at, seen);
            } else {
                seen.push((byte, at));
            }
        }
    }

    fn feed_one(&mut self, byte: u8, at: u64, seen: &mut Vec<(u8, u64)>) {
        self.open.push((byte, at));
        let character: Vec<u8> = self.open.iter().map(|(byte, _)| *byte).collect();
        match str::from_utf8(&character) {
            Ok(character) if character.chars().all(is_default_ignorable) => self.open.clear(),
            Ok(_) => seen.append(&mut self.open),
            Err(error) if error.error_len().is_none() => {}
            // Broken, which was clear with this byte only: it may itself begin one.
            Err(_) if self.open.len() > 1 => {
                self.open.pop();
                seen.append(&mut self.open);
                self.feed(&[byte], at, seen);
            }
            Err(_) => seen.append(&mut self.open),
        }
    }

    /// The stream ends here.
    pub(super) fn finish(&mut self, seen: &mut Vec<(u8, u64)>) {
        seen.append(&mut self.open);
    }

    /// Since where it is not clear yet what is seen.
    pub(super) fn open_since(&self) -> Option<u64> {
        self.open.first().map(|(_, at)| *at)
    }
}
