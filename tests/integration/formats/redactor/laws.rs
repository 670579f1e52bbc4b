//! What holds for every key in every text.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use proptest::sample::Index;

use super::{ESCAPES, KEY, PUBLIC, knowing, leak, streamed};

fn key() -> impl Strategy<Value = String> {
    prop_oneof!["[!-~]{16,60}", "[A-Za-z0-9_-]{16,60}", "[a-c]{16,40}"]
}

/// The key in some form, in some surroundings; or a piece of it.
fn printed(key: String) -> impl Strategy<Value = (String, String)> {
    let part = (
        any::<Index>(),
        any::<Index>(),
        0..ESCAPES.len() + 6,
        "[ -~]{0,6}",
        "[ -~]{0,6}",
        any::<bool>(),
    );
    let parts = prop::collection::vec(part, 1..5);
    parts.prop_map(move |parts| {
        let mut text = String::new();
        for (one, other, form, before, after, whole) in parts {
            let (one, other) = (one.index(key.len()), other.index(key.len()));
            let (from, to) = if whole {
                (0, key.len() - 1)
            } else {
                (one.min(other), one.max(other))
            };
            let piece = &key[from..=to];
            text += &match form.checked_sub(ESCAPES.len()) {
                None => format!(
                    "{before}{}{after}",
                    piece.chars().map(ESCAPES[form].1).collect::<String>()
                ),
                Some(n) => {
                    let engine = &[STANDARD, URL_SAFE, STANDARD_NO_PAD, URL_SAFE_NO_PAD, STANDARD, URL_SAFE][n];
                    engine.encode(format!("{before}{piece}{after}"))
                }
            };
            text.push('\n');
        }
        (key.clone(), text)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_piece_of_any_form_survives(
        (key, text) in key().prop_flat_map(printed),
        cuts in prop::collection::vec(any::<Index>(), 0..8),
    ) {
        let redactor = knowing(&key);
        let out = streamed(&redactor, &text, &cuts);
        prop_assert_eq!(leak(&out, &key, 12), None, "{}", out);
        prop_assert_eq!(out, redactor.redact(&text));
    }

    #[test]
    fn a_text_of_two_letters_is_hidden_just_where_a_naive_search_says(key in "[xy]{16,40}", text in "[xy]{0,60}") {
        let mut hidden = vec![false; text.len()];
        for from in 0..text.len() {
            for to in from + 8..=text.len() {
                let piece = &text[from..to];
                if key.contains(piece) && !key[..12].contains(piece) {
                    hidden[from..to].fill(true);
                }
            }
        }
        let mut expected = String::new();
        for (at, c) in text.chars().enumerate() {
            match (hidden[at], at > 0 && hidden[at - 1]) {
                (false, _) => expected.push(c),
                (true, false) => expected.push_str("***"),
                (true, true) => {}
            }
        }
        prop_assert_eq!(knowing(&key).redact(&text), expected);
    }

    #[test]
    fn text_without_secrets_passes_byte_for_byte(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        cuts in prop::collection::vec(any::<Index>(), 0..8),
    ) {
        let redactor = knowing(KEY);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        let mut out = Vec::new();
        let mut writer = redactor.writer(&mut out);
        let mut from = 0;
        for cut in cuts.into_iter().chain([bytes.len()]) {
            writer.write_all(&bytes[from..cut]).unwrap();
            from = cut;
        }
        drop(writer);
        prop_assert_eq!(out, bytes);
    }

    #[test]
    fn surroundings_that_are_in_no_encoding_are_untouched(before in "[ .,;|é\n]{0,9}", after in "[ .,;|é\n]{0,9}", form in 0..14_usize) {
        let form: String = KEY.chars().map(ESCAPES[form].1).collect();
        prop_assert_eq!(knowing(KEY).redact(&format!("{before}{form}{after}")), format!("{before}***{after}"));
    }

    #[test]
    fn the_public_part_stays_in_any_text(before in "[ -~é]{0,20}", after in "[ .,;|é\n][ -~]{0,20}") {
        let text = format!("{before}{PUBLIC}{after}");
        prop_assert_eq!(knowing(KEY).redact(&text), text);
    }
}
