//! Client tokens: how a deployment is recognized as ours.

use std::fmt::Write as _;

use ring::rand::{SecureRandom, SystemRandom};

use crate::error::Error;
use crate::model::ClientToken;

/// A fresh token, `sproobo-deploy-` and 128 random bits in hex; one for each run and site.
///
/// # Errors
/// [`Error::Usage`] if the system gives no random numbers.
pub fn new_token() -> Result<ClientToken, Error> {
    let mut random = [0_u8; 16];
    SystemRandom::new().fill(&mut random).map_err(|_| {
        Error::usage(
            "the system gives no random numbers to make a client token of",
            "set one with --idempotency-key",
        )
    })?;
    let mut token = String::from(ClientToken::PREFIX);
    for byte in random {
        // Writing to a String can't fail.
        let _ = write!(token, "{byte:02x}");
    }
    Ok(ClientToken(token))
}
