//! `logs`: prints the log of a deployment, and follows it.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::time::Duration;

use crate::app::run::{Problem, Run};
use crate::app::selection::Selected;
use crate::app::setup::Setup;
use crate::app::{console, face, options, selection};
use crate::cli::args::{LogsArgs, Output};
use crate::deploy::lookup::find_id;
use crate::error::{ApiError, Error, ExitCode, Subject};
use crate::event::{Event, Mode, Note, RunResult, SiteEvent};
use crate::model::{Deployment, DeploymentId, Known, LogLine};
use crate::report::{json_line, status_text};
use crate::sproobo::Client;
use crate::watch::log::Log;
use crate::watch::outage::is_fatal;
use crate::watch::{self, Tracker, follow};

/// `logs`.
pub(crate) async fn run(setup: &Setup, args: &LogsArgs) -> ExitCode {
    face::printed(setup, async |run| {
        let named = selection::named_unless_newest(&args.which);
        let named = run.prepare("reading the state file", named).await?;
        let connection = face::connect(setup, run, &setup.access(&args.api)).await?;
        for one in &selection::on_or_newest(named, &args.which, &connection).await? {
            let printed = Printed {
                setup,
                run,
                one,
                mode: connection.mode,
            };
            log(args, &connection.client, &printed).await?;
        }
        if console::format(setup) == Output::Json {
            let end = RunResult::of_command(Ok(()));
            console::print(
                setup,
                &json_line(run.clock.elapsed(), &Event::End(Box::new(end)), connection.mode),
            );
        }
        Ok(ExitCode::Ok)
    })
    .await
}

async fn log(args: &LogsArgs, platform: &Client, printed: &Printed<'_>) -> Result<(), Problem> {
    let one = printed.one;
    let about = |error| Problem::about(one.subject(), error);
    let id = find_id(platform, &one.site, &one.deployment).await.map_err(about)?;
    let mut log = Log::new(platform, &one.site, &id, args.api.request_timeout);
    // All that is there already is read before it can be known what is last.
    if !args.follow || args.tail.is_some() {
        match what_is_there(args.tail, &mut log, printed).await {
            Ok(()) => {}
            // It may be there later.
            Err(source) if args.follow && !is_fatal(&source) => printed.trouble(&source),
            Err(source) => return Err(about(Error::api("the log could not be read", source))),
        }
    }
    if args.follow {
        go_on(args, &id, log, printed).await?;
    }
    Ok(())
}

/// Prints what is there, or its last lines.
async fn what_is_there(tail: Option<usize>, log: &mut Log<'_, Client>, printed: &Printed<'_>) -> Result<(), ApiError> {
    let Some(most) = tail else {
        let read = log.read_to_end(async |lines| printed.take(lines).await);
        return read.await.map(drop);
    };
    let mut last = VecDeque::new();
    let read = log.read_to_end(async |lines| {
        last.extend(lines);
        last.drain(..last.len().saturating_sub(most));
        ControlFlow::Continue(())
    });
    let read = read.await;
    printed.print(last.into());
    read.map(drop)
}

/// Prints what comes, until the deployment has ended or nobody reads on.
async fn go_on(args: &LogsArgs, id: &DeploymentId, log: Log<'_, Client>, printed: &Printed<'_>) -> Result<(), Problem> {
    let Printed { setup, run, one, .. } = printed;
    let options = watch::Options {
        limit: options::limit(setup, args.timeout, &args.api),
        request_timeout: args.api.request_timeout,
        ..watch::Options::default()
    };
    let tracker = Tracker::untold(one.site.clone(), run.clock, options.limit);
    let mut is_read = true;
    let take = async |lines| {
        let flow = printed.take(lines).await;
        is_read = flow.is_continue();
        flow
    };
    let followed = follow(log, &tracker, &options, take, |source| printed.trouble(source)).await;
    let seen = tracker.seen();
    if let Err(error) = followed {
        let subject = Subject {
            deployment: Some(seen.map_or_else(|| Known::unseen(id.clone()), Into::into)),
            ..one.subject()
        };
        return Err(Problem::about(subject, error));
    }
    if is_read && let Some(seen) = seen {
        printed.ended(seen);
    }
    Ok(())
}

/// Where the log of one deployment goes: to stdout, as it is or as JSON events.
struct Printed<'a> {
    setup: &'a Setup,
    run: &'a Run,
    one: &'a Selected,
    mode: Mode,
}

impl Printed<'_> {
    fn print(&self, lines: Vec<LogLine>) {
        if lines.is_empty() {
            return;
        }
        let text = match self.is_json() {
            true => self.event(SiteEvent::Log { lines }),
            false => rendered(&lines),
        };
        console::print(self.setup, &text);
    }

    /// The same, and waits until it is read, so that never more than a page of it is in memory. Whether more is wanted.
    async fn take(&self, lines: Vec<LogLine>) -> ControlFlow<()> {
        if lines.is_empty() {
            return ControlFlow::Continue(());
        }
        self.print(lines);
        match self.setup.process.printer.is_read().await {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }

    /// That the log can't be read for the moment.
    fn trouble(&self, source: &ApiError) {
        let text = format!("the log can't be read now ({source}); trying again");
        match self.is_json() {
            true => {
                let note = Event::Note(Note::warning("The log can't be read", text));
                console::print(self.setup, &json_line(self.elapsed(), &note, self.mode));
            }
            false => console::print_beside(self.setup, &format!("{text}\n")),
        }
    }

    /// How the deployment ended.
    fn ended(&self, deployment: Deployment) {
        if self.is_json() {
            console::print(self.setup, &self.event(SiteEvent::Status { deployment }));
            return;
        }
        let (site, id, status) = (&self.one.site, &deployment.id, status_text(&deployment));
        let text = format!("deployment {id} has ended: {status}; `sproobo-deploy status {site} {id}` exits by that\n");
        console::print_beside(self.setup, &text);
    }

    fn is_json(&self) -> bool {
        console::format(self.setup) == Output::Json
    }

    fn event(&self, what: SiteEvent) -> String {
        let event = Event::Site {
            site: self.one.site.clone(),
            at: self.elapsed(),
            what: Box::new(what),
        };
        json_line(self.elapsed(), &event, self.mode)
    }

    fn elapsed(&self) -> Duration {
        self.run.clock.elapsed()
    }
}

fn rendered(lines: &[LogLine]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        // Writing to a String can't fail.
        let _ = writeln!(text, "{}", line.text);
        text
    })
}
