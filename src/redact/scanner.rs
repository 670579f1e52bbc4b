//! Reads one stream in every encoding and marks what has to be hidden in it.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::encoding::{Begun, Decoded, Decoder};
use super::pieces::{MIN_PIECE, Match, Pieces};

/// What stands where a secret was.
const MASK: &[u8] = b"***";

/// One stream, and how far it has been let go of.
#[derive(Default)]
pub(super) struct Scanner {
    known: usize,
    lanes: Vec<Lane>,
    held: Held,
}

impl Scanner {
    /// Makes it look for the secrets that it does not know yet, also in what it holds back.
    pub(super) fn learn(&mut self, secrets: &[Arc<Pieces>]) {
        for pieces in secrets.iter().skip(self.known) {
            for decoder in Decoder::all() {
                let mut lane = Lane::new(Arc::clone(pieces), decoder);
                for index in 0..self.held.bytes.len() {
                    let (byte, at) = (self.held.bytes[index], self.held.start + index as u64);
                    lane.feed(byte, at, &mut self.held);
                }
                self.lanes.push(lane);
            }
        }
        self.known = secrets.len();
    }

    /// Takes the stream's next bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let start = self.held.end();
        self.held.bytes.extend_from_slice(bytes);
        self.held.hidden.resize(self.held.bytes.len(), false);
        for lane in &mut self.lanes {
            for (at, byte) in (start..).zip(bytes) {
                lane.feed(*byte, at, &mut self.held);
            }
        }
    }

    /// Lets go of everything that can't become part of a secret any more.
    pub(super) fn release(&mut self, out: &mut Vec<u8>) {
        let end = self.held.end();
        let open = self.lanes.iter().filter_map(|lane| lane.open_since(end)).min();
        self.held.release(open.unwrap_or(end), out);
    }

    /// Lets go of everything: the stream ends here, or what follows is not connected with it.
    pub(super) fn release_all(&mut self, out: &mut Vec<u8>) {
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
struct Held {
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
    fn hide_from(&mut self, start: Option<&u64>, hidden_to: &mut Option<u64>, end: u64) {
        let start = start.copied().unwrap_or(end).max(hidden_to.unwrap_or(0));
        let index = |at: u64| usize::try_from(at.saturating_sub(self.start)).unwrap_or(usize::MAX);
        if let Some(hidden) = self.hidden.get_mut(index(start)..index(end)) {
            hidden.fill(true);
        }
        *hidden_to = Some(end);
    }

    fn release(&mut self, to: u64, out: &mut Vec<u8>) {
        let count = usize::try_from(to.saturating_sub(self.start)).unwrap_or(usize::MAX);
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

/// One secret in one encoding.
struct Lane {
    pieces: Arc<Pieces>,
    decoder: Decoder,
    found: Match,
    /// Where in the stream each byte of the found piece begins.
    starts: VecDeque<u64>,
    /// Up to where this lane has hidden the stream.
    hidden_to: Option<u64>,
}

impl Lane {
    fn new(pieces: Arc<Pieces>, decoder: Decoder) -> Self {
        Self {
            pieces,
            decoder,
            found: Match::default(),
            starts: VecDeque::new(),
            hidden_to: None,
        }
    }

    fn feed(&mut self, byte: u8, at: u64, held: &mut Held) {
        let Self {
            pieces,
            decoder,
            found,
            starts,
            hidden_to,
        } = self;
        if decoder.is_padding(byte) && *hidden_to == Some(at) {
            // It tells nothing, but would look odd after the mask.
            held.hide_from(Some(&at), hidden_to, at + 1);
        }
        decoder.feed(byte, at, &mut |decoded| match decoded {
            Decoded::Byte(byte, place) => {
                let was_idle = found.len == 0;
                *found = pieces.step(*found, byte);
                if was_idle && found.len == 0 {
                    return;
                }
                starts.push_back(place.start);
                while starts.len() > found.len {
                    starts.pop_front();
                }
                if pieces.hides(*found) {
                    held.hide_from(starts.front(), hidden_to, place.end);
                }
            }
            Decoded::Break => {
                *found = Match::default();
                starts.clear();
            }
        });
        let telling = |begun: &Begun| begun.alone && pieces.hides_with(*found, begun.top, begun.bits);
        if found.len >= MIN_PIECE && decoder.begun(at + 1).as_ref().is_some_and(telling) {
            held.hide_from(starts.front(), hidden_to, at + 1);
        }
    }

    /// Since where the stream, which ends at `end`, may become part of a secret.
    fn open_since(&self, end: u64) -> Option<u64> {
        let begun = self.decoder.begun(end);
        let found = self.starts.front().copied();
        found.or_else(|| {
            let begun = begun.filter(|begun| self.pieces.may_begin(begun.top, begun.bits))?;
            Some(begun.start)
        })
    }
}
