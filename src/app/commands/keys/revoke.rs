//! `keys revoke`.

use super::connect;
use crate::app::console;
use crate::app::setup::Setup;
use crate::app::signals::until_signal;
use crate::cli::shared_args::ApiArgs;
use crate::error::{Error, ExitCode};
use crate::keys::lifecycle;

pub(super) async fn run(setup: &Setup, which: &str, yes: bool, api: &ApiArgs) -> Result<ExitCode, Error> {
    let connection = connect(setup, api).await?;
    let platform = &connection.client;
    let info = until_signal(lifecycle::revoke(platform, &connection.key, which, yes)).await?;
    console::print(setup, &format!("revoked {}\n", info));
    Ok(ExitCode::Ok)
}
