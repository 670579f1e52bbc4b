//! Streams every object of the repository past the searcher.

use std::collections::HashMap;

use tokio::io::{AsyncBufReadExt, AsyncReadExt};

use super::place::Place;
use super::report::Report;
use super::search::{Hit, Lines, Searcher, newlines};
use crate::error::Error;
use crate::git::{Git, Running, stopped};

/// How many objects with the key in them, and how many lines of each, are followed up.
const MAX_OBJECTS: usize = 10_000;
const MAX_LINES: usize = 100;

/// The type of a git object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Blob,
    Tree,
    Commit,
    Tag,
}

/// An object with the key in it.
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) places: Vec<Place>,
}

/// The objects with the key in them, by id.
pub(super) type Objects = HashMap<String, Found>;

/// Looks at every object: of every branch and tag, of stashes and reflogs, and those that nothing leads to.
pub(super) async fn search(searcher: &Searcher, git: &Git, report: &mut Report) -> Result<Objects, Error> {
    // One process for all of it, in the order of the packs, in which deltas are cheapest to undo.
    let running = git.start(&["cat-file", "--batch-all-objects", "--batch", "--unordered", "--buffer"])?;
    read(searcher, running, report).await
}

/// Looks at the objects that `git cat-file --batch` prints.
pub(super) async fn read(searcher: &Searcher, mut running: Running, report: &mut Report) -> Result<Objects, Error> {
    let mut objects = Objects::new();
    let mut header = Vec::new();
    let mut stream = searcher.stream();
    loop {
        header.clear();
        let read = running.out.read_until(b'\n', &mut header).await;
        if read.map_err(|error| stopped(&error.to_string()))? == 0 {
            break;
        }
        let Some((id, kind, size)) = parse(&header) else {
            // All objects that are listed are there; one that git calls missing is damaged.
            return Err(stopped(&format!(
                "git cat-file says {}",
                String::from_utf8_lossy(&header)
            )));
        };
        let (hits, message_at) = look(searcher, &mut stream, &mut running, size).await?;
        report.objects += 1;
        if !hits.is_empty() {
            if objects.len() < MAX_OBJECTS {
                let places = places(kind, &hits, message_at);
                objects.insert(id.to_owned(), Found { kind, places });
            } else {
                report.unlisted += 1;
            }
        }
    }
    running.finish().await?;
    Ok(objects)
}

/// `ID TYPE SIZE`, as `git cat-file --batch` puts before each object.
fn parse(header: &[u8]) -> Option<(&str, Kind, u64)> {
    let mut words = std::str::from_utf8(header).ok()?.trim_end().split(' ');
    let id = words.next()?;
    let kind = match words.next()? {
        "blob" => Kind::Blob,
        "tree" => Kind::Tree,
        "commit" => Kind::Commit,
        "tag" => Kind::Tag,
        _ => return None,
    };
    Some((id, kind, words.next()?.parse().ok()?))
}

/// Looks at one object of `size` bytes and the line feed after it. Also says how many lines come before the message,
/// if the object is one of those (nearly all) that are looked at in one go.
async fn look(
    searcher: &Searcher,
    stream: &mut super::Stream<'_>,
    running: &mut Running,
    size: u64,
) -> Result<(Vec<Hit>, Option<u64>), Error> {
    let failed = |error: std::io::Error| stopped(&error.to_string());
    let mut hits = Vec::new();
    let mut message_at = None;
    let mut left = size;
    while left > 0 {
        let bytes = running.out.fill_buf().await.map_err(failed)?;
        if bytes.is_empty() {
            return Err(stopped("git cat-file ended within an object"));
        }
        let now = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if now as u64 == size {
            let object = &bytes[..now];
            let mut lines = Lines::of(object);
            hits.extend(searcher.look(object).into_iter().map(|(hit, key)| Hit {
                key,
                start: hit.start as u64,
                line: lines.at(hit.start),
            }));
            if !hits.is_empty() {
                let head = object.windows(2).position(|pair| pair == b"\n\n");
                message_at = head.map(|end| newlines(&object[..end]) + 2);
            }
        } else {
            stream.feed(&bytes[..now], &mut hits);
        }
        left -= now as u64;
        running.out.consume(now);
    }
    stream.finish(&mut hits);
    running.out.read_u8().await.map_err(failed)?;
    Ok((hits, message_at))
}

fn places(kind: Kind, hits: &[Hit], message_at: Option<u64>) -> Vec<Place> {
    let line = |hit: &Hit| match kind {
        Kind::Blob => Some(hit.line),
        Kind::Tree => None,
        Kind::Commit | Kind::Tag => hit.line.checked_sub(message_at?),
    };
    let mut places: Vec<_> = hits
        .iter()
        .take(MAX_LINES)
        .map(|hit| Place {
            key: hit.key,
            line: line(hit),
        })
        .collect();
    places.dedup();
    places
}
