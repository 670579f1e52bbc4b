//! Text from outside can't act as a command, move the cursor, or forge a line.

use std::borrow::Cow;

use proptest::prelude::*;
use sproobo_deploy::ci::guard_line;
use sproobo_deploy::sanitize::{http_url, json_without_commands, line, shown_url, text};

use crate::support::runner::{command, lines, section, vector};

#[test]
fn clean_text_is_passed_on_as_it_is() {
    for clean in [
        "",
        "ok",
        "std::io::Error: no such file",
        "a\tb\n  c",
        "# Heading",
        "[1/2] done ##",
        "größer ✓ 👩‍🚀",
    ] {
        assert!(matches!(text(clean), Cow::Borrowed(same) if same == clean), "{clean:?}");
        assert!(
            matches!(guard_line(clean), Cow::Borrowed(same) if same == clean),
            "{clean:?}"
        );
    }
}

#[test]
fn terminal_sequences_go_as_a_whole() {
    for (raw, clean) in [
        ("\u{1b}[31mred\u{1b}[0m", "red"),
        ("\u{1b}[38;5;196m\u{1b}[1mred", "red"),
        ("\u{9b}2Jgone", "gone"),
        ("\u{90}device\u{9c}text", "text"),
        ("\u{98}string\u{9c}text", "text"),
        ("\u{9d}0;title\u{7}text", "text"),
        ("\u{9e}private\u{1b}\\text", "text"),
        ("\u{9f}program\nnext line", "\nnext line"),
        (
            "\u{1b}Xstring\u{9c}\u{1b}^private\u{9c}\u{1b}_program\u{9c}text",
            "text",
        ),
        ("\u{1b}]0;title\u{7}text", "text"),
        ("\u{1b}]8;;https://x.example\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
        ("\u{1b}Pdevice\u{1b}\\text", "text"),
        ("\u{1b}(Btext", "text"),
        ("\u{1b}7a\u{1b}8b", "ab"),
        ("\u{1b}]0;never ended\nnext line", "\nnext line"),
        ("\u{1b}]0;cut off\u{1b}[31mred", "red"),
        ("end\u{1b}", "end"),
        ("end\u{1b}[", "end"),
        ("\u{1b}[3é", "é"),
        ("nul\0bell\u{7}back\u{8}del\u{7f}", "nulbellbackdel"),
        ("\u{feff}bom \u{202e}over\u{202c} \u{2066}ride\u{2069}", "bom over ride"),
    ] {
        assert_eq!(text(raw), clean, "{raw:?}");
    }
}

#[test]
fn every_line_break_becomes_one() {
    assert_eq!(text("a\r\nb\rc\nd\u{85}e\u{2028}f\u{2029}g"), "a\nb\nc\nd\ne\nf\ng");
    assert_eq!(line(" a\r\nb\rc\td\n"), "a b c d");
}

#[test]
fn commands_are_broken_up_visibly() {
    for (raw, safe) in [
        ("::error::x", ":\\:error::x"),
        ("  \u{3000}::error title=a::x", "  \u{3000}:\\:error title=a::x"),
        (":::error::x", ":\\:\\:error::x"),
        ("fine\r::add-mask::x", "fine\n:\\:add-mask::x"),
        ("a ##[set-output name=x]evil", "a ##\\[set-output name=x]evil"),
        ("###[error]", "###\\[error]"),
        ("\u{1b}[0m::error::x", ":\\:error::x"),
        ("#\u{0}#\u{1b}[1m[error]x", "##\\[error]x"),
        ("\u{200b}::error::x", "\u{200b}:\\:error::x"),
        (
            "a ##vso[task.setvariable variable=x]y",
            "a ##vso\\[task.setvariable variable=x]y",
        ),
        ("##VSO[task.complete]", "##VSO\\[task.complete]"),
        ("x###teamcity[message text='a']", "x###teamcity\\[message text='a']"),
        ("##v\u{200b}so[x]", "##v\u{200b}so\\[x]"),
        ("#\u{ad}#team\u{1b}[0mcity[x]", "#\u{ad}#teamcity\\[x]"),
    ] {
        assert_eq!(text(raw), safe, "{raw:?}");
    }
    assert_eq!(guard_line("\u{feff}::error::x"), "\u{feff}:\\:error::x");
    assert_eq!(line("log:\n::error::x"), "log: :\\:error::x");
}

#[test]
fn json_holds_no_command_and_says_the_same() {
    for raw in [
        "##[error]x",
        "##vso[task.complete]",
        "a ###TeamCity[x]",
        "\\##[x]",
        "##a\u{200b}b[",
        "# #[",
        "##[##[",
    ] {
        let document = serde_json::json!({ "text": raw, raw: [raw] }).to_string();
        let safe = json_without_commands(&document);
        for command in ["##[", "##vso[", "##TeamCity[", "##ab["] {
            assert!(!safe.replace('\u{200b}', "").contains(command), "{safe}");
        }
        let (safe, document): (serde_json::Value, serde_json::Value) = (
            serde_json::from_str(&safe).unwrap(),
            serde_json::from_str(&document).unwrap(),
        );
        assert_eq!(safe, document);
    }
    let plain = r###"{"text":"## Heading [1]"}"###;
    assert!(matches!(json_without_commands(plain), Cow::Borrowed(same) if same == plain));
}

#[test]
fn the_runners_own_examples_of_commands_are_none_afterwards() {
    for row in vector("R6").into_iter().chain(vector("R7")).chain(vector("R10")) {
        let raw = row[0].as_str().unwrap();
        assert_eq!(command(&text(raw)), None, "{raw}");
        assert_eq!(command(&guard_line(raw)), None, "{raw}");
    }
}

#[test]
fn a_url_is_passed_on_only_if_it_is_one() {
    for good in [
        "https://my-site.example/",
        "http://127.0.0.1:8080/a?b=c#d",
        "HTTPS://EXAMPLE.COM",
        "https://[::1]:8443/x",
        "https://bücher.example/straße",
        "https://x.example/a::b@c",
    ] {
        assert_eq!(http_url(good), Some(good));
    }
    for bad in [
        "",
        "my-site.example",
        "/deployments/1",
        "//my-site.example",
        "ftp://my-site.example",
        "javascript:alert(1)//://x",
        "https:/my-site.example",
        "https:my-site.example",
        "https://",
        "https:///path",
        "https://?q",
        "https:\\\\my-site.example",
        "https://my-site.example\\@evil.example",
        " https://my-site.example",
        "https://my-site.example\n",
        "https://my-\tsite.example",
        "https://my-site.example/a b",
        "https://my-site.example/\u{202e}gpj",
        "https://my-site.example/\u{1b}[31m",
        "https://user:pass@my-site.example/",
        "https://user@my-site.example/",
        "https://@my-site.example/",
        "https://my-site.example/##[error]x",
        "https://my-site.example/\"><script>",
        "https://my-site.example:99999/",
    ] {
        assert_eq!(http_url(bad), None, "{bad:?}");
    }
}

#[test]
fn a_url_of_ours_is_shown_without_what_may_be_secret() {
    for (raw, shown) in [
        ("https://my-site.example", "https://my-site.example"),
        ("https://u:p@my-site.example/a", "https://my-site.example/a"),
        ("https://token@my-site.example", "https://my-site.example/"),
        ("https://my-site.example/a?b=c#d", "https://my-site.example/a?…"),
        ("https://my-site.example/#d", "https://my-site.example/?…"),
        ("https://u:p@my-site.example:99999/", "(not a URL)"),
        ("u:p@my-site.example", "(not a URL)"),
        ("//u:p@my-site.example", "(not a URL)"),
    ] {
        assert_eq!(shown_url(raw), shown);
    }
}

/// Text that is rich in what the parsers look for.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            ":", "::", "#", "##", "##[", "vso", "##vso[", "##teamcity[", "[", "]", "error", "::error::", "##[error]", " ", "\t", "\r", "\n", "\r\n",
            "\u{1b}", "\u{1b}[", "\u{1b}]", "\u{7}", "\u{9b}", "31m", "\\", "\u{feff}", "\u{2028}", "\u{85}", "\u{a0}",
            "\u{200b}", "\u{202e}", "section_start:1:x\r\u{1b}[0K", "%0A", "\0",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_line_of_remote_text_is_a_command(raw in hostile(), indent in 0..4_usize) {
        for safe in [text(&raw), line(&raw), guard_line(&raw)] {
            prop_assert!(!safe.contains("##vso[") && !safe.contains("##teamcity["), "{:?}", safe);
            for line in lines(&safe) {
                prop_assert_eq!(command(line), None, "{:?}", safe);
                prop_assert_eq!(command(line.trim()), None, "{:?}", safe);
                prop_assert_eq!(command(&format!("{:indent$}{line}", "")), None, "{:?}", safe);
            }
        }
    }

    /// So a line that is broken again where it was joined holds no command either.
    #[test]
    fn one_line_is_the_harmless_lines_joined(raw in hostile()) {
        prop_assert_eq!(line(&raw), text(&raw).trim().replace(['\n', '\t'], " "));
    }

    #[test]
    fn no_control_survives(raw in hostile()) {
        prop_assert!(!text(&raw).contains(|c| is_control(c) && c != '\n' && c != '\t'));
        prop_assert!(!line(&raw).contains(is_control));
        prop_assert_eq!(section(&text(&raw)), None);
    }

    #[test]
    fn safe_text_stays_as_it_is(raw in hostile()) {
        let (safe_text, safe_line, guarded) = (text(&raw), line(&raw), guard_line(&raw));
        prop_assert_eq!(text(&safe_text), safe_text.as_ref());
        prop_assert_eq!(line(&safe_line), safe_line.as_ref());
        prop_assert_eq!(guard_line(&guarded), guarded.as_ref());
    }

    #[test]
    fn a_url_that_is_passed_on_is_one_harmless_word(raw in "https?://[ -~é\t\n\u{202e}]{0,20}") {
        if let Some(url) = http_url(&raw) {
            prop_assert_eq!(url, &raw);
            prop_assert!(!url.contains(|c: char| c.is_whitespace() || is_control(c) || "<>\"`\\".contains(c)));
            prop_assert_eq!(line(url), url);
        }
    }
}
