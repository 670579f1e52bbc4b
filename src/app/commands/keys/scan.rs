//! `keys scan`.

use std::path::Path;

use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::error::{CancelOutcome, Error};
use crate::event::Event;
use crate::scan;

/// Looks for the key in a repository; talks to nobody.
pub(super) async fn run(setup: &Setup, run: &Run, repository: &Path, include_ignored: bool) -> Result<(), Error> {
    let access = setup.plain_access();
    let key = run
        .unless_interrupted(CancelOutcome::NotAsked, access.key(&run.redactor))
        .await?;
    let search = scan::scan(repository, &key, include_ignored);
    let report = run.unless_interrupted(CancelOutcome::NotAsked, search).await?;
    for note in &report.notes {
        run.sink.emit(Event::Note(note.clone()));
    }
    for location in &report.locations {
        run.sink.emit(Event::Found {
            text: location.to_string(),
            object: serde_json::json!(location),
        });
    }
    if report.unlisted > 0 {
        run.sink
            .emit(Event::Plan(format!("and {} places more", report.unlisted)));
    }
    let verdict = report.verdict();
    let clean = if verdict.is_ok() {
        ": the key is in none of them"
    } else {
        ""
    };
    run.sink.emit(Event::Plan(format!(
        "looked at {} files and {} objects{clean}",
        report.files, report.objects
    )));
    verdict
}
