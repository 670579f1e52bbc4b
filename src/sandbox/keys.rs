//! API keys as Sproobo documents them: created by name, shown once, kept as a hash and the first 12 characters.

use chrono::{DateTime, SecondsFormat, Utc};
use hyper::StatusCode;
use ring::digest::{SHA256, digest};
use ring::error::Unspecified;
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};

use super::reply::Refusal;
use crate::secret::Secret;

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const RANDOM_CHARACTERS: usize = 40;
const MAX_KEYS: usize = 100;
const MAX_NAME: usize = 100;

struct Key {
    id: String,
    name: String,
    prefix: String,
    created_at: DateTime<Utc>,
    hash: [u8; 32],
}

impl Key {
    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "prefix": self.prefix,
            "createdAt": self.created_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        })
    }
}

/// The keys that are valid now.
#[derive(Default)]
pub(super) struct KeyRing {
    keys: Vec<Key>,
    made: u64,
}

impl KeyRing {
    /// Whether this value is a valid key. By what a hash differs in, nobody learns anything of a key.
    pub(super) fn accepts(&self, presented: &str) -> bool {
        let hash = hash(presented);
        self.keys.iter().any(|key| key.hash == hash)
    }

    /// Adds a key with a given value.
    pub(super) fn insert(&mut self, name: &str, value: &Secret, created_at: DateTime<Utc>) -> Value {
        self.made += 1;
        let key = Key {
            id: format!("key_{}", self.made),
            name: name.to_owned(),
            prefix: value.public_prefix().to_owned(),
            created_at,
            hash: hash(value.expose()),
        };
        let json = key.json();
        self.keys.push(key);
        json
    }

    /// Makes a key; the reply is the only place that shows its value.
    pub(super) fn create(&mut self, name: &str, now: DateTime<Utc>) -> Result<Value, Refusal> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME {
            return Err(Refusal::invalid(
                "invalid_name",
                format!("a key needs a name of 1 to {MAX_NAME} characters"),
            ));
        }
        if self.keys.len() >= MAX_KEYS {
            return Err(Refusal::invalid(
                "too_many_keys",
                format!("the sandbox holds {MAX_KEYS} keys already; revoke one first"),
            ));
        }
        let value = random_key().map_err(|Unspecified| {
            Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "no_randomness",
                "the system gave no random bytes",
            )
        })?;
        let key = self.insert(name, &value, now);
        Ok(json!({ "apiKey": key, "key": value.expose() }))
    }

    pub(super) fn list(&self) -> Value {
        json!({ "apiKeys": self.keys.iter().map(Key::json).collect::<Vec<_>>() })
    }

    /// Takes a key out; it is refused from the next request on.
    pub(super) fn revoke(&mut self, id: &str) -> Result<Value, Refusal> {
        let place = self
            .keys
            .iter()
            .position(|key| key.id == id)
            .ok_or_else(|| Refusal::not_found("api_key_not_found", "there is no API key with this id"))?;
        Ok(json!({ "apiKey": self.keys.remove(place).json() }))
    }
}

/// A new key value: `spb_` and 40 random letters and digits.
pub(super) fn random_key() -> Result<Secret, Unspecified> {
    let random = SystemRandom::new();
    // The largest multiple of the alphabet's length that fits a byte: beyond it, some letters would be likelier.
    let fair = u8::MAX - u8::MAX % ALPHABET.len() as u8;
    let mut value = String::from("spb_");
    let full = value.len() + RANDOM_CHARACTERS;
    while value.len() < full {
        let mut bytes = [0; RANDOM_CHARACTERS];
        random.fill(&mut bytes)?;
        let letters = bytes.iter().filter(|&&byte| byte < fair);
        let missing = full - value.len();
        value.extend(
            letters
                .take(missing)
                .map(|&byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()])),
        );
    }
    Ok(Secret::new(value))
}

fn hash(value: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, value.as_bytes()).as_ref());
    hash
}
