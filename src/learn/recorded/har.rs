//! Reads the entries of a recording (HTTP Archive 1.2) one by one, and keeps of each what learning needs.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use url::Url;

use super::exchange::{Body, Exchange, Reply};

/// A body larger than this is no reply about one deployment.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

/// What all kept bodies together may hold.
const KEPT_LIMIT: usize = 48 * 1024 * 1024;

/// How often a body is sent before it counts as a question.
const REPEATED: usize = 3;

/// How many documents of a text with one on each line are looked at.
const MOST_LINES: usize = 50;

/// What the entries of a recording come to.
#[derive(Debug, Default)]
pub(in crate::learn) struct Entries {
    pub(in crate::learn) exchanges: Vec<Exchange>,
    /// How many entries there were, kept or not.
    pub(in crate::learn) seen: usize,
    /// How many bodies were too large to be looked at.
    pub(in crate::learn) too_large: usize,
    /// How many bodies the recording left out.
    pub(in crate::learn) without_body: usize,
    kept: usize,
}

/// Deserializes the archive's `log` member into [`Entries`].
pub(in crate::learn) struct LogSeed<'e>(pub(in crate::learn) &'e mut Entries);

impl<'de> DeserializeSeed<'de> for LogSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for LogSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a HAR log")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut has_entries = false;
        while let Some(name) = members.next_key::<String>()? {
            if name == "entries" {
                members.next_value_seed(EntriesSeed(&mut *self.0))?;
                has_entries = true;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        if !has_entries {
            return Err(A::Error::custom("no entries"));
        }
        Ok(())
    }
}

struct EntriesSeed<'e>(&'e mut Entries);

impl<'de> DeserializeSeed<'de> for EntriesSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for EntriesSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HAR entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(entry) = entries.next_element::<Value>()? {
            self.0.add(&entry);
        }
        Ok(())
    }
}

impl Entries {
    /// Keeps what may be a call of an API: no pages, scripts, pictures, preflights or sockets.
    fn add(&mut self, entry: &Value) {
        self.seen += 1;
        let kind = entry["_resourceType"].as_str().unwrap_or_default();
        let is_static = [
            "image",
            "stylesheet",
            "script",
            "font",
            "media",
            "manifest",
            "document",
            "websocket",
        ];
        if is_static.contains(&kind) {
            return;
        }
        let number = i64::try_from(self.seen).unwrap_or(i64::MAX);
        let Some(mut exchange) = head(entry, number) else {
            return;
        };
        exchange.body = body(&entry["request"]);
        exchange.reply = self.reply(&entry["response"]);
        // A read whose reply can't be one of an API's teaches nothing.
        if exchange.reads() && matches!(exchange.reply, Reply::Nothing) {
            return;
        }
        self.exchanges.push(exchange);
    }

    fn reply(&mut self, response: &Value) -> Reply {
        let content = &response["content"];
        let media_type = content["mimeType"].as_str().unwrap_or_default().to_ascii_lowercase();
        let readable = ["json", "text/plain", "ndjson", "octet-stream", "event-stream"];
        if !media_type.is_empty() && !readable.iter().any(|kind| media_type.contains(kind)) {
            return Reply::Nothing;
        }
        let text = content["text"].as_str().unwrap_or_default();
        if text.is_empty() {
            let size = content["size"].as_i64().unwrap_or_default();
            self.without_body += usize::from(size > 0 && media_type.contains("json"));
            return Reply::Nothing;
        }
        if text.len() > BODY_LIMIT || self.kept + text.len() > KEPT_LIMIT {
            self.too_large += 1;
            return Reply::Nothing;
        }
        let decoded = match content["encoding"].as_str() {
            Some("base64") => STANDARD
                .decode(text.as_bytes())
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok()),
            _ => Some(text.to_owned()),
        };
        let Some(text) = decoded else {
            return Reply::Nothing;
        };
        self.kept += text.len();
        if let Ok(value) = serde_json::from_str::<Value>(&text)
            && (value.is_object() || value.is_array())
        {
            return Reply::Json(value);
        }
        let lines: Vec<Value> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .take(MOST_LINES)
            .map_while(|line| serde_json::from_str(line).ok())
            .collect();
        match lines.first() {
            Some(Value::Object(_)) => Reply::Lines(lines),
            _ if media_type.contains("json") => Reply::Nothing,
            _ => Reply::Text,
        }
    }
}

/// Marks what was asked again and again in the same words: nobody starts three deployments with one body.
pub(in crate::learn) fn mark_repeated(exchanges: &mut [Exchange]) {
    let mut counts: HashMap<(String, String, String), usize> = HashMap::new();
    let key = |exchange: &Exchange| {
        let body = exchange.asks_by_body()?.to_string();
        Some((exchange.origin.clone(), exchange.segments.join("/"), body))
    };
    for key in exchanges.iter().filter_map(key) {
        *counts.entry(key).or_default() += 1;
    }
    for exchange in exchanges {
        exchange.repeated = key(exchange).is_some_and(|key| counts[&key] >= REPEATED);
    }
}

/// The request without its body; none for what no contract could send.
fn head(entry: &Value, number: i64) -> Option<Exchange> {
    let request = &entry["request"];
    let method = request["method"].as_str()?.to_ascii_uppercase();
    if matches!(method.as_str(), "OPTIONS" | "CONNECT" | "TRACE" | "HEAD") {
        return None;
    }
    let url = Url::parse(request["url"].as_str()?).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let segments: Vec<String> = url.path_segments()?.map(decoded).collect();
    // Without a time, the place in the file is one.
    let started = entry["startedDateTime"]
        .as_str()
        .and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    let sent = started.map_or(number, |time| time.timestamp_millis());
    let took = entry["time"]
        .as_f64()
        .filter(|time| *time > 0.0 && started.is_some())
        .unwrap_or_default();
    let status = entry["response"]["status"].as_u64().unwrap_or_default();
    Some(Exchange {
        sent,
        answered: sent.saturating_add(took as i64),
        method,
        origin: url.origin().ascii_serialization(),
        segments,
        query: url
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect(),
        headers: pairs(&request["headers"])
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect(),
        body: Body::None,
        status: u16::try_from(status).unwrap_or_default(),
        reply: Reply::Nothing,
        repeated: false,
        values: OnceLock::new(),
    })
}

fn body(request: &Value) -> Body {
    let data = &request["postData"];
    let media_type = data["mimeType"].as_str().unwrap_or_default().to_ascii_lowercase();
    let text = data["text"].as_str().unwrap_or_default();
    if media_type.starts_with("application/x-www-form-urlencoded") {
        let listed: Vec<_> = pairs(&data["params"]).collect();
        return Body::Form(if text.is_empty() {
            listed
        } else {
            url::form_urlencoded::parse(text.as_bytes())
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect()
        });
    }
    match serde_json::from_str(text) {
        Ok(value) if text.len() <= BODY_LIMIT => Body::Json(value),
        _ if text.trim().is_empty() && data["params"].as_array().is_none_or(Vec::is_empty) => Body::None,
        _ => Body::Other,
    }
}

/// The archive's `[{"name": …, "value": …}]`.
fn pairs(list: &Value) -> impl Iterator<Item = (String, String)> + '_ {
    list.as_array().into_iter().flatten().filter_map(|pair| {
        let name = pair["name"].as_str()?.to_owned();
        Some((name, pair["value"].as_str().unwrap_or_default().to_owned()))
    })
}

fn decoded(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment)
        .decode_utf8_lossy()
        .into_owned()
}
