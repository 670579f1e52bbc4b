//! Behaviour, through the binary and the public API.
#![expect(clippy::unwrap_used, reason = "a test ends where its premise does not hold")]

mod conflict;
mod interrupts;
mod lookup;
mod pace;
mod patience;
mod proof;
mod rollback;
mod support;
mod trigger;
mod verdict;
mod wait;
