//! The handle that the rest of the program holds.

use std::ops::Range;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::minted::Shape;
use super::pieces::{MIN_PIECE, Pieces};
use super::scanner::Scanner;
use crate::sanitize;
use crate::secret::Secret;

/// Knows the secrets of this process. Cheap to clone; a secret added to one clone is known to all.
///
/// Covered is every secret in each of the [`ENCODINGS`](super::ENCODINGS) (any alignment, either case, all or some
/// characters escaped), with characters between that nobody sees, and every piece of these that gives away eight or
/// more characters that are not all public.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Only ever grows, so that a stream knows by its length what is new.
    secrets: Arc<RwLock<Vec<Arc<Pieces>>>>,
    /// So does this.
    shapes: Arc<RwLock<Vec<Arc<Shape>>>>,
    mask: Arc<OnceLock<Mask>>,
}

/// Has somebody else hide a secret too.
type Mask = Box<dyn Fn(&Secret) + Send + Sync>;

impl Redactor {
    /// A redactor that knows no secret yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes every form of this API key unprintable from now on, but for its public first 12 characters.
    pub fn add(&self, key: &Secret) {
        self.add_but(key, key.public_prefix().len());
    }

    /// The same for a secret of which nothing is public: a token.
    pub fn add_opaque(&self, token: &Secret) {
        self.add_but(token, 0);
    }

    /// Has `mask` told of every secret that is guarded from now on. The first call counts.
    pub fn mask_with(&self, mask: impl Fn(&Secret) + Send + Sync + 'static) {
        // A second one would tell the same runner twice.
        let _ = self.mask.set(Box::new(mask));
    }

    /// For an API key that this process works with, where it is made: adds it, has the CI system mask it too, and cuts
    /// whatever looks like a key of its sort to the 12 characters that are public.
    ///
    /// That is a word that begins with the key's scheme (what stands before and with its first underscore, if that is among
    /// its public characters) and has 16 or more characters after it, or is as long as the key. Only as it stands: other
    /// forms of a value that is not known can't be told.
    pub fn guard(&self, key: &Secret) {
        self.add(key);
        if let Some(shape) = Shape::of(key) {
            let mut shapes = self.shapes.write().unwrap_or_else(PoisonError::into_inner);
            if !shapes.iter().any(|known| known.has_scheme_of(&shape)) {
                shapes.push(Arc::new(shape));
            }
        }
        self.mask(key);
    }

    /// Leaves this id whole, although it looks like a key: it is needed to ask about what it names. One that is as long as
    /// the key, or has 32 or more characters after the scheme, is cut all the same: a request that makes a key may give
    /// its value where an id is expected.
    pub fn spare_id(&self, id: &str) {
        for shape in &*self.shapes.read().unwrap_or_else(PoisonError::into_inner) {
            shape.spare(id);
        }
    }

    /// The same for a token.
    pub fn guard_opaque(&self, token: &Secret) {
        self.add_opaque(token);
        self.mask(token);
    }

    fn mask(&self, secret: &Secret) {
        // So short a value would black out every place where its few characters happen to stand.
        if let Some(mask) = self.mask.get()
            && secret.expose().len() >= MIN_PIECE
        {
            mask(secret);
        }
    }

    /// A secret of fewer than eight bytes is not added: hiding every `true` would ruin the output and
    /// protect nothing.
    fn add_but(&self, secret: &Secret, public: usize) {
        if secret.expose().len() < MIN_PIECE {
            return;
        }
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        if !secrets.iter().any(|known| known.is_of(secret, public)) {
            secrets.push(Arc::new(Pieces::new(secret, public)));
        }
    }

    /// The text with every form of every secret replaced by `***`.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        // No encoding is shorter than what it stands for. A log can have millions of such lines.
        if text.len() < MIN_PIECE {
            return text.to_owned();
        }
        let mut out = Vec::with_capacity(text.len());
        let mut scanner = Scanner::default();
        self.teach(&mut scanner);
        scanner.feed(text.as_bytes());
        scanner.release_all(&mut out);
        String::from_utf8(out).unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned())
    }

    /// A text from outside as one line that is safe to print. Redacted first: what cleaning takes out of a text could be
    /// what kept a secret from being recognized, and what it puts in could hide one.
    #[must_use]
    pub fn line(&self, raw: &str) -> String {
        sanitize::line(&self.redact(raw)).into_owned()
    }

    /// Where forms of the secrets are in these bytes, in order, not touching each other. What only looks like a key counts
    /// too, where [`guard`](Self::guard) was told of one.
    #[must_use]
    pub fn find(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut scanner = Scanner::default();
        self.teach(&mut scanner);
        scanner.feed(bytes);
        scanner.finish();
        scanner.hidden()
    }

    /// Brings a stream's knowledge up to date.
    pub(super) fn teach(&self, scanner: &mut Scanner) {
        scanner.learn(
            &self.secrets.read().unwrap_or_else(PoisonError::into_inner),
            &self.shapes.read().unwrap_or_else(PoisonError::into_inner),
        );
    }
}
