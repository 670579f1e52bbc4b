//! `keys revoke`.

use serde_json::json;

use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::app::{console, face};
use crate::cli::args::Output;
use crate::cli::shared_args::ApiArgs;
use crate::error::{Error, ExitCode};
use crate::keys::revoke::{Revoked, revoke};

pub(super) async fn run(setup: &Setup, run: &Run, which: &str, yes: bool, api: &ApiArgs) -> Result<ExitCode, Error> {
    let connection = face::connect(setup, run, &setup.access(api)).await?;
    let revoking = revoke(&connection.client, &connection.key, which, yes, run.interrupts());
    let Revoked { key, is_proven } = revoking.await?;
    if console::format(setup) == Output::Json {
        let document = json!({
            "id": key.id, "name": key.name, "prefix": key.prefix, "revoked": true, "proven": is_proven,
        });
        console::print_json(setup, &document);
        return Ok(ExitCode::Ok);
    }
    let unseen = match is_proven {
        true => "",
        false => ", by Sproobo's word alone: its list of keys can't be read, so whether the key is gone was not seen",
    };
    console::print(setup, &format!("revoked {key}{unseen}\n"));
    Ok(ExitCode::Ok)
}
