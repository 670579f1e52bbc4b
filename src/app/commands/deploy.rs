//! `deploy`: the main job, composed.

use std::collections::HashSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::app::ancestry::History;
use crate::app::connection::{Access, Connection};
use crate::app::github_records::{Records, Wanted};
use crate::app::key_check::{KeyCheck, policy};
use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::app::{dry_run, face, key_stores, options, source};
use crate::cli::ci::Ci;
use crate::cli::deploy_args::{DeployArgs, DryRun};
use crate::cli::tested::Source;
use crate::deploy::{self, Context};
use crate::error::{Error, ExitCode, Subject};
use crate::event::{Event, Mode, RunResult, Sink};
use crate::github;
use crate::keys::age::{AgePolicy, Checked};
use crate::keys::beside::Beside;
use crate::model::{ClientToken, SiteId, TriggerRequest};
use crate::report::Paths;
use crate::secret::KeyProblem;
use crate::sproobo::Operation;

/// Runs `deploy`. Outputs, dotenv and summary are written however it ends.
pub(crate) async fn run(setup: &Setup, args: &DeployArgs) -> ExitCode {
    let limit = options::limit(setup, args.wait_options.timeout, &args.api);
    let files = Paths {
        summary_when: args.github.summary,
        ..face::result_files(setup)
    };
    face::reported_within(setup, files, Some(limit), async |run| attempt(setup, args, run).await).await
}

/// Everything up to the sites' verdicts; an error ends the run before any site begins.
async fn attempt(setup: &Setup, args: &DeployArgs, run: &Run) -> Result<RunResult, Error> {
    let sink = run.sink.as_ref();
    let sites = sites(&args.site)?;
    run.is_about(&sites);
    if let Some(proof) = unprovable(args) {
        return Err(Error::usage(
            format!("--no-wait ends before {proof} could be proven"),
            format!("leave out --no-wait or {proof}"),
        ));
    }
    let policy = policy(&args.key)?;
    let source = async { Ok::<_, Error>(source::source(args, &setup.ci).await) };
    let source = run.prepare("asking git what is checked out", source).await?;
    let requests = requests(&sites, args, &source)?;
    let access = Access {
        dry_run: args.dry_run.is_some(),
        ..setup.access_within_limit(&args.api)
    };
    if args.dry_run == Some(DryRun::Offline) {
        let plan = dry_run::offline(run, &access, &requests);
        return run.prepare("making the plan", plan).await;
    }
    let connection = run.begin("deploy", sites, &access).await;
    let connection = connection.inspect_err(|error| tell_cause(error, &setup.ci, sink))?;
    if setup.ci.debug_trace {
        sink.emit(Event::warning(
            "The runner prints every variable",
            "CI_DEBUG_TRACE is true, so the job's log may show the API key: rotate it after this run",
        ));
    }
    if !args.no_wait {
        options::needs(
            &connection.client,
            Operation::Deployment,
            "give --no-wait, since it can't be followed",
        )?;
    }
    if args.dry_run.is_some() {
        let plan = dry_run::online(run, &connection.client, &requests);
        return run.prepare("making the plan", plan).await;
    }
    deploy_all(setup, args, run, connection, &requests, policy).await
}

/// The sites' verdicts, and what goes on beside them: the key's age, and what is shown on GitHub.
async fn deploy_all(
    setup: &Setup,
    args: &DeployArgs,
    run: &Run,
    connection: Connection,
    requests: &[TriggerRequest],
    policy: AgePolicy,
) -> Result<RunResult, Error> {
    let sink = run.sink.as_ref();
    let at_once = requests.len().min(usize::from(args.parallel));
    let connection = connection.for_sites(at_once);
    let github = key_stores::github(setup, &connection.http, args.key.github_token_file.as_deref(), None);
    let github = async { Ok::<_, Error>(github.await) };
    let github = run.prepare("reading the GitHub token", github).await?;
    let check = KeyCheck::new(&args.key, &connection, github.clone(), policy);
    let beside = start_key_check(args, check, run).await?;
    let journal = options::journal(setup, &args.wait_options, "deploy", run, &connection)?;
    let history = History::new(setup, &connection, github.clone()).await;
    let records = start_records(setup, args, run, &connection, github, requests);
    let context = Context {
        ancestry: &history,
        sink: records.as_ref().map_or_else(|| run.sink.clone(), Records::sink),
        ..run.context(&connection, &journal)
    };
    let rules = options::deploy(setup, args);
    options::tell_job_limit(rules.watch.limit, sink);
    let results = deploy::deploy(&context, requests, &rules).await;
    let last_words = async {
        if let Some(records) = records {
            records.finish(&results).await;
        }
    };
    let key_check = async {
        // After a signal every second is the cancellation's.
        let interrupted = context.interrupts.has_come();
        if let Some(beside) = beside.filter(|beside| !interrupted || beside.is_finished()) {
            let triggered = results.iter().any(|site| site.subject.deployment.is_some());
            end_key_check(beside, triggered, sink).await;
        }
    };
    tokio::join!(last_words, key_check);
    Ok(RunResult::of_sites(results, run.clock.elapsed()))
}

/// What is to be shown on GitHub, if anything; what can't be is said.
fn start_records(
    setup: &Setup,
    args: &DeployArgs,
    run: &Run,
    connection: &Connection,
    github: Result<Option<github::Client>, Error>,
    requests: &[TriggerRequest],
) -> Option<Records> {
    let asked = &args.github;
    if asked.github_deployment.is_none() && !asked.comment {
        return None;
    }
    let say = |title, text: &str| {
        run.sink.emit(Event::warning(title, text));
        None
    };
    if connection.mode != Mode::Real {
        run.sink.emit(Event::notice(
            "Nothing is shown on GitHub",
            "--github-deployment and --comment are left out, since nothing is deployed",
        ));
        return None;
    }
    let client = match github {
        Ok(Some(client)) => client,
        Ok(None) => {
            return say(
                "Not shown on GitHub",
                "--github-deployment and --comment need a token: give the action `github-token: ${{ github.token }}`, \
                 or set GITHUB_TOKEN",
            );
        }
        Err(error) => {
            return say(
                "Not shown on GitHub",
                &format!("{error}; {}", error.next(&Subject::default())),
            );
        }
    };
    let pull_request = setup.ci.github_pull_request;
    if asked.comment && pull_request.is_none() {
        run.sink.emit(Event::notice(
            "No comment on GitHub",
            "this run is for no pull request, so --comment has nothing to do",
        ));
    }
    let wanted = Wanted {
        environment: asked.github_deployment.clone(),
        comment_on: pull_request.filter(|_| asked.comment),
        pull_request,
        links: face::links(&setup.ci),
    };
    Some(Records::start(
        client,
        wanted,
        requests,
        run.redactor.clone(),
        run.sink.clone(),
        &run.interrupts(),
    ))
}

/// A missing key gets the cause that the CI event shows.
fn tell_cause(error: &Error, ci: &Ci, sink: &dyn Sink) {
    if let (Error::Key(KeyProblem::Empty), Some(cause)) = (error, ci.no_secrets) {
        sink.emit(Event::notice(
            "Why the key is empty",
            format!("{cause}. Deploy from a workflow on the base repository instead, for example on `push` or `workflow_run`"),
        ));
    }
}

/// Checks the key's age: before anything is triggered if a stale key is to stop the run, else beside it.
///
/// What runs beside gives only what is still to be told.
async fn start_key_check(
    args: &DeployArgs,
    check: KeyCheck,
    run: &Run,
) -> Result<Option<Beside<Option<Checked>>>, Error> {
    if args.key.fail_on_stale_key {
        let check = async { Ok::<_, Error>(check.run().await) };
        let checked = run.prepare("checking the key's age", check).await?;
        let checked = checked.warn_if_unknown();
        checked.emit(run.sink.as_ref());
        checked.require_fresh()?;
        return Ok(None);
    }
    if args.no_key_check {
        return Ok(None);
    }
    let sink = run.sink.clone();
    Ok(Some(Beside::start(async move {
        let checked = check.run().await;
        // An age is told as soon as it is known, so that the verdict has the last word.
        match checked.age {
            Some(_) => {
                checked.emit(sink.as_ref());
                None
            }
            None => Some(checked),
        }
    })))
}

/// Waits a moment for the key check once the verdict is known, and tells what it has not told itself.
async fn end_key_check(beside: Beside<Option<Checked>>, triggered: bool, sink: &dyn Sink) {
    match beside.after_verdict().await {
        Some(Some(checked)) if triggered => checked.emit(sink),
        // Told already; or no news, where nothing could be triggered: that the key list could not be read either.
        Some(_) => {}
        None => Checked::too_late().emit(sink),
    }
}

/// The proof that is asked for, but would never be made.
fn unprovable(args: &DeployArgs) -> Option<&'static str> {
    let asked = [
        (args.verify_url.is_some(), "--verify-url"),
        (args.require_commit, "--require-commit"),
    ];
    asked
        .into_iter()
        .find_map(|(is_asked, name)| (args.no_wait && is_asked).then_some(name))
}

/// The sites as typed: at least one, none twice.
fn sites(typed: &[String]) -> Result<Vec<SiteId>, Error> {
    if typed.is_empty() {
        return Err(Error::usage(
            "no site was named",
            "name one: `sproobo-deploy deploy SITE`, or set SPROOBO_SITE (the action's input `site`)",
        ));
    }
    let sites: Vec<SiteId> = typed.iter().map(|text| options::site(text)).collect::<Result<_, _>>()?;
    let mut seen = HashSet::new();
    match sites.iter().find(|site| !seen.insert(*site)) {
        None => Ok(sites),
        Some(site) => Err(Error::usage(
            format!("the site {site} is named twice"),
            "name each site once: one run deploys a site once",
        )),
    }
}

/// One token for two sites could get one site's deployment as the other's reply: of two jobs, or of a re-run of one of
/// them, too. So each site has its own, alone or not.
fn of_site(token: &str, site: &SiteId) -> ClientToken {
    // It goes into a header.
    let site = utf8_percent_encode(site.as_str(), NON_ALPHANUMERIC_BUT_MARKS);
    ClientToken(format!("{token}-{site}"))
}

const NON_ALPHANUMERIC_BUT_MARKS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

fn requests(sites: &[SiteId], args: &DeployArgs, source: &Source) -> Result<Vec<TriggerRequest>, Error> {
    sites
        .iter()
        .map(|site| {
            Ok(TriggerRequest {
                site: site.clone(),
                git_ref: source.git_ref.clone(),
                commit: source.commit.clone(),
                message: source.message.clone(),
                token: match &args.idempotency_key {
                    Some(token) => of_site(token, site),
                    None => deploy::new_token()?,
                },
            })
        })
        .collect()
}
