//! Keys of which only the first characters are known: those that the API's list shows.

use std::collections::HashSet;
use std::ops::Range;

use super::prefilter::SPAN;
use crate::model::{ApiKeyInfo, sort_by};
use crate::secret::PUBLIC_PREFIX;

/// How many characters of a key have to follow its public first ones: fewer may be an example, or a table of prefixes.
pub const MIN_TAIL: usize = 8;

/// What keys consist of, as far as keys are known: the alphabet of Sproobo's is not published.
fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The keys that are looked for by their first characters.
pub(super) struct Others(Vec<Other>);

struct Other {
    prefix: String,
    name: String,
}

impl Others {
    /// Those of the list whose first characters are all there and nothing else: with fewer, ordinary words would be found.
    pub(super) fn new(listed: &[ApiKeyInfo]) -> Self {
        let whole = |info: &ApiKeyInfo| {
            let prefix = info.prefix.as_ref()?;
            (prefix.len() >= PUBLIC_PREFIX && prefix.bytes().all(is_key_byte)).then(|| Other {
                prefix: prefix.clone(),
                name: info.to_string(),
            })
        };
        Self(listed.iter().filter_map(whole).collect())
    }

    pub(super) fn name(&self, other: usize) -> &str {
        self.0.get(other).map_or("", |other| &other.name)
    }

    /// Texts of [`SPAN`] bytes or more, one of which any of these keys begins with.
    pub(super) fn forms(&self) -> Vec<Vec<u8>> {
        let mut forms = Vec::new();
        for Other { prefix, .. } in &self.0 {
            for next in (0..=u8::MAX).filter(|byte| is_key_byte(*byte)) {
                let mut form = prefix.clone().into_bytes();
                form.push(next);
                debug_assert!(form.len() >= SPAN, "the prefilter would pass it over");
                forms.push(form);
            }
        }
        forms
    }

    /// How many bytes of a key have to be seen to know it.
    pub(super) fn reach(&self) -> usize {
        let longest = self.0.iter().map(|other| other.prefix.len()).max();
        longest.unwrap_or_default() + MIN_TAIL
    }

    /// Where which of them are.
    pub(super) fn find(&self, bytes: &[u8]) -> Vec<(Range<usize>, usize)> {
        let mut found: Vec<(Range<usize>, usize)> = Vec::new();
        let mut starts = HashSet::new();
        for (index, Other { prefix, .. }) in self.0.iter().enumerate() {
            let length = prefix.len();
            for (start, begin) in bytes.windows(length).enumerate() {
                if begin != prefix.as_bytes() {
                    continue;
                }
                let tail = bytes[start + length..]
                    .iter()
                    .take_while(|byte| is_key_byte(**byte))
                    .count();
                if tail >= MIN_TAIL && starts.insert(start) {
                    found.push((start..start + length + tail, index));
                }
            }
        }
        sort_by(&mut found, |(one, _), (other, _)| one.start.cmp(&other.start));
        found
    }

    /// The text with no more of them than is public.
    pub(super) fn hide(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        let mut hits = self.find(text.as_bytes());
        hits.reverse();
        for (hit, other) in hits {
            let public = hit.start + self.0[other].prefix.len();
            // Keys are ASCII, so these are edges of characters.
            if shown.is_char_boundary(public) && shown.is_char_boundary(hit.end.max(public)) && hit.end <= shown.len() {
                shown.replace_range(public..hit.end, "***");
            }
        }
        shown
    }
}
