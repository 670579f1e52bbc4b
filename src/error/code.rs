//! The exit codes: public API.

use crate::model::Signal;

/// The exit codes of every command. `error::run` says which end has which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// What was asked for is done: the deployment succeeded, or there was nothing to do. With `--no-wait`, it was
    /// started. A reader of our output that goes away early does not change it.
    Ok,
    /// A verdict against the deployment: it failed, was unhealthy, or what is live did not hold against `--verify-url` or
    /// `--require-commit`. Also where it was rolled back with success: what was asked for is not live.
    Failed,
    /// Something on our side of the wire, found before anything was sent where that is possible: the command line, a
    /// variable, the contract file, a file that can't be read or written.
    Usage,
    /// No key, one that can't be a key, or one that Sproobo refuses (401, or a 403 that is not about billing).
    Key,
    /// Our time was up before there was a verdict, whatever `--on-timeout` did then; or the deployment ended with a status
    /// word that nobody knows.
    TimedOut,
    /// Somebody cancelled the deployment on Sproobo.
    Cancelled,
    /// A newer deployment took over, and `--on-superseded fail`; or a newer commit is live, and `--on-outdated fail`.
    Superseded,
    /// The API could not be reached (past the budget; at once where its certificate is refused) or answered with its own
    /// errors alone, or the trigger's reply was lost and the deployment not found again: there may be one, without a
    /// verdict.
    CouldNotTell,
    /// Sproobo understood and said no, and nothing was started: site unknown, billing or plan limit, a conflict with
    /// `--on-conflict fail`, a bad request; or there is no deployment that a command could act on.
    Refused,
    /// What answered does not speak the contract: HTML, a redirect, a success without an id.
    OutsideContract,
    /// The key is stale, and `--fail-on-stale-key`; nothing was sent.
    StaleKey,
    /// `keys scan` found the key in the repository.
    KeyFound,
    /// A signal ended our wait; 128 plus its number.
    Signal(Signal),
}

impl ExitCode {
    /// The number that the process exits with.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Key => 3,
            Self::TimedOut => 4,
            Self::Cancelled => 5,
            Self::Superseded => 6,
            Self::CouldNotTell => 7,
            Self::Refused => 8,
            Self::OutsideContract => 9,
            Self::StaleKey => 10,
            Self::KeyFound => 11,
            Self::Signal(Signal::Hangup) => 129,
            Self::Signal(Signal::Interrupt) => 130,
            Self::Signal(Signal::Terminate) => 143,
        }
    }

    /// The code of several sites together: a signal's wins, else the smallest non-zero one.
    ///
    /// ```
    /// use sproobo_deploy::error::ExitCode;
    ///
    /// let sites = [ExitCode::Ok, ExitCode::TimedOut, ExitCode::Failed];
    /// assert_eq!(ExitCode::combined(sites).number(), 1);
    /// ```
    #[must_use]
    pub fn combined(codes: impl IntoIterator<Item = Self>) -> Self {
        codes.into_iter().fold(Self::Ok, |one, other| match (one, other) {
            (Self::Signal(_), _) => one,
            (_, Self::Signal(_)) | (Self::Ok, _) => other,
            (_, Self::Ok) => one,
            _ if other.number() < one.number() => other,
            _ => one,
        })
    }
}
