//! The process's signals, as values.

use std::io;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::deploy::Interrupts;
use crate::model::Signal;

/// What comes so soon after a signal is the same one: `timeout` sends its own to the process and then to its group, and
/// a terminal to both a shell and its child, which may pass it on.
const ECHO: Duration = Duration::from_millis(100);

/// Listens for the signals that ask us to stop. From here on they no longer end the process by themselves; one that comes
/// before the runtime runs is kept for it.
///
/// # Errors
/// The operating system refused the handlers.
pub(crate) fn listen(runtime: &Runtime) -> io::Result<Interrupts> {
    let (sender, receiver) = watch::channel(None);
    let _entered = runtime.enter();
    let mut sources = Sources::new()?;
    runtime.spawn(async move {
        let mut last: Option<Instant> = None;
        loop {
            let signal = sources.next().await;
            if last.is_some_and(|last| last.elapsed() < ECHO) {
                continue;
            }
            last = Some(Instant::now());
            if sender.send(Some(signal)).is_err() {
                return;
            }
        }
    });
    Ok(Interrupts::new(receiver))
}

#[cfg(unix)]
struct Sources {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// Nothing under `nohup`.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Sources {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: match is_hangup_ignored() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    async fn next(&mut self) -> Signal {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = hangup => Signal::Hangup,
        }
    }
}

/// Whether whoever started us wants no SIGHUP to reach us, as `nohup` does. Linux alone tells without unsafe code.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    /// SIGHUP is number 1, the lowest bit of the mask.
    const HANGUP: u64 = 1;
    let ignored = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & HANGUP != 0)
}

#[cfg(windows)]
struct Sources {
    ctrl_c: tokio::signal::windows::CtrlC,
    ctrl_break: tokio::signal::windows::CtrlBreak,
    close: tokio::signal::windows::CtrlClose,
}

#[cfg(windows)]
impl Sources {
    fn new() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close};
        Ok(Self {
            ctrl_c: ctrl_c()?,
            ctrl_break: ctrl_break()?,
            close: ctrl_close()?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.ctrl_c.recv() => Signal::Interrupt,
            _ = self.ctrl_break.recv() => Signal::Interrupt,
            _ = self.close.recv() => Signal::Terminate,
        }
    }
}
