//! Text as people, shells and editors write it.

use std::io::{self, ErrorKind};

/// The text in these bytes: UTF-8, with a byte order mark or without, or UTF-16 with one, as Windows PowerShell's `>` writes. The mark
/// is no part of the text.
///
/// # Errors
/// [`ErrorKind::InvalidData`] if it is neither.
pub(super) fn decode(bytes: Vec<u8>) -> io::Result<String> {
    let text = match bytes.as_slice() {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes).ok(),
    };
    text.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "it is no text in UTF-8: save it as UTF-8"))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, odd) = bytes.as_chunks();
    let units: Vec<u16> = pairs.iter().copied().map(unit).collect();
    String::from_utf16(&units).ok().filter(|_| odd.is_empty())
}
