//! Reads one stream in every encoding and marks what has to be hidden in it.

use std::ops::Range;
use std::sync::Arc;

use super::encoding::Decoder;
use super::held::Held;
use super::lane::Lane;
use super::minted::{Minted, Shape};
use super::pieces::Pieces;
use super::visible::Visible;

/// One stream, and how far it has been let go of.
#[derive(Default)]
pub(super) struct Scanner {
    known: usize,
    visible: Visible<u64>,
    lanes: Vec<Lane>,
    minted: Vec<Minted>,
    held: Held,
}

impl Scanner {
    /// Makes it look for the secrets and shapes that it does not know yet, also in what it holds back.
    pub(super) fn learn(&mut self, secrets: &[Arc<Pieces>], shapes: &[Arc<Shape>]) {
        let new = (self.lanes.len(), self.minted.len());
        for pieces in secrets.iter().skip(self.known) {
            let lanes = Decoder::all().map(|decoder| Lane::new(Arc::clone(pieces), decoder));
            self.lanes.extend(lanes);
        }
        self.known = secrets.len();
        let unknown = shapes.iter().skip(self.minted.len());
        self.minted.extend(unknown.map(|shape| Minted::new(Arc::clone(shape))));
        if new < (self.lanes.len(), self.minted.len()) && !self.held.is_empty() {
            let mut seen = Vec::new();
            let clear = self.held.up_to(self.visible.open_since().unwrap_or(self.held.end()));
            Visible::default().feed(clear, self.held.start(), &mut seen);
            self.read(new, seen.into_iter());
        }
    }

    /// Takes the stream's next bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let start = self.held.end();
        self.held.extend(bytes);
        if bytes.is_ascii() && self.visible.open_since().is_none() {
            self.read((0, 0), bytes.iter().copied().zip(start..));
        } else {
            let mut seen = Vec::with_capacity(bytes.len());
            self.visible.feed(bytes, start, &mut seen);
            self.read((0, 0), seen.into_iter());
        }
    }

    fn read(&mut self, (lane, minted): (usize, usize), seen: impl Iterator<Item = (u8, u64)> + Clone) {
        for lane in &mut self.lanes[lane..] {
            for (byte, at) in seen.clone() {
                lane.feed(byte, at, &mut self.held);
            }
        }
        for minted in &mut self.minted[minted..] {
            for (byte, at) in seen.clone() {
                minted.feed(byte, at, &mut self.held);
            }
        }
    }

    /// The stream ends here: what has begun does not go on.
    pub(super) fn finish(&mut self) {
        let mut seen = Vec::new();
        self.visible.finish(&mut seen);
        self.read((0, 0), seen.into_iter());
        for lane in &mut self.lanes {
            lane.finish(&mut self.held);
        }
        for minted in &mut self.minted {
            minted.finish(&mut self.held);
        }
    }

    /// Lets go of everything that can't become part of a secret any more.
    pub(super) fn release(&mut self, out: &mut Vec<u8>) {
        let lanes = self.lanes.iter().filter_map(Lane::open_since);
        let minted = self.minted.iter().filter_map(Minted::open_since);
        let open = lanes.chain(minted).chain(self.visible.open_since()).min();
        self.held.release(open.unwrap_or(self.held.end()), out);
    }

    /// Lets go of everything: the stream ends here, or what follows is not connected with it.
    pub(super) fn release_all(&mut self, out: &mut Vec<u8>) {
        self.finish();
        self.held.release(self.held.end(), out);
        self.held.unmask();
        self.lanes.clear();
        self.minted.clear();
        self.known = 0;
    }

    /// What is hidden of what is held back, counted from its beginning.
    pub(super) fn hidden(&self) -> Vec<Range<usize>> {
        self.held.hidden()
    }
}
