//! Sproobo's API as data: the contract, and the client that follows it.
