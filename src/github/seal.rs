//! Sealed boxes: how GitHub wants a secret's value encrypted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_box::PublicKey;
use crypto_box::aead::OsRng;

/// GitHub's public key is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPublicKey {
    #[error("the public key that GitHub gave is not 32 bytes in base64")]
    NoKey,
    /// A point of low order: the box could be opened without any secret.
    #[error("the public key that GitHub gave protects nothing: whoever sees the box could open it")]
    OpenToAll,
}

/// Encrypts `value` so that only the holder of `public_key`'s other half can read it; both are base64.
/// (libsodium, `crypto_box_seal`.) Two calls never give the same text.
///
/// # Errors
/// [`BadPublicKey`].
pub fn seal(public_key: &str, value: &[u8]) -> Result<String, BadPublicKey> {
    let key = parse(public_key)?;
    let sealed = key.seal(&mut OsRng, value).map_err(|_| BadPublicKey::NoKey)?;
    Ok(STANDARD.encode(sealed))
}

/// A public key that a value may be sealed for.
pub(super) fn parse(public_key: &str) -> Result<PublicKey, BadPublicKey> {
    let bytes = STANDARD.decode(public_key.trim()).map_err(|_| BadPublicKey::NoKey)?;
    let key = PublicKey::from_slice(&bytes).map_err(|_| BadPublicKey::NoKey)?;
    if is_open_to_all(&key) {
        return Err(BadPublicKey::OpenToAll);
    }
    Ok(key)
}

/// Whether it is a point of low order: there are few shared secrets then, and everybody knows them. RFC 7748, section 6.1,
/// has implementations check for that; `crypto_box` does not.
fn is_open_to_all(key: &PublicKey) -> bool {
    let mut point = key.to_bytes();
    // The top bit does not count.
    point[31] &= 0x7f;
    let (low, high, rest) = (point[0], point[31], &point[1..31]);
    let near_zero = low <= 1 && high == 0 && rest.iter().all(|byte| *byte == 0);
    let near_the_prime = (0xec..=0xee).contains(&low) && high == 0x7f && rest.iter().all(|byte| *byte == 0xff);
    near_zero || near_the_prime || OF_ORDER_8.contains(&point)
}

/// The two points of order 8, as libsodium has them; those of smaller order are 0 and 1, and minus one, which are written as
/// the prime and its neighbours too.
const OF_ORDER_8: [[u8; 32]; 2] = [
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09,
        0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44,
        0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
    ],
];
