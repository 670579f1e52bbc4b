//! Sealed boxes: how GitHub wants a secret's value encrypted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_box::PublicKey;
use crypto_box::aead::OsRng;

/// GitHub's public key is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the public key that GitHub gave is not 32 bytes in base64")]
pub struct BadPublicKey;

/// Encrypts `value` so that only the holder of `public_key`'s other half can read it; both are base64.
/// (libsodium, `crypto_box_seal`.) Two calls never give the same text.
///
/// # Errors
/// [`BadPublicKey`].
pub fn seal(public_key: &str, value: &[u8]) -> Result<String, BadPublicKey> {
    let bytes = STANDARD.decode(public_key.trim()).map_err(|_| BadPublicKey)?;
    let key = PublicKey::from_slice(&bytes).map_err(|_| BadPublicKey)?;
    let sealed = key.seal(&mut OsRng, value).map_err(|_| BadPublicKey)?;
    Ok(STANDARD.encode(sealed))
}
