//! Takes the rules' events: files are written at once, the console is another thread's business.

use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::console::Reporter;
use super::files::FileReports;
use crate::event::{Event, Sink};

/// How long a busy machine may take to have a thread that prints begin. What it is given then is printed yet, so it is no
/// reader who holds it up.
pub const BEGINNING: Duration = Duration::from_secs(10);

/// The sink of a run. A console that nobody reads can block neither the run nor its files.
pub struct Dispatcher {
    began: Instant,
    state: Mutex<State>,
    stages: Mutex<Receiver<Stage>>,
}

/// How far the console's thread has come.
#[derive(Debug, PartialEq, Eq)]
enum Stage {
    /// From here on it is who reads that holds it up.
    Begun,
    Drained,
}

struct State {
    files: FileReports,
    /// `None` once finished.
    console: Option<Sender<(Duration, Event)>>,
}

impl Dispatcher {
    /// Begins the run's time, and the console's thread.
    ///
    /// # Errors
    /// The system refused a thread.
    pub fn start(files: FileReports, console: Box<dyn Reporter>) -> io::Result<Self> {
        let began = Instant::now();
        let (sender, events) = mpsc::channel();
        let (told, stages) = mpsc::channel();
        thread::Builder::new().name("console".to_owned()).spawn(move || {
            let interval = console.tick_interval();
            // Whether anybody still waits for it does not matter.
            let _ = told.send(Stage::Begun);
            report(console, interval, &events, began);
            let _ = told.send(Stage::Drained);
        })?;
        Ok(Self {
            began,
            state: Mutex::new(State {
                files,
                console: Some(sender),
            }),
            stages: Mutex::new(stages),
        })
    }

    /// Waits until the console has printed everything, but at most this long, from when its thread has [begun](BEGINNING);
    /// whether it has. Later events reach the files only.
    pub fn finish(&self, timeout: Duration) -> bool {
        drop(self.state.lock().unwrap_or_else(PoisonError::into_inner).console.take());
        let stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        match stages.recv_timeout(BEGINNING) {
            Ok(Stage::Begun) => !matches!(stages.recv_timeout(timeout), Err(RecvTimeoutError::Timeout)),
            // It ended before, or panicked.
            Ok(Stage::Drained) | Err(RecvTimeoutError::Disconnected) => true,
            Err(RecvTimeoutError::Timeout) => false,
        }
    }
}

impl Sink for Dispatcher {
    fn emit(&self, event: Event) {
        // Held over both, so that the console sees the events in the files' order.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let warnings = state.files.event(&event);
        if let Some(console) = &state.console {
            // The warnings first: the end is always last. A console that is gone misses them.
            for event in warnings.into_iter().chain([event]) {
                let _ = console.send((self.began.elapsed(), event));
            }
        }
    }
}

/// The console's thread: until every sender is gone and everything is printed.
fn report(mut console: Box<dyn Reporter>, interval: Duration, events: &Receiver<(Duration, Event)>, began: Instant) {
    let mut next_tick = Instant::now() + interval;
    loop {
        match events.recv_timeout(next_tick.saturating_duration_since(Instant::now())) {
            Ok((at, event)) => console.event(at, &event),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if Instant::now() >= next_tick {
            console.tick(began.elapsed());
            next_tick = Instant::now() + interval;
        }
    }
}
