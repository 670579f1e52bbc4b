//! `keys list`.

use chrono::Utc;

use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::app::{console, face};
use crate::cli::keys_args::KeysListArgs;
use crate::error::{Error, ExitCode};
use crate::keys::age::AgePolicy;
use crate::keys::lifecycle;
use crate::report::table;

pub(super) async fn run(setup: &Setup, run: &Run, args: &KeysListArgs) -> Result<ExitCode, Error> {
    let policy = AgePolicy::new(Utc::now(), args.stale.key_stale_after, None)?;
    let connection = face::connect(setup, run, &setup.access(&args.api)).await?;
    let rows = lifecycle::list(&connection.client, &connection.key, &policy).await?;
    Ok(console::list(
        setup,
        &table::keys(&rows),
        &table::keys_json(&rows),
        "the API's list shows no key, not even the one in use",
    ))
}
