//! The exit codes: public API.

use crate::model::Signal;

/// The exit codes of every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// Succeeded, or nothing to do.
    Ok,
    /// The deployment failed, was unhealthy, or could not be verified.
    Failed,
    /// Bad usage or configuration.
    Usage,
    /// Key missing, malformed or rejected.
    Key,
    /// Timed out; the deployment may still be running.
    TimedOut,
    /// Cancelled on Sproobo.
    Cancelled,
    /// Superseded by a newer deployment.
    Superseded,
    /// Could not tell.
    CouldNotTell,
    /// Refused by the API.
    Refused,
    /// The API answered outside the contract.
    OutsideContract,
    /// Key stale, and `--fail-on-stale-key`.
    StaleKey,
    /// `keys scan` found the key.
    KeyFound,
    /// Interrupted by a signal.
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
