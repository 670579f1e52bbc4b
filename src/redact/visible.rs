//! Leaves out of a text the characters that nobody sees, so that a secret with such between its characters is read
//! as what a person reads.

use std::str;

use crate::sanitize::is_default_ignorable;

/// A filter in front of all decoders, and behind each; `P` says where a byte stands.
#[derive(Clone)]
pub(super) struct Visible<P> {
    /// The beginning of a character of several bytes, and where each stands.
    open: Vec<(u8, P)>,
}

impl<P> Default for Visible<P> {
    fn default() -> Self {
        Self { open: Vec::new() }
    }
}

impl Visible<u64> {
    /// Adds to `seen` what can be seen of the stream's next bytes, the first of which is at `at`.
    pub(super) fn feed(&mut self, bytes: &[u8], at: u64, seen: &mut Vec<(u8, u64)>) {
        for (byte, at) in bytes.iter().copied().zip(at..) {
            if !byte.is_ascii() || self.is_open() {
                self.feed_one(byte, at, seen);
            } else {
                seen.push((byte, at));
            }
        }
    }

    /// Since where it is not clear yet what is seen.
    pub(super) fn open_since(&self) -> Option<u64> {
        self.open.first().map(|(_, at)| *at)
    }
}

impl<P: Clone> Visible<P> {
    /// Adds to `seen` what can be seen of the next byte.
    pub(super) fn feed_one(&mut self, byte: u8, at: P, seen: &mut Vec<(u8, P)>) {
        self.open.push((byte, at.clone()));
        let mut character = [0; 4];
        for (to, (byte, _)) in character.iter_mut().zip(&self.open) {
            *to = *byte;
        }
        match str::from_utf8(&character[..self.open.len()]) {
            Ok(character) if character.chars().all(is_default_ignorable) => self.open.clear(),
            Ok(_) => seen.append(&mut self.open),
            Err(error) if error.error_len().is_none() => {}
            // Broken, which was clear with this byte only: it may itself begin one.
            Err(_) if self.open.len() > 1 => {
                self.open.pop();
                seen.append(&mut self.open);
                self.feed_one(byte, at, seen);
            }
            Err(_) => seen.append(&mut self.open),
        }
    }

    /// The text ends here.
    pub(super) fn finish(&mut self, seen: &mut Vec<(u8, P)>) {
        seen.append(&mut self.open);
    }

    /// Whether a character has begun and not ended.
    pub(super) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether both have read the same of a character.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        let bytes = |this: &Self| this.open.iter().map(|(byte, _)| *byte).collect::<Vec<_>>();
        (self.open.is_empty() && other.open.is_empty()) || bytes(self) == bytes(other)
    }

    pub(super) fn clear(&mut self) {
        self.open.clear();
    }
}
