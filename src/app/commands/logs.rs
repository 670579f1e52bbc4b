//! `logs`: prints the log of a deployment.

use std::collections::VecDeque;
use std::fmt::Write as _;

use crate::app::console;
use crate::app::run::{Problem, with_api};
use crate::app::setup::Setup;
use crate::app::targets::{self, Item};
use crate::cli::args::LogsArgs;
use crate::error::{Error, ExitCode};
use crate::sproobo::Client;

/// The most pages of a log that are read: a server that never ends its log must not hold us for ever.
const MOST_PAGES: usize = 10_000;

/// `logs`.
pub(crate) async fn run(setup: &Setup, args: &LogsArgs) -> ExitCode {
    with_api(setup, &args.api, async |platform| {
        for item in &targets::named(&args.target)? {
            let read = log(setup, platform, item, args.tail).await;
            read.map_err(|error| Problem::of(item, error))?;
        }
        Ok(ExitCode::Ok)
    })
    .await
}

async fn log(setup: &Setup, platform: &Client, item: &Item, tail: Option<usize>) -> Result<(), Error> {
    let id = targets::find(platform, item).await?;
    let mut last = VecDeque::new();
    let mut cursor: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let page = platform.logs(&item.site, &id, cursor.as_deref()).await;
        let page = page.map_err(|source| Error::api("the log could not be read", source))?;
        let ended = page.lines.is_empty() || page.cursor.is_none() || page.cursor == cursor;
        match tail {
            None => console::print(setup, &rendered(page.lines.iter().map(|line| line.text.as_str()))),
            Some(most) => {
                last.extend(page.lines.into_iter().map(|line| line.text));
                last.drain(..last.len().saturating_sub(most));
            }
        }
        cursor = page.cursor;
        if ended {
            break;
        }
    }
    console::print(setup, &rendered(last.iter().map(String::as_str)));
    Ok(())
}

fn rendered<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.fold(String::new(), |mut text, line| {
        // Writing to a String can't fail.
        let _ = writeln!(text, "{line}");
        text
    })
}
