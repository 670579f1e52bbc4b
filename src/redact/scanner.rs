//! Reads one stream in every encoding and marks what has to be hidden in it.

use std::ops::Range;
use std::sync::Arc;

use super::encoding::Decoder;
use super::lane::Lane;
use super::pieces::Pieces;
use super::visible::Visible;

/// What stands where a secret was.
const MASK: &[u8] = b"***";

/// One stream, and how far it has been let go of.
#[derive(Default)]
pub(super) struct Scanner {
    known: usize,
    visible: Visible,
    lanes: Vec<Lane>,
    held: Held,
}

impl Scanner {
    /// Makes it look for the secrets that it does not know yet, also in what it holds back.
    pub(super) fn learn(&mut self, secrets: &[Arc<Pieces>]) {
        let first_new = self.lanes.len();
        for pieces in secrets.iter().skip(self.known) {
            let lanes = Decoder::all().map(|decoder| Lane::new(Arc::clone(pieces), decoder));
            self.lanes.extend(lanes);
        }
        self.known = secrets.len();
        if first_new < self.lanes.len() && !self.held.bytes.is_empty() {
            let mut seen = Vec::new();
            let clear_to = self.visible.open_since().unwrap_or(self.held.end());
            let clear = &self.held.bytes[..index(clear_to - self.held.start)];
            Visible::default().feed(clear, self.held.start, &mut seen);
            self.read(first_new, seen.into_iter());
        }
    }

    /// Takes the stream's next bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let start = self.held.end();
        self.held.bytes.extend_from_slice(bytes);
        self.held.hidden.resize(self.held.bytes.len(), false);
        if bytes.is_ascii() && self.visible.open_since().is_none() {
            self.read(0, bytes.iter().copied().zip(start..));
        } else {
            let mut seen = Vec::with_capacity(bytes.len());
            self.visible.feed(bytes, start, &mut seen);
            self.read(0, seen.into_iter());
        }
    }

    fn read(&mut self, first_lane: usize, seen: impl Iterator<Item = (u8, u64)> + Clone) {
        for lane in &mut self.lanes[first_lane..] {
            for (byte, at) in seen.clone() {
                lane.feed(byte, at, &mut self.held);
            }
        }
    }

    /// The stream ends here: what has begun does not go on.
    pub(super) fn finish(&mut self) {
        let mut seen = Vec::new();
        self.visible.finish(&mut seen);
        self.read(0, seen.into_iter());
        for lane in &mut self.lanes {
            lane.finish(&mut self.held);
        }
    }

    /// Lets go of everything that can't become part of a secret any more.
    pub(super) fn release(&mut self, out: &mut Vec<u8>) {
        let lanes = self.lanes.iter().filter_map(Lane::open_since);
        let open = lanes.chain(self.visible.open_since()).min();
        self.held.release(open.unwrap_or(self.held.end()), out);
    }

    /// Lets go of everything: the stream ends here, or what follows is not connected with it.
    pub(super) fn release_all(&mut self, out: &mut Vec<u8>) {
        self.finish();
        self.held.release(self.held.end(), out);
        self.held.masked = false;
        self.lanes.clear();
        self.known = 0;
    }

    /// What is hidden of what is held back, counted from its beginning.
    pub(super) fn hidden(&self) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for (at, _) in self.held.hidden.iter().enumerate().filter(|(_, hidden)| **hidden) {
            match ranges.last_mut() {
                Some(last) if last.end == at => last.end += 1,
                _ => ranges.push(at..at + 1),
            }
        }
        ranges
    }
}

/// The stream's end, as far as it is held back.
#[derive(Default)]
pub(super) struct Held {
    /// Its position in the stream.
    start: u64,
    bytes: Vec<u8>,
    hidden: Vec<bool>,
    /// The last that was let go of was hidden: what is hidden next to it belongs to the same mask.
    masked: bool,
}

impl Held {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// Hides a piece up to `end`. A piece that grows is hidden byte by byte: `hidden_to` says how far it is.
    pub(super) fn hide_from(&mut self, start: Option<&u64>, hidden_to: &mut Option<u64>, end: u64) {
        let start = start.copied().unwrap_or(end).max(hidden_to.unwrap_or(0));
        let held = index(start.saturating_sub(self.start))..index(end.saturating_sub(self.start));
        if let Some(hidden) = self.hidden.get_mut(held) {
            hidden.fill(true);
        }
        *hidden_to = Some(end);
    }

    fn release(&mut self, to: u64, out: &mut Vec<u8>) {
        let count = index(to.saturating_sub(self.start));
        for (byte, hidden) in self.bytes.drain(..count).zip(self.hidden.drain(..count)) {
            if !hidden {
                out.push(byte);
            } else if !self.masked {
                out.extend_from_slice(MASK);
            }
            self.masked = hidden;
        }
        self.start = to;
    }
}

/// A distance in what is held in memory.
fn index(distance: u64) -> usize {
    usize::try_from(distance).unwrap_or(usize::MAX)
}
