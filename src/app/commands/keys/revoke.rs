//! `keys revoke`.

use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::app::{console, face};
use crate::cli::shared_args::ApiArgs;
use crate::error::{Error, ExitCode};
use crate::keys::lifecycle;

pub(super) async fn run(setup: &Setup, run: &Run, which: &str, yes: bool, api: &ApiArgs) -> Result<ExitCode, Error> {
    let connection = face::connect(setup, run, &setup.access(api)).await?;
    let info = lifecycle::revoke(&connection.client, &connection.key, which, yes).await?;
    console::print(setup, &format!("revoked {info}\n"));
    Ok(ExitCode::Ok)
}
