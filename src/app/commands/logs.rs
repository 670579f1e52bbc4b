//! `logs`: prints the log of a deployment.

use std::collections::VecDeque;
use std::fmt::Write as _;

use crate::app::run::Problem;
use crate::app::selection::Selected;
use crate::app::setup::Setup;
use crate::app::{console, face, selection};
use crate::cli::args::LogsArgs;
use crate::deploy::lookup::find_id;
use crate::error::{Error, ExitCode};
use crate::model::LogLine;
use crate::sproobo::Client;
use crate::watch::log::Log;

/// `logs`.
pub(crate) async fn run(setup: &Setup, args: &LogsArgs) -> ExitCode {
    face::printed(setup, async |run| {
        let named = selection::named_unless_newest(&args.which);
        let named = run.prepare("reading the state file", named).await?;
        let connection = face::connect(setup, run, &setup.access(&args.api)).await?;
        for one in &selection::on_or_newest(named, &args.which, &connection).await? {
            let read = log(setup, args, &connection.client, one).await;
            read.map_err(|error| Problem::about(one.subject(), error))?;
        }
        Ok(ExitCode::Ok)
    })
    .await
}

async fn log(setup: &Setup, args: &LogsArgs, platform: &Client, one: &Selected) -> Result<(), Error> {
    let id = find_id(platform, &one.site, &one.deployment).await?;
    let mut log = Log::new(platform, &one.site, &id, args.api.request_timeout);
    let mut last = VecDeque::new();
    let read = log.read_to_end(|lines| match args.tail {
        None => console::print(setup, &rendered(&lines)),
        Some(most) => {
            last.extend(lines);
            last.drain(..last.len().saturating_sub(most));
        }
    });
    read.await
        .map_err(|source| Error::api("the log could not be read", source))?;
    console::print(setup, &rendered(&last));
    Ok(())
}

fn rendered<'a>(lines: impl IntoIterator<Item = &'a LogLine>) -> String {
    lines.into_iter().fold(String::new(), |mut text, line| {
        // Writing to a String can't fail.
        let _ = writeln!(text, "{}", line.text);
        text
    })
}
