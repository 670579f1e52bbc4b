//! Cleaned text is no workflow command, no section marker, no terminal sequence, by a model of the runners' parsers.

use sproobo_deploy::ci::guard_line;
use sproobo_deploy::sanitize::{http_url, line, shown_url, text};

use super::input;
use crate::support::runner;

pub(crate) fn check(data: &[u8]) {
    let Some(raw) = input::<&str>(data) else {
        return;
    };
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
}
