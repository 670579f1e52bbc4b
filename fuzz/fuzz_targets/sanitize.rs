//! Cleaned text is no workflow command, no section marker, no terminal sequence, by a model of the runners' parsers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sproobo_deploy::ci::guard_line;
use sproobo_deploy::sanitize::{http_url, line, shown_url, text};

#[path = "../../tests/integration/support/runner.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod runner;

fuzz_target!(|raw: &str| {
    for safe in [text(raw), line(raw), guard_line(raw)] {
        for line in runner::lines(&safe) {
            assert_eq!(runner::command(line), None, "{safe:?}");
            assert_eq!(runner::command(&format!("  {line}")), None, "{safe:?}");
        }
    }
    let (safe_text, safe_line) = (text(raw), line(raw));
    assert!(
        !safe_text.contains(|c: char| c.is_control() && c != '\n' && c != '\t'),
        "{safe_text:?}"
    );
    assert!(!safe_line.contains(char::is_control), "{safe_line:?}");
    assert_eq!(runner::section(&safe_text), None);
    assert_eq!(text(&safe_text), safe_text);
    assert_eq!(line(&safe_line), safe_line);
    if let Some(url) = http_url(raw) {
        assert_eq!(line(url), url);
        assert!(!url.contains(char::is_whitespace));
    }
    let shown = shown_url(raw);
    assert_eq!(line(&shown), shown.as_str());
});
