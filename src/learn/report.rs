//! The evidence as text.

use super::{Learned, Sure};

/// What was chosen and why, and what is missing; for a person, in lines.
#[must_use]
pub fn explain(learned: &Learned) -> Vec<String> {
    let mut lines = Vec::new();
    for choice in &learned.evidence {
        lines.push(format!("{}: {}: {}", word(choice.sure), choice.what, choice.because));
    }
    for missing in &learned.missing {
        lines.push(format!("missing: {}: {}", missing.what, missing.how));
    }
    lines
}

fn word(sure: Sure) -> &'static str {
    match sure {
        Sure::Certain => "certain",
        Sure::Likely => "likely",
        Sure::Guess => "guess",
    }
}
