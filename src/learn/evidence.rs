//! Reads a file of evidence, and says what it is.

use std::fmt;
use std::io::{self, Read};

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::recorded::exchange::Exchange;
use super::recorded::har::{Entries, LogSeed, mark_repeated};
use crate::model::sort_by;

/// What a file may hold; a recording of a long deployment has some ten megabytes.
pub const SIZE_LIMIT: u64 = 256 * 1024 * 1024;

/// How much of a file is looked at to say what else it is.
const HEAD: usize = 512;

/// The members of an API description that matter.
const DESCRIPTION: &[&str] = &[
    "openapi",
    "swagger",
    "servers",
    "host",
    "basePath",
    "schemes",
    "paths",
    "components",
    "definitions",
    "parameters",
    "responses",
    "securityDefinitions",
    "security",
];

/// A file of evidence.
#[derive(Debug)]
pub enum Evidence {
    Recording(Recording),
    /// What an API's makers say of it.
    Description(Description),
}

/// A browser's recording (HTTP Archive 1.2).
#[derive(Debug)]
pub struct Recording {
    pub(super) exchanges: Vec<Exchange>,
    pub(super) notes: Vec<String>,
}

/// An API description: OpenAPI 3 or Swagger 2.
#[derive(Debug)]
pub struct Description(pub(super) Map<String, Value>);

/// Why a file is no evidence. No text of the file is in it.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It can't be read.
    #[error("it can't be read: {0}")]
    Io(#[from] io::Error),
    /// It is larger than the limit, in bytes.
    #[error("it is larger than {} MB", limit / 1024 / 1024)]
    TooLarge { limit: u64 },
    /// It is something else; what it looks like.
    #[error("it looks like {0}, not like a recording (HAR) or an API description (OpenAPI 3 or Swagger 2, as JSON)")]
    Other(&'static str),
    /// It begins as JSON and does not stay so.
    #[error("it is not whole: {what} at line {line}, column {column}, after {entries} recorded requests")]
    Broken {
        what: &'static str,
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
        /// How many entries could be read.
        entries: usize,
    },
    /// A recording with no entries at all.
    #[error("it is a recording without a single request")]
    Empty,
}

impl Evidence {
    /// Reads a file. A recording is read request by request, so that memory holds what may be calls of an API alone.
    ///
    /// # Errors
    /// See [`Unreadable`].
    pub fn read(reader: impl Read) -> Result<Self, Unreadable> {
        Self::read_within(reader, SIZE_LIMIT)
    }

    /// [`Evidence::read`] with a limit of its own, in bytes.
    ///
    /// # Errors
    /// See [`Unreadable`].
    pub fn read_within(reader: impl Read, limit: u64) -> Result<Self, Unreadable> {
        let mut reader = reader.take(limit + 1);
        let mut head = Vec::new();
        (&mut reader).take(HEAD as u64).read_to_end(&mut head)?;
        if let Some(other) = other_than_json(&head) {
            return Err(Unreadable::Other(other));
        }
        let begin = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&head);
        let mut document = Document::default();
        let mut counted = Counted {
            inner: begin.chain(&mut reader),
            bytes: 0,
            failed: None,
        };
        let buffered = io::BufReader::with_capacity(64 * 1024, &mut counted);
        let mut json = serde_json::Deserializer::from_reader(buffered);
        let read = json.deserialize_any(&mut document).and_then(|()| json.end());
        if counted.bytes > limit {
            return Err(Unreadable::TooLarge { limit });
        }
        if let Some(error) = counted.failed.take() {
            return Err(Unreadable::Io(error));
        }
        match read {
            Ok(()) => document.evidence(),
            Err(error) => Err(document.refusal(&error)),
        }
    }
}

/// Counts what is read, and keeps the error that a JSON reader would turn into its own.
struct Counted<R> {
    inner: R,
    bytes: u64,
    failed: Option<io::Error>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(length) => {
                self.bytes += length as u64;
                Ok(length)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let kind = error.kind();
                self.failed = Some(error);
                Err(kind.into())
            }
        }
    }
}

/// What a file turned out to be while it was read.
#[derive(Debug, Default)]
struct Document {
    entries: Option<Entries>,
    description: Map<String, Value>,
    is: Option<&'static str>,
}

impl<'de> Visitor<'de> for &mut Document {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "log" => members.next_value_seed(LogSeed(self.entries.get_or_insert_default()))?,
                known if DESCRIPTION.contains(&known) => {
                    let value = members.next_value()?;
                    self.description.insert(name, value);
                }
                other => {
                    self.is = self.is.or(kind_by_member(other));
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

impl Document {
    fn evidence(self) -> Result<Evidence, Unreadable> {
        if let Some(mut entries) = self.entries {
            if entries.seen == 0 {
                return Err(Unreadable::Empty);
            }
            sort_by(&mut entries.exchanges, |one, other| one.sent.cmp(&other.sent));
            mark_repeated(&mut entries.exchanges);
            return Ok(Evidence::Recording(Recording {
                notes: notes(&entries),
                exchanges: entries.exchanges,
            }));
        }
        if self.description.contains_key("openapi") || self.description.contains_key("swagger") {
            return Ok(Evidence::Description(Description(self.description)));
        }
        Err(Unreadable::Other(self.is.unwrap_or("JSON of another kind")))
    }

    /// serde's own words may quote the file, so only where they are about goes on.
    fn refusal(&self, error: &serde_json::Error) -> Unreadable {
        let what = match error.classify() {
            serde_json::error::Category::Eof => "the text ends",
            serde_json::error::Category::Syntax => "the text stops being JSON",
            _ if self.entries.is_some() => "the log is not as HAR 1.2 has it",
            _ => return Unreadable::Other("JSON that is no object"),
        };
        Unreadable::Broken {
            what,
            line: error.line(),
            column: error.column(),
            entries: self.entries.as_ref().map_or(0, |entries| entries.seen),
        }
    }
}

fn notes(entries: &Entries) -> Vec<String> {
    let mut notes = Vec::new();
    if entries.too_large > 0 {
        notes.push(format!("{} replies were too large to be looked at", entries.too_large));
    }
    if entries.without_body > 0 {
        notes.push(format!(
            "{} JSON replies have no content in the recording: save it again \"with content\", from the network panel \
             that was open during the deployment",
            entries.without_body
        ));
    }
    notes
}

/// What a file is that is surely no JSON object, by its first bytes.
fn other_than_json(head: &[u8]) -> Option<&'static str> {
    const MAGIC: &[(&[u8], &str)] = &[
        (
            b"PK\x03\x04",
            "a ZIP archive (unpack it: a zipped recording has a .har file in it)",
        ),
        (b"\x1f\x8b", "a gzip file (unpack it first)"),
        (b"\x89PNG", "a picture"),
        (b"%PDF", "a PDF"),
        (b"\xff\xfe", "UTF-16 text (save it as UTF-8)"),
        (b"\xfe\xff", "UTF-16 text (save it as UTF-8)"),
    ];
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(what);
    }
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let begins = |begin: &str| {
        text.get(..begin.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(begin))
    };
    match text.chars().next() {
        None => Some("an empty file"),
        Some('{') => None,
        Some('[') => Some("a JSON array"),
        Some('<') if begins("<!doctype html") || begins("<html") => Some("a web page (HTML)"),
        Some('<') => Some("XML"),
        _ if begins("openapi:") || begins("swagger:") || begins("---") => Some("YAML (convert it to JSON first)"),
        _ if begins("curl ") => Some("a curl command (save the whole recording as HAR instead)"),
        _ if head.contains(&0) => Some("a binary file"),
        _ => Some("plain text"),
    }
}

/// What a JSON file is, by one of its members.
fn kind_by_member(name: &str) -> Option<&'static str> {
    Some(match name {
        "operations" | "base_url" => "a contract",
        "item" | "collection" => "a Postman collection",
        "traceEvents" => "a performance trace",
        "asyncapi" => "an AsyncAPI description",
        "data" | "__schema" => "a GraphQL reply or schema",
        "dependencies" | "devDependencies" => "a package manifest",
        _ => return None,
    })
}
