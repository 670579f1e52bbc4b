//! `keys scan`.

use std::path::Path;

use crate::app::console;
use crate::app::setup::Setup;
use crate::app::signals::until_signal;
use crate::error::{Error, ExitCode};
use crate::event::{Event, RunResult, Sink};
use crate::report::Paths;
use crate::scan;

/// Looks for the key in a repository; talks to nobody.
pub(crate) async fn run(setup: &Setup, repository: &Path, include_ignored: bool) -> Result<ExitCode, Error> {
    let key = setup.plain_access().key(&setup.redactor).await?;
    let report = until_signal(scan::scan(repository, &key, include_ignored)).await?;
    let hub = console::start(setup, Paths::default())?;
    for note in &report.notes {
        hub.emit(Event::Note(note.clone()));
    }
    for location in &report.locations {
        hub.emit(Event::Found {
            text: location.to_string(),
            object: serde_json::json!(location),
        });
    }
    if report.unlisted > 0 {
        hub.emit(Event::Plan(format!("and {} places more", report.unlisted)));
    }
    let verdict = report.verdict();
    let clean = if verdict.is_ok() {
        ": the key is in none of them"
    } else {
        ""
    };
    hub.emit(Event::Plan(format!(
        "looked at {} files and {} objects{clean}",
        report.files, report.objects
    )));
    Ok(console::end(&hub, RunResult::of_command(verdict)))
}
