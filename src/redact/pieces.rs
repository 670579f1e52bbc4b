//! All pieces (substrings) of one secret, as a suffix automaton: it knows at every byte the longest piece
//! that ends there, in constant time a byte and memory linear in the secret.

use crate::secret::Secret;

/// A piece of fewer bytes gives too little away to be worth mangling text that merely looks like it.
pub(super) const MIN_PIECE: usize = 8;

const ROOT: usize = 0;

/// See the module.
pub(super) struct Pieces {
    secret: Secret,
    /// How many leading bytes may be shown.
    public: usize,
    states: Vec<State>,
    /// The root's transitions: nearly every byte of ordinary text ends at the root, so it has to be quick.
    root: Box<[usize; 256]>,
}

/// A set of pieces that end at the same places.
#[derive(Clone)]
struct State {
    /// Length of the longest of them.
    len: usize,
    /// The longest suffix that ends at more places.
    link: usize,
    /// Where the first of those places is: how many bytes of the secret up to there.
    first_end: usize,
    next: Vec<(u8, usize)>,
}

/// The longest piece that the text read so far ends with.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Match {
    state: usize,
    /// Its length in bytes of the secret.
    pub(super) len: usize,
}

impl Pieces {
    /// The pieces of a secret whose first `public` bytes may be shown.
    pub(super) fn new(secret: &Secret, public: usize) -> Self {
        let mut pieces = Self {
            secret: secret.clone(),
            public,
            states: vec![State {
                len: 0,
                link: ROOT,
                first_end: 0,
                next: Vec::new(),
            }],
            root: Box::new([ROOT; 256]),
        };
        let mut last = ROOT;
        for byte in secret.expose().bytes() {
            last = pieces.extend(last, byte);
        }
        for (byte, to) in &pieces.states[ROOT].next {
            pieces.root[usize::from(*byte)] = *to;
        }
        pieces
    }

    pub(super) fn is_of(&self, secret: &Secret, public: usize) -> bool {
        self.public == public && self.secret.expose() == secret.expose()
    }

    /// The longest piece after one more byte.
    pub(super) fn step(&self, from: Match, byte: u8) -> Match {
        let Match { mut state, mut len } = from;
        while state != ROOT {
            if let Some(next) = self.next(state, byte) {
                return Match {
                    state: next,
                    len: len + 1,
                };
            }
            state = self.state(state).link;
            len = self.state(state).len;
        }
        match self.root[usize::from(byte)] {
            ROOT => Match::default(),
            next => Match { state: next, len: 1 },
        }
    }

    /// Whether one piece ends with the other.
    pub(super) fn ends_with(&self, piece: Match, end: Match) -> bool {
        let mut state = piece.state;
        // The links lead from a piece through its ends, longest first.
        while state != end.state && self.state(state).len > end.len {
            state = self.state(state).link;
        }
        state == end.state && end.len <= piece.len
    }

    /// Whether this piece gives away more than may be shown. A piece that is inside the public part
    /// gives nothing away, wherever else it is.
    pub(super) fn hides(&self, piece: Match) -> bool {
        piece.len >= MIN_PIECE && self.state(piece.state).first_end > self.public
    }

    /// Whether a piece that may be shown would give too much away together with the upper `bits` of its next byte.
    pub(super) fn hides_with(&self, piece: Match, top: u8, bits: u8) -> bool {
        let telling = |(byte, to): &(u8, usize)| byte >> (8 - bits) == top && self.state(*to).first_end > self.public;
        piece.len >= MIN_PIECE && self.state(piece.state).next.iter().any(telling)
    }

    /// Whether any piece begins with a byte that has these upper bits.
    pub(super) fn may_begin(&self, top: u8, bits: u8) -> bool {
        let root = &self.state(ROOT).next;
        bits == 0 || root.iter().any(|(byte, _)| byte >> (8 - bits) == top)
    }

    fn state(&self, state: usize) -> &State {
        &self.states[state]
    }

    fn next(&self, state: usize, byte: u8) -> Option<usize> {
        let next = &self.state(state).next;
        next.iter().find(|(on, _)| *on == byte).map(|(_, to)| *to)
    }

    fn set_next(&mut self, state: usize, byte: u8, to: usize) {
        let next = &mut self.states[state].next;
        match next.iter_mut().find(|(on, _)| *on == byte) {
            Some(edge) => edge.1 = to,
            None => next.push((byte, to)),
        }
    }

    fn push(&mut self, state: State) -> usize {
        self.states.push(state);
        self.states.len() - 1
    }

    /// One step of the construction by Blumer et al. (1985): `last` stands for the secret so far.
    fn extend(&mut self, last: usize, byte: u8) -> usize {
        let len = self.state(last).len + 1;
        let new = self.push(State {
            len,
            link: ROOT,
            first_end: len,
            next: Vec::new(),
        });
        let mut at = last;
        let target = loop {
            if let Some(target) = self.next(at, byte) {
                break target;
            }
            self.set_next(at, byte, new);
            if at == ROOT {
                return new;
            }
            at = self.state(at).link;
        };
        let link = if self.state(target).len == self.state(at).len + 1 {
            target
        } else {
            self.split(at, byte, target)
        };
        self.states[new].link = link;
        new
    }

    /// Takes the pieces of `target` that are no longer than what `at` leads to into a state of their own.
    fn split(&mut self, at: usize, byte: u8, target: usize) -> usize {
        let shorter = self.push(State {
            len: self.state(at).len + 1,
            ..self.state(target).clone()
        });
        self.states[target].link = shorter;
        let mut at = at;
        while self.next(at, byte) == Some(target) {
            self.set_next(at, byte, shorter);
            if at == ROOT {
                break;
            }
            at = self.state(at).link;
        }
        shorter
    }
}
