//! The command line's face of the frame: reporters, signals, and the exit code.

use std::io::{IsTerminal, stderr, stdout};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use indicatif::ProgressDrawTarget;

use super::connection::{Access, Connection};
use super::console::{all_to_stdout, format, print_aside, print_beside};
use super::run::Run;
use super::setup::Setup;
use crate::cli::args::Output;
use crate::cli::ci::Ci;
use crate::error::{CancelOutcome, Error, ExitCode, Purpose, Subject};
use crate::event::{Event, Mode, RunResult, Sink};
use crate::model::TimeLimit;
use crate::report::{
    self, Dispatcher, FileReports, Github, Gitlab, Json, Paths, Plain, Reporter, RunLinks, Streams, SummaryWhen, Tty,
};

/// How long the console may take to print the rest once a run is over: within the 5 s that a signal leaves us.
pub(super) const DRAIN: Duration = Duration::from_millis(700);

/// Runs `work` with reporters; `files` says where outputs, dotenv and summary go.
pub(crate) async fn reported(
    setup: &Setup,
    files: Paths,
    work: impl AsyncFnOnce(&Run) -> Result<RunResult, Error>,
) -> ExitCode {
    reported_within(setup, files, None, work).await
}

/// The same with a limit in time.
pub(crate) async fn reported_within(
    setup: &Setup,
    files: Paths,
    limit: Option<TimeLimit>,
    work: impl AsyncFnOnce(&Run) -> Result<RunResult, Error>,
) -> ExitCode {
    let dispatcher = match start(setup, files) {
        Ok(dispatcher) => dispatcher,
        Err(error) => return fail(setup, error),
    };
    let run = begin(setup, dispatcher.clone()).limited(limit);
    let work: Work<'_, RunResult> = Box::pin(work(&run));
    let done = work.await;
    let exit = run.end(done).await.exit;
    dispatcher.finish(DRAIN);
    exit
}

/// Runs `work` that prints its own result and is about no deployment, until a signal ends it; only an error is reported.
pub(crate) async fn printed(setup: &Setup, work: impl AsyncFnOnce(&Run) -> Result<ExitCode, Error>) -> ExitCode {
    printing(setup, None, None, Signals::EndIt, work).await
}

/// The same for work that ends itself on a signal, since it has more to tell than that.
pub(crate) async fn printed_or_told(
    setup: &Setup,
    work: impl AsyncFnOnce(&Run) -> Result<ExitCode, Error>,
) -> ExitCode {
    printing(setup, None, None, Signals::AreItsOwn, work).await
}

/// The same for work that shows what there is, or follows it, and changes nothing.
pub(crate) async fn look(
    setup: &Setup,
    purpose: Purpose,
    limit: Option<TimeLimit>,
    work: impl AsyncFnOnce(&Run) -> Result<ExitCode, Error>,
) -> ExitCode {
    printing(setup, Some(Subject::of(purpose)), limit, Signals::EndIt, work).await
}

/// What a signal is to work that prints its own result.
enum Signals {
    EndIt,
    /// The work ends itself.
    AreItsOwn,
}

async fn printing(
    setup: &Setup,
    known: Option<Subject>,
    limit: Option<TimeLimit>,
    signals: Signals,
    work: impl AsyncFnOnce(&Run) -> Result<ExitCode, Error>,
) -> ExitCode {
    // Beside the result, which may go to a file or a program.
    for note in &setup.notes {
        print_aside(setup, &format!("warning: {}\n", note.text));
    }
    let run = begin(setup, Arc::new(Silence)).knowing(known).limited(limit);
    let work: Work<'_, ExitCode> = Box::pin(work(&run));
    let done = match signals {
        Signals::EndIt => run.unless_interrupted(CancelOutcome::NotAsked, work).await,
        Signals::AreItsOwn => work.await,
    };
    let result = run.end(done.map(printed_as)).await;
    match result.error {
        Some(_) => tell_end(setup, result),
        None => result.exit,
    }
}

/// What a command does, of one type for all commands: whatever takes it is compiled once, and not for each of them.
type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + 'a>>;

fn printed_as(exit: ExitCode) -> RunResult {
    RunResult {
        exit,
        ..RunResult::of_command(Ok(()))
    }
}

fn begin(setup: &Setup, sink: Arc<dyn Sink>) -> Run {
    for note in &setup.notes {
        sink.emit(Event::Note(note.clone()));
    }
    let process = &setup.process;
    let run = Run::new(process.redactor.clone(), sink, process.interrupts.clone());
    run.since(process.clock)
}

/// Opens the way to the API for a command that prints its own result. That nothing of it is real is said beside that.
pub(crate) async fn connect(setup: &Setup, run: &Run, access: &Access) -> Result<Connection, Error> {
    let connection = run.connect(access).await?;
    warn_of_sandbox(setup, &connection);
    Ok(connection)
}

/// Says beside what is printed that it is made up, where it is.
pub(crate) fn warn_of_sandbox(setup: &Setup, connection: &Connection) {
    if connection.mode != Mode::Sandbox {
        return;
    }
    print_beside(setup, MADE_UP);
}

const MADE_UP: &str = "SANDBOX: the embedded sandbox answers; nothing of this is real\n";

/// For commands whose result is what they print.
struct Silence;

impl Sink for Silence {
    fn emit(&self, _event: Event) {}
}

/// Tells the end, waits for the console, and gives the exit code.
fn end(dispatcher: &Dispatcher, result: RunResult) -> ExitCode {
    let exit = result.exit;
    dispatcher.emit(Event::End(Box::new(result)));
    dispatcher.finish(DRAIN);
    exit
}

/// Ends a command that has no sites to tell of with an error.
pub(crate) fn fail(setup: &Setup, error: Error) -> ExitCode {
    tell_end(setup, RunResult::of_command(Err(error)))
}

/// Tells the end of a command that nobody reported so far.
fn tell_end(setup: &Setup, result: RunResult) -> ExitCode {
    let exit = result.exit;
    tell_ends(setup, vec![result]);
    exit
}

/// Tells of all in one reporter: a CI system's limits are those of a step.
fn tell_ends(setup: &Setup, results: Vec<RunResult>) {
    let Ok(dispatcher) = start(setup, Paths::default()) else {
        for error in results.iter().filter_map(|result| result.error.as_ref()) {
            print_aside(setup, &format!("{error}\n"));
        }
        return;
    };
    for result in results {
        dispatcher.emit(Event::End(Box::new(result)));
    }
    dispatcher.finish(DRAIN);
}

/// Ends a command line that is not run: as a report for CI systems and programs, else as the parser's `text`.
/// `writes_outputs`: later steps may wait for this command's files.
pub(crate) fn refuse(setup: &Setup, error: Error, text: &str, writes_outputs: bool) -> ExitCode {
    let files = if writes_outputs {
        result_files(setup)
    } else {
        Paths::default()
    };
    // Whether anything was triggered is asked of those commands alone.
    let known = writes_outputs.then(Subject::default);
    let result = RunResult::ended_by(error, Vec::new(), Duration::ZERO).about(known);
    let exit = result.exit;
    match format(setup) {
        Output::Github | Output::Gitlab | Output::Json => {
            if let Ok(dispatcher) = start(setup, files) {
                return end(&dispatcher, result);
            }
            print_aside(setup, text);
        }
        Output::Tty | Output::Plain | Output::Auto => {
            let mut files = FileReports::new(files, Utc::now(), setup.process.redactor.clone());
            // Their warnings would drown the one message that matters here.
            let _ = files.event(&Event::End(Box::new(result)));
            print_beside(setup, text);
        }
    }
    exit
}

/// Says why a command whose result is already printed ends other than well, if it does; beside a JSON document, on stderr.
pub(crate) fn explain(setup: &Setup, failures: Vec<(Subject, Error)>, mode: Mode) {
    if format(setup) == Output::Json {
        for (subject, error) in failures {
            print_aside(setup, &report::ending(&error, Some(&subject), mode));
        }
    } else if !failures.is_empty() {
        let result = |(subject, error)| {
            RunResult::of_command(Err(error))
                .about(Some(subject))
                .in_mode(Some(mode))
        };
        tell_ends(setup, failures.into_iter().map(result).collect());
    }
}

/// The files that a deployment's result goes to.
pub(crate) fn result_files(setup: &Setup) -> Paths {
    Paths {
        github_output: setup.ci.github_output.clone(),
        dotenv: setup.global.dotenv.clone(),
        summary: setup.ci.github_summary.clone(),
        summary_when: SummaryWhen::Always,
        links: links(&setup.ci),
    }
}

/// Where the run belongs, for links.
pub(crate) fn links(ci: &Ci) -> RunLinks {
    RunLinks {
        repository: ci.github_repository_url.clone(),
        run: ci.github_run_url.clone(),
    }
}

/// Starts reporting; `files` says where outputs, dotenv and summary go.
fn start(setup: &Setup, files: Paths) -> Result<Arc<Dispatcher>, Error> {
    let now = Utc::now();
    let redactor = &setup.process.redactor;
    let printer = &setup.process.printer;
    let out = || Box::new(printer.in_turn(stdout()));
    let err = || Box::new(printer.in_turn(stderr()));
    let one = || Streams::one_or(redactor, out(), err());
    let two = || Streams::two(redactor, out(), err());
    let plain = || if all_to_stdout(setup) { one() } else { two() };
    let console: Box<dyn Reporter> = match format(setup) {
        Output::Github => Box::new(Github::new(one())),
        Output::Gitlab => Box::new(Gitlab::new(one(), now)),
        Output::Tty => {
            let tty = Tty::new(two(), ProgressDrawTarget::stderr, redactor.clone());
            Box::new(tty.with_results_in_sight(stdout().is_terminal()))
        }
        Output::Json => Box::new(Json::new(one())),
        Output::Plain | Output::Auto => Box::new(Plain::new(plain())),
    };
    let files = FileReports::new(files, now, redactor.clone());
    Dispatcher::start(files, console).map(Arc::new).map_err(|error| {
        Error::usage(
            format!("the process can't start: {error}"),
            "check the limits on processes",
        )
    })
}
