//! How the API wants its key: by the names of headers alone.

use super::exchange::Exchange;
use super::variables::Variables;
use crate::learn::Sure;
use crate::learn::draft::Draft;
use crate::learn::value::header_case;
use crate::learn::value::{is_name, speaks_of};

/// Words that stand before a key. Any other first word may be part of the key itself.
const SCHEMES: &[&str] = &[
    "Bearer", "Token", "Basic", "ApiKey", "Api-Key", "Key", "GenieKey", "JWT",
];

/// Header names that hold a key where it is not `Authorization`.
const KEY_HEADERS: &[&str] = &[
    "x-api-key",
    "api-key",
    "apikey",
    "x-auth-key",
    "x-access-token",
    "x-auth-token",
    "x-token",
];

/// Words of headers that every API of this account needs, and that are no secret.
const SCOPES: &[&str] = &[
    "team",
    "account",
    "org",
    "organization",
    "workspace",
    "tenant",
    "project",
    "version",
];

/// Words of headers that browsers and their pages add on their own.
const BROWSER: &[&str] = &[
    "csrf",
    "xsrf",
    "trace",
    "traceparent",
    "tracestate",
    "sentry",
    "baggage",
    "request",
    "client",
    "sec",
    "cookie",
    "user",
    "amz",
    "datadog",
    "b3",
];

/// Finds the header for the key, and headers that every call carries.
pub(super) fn find(calls: &[&Exchange], variables: &mut Variables<'_>, draft: &mut Draft) {
    let cookies = calls.iter().any(|call| call.header("cookie").is_some());
    let authorization = calls.iter().find_map(|call| call.header("authorization"));
    let other = calls.iter().find_map(|call| {
        let found = call
            .headers
            .iter()
            .find(|(name, _)| KEY_HEADERS.contains(&name.as_str()));
        found.map(|(name, _)| name.clone())
    });
    if let Some(value) = authorization {
        let scheme = SCHEMES.iter().find(|scheme| {
            value
                .split(' ')
                .next()
                .is_some_and(|first| first.eq_ignore_ascii_case(scheme))
        });
        let (template, sure, because) = match scheme {
            Some(&"Basic") => (
                "Bearer {key}".to_owned(),
                Sure::Guess,
                "the recording signs in with a user and a password (`Basic`); the API's own form is assumed",
            ),
            Some(scheme) => (
                format!("{scheme} {{key}}"),
                Sure::Likely,
                "the recording's own requests carry it so; a key of the API is assumed to go the same way",
            ),
            None => (
                "{key}".to_owned(),
                Sure::Likely,
                "the recording's requests carry it, without a word that is known to stand before a key",
            ),
        };
        draft.auth = Some(("Authorization".to_owned(), template));
        draft.choose("auth", sure, because);
    } else if let Some(name) = other {
        draft.auth = Some((header_case(&name), "{key}".to_owned()));
        draft.choose("auth", Sure::Likely, "the recording's requests carry this header");
    } else {
        draft.auth = Some(("Authorization".to_owned(), "Bearer {key}".to_owned()));
        let because = if cookies {
            "the recording uses a browser session (a cookie); the API's own header is assumed"
        } else {
            "no request of the recording shows how it signs in (browsers leave that out of a recording by default); the \
             API's own header is assumed"
        };
        draft.choose("auth", Sure::Guess, because);
        draft.lacks(
            "auth",
            "look up in the API's documentation which header carries a key, or let `doctor` try this one",
        );
    }
    carried(calls, variables, draft);
}

/// Headers that name an account or a version. Their values are not copied.
fn carried(calls: &[&Exchange], variables: &mut Variables<'_>, draft: &mut Draft) {
    let Some(start) = calls.first() else { return };
    for (name, value) in &start.headers {
        let everywhere = calls.iter().all(|call| call.header(name) == Some(value));
        let vendor = name == "accept" && value.contains("/vnd.") && !value.contains(',');
        let scope = name.starts_with("x-") && speaks_of(name, SCOPES) && !speaks_of(name, BROWSER);
        if !is_name(name) || !everywhere || !(vendor || scope || variables.is_own(value)) {
            continue;
        }
        if is_key_header(name) || value.is_empty() {
            continue;
        }
        let hint = name.trim_start_matches("x-");
        let place = format!("the header `{}`", header_case(name));
        let text = variables.text(value, hint, &[], &place);
        draft.headers.insert(header_case(name), text.into());
        draft.choose(
            "headers",
            Sure::Likely,
            format!("every request carries `{}`", header_case(name)),
        );
    }
}

fn is_key_header(name: &str) -> bool {
    KEY_HEADERS.contains(&name) || speaks_of(name, &["authorization", "key", "token", "secret", "cookie", "auth"])
}
