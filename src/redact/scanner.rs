//! Reads one stream in every encoding and marks what has to be hidden in it.

use std::ops::Range;
use std::sync::Arc;

use super::encoding::Decoder;
use super::held::Held;
use super::lane::Lane;
use super::pieces::Pieces;
use super::visible::Visible;

/// One stream, and how far it has been let go of.
#[derive(Default)]
pub(super) struct Scanner {
    known: usize,
    visible: Visible<u64>,
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
        if first_new < self.lanes.len() && !self.held.is_empty() {
            let mut seen = Vec::new();
            let clear = self.held.up_to(self.visible.open_since().unwrap_or(self.held.end()));
            Visible::default().feed(clear, self.held.start(), &mut seen);
            self.read(first_new, seen.into_iter());
        }
    }

    /// Takes the stream's next bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let start = self.held.end();
        self.held.extend(bytes);
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
        self.held.unmask();
        self.lanes.clear();
        self.known = 0;
    }

    /// What is hidden of what is held back, counted from its beginning.
    pub(super) fn hidden(&self) -> Vec<Range<usize>> {
        self.held.hidden()
    }
}
