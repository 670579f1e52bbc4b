//! Texts that were made to get a key past the redactor.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::{ESCAPES, Escape, KEY, PUBLIC, knowing, leak};

/// Eight characters, the shortest piece that is hidden.
const PIECE: &str = "D4e5F6/g";

fn written(text: &str, escape: Escape) -> String {
    text.chars().map(escape).collect()
}

#[test]
fn a_stray_backslash_before_an_escaped_piece_does_not_show_it() {
    let redactor = knowing(KEY);
    for escape in [
        |c| format!("\\u{:04x}", c as u32),
        |c| format!("\\x{:02x}", c as u32),
        |c| format!("\\u{{{:x}}}", c as u32),
        |c| format!("\\U{:08x}", c as u32),
    ] as [Escape; 4]
    {
        let form = written(PIECE, escape);
        for before in ["\\", "\\\\", "\\\\\\", "s\\", "\\u", "\\u00", "\\x4", "\\u{6", "\\U000"] {
            let text = redactor.redact(&format!("{before}{form}"));
            assert!(
                text.ends_with("***") && text.len() <= before.len() + 3,
                "{before}{form}: {text}"
            );
        }
    }
}

#[test]
fn half_an_escape_takes_no_character_of_a_piece_with_it() {
    // Each of these beginnings makes an escape of the piece's first character or two.
    let redactor = knowing(KEY);
    for (before, piece) in [
        ("%4", "e5F6%2Fg7%2B"),
        ("%", "4e5F6%2Fg7%2B"),
        ("\\x4", "e5F6\\/g7\\x2b"),
        ("\\u004", "e5F6\\u002fg7\\u002b"),
        ("&#x", "4e5F6&#47;g7&#43;"),
    ] {
        let text = redactor.redact(&format!("{before}{piece}"));
        assert!(
            text.ends_with("***") && text.len() <= before.len() + 3,
            "{before}{piece}: {text}"
        );
    }
}

#[test]
fn an_entity_may_lack_its_semicolon() {
    let redactor = knowing(KEY);
    for (name, escape) in [
        ("decimal", |c| format!("&#{}", c as u32)),
        ("hexadecimal", |c| format!("&#x{:x}", c as u32)),
        ("hexadecimal, upper case", |c| format!("&#X{:X}", c as u32)),
        ("with zeros", |c| format!("&#{:07}", c as u32)),
    ] as [(&str, Escape); 4]
    {
        for text in [KEY, PIECE] {
            let form = written(text, escape);
            // At the end of the text, and before what could be more digits.
            for after in ["", " ", "<", "1", "a", "amp;", "&"] {
                let text = redactor.redact(&format!("({form}{after}"));
                assert_eq!(text, format!("(***{after}"), "{name}: {form}{after}");
            }
        }
    }
    let named = KEY.replace('&', "&amp").replace('"', "&quot").replace('<', "&lt");
    assert_eq!(redactor.redact(&named), "***");
}

#[test]
fn characters_that_nobody_sees_hide_no_key() {
    let redactor = knowing(KEY);
    let invisible = [
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{200b}',
        '\u{200d}',
        '\u{200e}',
        '\u{202e}',
        '\u{2060}',
        '\u{2066}',
        '\u{3164}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{e0041}',
        '\u{e0100}',
    ];
    let base64 = STANDARD_NO_PAD.encode(KEY);
    for between in invisible {
        let woven = |text: &str| text.chars().flat_map(|c| [c, between]).collect::<String>();
        for (name, escape) in ESCAPES {
            // Their own characters apart, and the escapes' too.
            let form = written(KEY, escape);
            assert_eq!(
                redactor.redact(&format!("<{}>", woven(&form))),
                format!("<***{between}>"),
                "{name}"
            );
        }
        assert_eq!(redactor.redact(&woven(&base64)), format!("***{between}"), "base64");
        assert_eq!(redactor.redact(&woven(PIECE)), format!("***{between}"), "piece");
        // What is public stays as it was.
        assert_eq!(redactor.redact(&woven(PUBLIC)), woven(PUBLIC));

        let text = format!("é{}", woven(KEY));
        for cut in 0..=text.len() {
            let mut out = Vec::new();
            let mut writer = redactor.writer(&mut out);
            for part in [&text.as_bytes()[..cut], &text.as_bytes()[cut..]] {
                writer.write_all(part).and_then(|()| writer.flush()).unwrap();
            }
            drop(writer);
            assert_eq!(
                String::from_utf8(out).unwrap(),
                format!("é***{between}"),
                "cut at {cut}"
            );
        }
    }
}

#[test]
fn characters_that_nobody_sees_hide_no_key_when_they_are_escaped_themselves() {
    let redactor = knowing(KEY);
    for between in [
        "\\u200b",
        "\\u{200B}",
        "\\U0000200b",
        "\\u00ad",
        "&#8203;",
        "&#x200b;",
        "&#xAD;",
        // A tag, as JSON writes it; UTF-8 in URLs and in string literals; both of these escaped once more.
        "\\udb40\\udc73",
        "%E2%80%8B",
        "%c2%ad",
        "\\xe2\\x80\\x8b",
        "\\\\u200b",
        "%25E2%2580%258B",
    ] {
        let text: String = PIECE.chars().map(|c| format!("{c}{between}")).collect();
        let text = redactor.redact(&text);
        assert_eq!(leak(&text.replace(between, ""), KEY, PUBLIC.len()), None, "{text}");
        assert!(text.starts_with("***"), "{text}");
    }
}

#[test]
fn an_escape_that_was_escaped_again_hides_no_key() {
    let redactor = knowing(KEY);
    for (name, escape) in [
        ("JSON in JSON", |c| format!("\\\\u{:04x}", c as u32)),
        ("JSON in JSON in JSON", |c| format!("\\\\\\\\u{:04x}", c as u32)),
        ("a URL in a URL", |c| format!("%25{:02X}", c as u32)),
        ("a URL in a URL in a URL", |c| format!("%2525{:02x}", c as u32)),
        ("HTML in HTML", |c| format!("&amp;#{};", c as u32)),
    ] as [(&str, Escape); 5]
    {
        for text in [KEY, PIECE] {
            let redacted = redactor.redact(&format!("({})", written(text, escape)));
            assert_eq!(redacted, "(***)", "{name}");
        }
    }
}

#[test]
fn broken_utf_8_passes_as_it_is_and_hides_no_key() {
    let redactor = knowing(KEY);
    for broken in [
        &b"\xe2"[..],
        b"\xe2\x80",
        b"\xf3\xa0\x81",
        b"\xff",
        b"\xe2\xe2\x80\xe2",
        b"\x80\x8b",
        b"\xc2",
    ] {
        for (before, after) in [(broken, &b""[..]), (b"", broken), (broken, broken)] {
            let mut out = Vec::new();
            let mut writer = redactor.writer(&mut out);
            writer.write_all(&[before, KEY.as_bytes(), after].concat()).unwrap();
            drop(writer);
            assert_eq!(out, [before, b"***", after].concat());
        }
    }
}

#[test]
fn many_ways_to_read_a_text_cost_no_more_than_a_few() {
    // Without an end to them this would take hours.
    let key: String = (0..64).map(|n| if n % 3 == 0 { 'k' } else { '\\' }).collect();
    let redactor = knowing(&key);
    let text = redactor.redact(&"\\".repeat(20_000));
    assert!(text.len() >= 3);
    let text = redactor.redact(&"&#&#1".repeat(5_000));
    assert_eq!(text.len(), 25_000);
}
