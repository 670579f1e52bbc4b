//! `keys create`.

use super::connect;
use crate::app::console;
use crate::app::setup::Setup;
use crate::app::signals::until_signal;
use crate::cli::args::Output;
use crate::cli::shared_args::ApiArgs;
use crate::error::{Error, ExitCode};
use crate::event::{Event, RunResult, Sink};
use crate::keys::lifecycle;
use crate::report::Paths;

pub(super) async fn run(setup: &Setup, name: &str, api: &ApiArgs) -> Result<ExitCode, Error> {
    let connection = connect(setup, api).await?;
    let platform = &connection.client;
    let (info, key) = until_signal(lifecycle::create(platform, name, setup.ci.is_ci())).await?;
    console::show_once(&key, console::format(setup) == Output::Json)?;
    let hub = console::start(setup, Paths::default())?;
    hub.emit(Event::notice(
        "Created",
        format!("created {info}; its value is on stdout, and is shown only this once"),
    ));
    Ok(console::end(&hub, RunResult::of_command(Ok(()))))
}
