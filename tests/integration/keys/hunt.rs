//! Finding the key in bytes and streams of bytes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use sproobo_deploy::model::ApiKeyInfo;
use sproobo_deploy::redact::{ENCODINGS, Encoding, Redactor};
use sproobo_deploy::scan::{Hit, MIN_REVEALED, Searcher, Which};
use sproobo_deploy::secret::Secret;

const KEY: &str = "spk_live_7Hq2vXz9LmT4-wRb8+Yc/1d";

fn key() -> Secret {
    Secret::new(KEY.to_owned())
}

fn hits(chunks: &[&[u8]]) -> Vec<Hit> {
    let searcher = Searcher::new(&key());
    let (mut stream, mut found) = (searcher.stream(), Vec::new());
    chunks.iter().for_each(|chunk| stream.feed(chunk, &mut found));
    stream.finish(&mut found);
    found
}

#[test]
fn base64_of_either_alphabet_where_the_two_differ_most() {
    let value = "spk_live_???>>>???>>>~~~???>>>";
    let searcher = Searcher::new(&Secret::new(value.to_owned()));
    for before in ["", "x", "xx"] {
        let text = format!("{before}{}", &value[9..]);
        assert_eq!(
            searcher.search(STANDARD.encode(&text).as_bytes()).len(),
            1,
            "{before}, standard"
        );
        assert_eq!(
            searcher.search(URL_SAFE_NO_PAD.encode(&text).as_bytes()).len(),
            1,
            "{before}, for URLs"
        );
    }
}

#[test]
fn a_key_across_the_edge_of_the_buffer_is_found_once_and_on_its_line() {
    const BUFFER: usize = 1 << 20;
    for before in [
        BUFFER - 300,
        BUFFER - KEY.len(),
        BUFFER - 7,
        BUFFER - 1,
        BUFFER,
        BUFFER + 3,
        3 * BUFFER - 9,
    ] {
        let mut text = vec![b'\n'; before];
        text.extend_from_slice(KEY.as_bytes());
        text.extend(std::iter::repeat_n(b'.', BUFFER));
        let start = before as u64;
        assert_eq!(
            hits(&[&text]),
            [Hit {
                key: Which::InUse,
                start,
                line: start + 1
            }],
            "{before} bytes before"
        );
        let (one, other) = text.split_at(before + 5);
        assert_eq!(
            hits(&[one, other]),
            [Hit {
                key: Which::InUse,
                start,
                line: start + 1
            }],
            "split after {before} and 5 bytes"
        );
    }
}

fn encoding_of(name: &str) -> &'static Encoding {
    let mut all = ENCODINGS.iter();
    all.find(|encoding| encoding.name == name).expect("an encoding")
}

#[test]
fn every_encoding_is_hidden_by_the_redactor_and_found_by_the_scan() {
    // The second is of what markup gives names to.
    for value in [KEY, "a&b<c>d\"e'f&&<<>>\"\"''&b<c>d\"e'f"] {
        let key = Secret::new(value.to_owned());
        let redactor = Redactor::new();
        redactor.add_opaque(&key);
        let searcher = Searcher::new(&key);
        for encoding in &ENCODINGS {
            let forms = encoding.forms(value);
            assert!(!forms.is_empty(), "{} writes nothing", encoding.name);
            for form in forms {
                let form = String::from_utf8(form).unwrap();
                let hidden = redactor.redact(&form);
                assert_eq!(hidden, "***", "{}: {form}", encoding.name);
                let text = format!("first line\nthe key is ({form})\n");
                assert_eq!(searcher.search(text.as_bytes()).len(), 1, "{}: {form}", encoding.name);
            }
        }
        let named = encoding_of("HTML and XML entities").forms(value);
        let named = named.iter().map(|form| String::from_utf8_lossy(form));
        let all = ["&amp;", "&lt;", "&gt;", "&quot;", "&apos;"];
        let has_all = |form: &str| all.iter().all(|name| form.contains(name));
        assert_eq!(named.into_iter().any(|form| has_all(&form)), value != KEY);
    }
}

proptest! {
    /// What the redactor hides of a text is what a scan finds in it, whatever stands around it and however the text
    /// is cut.
    #[test]
    fn any_form_is_found_wherever_it_stands(
        before in proptest::collection::vec(any::<u8>(), 0..200),
        after in proptest::collection::vec(any::<u8>(), 0..200),
        from in 0..KEY.len() - MIN_REVEALED,
        more in 0..KEY.len(),
        form in 0..6_usize,
        cut in 0..400_usize,
    ) {
        let piece = &KEY[from..KEY.len().min(from + MIN_REVEALED + more)];
        let form = match form {
            0 => piece.to_owned(),
            1 => STANDARD.encode(piece),
            2 => STANDARD.encode(format!("a{piece}b")),
            3 => URL_SAFE_NO_PAD.encode(format!("ab{piece}c")),
            4 => piece.bytes().map(|byte| format!("{byte:02X}")).collect(),
            _ => piece.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        };
        let text = [before.as_slice(), form.as_bytes(), after.as_slice()].concat();
        let (one, other) = text.split_at(cut.min(text.len()));
        prop_assert!(!hits(&[one, other]).is_empty());
    }
}

fn listed(prefix: &str) -> ApiKeyInfo {
    ApiKeyInfo {
        id: None,
        name: None,
        prefix: Some(prefix.to_owned()),
        created_at: None,
    }
}

/// The prefilter looks at every eighth position only.
#[test]
fn another_key_is_found_at_every_position_if_eight_more_characters_follow() {
    // Two that begin alike are found as one of them.
    let twins = [listed("spb_another1"), listed("spb_another1")];
    let searcher = Searcher::with_others(&key(), &[&twins[..], &[listed("spk_live_7Hq")]].concat());
    for before in 0..20 {
        for (tail, found) in [
            ("Ab3_-9zZ", 1),
            ("Ab3_-9zZmore", 1),
            ("Ab3_-9z", 0),
            ("Ab3_-9z.", 0),
            ("", 0),
            ("Ab3 -9zZ", 0),
        ] {
            let text = format!("{}spb_another1{tail}\n", ".".repeat(before));
            assert_eq!(searcher.search(text.as_bytes()).len(), found, "{before} {tail}");
        }
        // The key in use is in the list too, and is one place.
        let text = format!("{}{KEY}\n", ".".repeat(before));
        assert_eq!(searcher.search(text.as_bytes()).len(), 1, "{before}");
    }
}

#[test]
fn the_first_characters_have_to_be_all_there() {
    let cut = [
        listed("spb_another"),
        listed("spb_anothe…"),
        listed(""),
        listed("spb another1"),
    ];
    let searcher = Searcher::with_others(&key(), &cut);
    assert!(searcher.search(b"spb_another1Ab3_-9zZ spb another1Ab3_-9zZ").is_empty());
}

/// However few bytes are left after the position that is looked at.
#[test]
fn a_piece_at_the_very_end_is_found_at_every_position() {
    let searcher = Searcher::with_others(&key(), &[listed("spb_another1")]);
    for before in 0..20 {
        for piece in [&KEY[..MIN_REVEALED], &KEY[9..9 + MIN_REVEALED], "spb_another1Ab3_-9zZ"] {
            let text = format!("{}{piece}", ".".repeat(before));
            assert_eq!(searcher.search(text.as_bytes()).len(), 1, "{before} {piece}");
        }
    }
}
