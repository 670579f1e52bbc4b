//! No form of a secret gets through a sink, and nothing else is touched.

mod hostile;
mod laws;
mod minted;

use std::io::Write;

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{
    GeneralPurpose, GeneralPurposeConfig, STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD,
};
use proptest::sample::Index;
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::secret::Secret;

const KEY: &str = "spr_live_a1B2c3D4e5F6/g7+H8i9\"J0&k%L<m\\N";
const PUBLIC: &str = "spr_live_a1B";

fn secret(value: &str) -> Secret {
    Secret::new(value.to_owned())
}

fn knowing(key: &str) -> Redactor {
    let redactor = Redactor::new();
    redactor.add(&secret(key));
    redactor
}

/// A way to print one character of a value.
type Escape = fn(char) -> String;

const ESCAPES: [(&str, Escape); 15] = [
    ("plain", |c| c.to_string()),
    ("hex", |c| format!("{:02x}", c as u32)),
    ("upper-case hex", |c| format!("{:02X}", c as u32)),
    ("percent, reserved only", |c| match c {
        'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_' | '.' | '~' => c.to_string(),
        _ => format!("%{:02X}", c as u32),
    }),
    ("percent, reserved only, lower case", |c| match c {
        'A'..='Z' | 'a'..='z' | '0'..='9' => c.to_string(),
        _ => format!("%{:02x}", c as u32),
    }),
    ("percent, all", |c| format!("%{:02X}", c as u32)),
    ("percent, all, lower case", |c| format!("%{:02x}", c as u32)),
    ("JSON", |c| match c {
        '"' | '\\' => format!("\\{c}"),
        _ => c.to_string(),
    }),
    ("JSON, as PHP writes it", |c| match c {
        '"' | '\\' | '/' => format!("\\{c}"),
        '<' | '>' | '&' | '\'' => format!("\\u{:04X}", c as u32),
        _ => c.to_string(),
    }),
    ("JSON, all escaped", |c| format!("\\u{:04x}", c as u32)),
    ("XML", |c| match c {
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '&' => "&amp;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        _ => c.to_string(),
    }),
    ("XML, all escaped", |c| format!("&#x{:X};", c as u32)),
    ("braces", |c| format!("\\u{{{:x}}}", c as u32)),
    ("eight digits", |c| format!("\\U{:08X}", c as u32)),
    ("HTML without semicolons", |c| format!("&#{}", c as u32)),
];

/// What the text's runs of base64 digits decode to, at each alignment.
fn decoded(text: &str) -> Vec<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = GeneralPurpose::new(&alphabet::STANDARD, config);
    let text = text.replace('-', "+").replace('_', "/");
    let runs = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '+' && c != '/');
    runs.flat_map(|run| (0..4).filter_map(|from| run.get(from..)))
        .map(|run| &run[..run.len() - usize::from(run.len() % 4 == 1)])
        .map(|run| engine.decode(run).expect("these are all base64 digits"))
        .collect()
}

/// Brute force: no eight characters of the key in a row are in the text in any form, unless they are all public.
fn leak(text: &str, key: &str, public: usize) -> Option<String> {
    let decoded = decoded(text);
    let windows = (0..=key.len().saturating_sub(8)).map(|at| &key[at..at + 8]);
    let secret = windows.filter(|window| !key[..public].contains(window));
    secret.into_iter().find_map(|window| {
        let escaped = ESCAPES.iter().find(|(_, escape)| {
            let form: String = window.chars().map(escape).collect();
            text.contains(&form)
        });
        let is_in = |bytes: &Vec<u8>| bytes.windows(8).any(|part| part == window.as_bytes());
        let name = escaped.map(|(name, _)| *name);
        let name = name.or_else(|| decoded.iter().any(is_in).then_some("base64"))?;
        Some(format!("{window} as {name}"))
    })
}

fn streamed(redactor: &Redactor, text: &str, cuts: &[Index]) -> String {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
    cuts.sort_unstable();
    cuts.push(text.len());
    let mut out = Vec::new();
    let mut writer = redactor.writer(&mut out);
    let mut from = 0;
    for cut in cuts {
        writer
            .write_all(&text.as_bytes()[from..cut])
            .and_then(|()| writer.flush())
            .expect("a vector takes every write");
        from = cut;
    }
    drop(writer);
    String::from_utf8(out).expect("masks end at character boundaries")
}

#[test]
fn every_form_of_the_whole_key_becomes_one_mask() {
    let redactor = knowing(KEY);
    for (name, escape) in ESCAPES {
        let form: String = KEY.chars().map(escape).collect();
        assert_eq!(redactor.redact(&format!("<{form}>")), "<***>", "{name}");
    }
    for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
        for key in [KEY, &KEY[..KEY.len() - 1], &KEY[..KEY.len() - 2]] {
            let form = engine.encode(key);
            assert_eq!(redactor.redact(&format!("({form})")), "(***)", "{form}");
        }
    }
}

#[test]
fn both_alphabets_of_base64_are_read() {
    let key = "spr_live_0123456?>~?>~?>~?>~?>~?>~";
    let redactor = knowing(key);
    for (engine, special) in [(STANDARD, ['+', '/']), (URL_SAFE, ['-', '_'])] {
        for before in ["", "a", "ab"] {
            let form = engine.encode(format!("{before}{key}"));
            assert!(form.contains(special), "{form}");
            let text = redactor.redact(&form);
            assert!(text.len() < 8 && text.ends_with("***"), "{form}: {text}");
        }
    }
}

#[test]
fn what_only_looked_like_an_escape_does_not_hide_the_one_after_it() {
    let redactor = knowing(KEY);
    for (before, escape) in [("%", 5), ("%4", 6), ("&", 11), ("&#x4", 11), ("\\u00", 9)] {
        let form: String = KEY.chars().map(ESCAPES[escape].1).collect();
        assert_eq!(redactor.redact(&format!("{before}{form}")), format!("{before}***"));
    }
}

#[test]
fn base64_of_a_key_between_other_text_is_hidden_at_every_alignment() {
    // actions/runner masks only some of these: the last digits depend on what follows the key.
    let redactor = knowing(KEY);
    for before in ["", "a", "ab", "abc", "{\"k\":\"", "user:"] {
        for after in ["", "z", "yz", "xyz", "\"}"] {
            for engine in [STANDARD, URL_SAFE_NO_PAD] {
                let text = redactor.redact(&engine.encode(format!("{before}{KEY}{after}")));
                assert!(text.contains("***"), "{before}|{after}: {text}");
                assert_eq!(leak(&text, KEY, PUBLIC.len()), None, "{before}|{after}: {text}");
            }
        }
    }
}

#[test]
fn the_first_twelve_characters_stay_and_one_more_hides_all() {
    let redactor = knowing(KEY);
    assert_eq!(
        redactor.redact(&format!("key {PUBLIC}, prod")),
        format!("key {PUBLIC}, prod")
    );
    assert_eq!(redactor.redact(&format!("{PUBLIC}...")), format!("{PUBLIC}..."));
    for end in 13..=KEY.len() {
        assert_eq!(redactor.redact(&format!("[{}]", &KEY[..end])), "[***]", "{end}");
    }
}

#[test]
fn a_truncated_encoding_hides_as_soon_as_a_digit_tells_of_the_thirteenth_character() {
    let redactor = knowing(KEY);
    let base64 = STANDARD.encode(KEY);
    let hex: String = KEY.chars().map(ESCAPES[1].1).collect();
    assert_eq!(redactor.redact(&base64[..16]), base64[..16]);
    assert_eq!(redactor.redact(&hex[..24]), hex[..24]);
    for end in 17..base64.len() {
        assert_eq!(redactor.redact(&base64[..end]), "***", "{end}");
    }
    for end in 25..hex.len() {
        assert_eq!(redactor.redact(&hex[..end]), "***", "{end}");
    }
    // Eight characters are enough, the last eight of the public part with half of the next.
    assert_eq!(redactor.redact(&hex[8..24]), hex[8..24]);
    assert_eq!(redactor.redact(&hex[8..25]), "***");
    assert_eq!(redactor.redact(&hex[10..25]), hex[10..25]);
}

#[test]
fn a_piece_from_the_middle_is_hidden_from_eight_characters_on() {
    let redactor = knowing(KEY);
    assert_eq!(redactor.redact(&format!("..{}", &KEY[20..28])), "..***");
    assert_eq!(
        redactor.redact(&format!("..{}", &KEY[20..27])),
        format!("..{}", &KEY[20..27])
    );
    assert_eq!(
        redactor.redact(&format!("..{}", &KEY[4..12])),
        format!("..{}", &KEY[4..12])
    );
    assert_eq!(redactor.redact(&format!("..{}", &KEY[5..13])), "..***");
}

#[test]
fn of_a_token_nothing_is_public() {
    let redactor = Redactor::new();
    redactor.add_opaque(&secret("ghp_0123456789abcdef"));
    assert_eq!(redactor.redact("ghp_0123 and ghp_012"), "*** and ghp_012");
}

#[test]
fn a_value_under_eight_characters_is_not_hidden() {
    let redactor = Redactor::new();
    redactor.add(&secret("true"));
    redactor.add_opaque(&secret("1234567"));
    assert_eq!(redactor.redact("true 1234567"), "true 1234567");
}

#[test]
fn a_value_too_short_for_a_key_has_no_public_part() {
    assert_eq!(knowing("abcdefghijklmno").redact("abcdefgh"), "***");
}

#[test]
fn secrets_side_by_side_become_one_mask() {
    let redactor = knowing(KEY);
    redactor.add_opaque(&secret("another-secret"));
    assert_eq!(redactor.redact(&format!("{KEY}another-secret{KEY}.")), "***.");
    assert_eq!(redactor.redact(&format!("{KEY} {KEY}")), "*** ***");
}

#[test]
fn a_key_of_one_repeated_character_keeps_its_public_part() {
    let key = "k".repeat(20);
    let redactor = knowing(&key);
    assert_eq!(redactor.redact(&"k".repeat(12)), "k".repeat(12));
    assert_eq!(redactor.redact(&"k".repeat(13)), "***");
    assert_eq!(redactor.redact(&"k".repeat(50)), "***");
}

#[test]
fn what_may_become_a_secret_waits_across_flushes_and_all_else_goes_out_at_once() {
    let redactor = knowing("0123456789abcdefghij");
    let mut out = Vec::new();
    let mut writer = redactor.writer(&mut out);
    writer.write_all(b"seen: ~0123456789").unwrap();
    writer.flush().unwrap();
    writer.write_all(b"abcdefghij").unwrap();
    writer.flush().unwrap();
    writer.write_all(b"!").unwrap();
    writer.flush().unwrap();
    drop(writer);
    assert_eq!(String::from_utf8(out).unwrap(), "seen: ~***!");

    let mut out = Vec::new();
    let mut writer = redactor.writer(&mut out);
    writer.write_all(b"0123456789").unwrap();
    writer.flush().unwrap();
    std::mem::forget(writer);
    assert_eq!(out, b"");

    let mut out = Vec::new();
    let mut writer = redactor.writer(&mut out);
    writer.write_all(b"0123456789\n").unwrap();
    std::mem::forget(writer);
    assert_eq!(out, b"0123456789\n");
}

#[test]
fn finish_lets_go_of_the_rest() {
    let redactor = knowing(KEY);
    let mut out = Vec::new();
    let mut writer = redactor.writer(&mut out);
    writer.write_all(b"spr_").unwrap();
    writer.finish().unwrap();
    writer.write_all(b"live").unwrap();
    writer.finish().unwrap();
    drop(writer);
    assert_eq!(out, b"spr_live");
}

#[test]
fn what_follows_finish_is_a_text_of_its_own() {
    let redactor = knowing(KEY);
    let mut out = Vec::new();
    let mut writer = redactor.writer(&mut out);
    writer.write_all(KEY.as_bytes()).unwrap();
    writer.finish().unwrap();
    writer.write_all(KEY.as_bytes()).unwrap();
    drop(writer);
    assert_eq!(out, b"******");
}

#[test]
fn a_secret_learned_while_bytes_are_held_back_covers_those_bytes() {
    let redactor = knowing("0123456789abcdefghij");
    let mut out = Vec::new();
    let mut writer = redactor.writer(&mut out);
    writer.write_all(b"~012345").unwrap();
    redactor.clone().add_opaque(&secret("012345ZZZZ"));
    writer.write_all(b"ZZZZ ").unwrap();
    drop(writer);
    assert_eq!(String::from_utf8(out).unwrap(), "~*** ");
}

#[test]
fn secrets_may_be_added_from_many_threads_while_others_write() {
    let redactor = Redactor::new();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let redactor = redactor.clone();
            scope.spawn(move || {
                for round in 0..25 {
                    let value = format!("secret-{thread}-{round:04}-value");
                    redactor.add_opaque(&secret(&value));
                    let mut out = Vec::new();
                    writeln!(redactor.writer(&mut out), "<{value}>").unwrap();
                    assert_eq!(String::from_utf8(out).unwrap(), "<***>\n");
                }
            });
        }
    });
}

#[test]
fn the_longest_key_is_hidden_in_every_form() {
    let key: String = (0_u32..4096)
        .map(|n| char::from(b'!' + (n.wrapping_mul(2_654_435_761) >> 24) as u8 % 94))
        .collect();
    let redactor = knowing(&key);
    for (name, escape) in ESCAPES {
        let form: String = key.chars().map(escape).collect();
        assert_eq!(redactor.redact(&format!("é{form}é")), "é***é", "{name}");
    }
}

#[test]
fn find_tells_where_the_forms_are() {
    let redactor = knowing(KEY);
    let text = format!("a {KEY} b {}", STANDARD.encode(KEY));
    let base64 = 2 + KEY.len() + 3;
    assert_eq!(redactor.find(text.as_bytes()), [2..2 + KEY.len(), base64..text.len()]);
    assert_eq!(
        redactor.find(format!("{PUBLIC} only").as_bytes()),
        Vec::<std::ops::Range<usize>>::new()
    );
}

/// A byte that is no UTF-8 holds up nothing of what follows it.
#[test]
fn broken_utf_8_is_let_go_of_at_once() {
    let redactor = knowing("0123456789abcdefghij");
    for broken in [&b"\xff"[..], b"\xe2\x80", b"\x80\x80"] {
        let mut out = Vec::new();
        let mut writer = redactor.writer(&mut out);
        let text = [broken, b" and on\n"].concat();
        writer.write_all(&text).unwrap();
        std::mem::forget(writer);
        assert_eq!(out, text);
    }
}

#[test]
fn a_token_of_eight_bytes_is_masked_and_a_shorter_one_is_not() {
    let masked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let redactor = Redactor::new();
    let seen = masked.clone();
    redactor.mask_with(move |secret| seen.lock().unwrap().push(secret.expose().to_owned()));
    for value in ["1234567", "12345678", "123456789"] {
        redactor.guard_opaque(&secret(value));
    }
    assert_eq!(*masked.lock().unwrap(), ["12345678", "123456789"]);
}
