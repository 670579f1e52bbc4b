//! One secret in one encoding.

use std::collections::VecDeque;
use std::mem;
use std::ops::Range;
use std::sync::Arc;

use super::encoding::{Begun, Decoded, Decoder, Fork};
use super::held::Held;
use super::pieces::{MIN_PIECE, Match, Pieces};
use super::visible::Visible;

pub(super) struct Lane {
    pieces: Arc<Pieces>,
    main: Reader,
    /// Where an escape can be read in more than one way, the other ones: few, and nearly always none, since ways that
    /// meet go on as one.
    others: Vec<Reader>,
}

impl Lane {
    pub(super) fn new(pieces: Arc<Pieces>, decoder: Decoder) -> Self {
        Self {
            pieces,
            main: Reader::new(decoder),
            others: Vec::new(),
        }
    }

    pub(super) fn feed(&mut self, byte: u8, at: u64, held: &mut Held) {
        let Self { pieces, main, others } = self;
        let mut forked = Vec::new();
        main.feed(byte, at, pieces, held, &mut forked);
        for other in &mut *others {
            other.feed(byte, at, pieces, held, &mut forked);
        }
        if forked.is_empty() && others.is_empty() {
            return;
        }
        for reader in others.drain(..).chain(mem::take(&mut forked)) {
            let has_met_one = |known: &Reader| known.has_met(&reader, pieces);
            // One that has found nothing would find nothing that the main one, or its own forks, do not.
            if !reader.is_idle() && !has_met_one(main) && !forked.iter().any(has_met_one) {
                forked.retain(|known| !reader.has_met(known, pieces));
                forked.push(reader);
            }
        }
        self.others = forked;
    }

    /// The stream ends here.
    pub(super) fn finish(&mut self, held: &mut Held) {
        for reader in [&mut self.main].into_iter().chain(&mut self.others) {
            reader.finish(&self.pieces, held);
        }
    }

    /// Since where the stream may become part of a secret.
    pub(super) fn open_since(&self) -> Option<u64> {
        let readers = [&self.main].into_iter().chain(&self.others);
        readers.filter_map(|reader| reader.open_since(&self.pieces)).min()
    }
}

/// One way to read the stream in the lane's encoding.
#[derive(Clone)]
struct Reader {
    decoder: Decoder,
    piece: Piece,
}

/// The piece of the secret that what was read ends with.
#[derive(Clone, Default)]
struct Piece {
    found: Match,
    /// Where in the stream each byte of it begins.
    starts: VecDeque<u64>,
    /// Up to where it is hidden.
    hidden_to: Option<u64>,
    /// The beginning of what may be a character that nobody sees.
    unseen: Visible<Range<u64>>,
}

impl Reader {
    fn new(decoder: Decoder) -> Self {
        Self {
            decoder,
            piece: Piece::default(),
        }
    }

    fn feed(&mut self, byte: u8, at: u64, pieces: &Pieces, held: &mut Held, forked: &mut Vec<Self>) {
        let Self { decoder, piece } = self;
        if decoder.is_padding(byte) && piece.hidden_to == Some(at) {
            // It tells nothing, but would look odd after the mask.
            held.hide_from(Some(&at), &mut piece.hidden_to, at + 1);
        }
        let fork = decoder.feed(byte, at, &mut |decoded| piece.take(decoded, pieces, held));
        let telling = |begun: &Begun| begun.alone && pieces.hides_with(piece.found, begun.top, begun.bits);
        if piece.found.len >= MIN_PIECE && decoder.begun().as_ref().is_some_and(telling) {
            held.hide_from(piece.starts.front(), &mut piece.hidden_to, at + 1);
        }
        match fork {
            Some(Fork::Inside(bytes)) => {
                let mut inside = Self::new(decoder.fresh());
                for (byte, at) in bytes {
                    inside.feed(byte, at, pieces, held, forked);
                }
                forked.push(inside);
            }
            Some(Fork::Ended(byte, place)) if pieces.step(piece.found, byte).len > 0 => {
                let mut ended = Self {
                    decoder: decoder.fresh(),
                    piece: piece.clone(),
                };
                ended.piece.take(Decoded::Byte(byte, place), pieces, held);
                forked.push(ended);
            }
            None | Some(Fork::Ended(..)) => {}
        }
    }

    fn finish(&mut self, pieces: &Pieces, held: &mut Held) {
        let Self { decoder, piece } = self;
        decoder.finish(&mut |decoded| piece.take(decoded, pieces, held));
        piece.finish(pieces, held);
    }

    fn open_since(&self, pieces: &Pieces) -> Option<u64> {
        self.piece.starts.front().copied().or_else(|| {
            let begun = self.decoder.begun()?;
            pieces.may_begin(begun.top, begun.bits).then_some(begun.start)
        })
    }

    fn is_idle(&self) -> bool {
        self.piece.found.len == 0 && self.decoder.begun().is_none()
    }

    /// Whether this one, too, will find whatever `other` finds from now on.
    fn has_met(&self, other: &Self, pieces: &Pieces) -> bool {
        self.decoder.agrees(&other.decoder)
            && pieces.ends_with(self.piece.found, other.piece.found)
            && self.piece.unseen.agrees(&other.piece.unseen)
    }
}

impl Piece {
    fn take(&mut self, decoded: Decoded, pieces: &Pieces, held: &mut Held) {
        let Decoded::Byte(byte, place) = decoded else {
            self.found = Match::default();
            self.starts.clear();
            return self.unseen.clear();
        };
        // Before a piece it is all the same what nobody sees.
        if !self.unseen.is_open() && (byte.is_ascii() || self.found.len == 0) {
            return self.step(byte, place, pieces, held);
        }
        let mut seen = Vec::new();
        self.unseen.feed_one(byte, place, &mut seen);
        for (byte, place) in seen {
            self.step(byte, place, pieces, held);
        }
    }

    /// The stream ends here.
    fn finish(&mut self, pieces: &Pieces, held: &mut Held) {
        let mut seen = Vec::new();
        self.unseen.finish(&mut seen);
        for (byte, place) in seen {
            self.step(byte, place, pieces, held);
        }
    }

    fn step(&mut self, byte: u8, place: Range<u64>, pieces: &Pieces, held: &mut Held) {
        let was_empty = self.found.len == 0;
        self.found = pieces.step(self.found, byte);
        if was_empty && self.found.len == 0 {
            return;
        }
        self.starts.push_back(place.start);
        while self.starts.len() > self.found.len {
            self.starts.pop_front();
        }
        if pieces.hides(self.found) {
            held.hide_from(self.starts.front(), &mut self.hidden_to, place.end);
        }
    }
}
