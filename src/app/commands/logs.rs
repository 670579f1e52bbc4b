//! `logs`: prints the log of a deployment, and follows it.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::time::Duration;

use crate::app::run::Run;
use crate::app::selection::Selected;
use crate::app::setup::Setup;
use crate::app::{console, face, options, selection};
use crate::cli::args::{LogsArgs, Output};
use crate::deploy::lookup::find_id;
use crate::error::{ApiError, Error, ExitCode, Purpose, Subject};
use crate::event::{Event, Mode, Note, RunResult, SiteEvent};
use crate::model::{Deployment, Known, LogLine, TimeLimit};
use crate::report::{json_line, status_text};
use crate::sproobo::Client;
use crate::watch::log::Log;
use crate::watch::outage::is_fatal;
use crate::watch::{self, Deadline, Tracker, follow};

/// `logs`.
pub(crate) async fn run(setup: &Setup, args: &LogsArgs) -> ExitCode {
    let limit = options::limit(setup, args.timeout, &args.api);
    let purpose = purpose(args);
    face::look(setup, purpose, Some(limit), async |run| {
        let named = selection::named_unless_newest(&args.which);
        let named = run.prepare("reading the state file", named).await?;
        let connection = face::connect(setup, run, &setup.access_within_limit(&args.api)).await?;
        let found = selection::on_or_newest(run, purpose, named, &args.which, &connection);
        for one in &run.prepare("looking for the deployment", found).await? {
            let printed = Printed {
                setup,
                run,
                one,
                mode: connection.mode,
            };
            log(args, limit, &connection.client, &printed).await?;
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

fn purpose(args: &LogsArgs) -> Purpose {
    match args.follow {
        true => Purpose::Follow,
        false => Purpose::Look,
    }
}

async fn log(args: &LogsArgs, limit: TimeLimit, platform: &Client, printed: &Printed<'_>) -> Result<(), Error> {
    let Printed { run, one, .. } = printed;
    let purpose = purpose(args);
    run.knows(one.subject(purpose));
    let found = find_id(platform, &one.site, &one.deployment);
    let id = run.prepare("looking for the deployment", found).await?;
    run.knows(Subject {
        deployment: Some(Known::unseen(id.clone())),
        ..one.subject(purpose)
    });
    let mut log = Log::new(platform, &one.site, &id, args.api.request_timeout);
    // All that is there already is read before it can be known what is last.
    if !args.follow || args.tail.is_some() {
        match what_is_there(args.tail, run.clock.deadline(limit), &mut log, printed).await {
            // It may be there later.
            Err(Error::Api { source, .. }) if args.follow && !is_fatal(&source) => printed.trouble(&source),
            read => read?,
        }
    }
    if args.follow {
        let options = watch::Options {
            limit,
            request_timeout: args.api.request_timeout,
            ..watch::Options::default()
        };
        go_on(&options, log, printed).await?;
    } else if log.is_empty() && !printed.is_json() {
        console::print_beside(printed.setup, &format!("the log of deployment {id} is empty\n"));
    }
    Ok(())
}

/// Prints what is there, or its last lines.
async fn what_is_there(
    tail: Option<usize>,
    deadline: Deadline,
    log: &mut Log<'_, Client>,
    printed: &Printed<'_>,
) -> Result<(), Error> {
    let Some(most) = tail else {
        let read = log.read_by(deadline, async |lines| printed.take(lines).await);
        return read.await;
    };
    let mut last = VecDeque::new();
    let read = log.read_by(deadline, async |lines| {
        last.extend(lines);
        last.drain(..last.len().saturating_sub(most));
        ControlFlow::Continue(())
    });
    let read = read.await;
    printed.print(last.into());
    read
}

/// Prints what comes, until the deployment has ended or nobody reads on.
async fn go_on(options: &watch::Options, log: Log<'_, Client>, printed: &Printed<'_>) -> Result<(), Error> {
    let Printed { run, one, .. } = printed;
    let tracker = Tracker::new(run.sees(), one.site.clone(), run.clock, options.limit);
    let mut is_read = true;
    let take = async |lines| {
        let flow = printed.take(lines).await;
        is_read = flow.is_continue();
        flow
    };
    follow(log, &tracker, options, take, |source| printed.trouble(source)).await?;
    if is_read && let Some(seen) = tracker.seen() {
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
        let more = match self.mode {
            // It ends with this command.
            Mode::Sandbox => String::new(),
            _ => format!("; `sproobo-deploy status {site} {id}` exits by that"),
        };
        let text = format!("deployment {id} has ended: {status}{more}\n");
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
