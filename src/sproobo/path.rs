//! Paths with variables: which of them a contract may have, and what one becomes with its values.

use super::template::{Template, Values};

/// Whether a contract may have this path, variables in braces and a query included: it begins with `/`, and nothing in it
/// ends it or makes a URL parser read another one.
pub fn is_path(text: &str) -> bool {
    let stray = |byte: u8| byte <= b' ' || byte == 0x7f || matches!(byte, b'#' | b'\\' | b'{' | b'}');
    let is_stray = Template::parse(text).texts().any(|text| text.bytes().any(stray));
    text.starts_with('/') && !is_stray && !text.split(['?', '/']).any(is_step)
}

/// Whether a URL parser takes this segment for a step: it reads an encoded dot as a dot (WHATWG URL, section 4.1).
fn is_step(segment: &str) -> bool {
    let segment = segment.to_ascii_lowercase().replace("%2e", ".");
    matches!(segment.as_str(), "." | "..")
}

/// The path with every value in its place; a pair of the query is left out if it has none.
///
/// # Errors
/// Why there is no such path: a segment without a value, or one that a URL parser would take for a step, so that the
/// request would go elsewhere.
pub(super) fn expand(path: &str, values: &Values) -> Result<String, String> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut text = String::new();
    for segment in path.split('/').skip(1) {
        let template = Template::parse(segment);
        let segment = template
            .encode(values)
            .map_err(|unset| format!("`{{{unset}}}` has no value, and the path needs one"))?;
        if segment.split('/').any(is_step) || (segment.contains('/') && segment.split('/').any(str::is_empty)) {
            return Err(format!("{segment:?} can't be a segment of the path"));
        }
        text.push('/');
        text.push_str(&segment);
    }
    let pairs: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .filter_map(|pair| Template::parse(pair).encode(values).ok())
        .collect();
    if !pairs.is_empty() {
        text.push('?');
        text.push_str(&pairs.join("&"));
    }
    Ok(text)
}
