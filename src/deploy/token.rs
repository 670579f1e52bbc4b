//! Client tokens: how a deployment is recognized as ours.

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
    let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(ClientToken(format!("{}{digits}", ClientToken::PREFIX)))
}
