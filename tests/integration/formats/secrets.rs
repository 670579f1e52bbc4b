//! What is taken for a key or a token, and what is said about everything else.

use proptest::prelude::*;
use sproobo_deploy::secret::KeyProblem;
use sproobo_deploy::secret::{Secret, TokenProblem};

const KEY: &str = "spr_0123456789abcdef";

fn problem(raw: &str) -> Option<KeyProblem> {
    Secret::api_key(raw).err()
}

#[test]
fn a_key_is_trimmed() {
    for raw in [
        KEY.to_owned(),
        format!(" \t{KEY}\r\n"),
        format!("\u{feff}{KEY}\n"),
        format!("\u{a0}{KEY}\u{3000}"),
    ] {
        assert_eq!(Secret::api_key(&raw).unwrap().expose(), KEY);
    }
}

#[test]
fn an_empty_key_is_empty() {
    for raw in ["", " ", "\n", "\u{feff}\r\n"] {
        assert_eq!(problem(raw), Some(KeyProblem::Empty), "{raw:?}");
    }
}

#[test]
fn an_expression_that_nobody_expanded_is_named_as_such() {
    for raw in [
        "${{ secrets.SPROOBO_API_KEY }}",
        "${{secrets.X}}",
        "\"${{ secrets.X }}\"",
        "Bearer ${{ secrets.X }}",
        "$SPROOBO_API_KEY",
        "${SPROOBO_API_KEY}",
        "$env:SPROOBO_API_KEY",
        "%SPROOBO_API_KEY%",
        "$X",
    ] {
        assert_eq!(problem(raw), Some(KeyProblem::Unexpanded), "{raw}");
    }
}

#[test]
fn a_dollar_or_percent_sign_does_not_make_an_expression() {
    for raw in [
        "$0123456789abcdef",
        "$abc-def-ghi-jkl-mno",
        "abcdefgh$ijklmnopq",
        "%41bcdefgh%ijklmnop",
        "${abcdefghijklmnopq",
    ] {
        assert_eq!(problem(raw), None, "{raw}");
    }
}

#[test]
fn each_problem_has_its_turn() {
    let quoted = |quote: &str| format!("{quote}{KEY}{quote}");
    for (raw, expected) in [
        (quoted("\""), KeyProblem::Quoted),
        (quoted("'"), KeyProblem::Quoted),
        (quoted("`"), KeyProblem::Quoted),
        (format!("“{KEY}”"), KeyProblem::Quoted),
        (format!("\"Bearer {KEY}\""), KeyProblem::Quoted),
        (format!("Bearer {KEY}"), KeyProblem::Bearer),
        (format!("bEARER\t{KEY}"), KeyProblem::Bearer),
        ("Bearer ".to_owned(), KeyProblem::Bearer),
        (format!("{KEY} {KEY}"), KeyProblem::WhiteSpace),
        (format!("{KEY}\n{KEY}"), KeyProblem::WhiteSpace),
        ("é é".to_owned(), KeyProblem::WhiteSpace),
        (format!("{KEY}é"), KeyProblem::NonAscii),
        (format!("{KEY}\u{200b}"), KeyProblem::NonAscii),
        (format!("{KEY}\u{0}"), KeyProblem::NonAscii),
        ("é".to_owned(), KeyProblem::NonAscii),
        ("0123456789abcde".to_owned(), KeyProblem::TooShort(15)),
        ("k".repeat(4097), KeyProblem::TooLong(4097)),
    ] {
        assert_eq!(problem(&raw), Some(expected), "{raw:.40}");
    }
}

#[test]
fn sixteen_and_4096_characters_are_a_key() {
    assert_eq!(problem(&"k".repeat(16)), None);
    assert_eq!(problem(&"k".repeat(4096)), None);
    assert_eq!(problem("BearerTokenOfMine"), None);
}

#[test]
fn a_token_is_trimmed_and_printable() {
    assert_eq!(Secret::token("ghp_abc\n").unwrap().expose(), "ghp_abc");
    assert_eq!(Secret::token(" \n").unwrap_err(), TokenProblem::Empty);
    for raw in ["ghp abc", "ghp\nabc", "ghp_é", "ghp\u{7f}"] {
        assert_eq!(Secret::token(raw).unwrap_err(), TokenProblem::NotPrintable, "{raw:?}");
    }
}

#[test]
fn the_public_part_is_the_first_twelve_characters_of_a_key_and_nothing_of_less_than_a_key() {
    assert_eq!(Secret::new(KEY.to_owned()).public_prefix(), "spr_01234567");
    assert_eq!(Secret::new("0123456789abcde".to_owned()).public_prefix(), "");
}

#[test]
fn debug_shows_nothing() {
    assert_eq!(format!("{:?}", Secret::new(KEY.to_owned())), "Secret(***)");
}

proptest! {
    #[test]
    fn what_is_taken_is_fit_for_a_header_and_otherwise_as_given(raw in "\\PC{0,40}") {
        if let Ok(key) = Secret::api_key(&raw) {
            prop_assert!(key.expose().bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert!((16..=4096).contains(&key.expose().len()));
            prop_assert_eq!(key.expose(), raw.trim());
        }
    }

    #[test]
    fn no_message_quotes_the_key(raw in "[!-~]{4,15}|[!-~]{20} [!-~]{20}|'[!-~]{20}'") {
        if let Err(problem) = Secret::api_key(&raw) {
            prop_assert!(raw.len() < 4 || !problem.to_string().contains(&raw));
        }
    }
}
