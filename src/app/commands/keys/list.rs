//! `keys list`.

use chrono::Utc;

use super::connect;
use crate::app::console;
use crate::app::setup::Setup;
use crate::app::signals::until_signal;
use crate::cli::keys_args::KeysListArgs;
use crate::error::{Error, ExitCode};
use crate::keys::age::AgePolicy;
use crate::keys::lifecycle;
use crate::report::table;

pub(super) async fn run(setup: &Setup, args: &KeysListArgs) -> Result<ExitCode, Error> {
    let policy = AgePolicy::new(Utc::now(), args.key_stale_after, None)?;
    let connection = connect(setup, &args.api).await?;
    let platform = &connection.client;
    let rows = until_signal(lifecycle::list(platform, &connection.key, &policy)).await?;
    Ok(console::table(setup, &table::keys(&rows), &table::keys_json(&rows)))
}
