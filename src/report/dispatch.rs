//! Takes the rules' events: files are written at once, the console is another thread's business.

use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::console::Reporter;
use super::files::FileReports;
use crate::event::{Event, Sink};

/// The sink of a run. A console that nobody reads can block neither the run nor its files.
pub struct Dispatcher {
    began: Instant,
    state: Mutex<State>,
    drained: Mutex<Receiver<()>>,
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
        let (done, drained) = mpsc::channel();
        thread::Builder::new().name("console".to_owned()).spawn(move || {
            report(console, &events, began);
            // Whether anybody still waits for it does not matter.
            let _ = done.send(());
        })?;
        Ok(Self {
            began,
            state: Mutex::new(State {
                files,
                console: Some(sender),
            }),
            drained: Mutex::new(drained),
        })
    }

    /// Waits until the console has printed everything, but at most this long; whether it has. Later events reach
    /// the files only.
    pub fn finish(&self, timeout: Duration) -> bool {
        drop(self.state.lock().unwrap_or_else(PoisonError::into_inner).console.take());
        let drained = self.drained.lock().unwrap_or_else(PoisonError::into_inner);
        !matches!(drained.recv_timeout(timeout), Err(RecvTimeoutError::Timeout))
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
fn report(mut console: Box<dyn Reporter>, events: &Receiver<(Duration, Event)>, began: Instant) {
    let interval = console.tick_interval();
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
