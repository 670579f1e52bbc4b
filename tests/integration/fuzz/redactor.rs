//! Whatever the text and however it is cut: no eight characters of the secret in a row come out, in any encoding.

use std::io::Write;

use arbitrary::{Arbitrary, Unstructured};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::secret::Secret;

use super::input;

const PIECE: usize = 8;

pub(crate) fn check(data: &[u8]) {
    let Some((opaque, secret, parts)) = input::<(u8, Vec<u8>, Vec<Part>)>(data) else {
        return;
    };
    // `*` is what the mask is made of: next to it a piece could seem to form that was never there.
    let secret: String = secret
        .iter()
        .map(|byte| char::from(b'!' + byte % 94))
        .filter(|c| *c != '*')
        .take(64)
        .collect();
    if secret.len() < 16 {
        return;
    }
    let opaque = opaque % 2 == 1;
    let public = if opaque { 0 } else { 12 };
    let redactor = Redactor::new();
    let known = Secret::new(secret.clone());
    if opaque {
        redactor.add_opaque(&known);
    } else {
        redactor.add(&known);
    }
    let text: String = parts.iter().map(|part| part.text(&secret)).collect();

    let redacted = redactor.redact(&text);
    for reading in readings(&redacted) {
        for window in secret.as_bytes().windows(PIECE) {
            let is_public = secret.as_bytes()[..public].windows(PIECE).any(|piece| piece == window);
            let leaks = reading.windows(PIECE).any(|piece| piece == window);
            assert!(
                is_public || !leaks,
                "{redacted:?} shows {:?} of {secret:?}",
                String::from_utf8_lossy(window)
            );
        }
    }

    let mut streamed = Vec::new();
    let mut writer = redactor.writer(&mut streamed);
    let mut rest = text.as_bytes();
    for part in &parts {
        let (now, later) = rest.split_at(rest.len().min(usize::from(part.length % 24)));
        writer.write_all(now).expect("a vector takes all");
        writer.flush().expect("a vector takes all");
        rest = later;
    }
    writer.write_all(rest).expect("a vector takes all");
    writer.finish().expect("a vector takes all");
    drop(writer);
    assert_eq!(String::from_utf8_lossy(&streamed), redacted, "cut and whole differ");

    let mut last = 0;
    for found in redactor.find(text.as_bytes()) {
        assert!(found.start >= last && found.start < found.end && found.end <= text.len());
        last = found.end;
    }
}

/// A stretch of the text: a piece of the secret in some encoding, or noise.
#[derive(Debug)]
struct Part {
    kind: u8,
    from: u8,
    length: u8,
    noise: String,
}

impl<'a> Arbitrary<'a> for Part {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(Self {
            kind: u.arbitrary()?,
            from: u.arbitrary()?,
            length: u.arbitrary()?,
            noise: u.arbitrary()?,
        })
    }
}

impl Part {
    fn text(&self, secret: &str) -> String {
        let from = usize::from(self.from) % secret.len();
        let length = usize::from(self.length) % (secret.len() - from + 1);
        let piece = &secret[from..from + length];
        let each = |write: fn(u8) -> String| piece.bytes().map(write).collect::<String>();
        let noisy = |engine: &GeneralPurpose| engine.encode(format!("{}{piece}{}", self.noise, self.noise));
        match self.kind % 12 {
            0 => piece.to_owned(),
            1 => each(|byte| format!("{byte:02x}")),
            2 => each(|byte| format!("{byte:02X}")),
            3 => each(|byte| format!("%{byte:02x}")),
            4 => each(|byte| match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            }),
            5 => noisy(&base64::engine::general_purpose::STANDARD),
            6 => noisy(&base64::engine::general_purpose::URL_SAFE_NO_PAD),
            7 => serde_json::Value::from(piece).to_string(),
            8 => each(|byte| format!("\\u{byte:04x}")),
            9 => each(|byte| format!("&#{byte};")),
            10 => each(|byte| match byte {
                b'&' => "&amp;".to_owned(),
                b'<' => "&lt;".to_owned(),
                b'"' => "&quot;".to_owned(),
                _ => char::from(byte).to_string(),
            }),
            _ => self.noise.clone(),
        }
    }
}

/// The text read as each encoding at each alignment: naive, and whole.
fn readings(text: &str) -> Vec<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut readings = vec![bytes.to_vec(), percent(bytes)];
    let is_hex = |byte: &u8| byte.is_ascii_hexdigit();
    for run in bytes.split(|byte| !is_hex(byte)) {
        for phase in 0..2.min(run.len()) {
            let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default() as u8;
            readings.push(
                run[phase..]
                    .chunks_exact(2)
                    .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
                    .collect(),
            );
        }
    }
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = GeneralPurpose::new(&alphabet::STANDARD, config);
    let standard = text.replace('-', "+").replace('_', "/");
    for run in standard.split(|c: char| !c.is_ascii_alphanumeric() && c != '+' && c != '/') {
        for from in 0..4.min(run.len()) {
            let run = &run[from..];
            let run = &run[..run.len() - usize::from(run.len() % 4 == 1)];
            readings.push(engine.decode(run).expect("these are all base64 digits"));
        }
    }
    readings
}

fn percent(bytes: &[u8]) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push((high << 4 | low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}
