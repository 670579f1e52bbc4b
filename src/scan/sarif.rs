//! A report as SARIF 2.1.0 (OASIS), which code-scanning pages show.

use serde_json::{Value, json};

use super::report::{Location, Report};
use crate::event::Level;

const RULE: &str = "sproobo-api-key";

/// The report as one SARIF run. Like all of a report it holds no key.
#[must_use]
pub fn sarif(report: &Report) -> Value {
    let notifications: Vec<_> = report
        .notes
        .iter()
        .map(|note| {
            let level = match note.level {
                Level::Warning => "warning",
                Level::Notice => "note",
            };
            json!({ "level": level, "message": { "text": note.text } })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": [{
                    "id": RULE,
                    "shortDescription": { "text": "A Sproobo API key is in the repository" },
                    "help": { "text": "Rotate the key now, or revoke it: whoever has a clone has it. Taking it out of the files \
                                       leaves it in the history." },
                    "defaultConfiguration": { "level": "error" },
                }],
            } },
            "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": notifications }],
            "results": report.locations.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn result(location: &Location) -> Value {
    let key = location.key.as_deref().unwrap_or("the key in use");
    // Readers want a file for every result; what is in none is in git's own.
    let mut physical =
        json!({ "artifactLocation": { "uri": location.path.as_deref().map_or(".git".to_owned(), uri) } });
    if let (Some(_), Some(line)) = (&location.path, location.line) {
        physical["region"] = json!({ "startLine": line });
    }
    let mut result = json!({
        "ruleId": RULE,
        "ruleIndex": 0,
        "level": "error",
        "message": { "text": format!("An API key ({key}) is here: {location}") },
        "locations": [{ "physicalLocation": physical }],
        "properties": { "place": location },
    });
    if let Some(commit) = &location.commit {
        result["locations"][0]["logicalLocations"] = json!([{ "name": commit, "kind": "commit" }]);
    }
    result
}

/// A path as a relative reference (RFC 3986): each character that has a meaning there, or none, is encoded.
fn uri(path: &str) -> String {
    const SEGMENT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'.')
        .remove(b'-')
        .remove(b'_')
        .remove(b'~');
    percent_encoding::utf8_percent_encode(path, SEGMENT).to_string()
}
