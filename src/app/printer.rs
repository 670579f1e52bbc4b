//! What is printed without a reporter, by a thread of its own: a reader who is slow, or gone, holds up neither a signal
//! nor a limit on the time.

use std::io::{self, ErrorKind, Write};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use anstream::adapter::strip_bytes;
use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::report::{self, BEGINNING};
use crate::secret::Secret;

/// How long a non-blocking pipe that is full is left alone.
const PAUSE: Duration = Duration::from_millis(5);

/// Prints what it is given, in order. Clones are one printer.
#[derive(Clone)]
pub struct Printer(Arc<Shared>);

/// Has a thread do this.
type Spawn = Box<dyn Fn(Box<dyn FnOnce() + Send>) -> io::Result<()> + Send + Sync>;

struct Shared {
    spawn: Spawn,
    /// Nothing inside: the system refused the thread.
    queue: OnceLock<Option<Sender<Job>>>,
    state: Mutex<State>,
    /// Printing began, or something was printed: for threads, and for futures.
    printed: Condvar,
    change: Notify,
}

#[derive(Default)]
struct State {
    /// What is given and not yet printed.
    pending: Vec<Kind>,
    /// Whether the thread has begun to print.
    has_begun: bool,
    /// Why stdout did not take a result.
    failure: Option<io::Error>,
    /// Whether who read stdout went away.
    is_closed: bool,
}

impl State {
    /// Whether all that is pending waits for the thread.
    fn is_to_begin(&self) -> bool {
        !self.has_begun && !self.pending.is_empty()
    }

    fn has_pending(&self, counts: fn(Kind) -> bool) -> bool {
        self.pending.iter().any(|kind| counts(*kind))
    }
}

/// What is printed, and so where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Has GitHub's runner mask a secret.
    Mask,
    /// What the command is for: to stdout, and the command ends only when it is printed.
    Result,
    /// What goes beside a result, to stderr.
    Aside,
    /// The same where nothing goes to stderr.
    AsideOnStdout,
}

struct Job {
    kind: Kind,
    bytes: Vec<u8>,
}

impl Default for Printer {
    fn default() -> Self {
        Self::on(|work| {
            let thread = thread::Builder::new().name("printer".to_owned());
            thread.spawn(work).map(drop)
        })
    }
}

impl Printer {
    /// One whose thread is started by `spawn`, when there is something to print.
    pub fn on(spawn: impl Fn(Box<dyn FnOnce() + Send>) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(Shared {
            spawn: Box::new(spawn),
            queue: OnceLock::new(),
            state: Mutex::default(),
            printed: Condvar::new(),
            change: Notify::new(),
        }))
    }

    /// Prints this, which must be redacted, when its turn comes. Returns at once.
    pub fn print(&self, kind: Kind, bytes: Vec<u8>) {
        self.state().pending.push(kind);
        let queue = self.0.queue.get_or_init(|| self.start().ok());
        let job = Job { kind, bytes };
        let unsent = match queue {
            Some(queue) => queue.send(job).err().map(|unsent| unsent.0),
            None => Some(job),
        };
        // Without a thread it is printed all the same.
        if let Some(job) = unsent {
            self.0.done(kind, write(&job));
        }
    }

    /// Has GitHub's runner mask this secret: the one line where the value itself belongs. Whatever is printed
    /// [in turn](Self::in_turn) comes after it, or never.
    pub(crate) fn mask(&self, secret: &Secret) {
        self.print(Kind::Mask, report::add_mask(secret).into_bytes());
    }

    /// A stream that writes nothing before all that was given to this printer is printed. Its writer waits for that, so
    /// it belongs on a thread that may be held up.
    pub(crate) fn in_turn<W: Write>(&self, stream: W) -> InTurn<W> {
        InTurn {
            printer: self.clone(),
            stream,
        }
    }

    /// Waits until every result is printed, and a moment for what goes beside. Nobody waits for a mask.
    ///
    /// # Errors
    /// Why stdout did not take a result, but for a reader that went away.
    pub async fn finished(&self, moment: Duration) -> io::Result<()> {
        self.none_pending(|kind| kind == Kind::Result).await;
        // What does not go in time is left.
        let _ = timeout(BEGINNING, self.no_longer(State::is_to_begin)).await;
        let _ = timeout(moment, self.none_pending(|kind| kind != Kind::Mask)).await;
        self.state().failure.take().map_or(Ok(()), Err)
    }

    /// Waits until every result so far is printed, so that a slow reader slows down who prints more. Whether stdout
    /// takes any more.
    pub(crate) async fn is_read(&self) -> bool {
        self.none_pending(|kind| kind == Kind::Result).await;
        let state = self.state();
        !state.is_closed && state.failure.is_none()
    }

    async fn none_pending(&self, counts: fn(Kind) -> bool) {
        self.no_longer(|state| state.has_pending(counts)).await;
    }

    /// Waits without a thread for it: to start one would be a good part of what `--version` costs.
    async fn no_longer(&self, holds: impl Fn(&State) -> bool) {
        loop {
            // From here on it misses nothing, so the look comes after it.
            let change = self.0.change.notified();
            if !holds(&self.state()) {
                return;
            }
            change.await;
        }
    }

    /// As [`finished`](Self::finished), holding the thread up.
    pub fn wait(&self, moment: Duration) {
        self.wait_while(Duration::MAX, |state| state.has_pending(|kind| kind == Kind::Result));
        self.wait_while(BEGINNING, State::is_to_begin);
        self.wait_while(moment, |state| state.has_pending(|kind| kind != Kind::Mask));
    }

    fn wait_while(&self, at_most: Duration, holds: impl Fn(&State) -> bool) {
        let still = |state: &mut State| holds(state);
        let waited = self.0.printed.wait_timeout_while(self.state(), at_most, still);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    fn start(&self) -> io::Result<Sender<Job>> {
        let (queue, jobs) = mpsc::channel();
        let shared = self.0.clone();
        (self.0.spawn)(Box::new(move || print_all(&jobs, &shared)))?;
        Ok(queue)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state()
    }
}

/// Prints a result, which must be redacted, and waits for its reader.
///
/// # Errors
/// Why stdout did not take it, but for a reader that went away.
pub(crate) fn print_here(text: String) -> io::Result<()> {
    let written = write(&Job {
        kind: Kind::Result,
        bytes: text.into_bytes(),
    });
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn print_all(jobs: &Receiver<Job>, shared: &Shared) {
    for job in jobs {
        shared.begin();
        shared.done(job.kind, write(&job));
    }
}

impl Shared {
    fn begin(&self) {
        if !std::mem::replace(&mut self.state().has_begun, true) {
            self.tell();
        }
    }

    fn done(&self, kind: Kind, written: io::Result<()>) {
        let mut state = self.state();
        let at = state.pending.iter().position(|pending| *pending == kind);
        at.map(|at| state.pending.remove(at));
        match written {
            // A reader that went away (`| head`) is no error of ours.
            Err(error) if kind == Kind::Result && error.kind() == ErrorKind::BrokenPipe => state.is_closed = true,
            Err(error) if kind == Kind::Result => {
                state.failure.get_or_insert(error);
            }
            _ => {}
        }
        self.tell();
    }

    fn tell(&self) {
        self.printed.notify_all();
        self.change.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write(job: &Job) -> io::Result<()> {
    match job.kind {
        Kind::Mask | Kind::Result | Kind::AsideOnStdout => write_to(anstream::stdout(), io::stdout(), &job.bytes),
        Kind::Aside => write_to(anstream::stderr(), io::stderr(), &job.bytes),
    }
}

/// Leaves styles out where no terminal reads them, and does so before: `stream` would take them out piece by piece, and
/// where a full pipe refuses a piece it does not say how many went before it.
fn write_to(stream: impl Write, raw: impl RawStream, bytes: &[u8]) -> io::Result<()> {
    match AutoStream::choice(&raw) {
        ColorChoice::Never => write_all(stream, &strip_bytes(bytes).into_vec()),
        _ => write_all(stream, bytes),
    }
}

/// Waits for a non-blocking pipe that is full as any other would be waited for.
fn write_all(mut stream: impl Write, mut bytes: &[u8]) -> io::Result<()> {
    loop {
        let written = if bytes.is_empty() {
            stream.flush().map(|()| 0)
        } else {
            stream.write(bytes)
        };
        match written {
            Ok(0) if bytes.is_empty() => return Ok(()),
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(PAUSE),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// See [`Printer::in_turn`].
pub(crate) struct InTurn<W> {
    printer: Printer,
    stream: W,
}

impl<W: Write> Write for InTurn<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.printer
            .wait_while(Duration::MAX, |state| !state.pending.is_empty());
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
