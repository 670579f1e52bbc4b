//! A quick look that rules out nearly everything, so that the redactor, which reads a text in a dozen encodings at
//! once, has to read next to nothing.
//!
//! A gram is six bytes that stand side by side in some encoding of the key. Whatever reveals [`SPAN`] or more
//! characters of the key is, in every encoding, at least `SPAN` bytes long, and each six bytes in a row of it are a
//! gram; so it is enough to look at every eighth position of a text (Wu and Manber's idea of sampling).

use crate::redact::ENCODINGS;

/// How many bytes of the key a form has to reveal to be found for sure.
pub(super) const SPAN: usize = 13;
const GRAM: usize = 6;
/// A word's width, as it happens: so a text can be read word by word.
const STRIDE: usize = SPAN - GRAM + 1;
const MASK: u64 = (1 << (8 * GRAM)) - 1;
/// Sets the bit that tells ASCII's lower case from upper case; what else it confuses is sorted out by the redactor.
const FOLD: u64 = 0x2020_2020_2020_2020;

/// The grams of what is looked for.
pub(super) struct Prefilter {
    /// Sorted.
    grams: Vec<u64>,
    /// Which hashes occur: small enough for the processor's fastest cache.
    bitmap: Vec<u64>,
    shift: u32,
    longest_form: usize,
}

impl Prefilter {
    /// For every form of `key`, and for these texts of [`SPAN`] bytes or more as they are.
    pub(super) fn new(key: &str, more: &[Vec<u8>]) -> Self {
        let mut forms: Vec<_> = ENCODINGS.iter().flat_map(|encoding| encoding.forms(key)).collect();
        forms.extend_from_slice(more);
        let mut grams: Vec<u64> = forms.iter().flat_map(|form| form.windows(GRAM).map(gram)).collect();
        grams.sort_unstable();
        grams.dedup();
        let bits = (grams.len() * 64).next_power_of_two().clamp(1 << 14, 1 << 24);
        let mut this = Self {
            grams,
            bitmap: vec![0; bits / 64],
            shift: u64::BITS - bits.trailing_zeros(),
            longest_form: forms.iter().map(Vec::len).max().unwrap_or_default(),
        };
        for index in 0..this.grams.len() {
            let hash = this.hash(this.grams[index]);
            this.bitmap[hash / 64] |= 1 << (hash % 64);
        }
        this
    }

    /// How many bytes the longest form of the key has.
    pub(super) fn longest_form(&self) -> usize {
        self.longest_form
    }

    /// The next position in `text`, from `from` on, at which a gram stands. Among positions that are multiples of the
    /// stride, as all are that this returns, no form of [`SPAN`] bytes or more is passed over.
    pub(super) fn next(&self, text: &[u8], from: usize) -> Option<usize> {
        let from = from.next_multiple_of(STRIDE);
        let (words, rest) = text.get(from..)?.as_chunks::<STRIDE>();
        // A plain loop, since this is where a scan spends its time, and release builds are optimized for size.
        for (index, word) in words.iter().enumerate() {
            let gram = (u64::from_le_bytes(*word) | FOLD) & MASK;
            if self.may_have(gram) && self.has(gram) {
                return Some(from + index * STRIDE);
            }
        }
        let at = text.len() - rest.len();
        (rest.len() >= GRAM && self.has(gram(rest))).then_some(at)
    }

    #[inline(always)]
    fn may_have(&self, gram: u64) -> bool {
        let hash = self.hash(gram);
        self.bitmap[hash / 64] & (1 << (hash % 64)) != 0
    }

    #[cold]
    fn has(&self, gram: u64) -> bool {
        self.grams.binary_search(&gram).is_ok()
    }

    #[inline(always)]
    fn hash(&self, gram: u64) -> usize {
        // Fibonacci hashing: the upper bits depend on all of the gram's.
        (gram.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }
}

fn gram(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..GRAM].copy_from_slice(&bytes[..GRAM]);
    (u64::from_le_bytes(word) | FOLD) & MASK
}
