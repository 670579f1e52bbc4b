//! Looks at the files of a work tree, or of a folder outside of git.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::place::Place;
use super::report::{Location, MAX_LOCATIONS, Report, What};
use super::search::{Hit, Searcher};
use crate::error::Error;
use crate::event::Note;
use crate::git::{Git, path_of};
use crate::model::sort_by;

const BUFFER: usize = 256 * 1024;
/// How many files are looked at between two moments at which the scan can be given up.
const BATCH: usize = 64;

/// What one batch came to.
#[derive(Default)]
struct Looked {
    files: u64,
    locations: Vec<Location>,
    unlisted: usize,
    unreadable: Vec<PathBuf>,
    /// Folders that git lists as one entry: submodules and other repositories.
    folders: Vec<PathBuf>,
}

/// Looks at tracked and untracked files, and at ignored ones if asked.
pub(super) async fn scan_work_tree(
    searcher: &Arc<Searcher>,
    git: &Git,
    top: &Path,
    include_ignored: bool,
    report: &mut Report,
) -> Result<(), Error> {
    let mut paths = BTreeSet::new();
    let listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let ignored = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard"];
    for arguments in [listed].iter().chain([ignored].iter().filter(|_| include_ignored)) {
        let out = git.output(arguments).await?;
        paths.extend(
            out.split(|byte| *byte == 0)
                .filter(|path| !path.is_empty())
                .map(path_of),
        );
    }
    let folders = look_at(searcher, top, paths.into_iter().collect(), report).await?;
    for folder in folders {
        let text = format!(
            "{} is a repository of its own: its files were looked at, its history was not; run the scan there too",
            printable(searcher, &folder)
        );
        report.notes.push(Note::notice("History not covered", text));
        scan_below(searcher, top, &top.join(folder), report).await?;
    }
    Ok(())
}

/// Looks at every file below a folder that belongs to no repository.
pub(super) async fn scan_folder(searcher: &Arc<Searcher>, dir: &Path, report: &mut Report) -> Result<(), Error> {
    scan_below(searcher, dir, dir, report).await
}

/// Looks at every file below `folder`, which is part of `top`.
async fn scan_below(searcher: &Arc<Searcher>, top: &Path, folder: &Path, report: &mut Report) -> Result<(), Error> {
    let files = files_below(folder.to_owned()).await;
    let short = |file: PathBuf| file.strip_prefix(top).map(Path::to_owned).unwrap_or(file);
    let unlisted = look_at(searcher, top, files.into_iter().map(short).collect(), report).await?;
    not_covered(searcher, &unlisted, report);
    Ok(())
}

/// Looks at the files, and gives back those paths that are folders.
async fn look_at(
    searcher: &Arc<Searcher>,
    top: &Path,
    paths: Vec<PathBuf>,
    report: &mut Report,
) -> Result<Vec<PathBuf>, Error> {
    let (mut folders, mut unreadable) = (Vec::new(), Vec::new());
    for batch in paths.chunks(BATCH) {
        let (searcher, top, batch) = (Arc::clone(searcher), top.to_owned(), batch.to_vec());
        let looked = tokio::task::spawn_blocking(move || look_at_batch(&searcher, &top, &batch))
            .await
            .map_err(|error| Error::file("could not look at the files below", "", error))?;
        report.files += looked.files;
        report.unlisted += looked.unlisted;
        looked.locations.into_iter().for_each(|location| report.add(location));
        folders.extend(looked.folders);
        unreadable.extend(looked.unreadable);
    }
    not_covered(searcher, &unreadable, report);
    Ok(folders)
}

fn not_covered(searcher: &Searcher, paths: &[PathBuf], report: &mut Report) {
    if let Some(first) = paths.first() {
        let text = format!(
            "{} files or folders could not be read and are not covered, {} among them",
            paths.len(),
            printable(searcher, first)
        );
        report.notes.push(Note::warning("Files not covered", text));
    }
}

fn printable(searcher: &Searcher, path: &Path) -> String {
    searcher.line(&path.to_string_lossy())
}

fn look_at_batch(searcher: &Searcher, top: &Path, paths: &[PathBuf]) -> Looked {
    let mut looked = Looked::default();
    let mut buffer = vec![0; BUFFER];
    for path in paths {
        let name = path.to_string_lossy();
        match look_at_file(searcher, &top.join(path), &mut buffer) {
            Ok(Content::Folder) => looked.folders.push(path.clone()),
            Ok(Content::None) => {}
            Ok(Content::Places(places)) => {
                looked.files += 1;
                looked.unlisted += places.unlisted;
                let locations = places
                    .listed
                    .iter()
                    .map(|place| Location::new(What::File).at(searcher, &name).found(searcher, place));
                looked.locations.extend(locations);
            }
            // Tracked, and deleted from the work tree, maybe with a file in its folder's place.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => continue,
            Err(_) => looked.unreadable.push(path.clone()),
        }
        if let Some((_, key)) = searcher.look(name.as_bytes()).first() {
            let location = Location::new(What::FileName).of(searcher, *key);
            looked.locations.push(location.at(searcher, &name));
        }
    }
    looked
}

/// Where keys are in one file. It may have one on each of its lines, so only those are kept that are listed.
#[derive(Default)]
struct Places {
    listed: Vec<Place>,
    last: Option<Place>,
    unlisted: usize,
}

impl Places {
    /// Takes the next hits; several on one line are one place.
    fn take(&mut self, hits: &mut Vec<Hit>) {
        for hit in hits.drain(..) {
            let place = Some(Place {
                key: hit.key,
                line: Some(hit.line),
            });
            if place == self.last {
                continue;
            }
            self.last = place;
            if self.listed.len() < MAX_LOCATIONS {
                self.listed.extend(place);
            } else {
                self.unlisted += 1;
            }
        }
    }
}

/// What a path holds.
enum Content {
    /// Where keys are in it.
    Places(Places),
    Folder,
    /// A pipe, a socket, a device: reading one could hang.
    None,
}

fn look_at_file(searcher: &Searcher, path: &Path, buffer: &mut [u8]) -> io::Result<Content> {
    let kind = fs::symlink_metadata(path)?.file_type();
    let (mut hits, mut places) = (Vec::new(), Places::default());
    let mut stream = searcher.stream();
    if kind.is_dir() {
        return Ok(Content::Folder);
    } else if kind.is_symlink() {
        // git stores the target's path as the link's content, and so do we look at that and nothing else.
        stream.feed(fs::read_link(path)?.to_string_lossy().as_bytes(), &mut hits);
    } else if kind.is_file() {
        let mut file = File::open(path)?;
        loop {
            match file.read(buffer)? {
                0 => break,
                read => stream.feed(&buffer[..read], &mut hits),
            }
            places.take(&mut hits);
        }
    } else {
        return Ok(Content::None);
    }
    stream.finish(&mut hits);
    places.take(&mut hits);
    Ok(Content::Places(places))
}

/// Every file below a folder, but for what is git's own; links are not followed. A folder that can't be listed is in the
/// list itself.
async fn files_below(folder: PathBuf) -> Vec<PathBuf> {
    let walk = move || {
        let mut files = Vec::new();
        let mut folders = vec![folder];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = fs::read_dir(&folder) else {
                files.push(folder);
                continue;
            };
            for entry in entries {
                let Ok(entry) = entry else {
                    files.push(folder);
                    break;
                };
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() && entry.file_name() != ".git" => folders.push(entry.path()),
                    Ok(kind) if kind.is_dir() => {}
                    _ => files.push(entry.path()),
                }
            }
        }
        sort_by(&mut files, Ord::cmp);
        files
    };
    tokio::task::spawn_blocking(walk).await.unwrap_or_default()
}
