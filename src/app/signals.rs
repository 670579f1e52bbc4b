//! The process's signals, as values.

use std::io;

use tokio::sync::watch;

use crate::deploy::Interrupts;
use crate::error::Error;
use crate::model::Signal;

/// Listens for the signals that ask us to stop. From here on they no longer end the process by themselves.
///
/// # Errors
/// [`Error::Usage`] when the operating system refuses the handlers.
pub(crate) fn start() -> Result<Interrupts, Error> {
    listen().map_err(|error| {
        Error::usage(
            format!("signals can't be handled: {error}"),
            "run it where signal handlers are allowed",
        )
    })
}

fn listen() -> io::Result<Interrupts> {
    let (sender, receiver) = watch::channel(None);
    let mut sources = Sources::new()?;
    tokio::spawn(async move {
        loop {
            let signal = sources.next().await;
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
}

#[cfg(unix)]
impl Sources {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
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
