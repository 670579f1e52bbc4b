//! Files that this program reads and writes. Only what is a regular file, or nothing yet, is replaced or removed. Anything else (a
//! device, a pipe, a link) is written through as a shell's `>` would, but never waited for. Where a path leads to the file that
//! stdout or stderr goes to, what is written joins the stream: `>` would empty it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

mod stream;
mod text;

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Its owner alone.
    Owner,
    /// Whom the umask lets.
    Umask,
}

/// The first pause before a file that another program holds is tried again; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// How many such pauses there are, 0.6 s in all: enough for an editor or a virus scanner, and no bar to ending in time.
const PAUSES: u32 = 7;

/// Reads a text of at most `limit` bytes: UTF-8, with a byte order mark or without, or UTF-16 with one.
///
/// # Errors
/// What the system says, that it is no text, or that it is longer: our inputs are small, so then it is something else.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    text_of(patiently(|| File::open(path))?, limit)
}

/// The same of what is open already.
///
/// # Errors
/// As [`read_text`].
pub fn text_of(source: impl Read, limit: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    source.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let why = format!("it has more than {limit} bytes, so it is something else");
        return Err(io::Error::new(ErrorKind::FileTooLarge, why));
    }
    text::decode(bytes)
}

/// Gives the file this content: a regular file at once as a whole, and synced, so that whoever reads it, and whenever
/// this process is killed, sees the old content or the new one.
///
/// # Errors
/// What the system says. A regular file then still holds what it held before.
pub fn replace(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    if !is_replaceable(path)? {
        return write_through(path, content, readers);
    }
    let folder = folder_of(path);
    let mut draft = draft_in(folder, readers)?;
    draft.write_all(content)?;
    draft.as_file().sync_all()?;
    let mut draft = Some(draft);
    patiently(|| match draft.take() {
        Some(ready) => ready.persist(path).map(drop).map_err(|failed| {
            draft = Some(failed.file);
            failed.error
        }),
        None => Ok(()),
    })?;
    // Makes the new name durable where folders can be synced; elsewhere the content is safe all the same.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Makes a file that is not there yet, with the folders that it lies in.
///
/// # Errors
/// What the system says: [`io::ErrorKind::AlreadyExists`] if anything has this name, a link that leads nowhere too.
pub fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::create_new(path)?.write_all(content)
}

/// Whether [`replace`] would work. Leaves things as they are.
///
/// # Errors
/// Why it would not.
pub fn check_replace(path: &Path) -> io::Result<()> {
    if is_replaceable(path)? {
        return draft_in(folder_of(path), Readers::Owner).map(drop);
    }
    told(without_waiting(OpenOptions::new().write(true)).open(path)).map(drop)
}

/// Removes a regular file; whether nothing is there now. What is no regular file stays.
///
/// # Errors
/// What the system says.
pub fn remove(path: &Path) -> io::Result<bool> {
    if !is_replaceable(path)? {
        return Ok(false);
    }
    match patiently(|| fs::remove_file(path)) {
        Err(error) if !is_absence(&error) => Err(error),
        _ => Ok(true),
    }
}

/// A file that another program has made, opened for whole lines at its end.
pub struct Appender {
    file: File,
    lead: &'static str,
}

impl Appender {
    /// Opens the file, which must be there.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        if let Some(file) = stream::own(path) {
            return Ok(Self { file, lead: "" });
        }
        let mut file = told(without_waiting(OpenOptions::new().read(true).append(true)).open(path))?;
        // Whoever wrote before may have left the last line open. Only a regular file can be looked at.
        let mut last = *b"\n";
        if file.metadata()?.is_file() && file.seek(SeekFrom::End(0))? > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        let lead = if last == *b"\n" { "" } else { "\n" };
        Ok(Self { file, lead })
    }

    /// What its length will be before the first byte that is appended.
    ///
    /// # Errors
    /// What the system says.
    pub fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len() + self.lead.len() as u64)
    }

    /// Appends the text in one write.
    ///
    /// # Errors
    /// What the system says.
    pub fn append(&mut self, text: &str) -> io::Result<()> {
        let lead = std::mem::take(&mut self.lead);
        told(self.file.write_all(format!("{lead}{text}").as_bytes()))
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn is_replaceable(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        // Where stdout goes to, a new file of that name would take what is printed out of sight.
        Ok(found) => Ok(found.is_file() && stream::own(path).is_none()),
        Err(error) if is_absence(&error) => Ok(true),
        Err(error) => Err(error),
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Tries again for a moment while another program holds the file.
fn patiently<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for before in 0..PAUSES {
        match attempt() {
            Err(error) if is_held(&error) => std::thread::sleep(FIRST_PAUSE * 2_u32.pow(before)),
            done => return done,
        }
    }
    attempt()
}

/// Whether another program's use of the file is in the way, which only Windows lets it be. It says "access denied" of a file that may
/// be deleted but not yet replaced, else "sharing violation".
fn is_held(error: &io::Error) -> bool {
    const ACCESS_DENIED: i32 = 5;
    const SHARING_VIOLATION: i32 = 32;
    cfg!(windows) && matches!(error.raw_os_error(), Some(ACCESS_DENIED | SHARING_VIOLATION))
}

fn write_through(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    if let Some(mut stream) = stream::own(path) {
        return stream.write_all(content);
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, readers.mode());
    #[cfg(not(unix))]
    let _ = readers;
    told(
        without_waiting(&mut options)
            .open(path)
            .and_then(|mut file| file.write_all(content)),
    )
}

/// Opening a pipe would wait for its reader, and writing for a slow one; opening a terminal could make it ours.
fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, libc::O_NONBLOCK | libc::O_NOCTTY);
    options
}

/// The system's words for a pipe that can't be written to say little.
fn told<T>(done: io::Result<T>) -> io::Result<T> {
    done.map_err(|error| match error.raw_os_error() {
        #[cfg(unix)]
        Some(libc::ENXIO) => io::Error::new(error.kind(), "nobody reads from it"),
        _ if error.kind() == ErrorKind::WouldBlock => {
            io::Error::new(error.kind(), "its reader does not keep up, and is not waited for")
        }
        _ => error,
    })
}

#[cfg(unix)]
fn draft_in(folder: &Path, readers: Readers) -> io::Result<NamedTempFile> {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(readers.mode());
    tempfile::Builder::new().permissions(permissions).tempfile_in(folder)
}

#[cfg(not(unix))]
fn draft_in(folder: &Path, _: Readers) -> io::Result<NamedTempFile> {
    NamedTempFile::new_in(folder)
}

#[cfg(unix)]
impl Readers {
    /// What the umask is taken from.
    fn mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Umask => 0o666,
        }
    }
}
