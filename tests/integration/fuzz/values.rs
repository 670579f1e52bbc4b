//! What people and servers write as durations, dates, waits, keys and ids is read or refused, and never panics.

use std::time::Duration;

use chrono::DateTime;
use sproobo_deploy::cli::values;
use sproobo_deploy::http::retry_after;
use sproobo_deploy::model::{Human, SiteId};
use sproobo_deploy::secret::Secret;

use super::input;

pub(crate) fn check(data: &[u8]) {
    let Some(text) = input::<&str>(data) else {
        return;
    };
    if let Ok(duration) = values::duration(text) {
        assert!(duration <= Duration::from_secs(10 * 365 * 24 * 60 * 60));
        let _ = Human(duration).to_string();
    }
    if let Ok(date) = values::date(text) {
        let again = values::date(&date.to_rfc3339()).ok();
        assert!(
            again == Some(date) || date.to_rfc3339().starts_with(['+', '-']),
            "{date}"
        );
    }
    let _ = values::status_map(text);
    let _ = values::variable(text);
    for now in [0, 1_790_000_000, 253_402_300_799] {
        let now = DateTime::from_timestamp(now, 0).expect("in range");
        if let Some(wait) = retry_after(text, now) {
            let _ = Human(wait).to_string();
        }
    }
    if let Ok(key) = Secret::api_key(text) {
        assert!((16..=4096).contains(&key.expose().len()));
        assert!(key.expose().bytes().all(|byte| byte.is_ascii_graphic()));
        assert_eq!(key.public_prefix().len(), 12);
    }
    if let Ok(token) = Secret::token(text) {
        assert!(token.expose().bytes().all(|byte| byte.is_ascii_graphic()));
    }
    if let Ok(site) = text.parse::<SiteId>() {
        assert!(!site.to_string().contains(char::is_control));
    }
}
