//! What looks like a key of the sort in use is one, although nobody told the redactor of it.

use std::io::Write;

use proptest::prelude::*;
use proptest::sample::Index;
use sproobo_deploy::redact::Redactor;

use super::{secret, streamed};

const IN_USE: &str = "spb_T3stK3y0nly4Tests9876543210zyxwvutsrqpon";
const MINTED: &str = "spb_M1ntedByATrigger0123456789abcdefABCDEFgh";

fn using(key: &str) -> Redactor {
    let redactor = Redactor::new();
    redactor.guard(&secret(key));
    redactor
}

#[test]
fn a_value_of_the_keys_sort_is_cut_to_its_public_characters() {
    let redactor = using(IN_USE);
    for (before, after) in [
        ("", ""),
        ("key=", " and more"),
        ("{\"key\":\"", "\"}"),
        ("https://x.example/keys/", "/logs?a=b"),
        ("é", "é"),
        ("my-", "."),
        ("MY_KEY_", "\n"),
        // Where what nobody sees ends a word.
        ("a\u{200b}", ""),
        ("key\u{ad}", "\u{ad}"),
        // Where something was escaped before.
        ("line\\n", "\\n"),
        ("a%22", "%22"),
        ("\\x22", "\\x22"),
        ("\\u0022", "\\u0022"),
        ("\\012", "\\012"),
        // A colour of which a terminal would see nothing, as it is, without its first byte, and spelled out.
        ("\u{1b}[31m", "\u{1b}[0m"),
        ("[31m", "[0m"),
        ("key=[38;2;255;128;0m", "[0m"),
        ("\\033[1;31m", "\\033[0m"),
        ("\\e[2K", "\\e[0m"),
        ("^[[38:5:196m", "^[[m"),
        // Where one seems to begin, and does not.
        ("spb", ""),
        ("sp-", ""),
        ("-spb_short ", ""),
        ("spb_spb_", ""),
    ] {
        // A word of that sort which begins earlier is one word with it.
        let shown = match before {
            "spb_spb_" => "spb_spb_spb_***".to_owned(),
            "spb" => format!("{before}{MINTED}"),
            _ => format!("{before}{}***", &MINTED[..12]),
        };
        let text = format!("{before}{MINTED}{after}");
        assert_eq!(redactor.redact(&text), format!("{shown}{after}"));
    }
}

/// A log is read while it is written: nothing waits for what only might become a value before it begins.
#[test]
fn a_stream_holds_back_no_more_than_what_may_become_a_value() {
    let redactor = using(IN_USE);
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut writer = redactor.writer(file.reopen().unwrap());
    writer.write_all(b"building the site\nkey: spb_M1nted").unwrap();
    writer.flush().unwrap();
    let shown = std::fs::read_to_string(file.path()).unwrap();
    assert!(shown.starts_with("building the site\n"), "{shown:?}");
    drop(writer);
}

#[test]
fn sixteen_characters_after_the_scheme_make_a_value_and_fewer_do_not() {
    let redactor = using(IN_USE);
    assert_eq!(
        redactor.redact("spb_0123456789abcde, spb_0123456789abcdef, spb_"),
        "spb_0123456789abcde, spb_01234567***, spb_"
    );
    // A short key is one as well.
    assert_eq!(using("ab_0123456789xyz").redact("ab_zyxwvutsrqpon"), "ab_zyxwvutsr***");
}

#[test]
fn a_value_may_hold_what_the_key_in_use_is_made_of() {
    let redactor = using("spb_head.body/sign=ature0");
    assert_eq!(redactor.redact("spb_0123456789abcdef.ghi/jkl=mno!"), "spb_01234567***!");
    assert_eq!(using(IN_USE).redact("spb_0123456789abcdef.ghi"), "spb_01234567***.ghi");
}

#[test]
fn what_nobody_sees_does_not_hide_a_value() {
    let spread: String = MINTED.chars().map(|c| format!("{c}\u{200b}")).collect();
    let shown: String = MINTED[..12].chars().map(|c| format!("{c}\u{200b}")).collect();
    assert_eq!(
        using(IN_USE).redact(&format!("{spread}.")),
        format!("{shown}***\u{200b}.")
    );
}

#[test]
fn words_of_other_sorts_are_left_alone() {
    let text =
        "task_name_of_a_long_job disk_0123456789abcdef SPB_0123456789abcdef xspb_0123456789abcdef dep_0123456789abcdef";
    assert_eq!(using(IN_USE).redact(text), text);
    assert_eq!(using("sk_9876543210zyxwvutsrqp").redact(text), text);
    // A bracket alone is no colour, nor is what is no colour's last letter.
    let listed =
        "[task_0123456789abcdef] [2mask_0123456789abcdef] a[1task_0123456789abcdef] [;x] 3msk_0123456789abcdef";
    assert_eq!(using("sk_9876543210zyxwvutsrqp").redact(listed), listed);
    // Nothing to go by: no underscore, or one that begins any word.
    let text = format!("{text} _zzzzzzzzzzzzzzzzzzzz a_zzzzzzzzzzzzzzzzzzzz");
    for opaque in ["98765432109876543210", "_9876543210zyxwvut", "a_9876543210zyxwvut"] {
        assert_eq!(using(opaque).redact(&text), text, "{opaque}");
    }
}

#[test]
fn an_id_of_that_look_is_shown_unless_it_may_be_a_value() {
    let redactor = using(IN_USE);
    let (id, long, value) = (
        "spb_dep_0123456789abcdef",
        "spb_0123456789abcdef0123456789abcdef",
        MINTED,
    );
    for id in [id, long, value] {
        redactor.spare_id(id);
    }
    assert_eq!(redactor.redact(&format!("{id} {id}/logs")), format!("{id} {id}/logs"));
    assert_eq!(redactor.redact(&format!("{id}0")), "spb_dep_0123***");
    assert_eq!(redactor.redact(long), "spb_01234567***");
    assert_eq!(redactor.redact(value), "spb_M1ntedBy***");
    let short = using("spb_zyxwvutsrqponmlkji");
    short.spare_id("spb_dep_0123456789abcd");
    assert_eq!(short.redact("spb_dep_0123456789abcd"), "spb_dep_0123***");
}

#[test]
fn a_stream_that_began_before_the_key_was_known_is_read_too() {
    let redactor = Redactor::new();
    redactor.guard(&secret("other_0123456789abcdefghij"));
    let mut out = Vec::new();
    let mut writer = redactor.writer(&mut out);
    // The other key's scheme begins here too, so this much is held back.
    writer.write_all(b"key: other_").unwrap();
    redactor.guard(&secret(IN_USE));
    writer.write_all(format!(" {MINTED}").as_bytes()).unwrap();
    drop(writer);
    assert_eq!(String::from_utf8(out).unwrap(), "key: other_ spb_M1ntedBy***");
}

#[test]
fn a_value_is_cut_wherever_its_stream_is() {
    let redactor = using(IN_USE);
    redactor.spare_id("spb_dep_0123456789abcdef");
    let text = format!("a {MINTED}, spb_dep_0123456789abcdef; {}", &MINTED[..20]);
    let expected = "a spb_M1ntedBy***, spb_dep_0123456789abcdef; spb_M1ntedBy***";
    for cut in 0..=text.len() {
        let mut out = Vec::new();
        let mut writer = redactor.writer(&mut out);
        writer.write_all(&text.as_bytes()[..cut]).unwrap();
        writer.flush().unwrap();
        writer.write_all(&text.as_bytes()[cut..]).unwrap();
        drop(writer);
        assert_eq!(String::from_utf8(out).unwrap(), expected, "cut at {cut}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_value_survives_in_any_text(
        scheme in "[a-z]{2,6}_",
        random in "[A-Za-z0-9_-]{16,50}",
        minted in "[A-Za-z0-9_-]{16,50}",
        before in "([ -~é\u{200b}]{0,20}[ ,;:\"'=/(é\n-])?",
        after in "([^A-Za-z0-9_-][ -~é]{0,20})?",
        cuts in prop::collection::vec(any::<Index>(), 0..8),
    ) {
        let redactor = using(&format!("{scheme}{random}"));
        let text = format!("{before}{scheme}{minted}{after}");
        let out = streamed(&redactor, &text, &cuts);
        let shown = scheme.len() + minted.len() - 12;
        prop_assert!(!out.contains(&minted[minted.len() - shown..]), "{out}");
        prop_assert_eq!(out, redactor.redact(&text));
    }

    #[test]
    fn all_else_is_as_without_it(text in "([ -~é\n]|spb_|[a-z0-9]{8}){0,30}") {
        let known = Redactor::new();
        known.add(&secret(IN_USE));
        let is_word = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        let values = text.match_indices("spb_").filter(|(at, _)| text[*at..].chars().take_while(|c| is_word(*c)).count() >= 20);
        if values.count() == 0 {
            prop_assert_eq!(using(IN_USE).redact(&text), known.redact(&text));
        }
    }
}
