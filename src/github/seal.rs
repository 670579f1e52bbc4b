//! Sealed boxes: how GitHub wants a secret's value encrypted.
//!
//! libsodium's `crypto_box_seal`, as its documentation ("Sealed boxes") has it: a key pair of one use, X25519 with the
//! recipient's key, HSalsa20 over what both share, BLAKE2b over both public keys for the nonce, and XSalsa20-Poly1305. The
//! curve is ring's, which TLS needs anyway; with the crate `crypto_box`, which the tests open the boxes with, it would be in
//! the program twice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blake2::digest::consts::{U10, U24};
use blake2::{Blake2b, Digest};
use crypto_secretbox::aead::Aead;
use crypto_secretbox::{KeyInit, XSalsa20Poly1305};
use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::rand::SystemRandom;
use salsa20::{Key, hsalsa};

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
/// Two calls never give the same text.
///
/// # Errors
/// [`BadPublicKey`].
///
/// # Panics
/// Where the system has no random numbers.
pub fn seal(public_key: &str, value: &[u8]) -> Result<String, BadPublicKey> {
    let theirs = STANDARD.decode(public_key.trim()).map_err(|_| BadPublicKey::NoKey)?;
    if theirs.len() != 32 {
        return Err(BadPublicKey::NoKey);
    }
    let private = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new());
    let private = private.expect("the system has random numbers");
    let ours = private.compute_public_key().expect("a key has its other half");
    let nonce = Blake2b::<U24>::new()
        .chain_update(&ours)
        .chain_update(&theirs)
        .finalize();
    // ring refuses a point of low order, as RFC 7748, section 6.1, has it: there are few shared secrets then, and
    // everybody knows them.
    agree_ephemeral(private, &UnparsedPublicKey::new(&X25519, &theirs), |shared| {
        let key = hsalsa::<U10>(Key::from_slice(shared), &[0; 16].into());
        let sealed = XSalsa20Poly1305::new(&key).encrypt(&nonce, value);
        let sealed = sealed.expect("a secret is shorter than the cipher's 256 GB");
        STANDARD.encode([ours.as_ref(), &sealed].concat())
    })
    .map_err(|_| BadPublicKey::OpenToAll)
}

/// Whether a value could be sealed for this key.
///
/// # Errors
/// [`BadPublicKey`].
pub(super) fn check(public_key: &str) -> Result<(), BadPublicKey> {
    seal(public_key, b"").map(drop)
}
