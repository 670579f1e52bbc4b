//! The redactor: sits under every sink and covers every form of every secret that the process holds.
//!
//! A secret's forms are not listed: there would be too many (which characters does *this* encoder escape?)
//! and each would have to be found in pieces. Instead every stream is read as each of the encodings at once
//! (`encoding`), and what each reading yields is matched against all pieces of the secret (`pieces`). What merely looks like
//! an API key is hidden too (`minted`), as it stands: there is no value to compare its other forms with.

mod encoding;
mod held;
mod lane;
mod minted;
mod pieces;
mod redactor;
mod scanner;
mod visible;
mod writer;

pub use encoding::{ENCODINGS, Encoding};
pub use held::HIDDEN;
pub use redactor::Redactor;
pub use writer::RedactingWriter;
