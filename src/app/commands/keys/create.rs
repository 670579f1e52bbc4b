//! `keys create`.

use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::app::{console, face};
use crate::cli::args::Output;
use crate::cli::shared_args::ApiArgs;
use crate::error::{CancelOutcome, Error};
use crate::event::Event;
use crate::keys::lifecycle;

pub(super) async fn run(setup: &Setup, run: &Run, name: &str, api: &ApiArgs) -> Result<(), Error> {
    let connection = face::connect(setup, run, &setup.access(api)).await?;
    console::can_show_once()?;
    let created = lifecycle::create(&connection.client, name, setup.ci.is_ci());
    let (info, key) = run.unless_interrupted(CancelOutcome::NotAsked, created).await?;
    console::show_once(&key, console::format(setup) == Output::Json)?;
    run.sink.emit(Event::notice(
        "Created",
        format!("created {info}; its value is on stdout, and is shown only this once"),
    ));
    Ok(())
}
