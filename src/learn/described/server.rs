//! Where a description says that its API is.

use serde_json::{Map, Value};

use crate::learn::Sure;
use crate::learn::draft::Draft;
use crate::learn::value::{id_text, is_name, name_parts, url};

/// Says where the API is; gives the path that goes before every other one.
pub(super) fn server(document: &Map<String, Value>, draft: &mut Draft) -> String {
    let named = match document.get("servers").and_then(|servers| servers.get(0)) {
        Some(server) => Address::of_server(server),
        None => Address::of_host(document),
    };
    let Address { origin, path, unset } = named.unwrap_or_default();
    if origin.is_some() {
        draft.choose("base_url", Sure::Likely, "the first server of the description");
    } else {
        draft.lacks(
            "base_url",
            "the description names no server with a host; give `--api-url`",
        );
    }
    draft.origin = origin;
    for name in unset {
        let why = format!("`{name}` in the path of the description's server, which gives no default for it");
        draft.lacks(format!("--var {}=VALUE", own(&name)), why);
    }
    path
}

#[derive(Default)]
struct Address {
    origin: Option<String>,
    /// Without a slash at its end.
    path: String,
    /// What the path leaves open.
    unset: Vec<String>,
}

impl Address {
    /// OpenAPI 3. Relative to where the description is, which nobody knows here, it has a path at most, but for one that
    /// leaves only the scheme open.
    fn of_server(server: &Value) -> Option<Self> {
        let url = server["url"].as_str()?;
        let (text, unset) = filled(url, &server["variables"]);
        // A default that begins with a slash names no host.
        if url.starts_with("//") {
            return Self::parse(&format!("https:{text}"), unset);
        }
        match text.starts_with('/') {
            true => Self::parse(&format!("{ELSEWHERE}{text}"), unset).map(Self::without_origin),
            false => Self::parse(&text, unset),
        }
    }

    /// Swagger 2.
    fn of_host(document: &Map<String, Value>) -> Option<Self> {
        let text = |name| document.get(name).and_then(Value::as_str);
        let (path, unset) = filled(text("basePath").unwrap_or_default(), &Value::Null);
        let path = path.trim_start_matches('/');
        match text("host") {
            Some(host) => Self::parse(&format!("https://{host}/{path}"), unset),
            None => Self::parse(&format!("{ELSEWHERE}/{path}"), unset).map(Self::without_origin),
        }
    }

    fn parse(text: &str, mut unset: Vec<String>) -> Option<Self> {
        let address = url(text)?;
        // A default that begins with a slash, as Amazon's exports have it, stands after one.
        let segments = address.path().split('/').filter(|segment| !segment.is_empty());
        let mut path: String = segments.flat_map(|segment| ["/", segment]).collect();
        // What the path leaves open is the contract's to fill; a host it can't.
        unset.retain(|name| {
            let variable = format!("var.{}", own(name));
            let filled = path.replace(&format!("%7B{variable}%7D"), &format!("{{{variable}}}"));
            let is_in_path = filled != path;
            path = filled;
            is_in_path
        });
        let origin = address.origin().ascii_serialization();
        Some(Self {
            origin: Some(origin).filter(|origin| !origin.contains('{')),
            path,
            unset,
        })
    }

    fn without_origin(self) -> Self {
        Self { origin: None, ..self }
    }
}

/// Stands for a host that is not known.
const ELSEWHERE: &str = "https://elsewhere.invalid";

/// The text with the defaults of its variables, which is what stands for them unless somebody says otherwise; those without
/// one become the contract's own, and are given back.
fn filled(text: &str, variables: &Value) -> (String, Vec<String>) {
    let (mut filled, mut unset) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some((before, name, after)) = next_variable(rest) {
        filled.push_str(before);
        // A port is often a number, though it should be a text.
        match id_text(&variables[name]["default"]) {
            Some(default) => filled.push_str(&default),
            None => {
                filled.push_str(&format!("{{var.{}}}", own(name)));
                if !unset.iter().any(|known| known == name) {
                    unset.push(name.to_owned());
                }
            }
        }
        rest = after;
    }
    filled.push_str(rest);
    (filled, unset)
}

/// What is before the first `{name}`, the name, and what is after it.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    is_name(name).then_some((before, name, after))
}

/// How the contract calls it.
fn own(name: &str) -> String {
    match name_parts(name).join("_") {
        parts if parts.is_empty() => "unnamed".to_owned(),
        parts => parts,
    }
}
