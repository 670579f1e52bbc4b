//! `keys scan`.

use std::path::Path;
use std::time::Duration;

use tokio::time::timeout;

use crate::app::connection::Access;
use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::cli::keys_args::KeysScanArgs;
use crate::error::{CancelOutcome, Error};
use crate::event::Event;
use crate::file::{self, Readers};
use crate::model::ApiKeyInfo;
use crate::scan::{self, Extent, Report, Searcher};
use crate::secret::Secret;
use crate::sproobo::Client;

/// How long the list of keys is waited for: a scan, and a commit that waits for it, works without.
const LIST_LIMIT: Duration = Duration::from_secs(10);

/// Looks for keys in a repository.
pub(super) async fn run(setup: &Setup, run: &Run, args: &KeysScanArgs) -> Result<(), Error> {
    let access = setup.access(&args.api);
    let report = run
        .unless_interrupted(CancelOutcome::NotAsked, async {
            let key = access.key(&run.redactor).await?;
            let others = others(run, access, &key).await;
            let searcher = Searcher::with_others(&key, &others);
            scan::scan(&args.repository, searcher, extent(args)).await
        })
        .await?;
    if let Some(path) = &args.sarif {
        write_sarif(path, &report)?;
    }
    told(run, &report);
    report.verdict()
}

fn extent(args: &KeysScanArgs) -> Extent {
    match (args.staged, args.include_ignored) {
        (true, _) => Extent::Staged,
        (false, true) => Extent::WithIgnored,
        (false, false) => Extent::Repository,
    }
}

/// The keys of the account, or a word on why only the one in use is looked for.
async fn others(run: &Run, access: Access, key: &Secret) -> Vec<ApiKeyInfo> {
    let asked = async {
        if access.sandbox.is_some() {
            return Err("the sandbox's keys are nobody's".to_owned());
        }
        // Not by a connection, which would read the key again, and stdin gives it only once.
        let contract = access.contract().await.map_err(|error| error.to_string())?;
        let http = access.http(&run.redactor).await.map_err(|error| error.to_string())?;
        let client = Client::new(contract, http, key.clone(), run.redactor.clone(), access.vars.clone());
        client.api_keys().await.map_err(|error| error.to_string())
    };
    let listed = timeout(LIST_LIMIT, asked).await;
    listed
        .unwrap_or_else(|_| Err(format!("no answer within {} s", LIST_LIMIT.as_secs())))
        .unwrap_or_else(|why| {
            run.sink.emit(Event::notice(
                "The key in use alone",
                format!("only the key in use is looked for: Sproobo's list of keys could not be read ({why})"),
            ));
            Vec::new()
        })
}

fn write_sarif(path: &Path, report: &Report) -> Result<(), Error> {
    let text = serde_json::to_vec_pretty(&scan::sarif(report));
    text.map_err(std::io::Error::from)
        .and_then(|text| file::replace(path, &text, Readers::Umask))
        .map_err(|error| Error::file("could not write", path.display(), error))
}

fn told(run: &Run, report: &Report) {
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
    let clean = match report.verdict() {
        Ok(()) => ": the key is in none of them",
        Err(_) => "",
    };
    run.sink.emit(Event::Plan(format!(
        "looked at {} files and {} objects{clean}",
        report.files, report.objects
    )));
}
