//! `keys create`.

use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::app::{console, face};
use crate::cli::args::Output;
use crate::cli::shared_args::ApiArgs;
use crate::error::Error;
use crate::event::Event;
use crate::keys::lifecycle;

pub(super) async fn run(setup: &Setup, run: &Run, name: &str, api: &ApiArgs) -> Result<(), Error> {
    let connection = face::connect(setup, run, &setup.access(api)).await?;
    console::can_show_once()?;
    let (info, key) = lifecycle::create(&connection.client, name, setup.ci.is_ci(), run.interrupts()).await?;
    console::show_once(&key, console::format(setup) == Output::Json).map_err(|error| {
        let which = info.id.as_ref().map_or(key.public_prefix(), |id| id.as_str());
        Error::usage(
            format!("{error}: {info} exists, and nobody has its value"),
            format!(
                "revoke it with `sproobo-deploy keys revoke {which}`, and create another where the value can be printed"
            ),
        )
    })?;
    run.sink.emit(Event::notice(
        "Created",
        format!("created {info}; its value is on stdout, and is shown only this once"),
    ));
    Ok(())
}
