//! `doctor`: composes the preflight.

use std::io;
use std::path::Path;

use crate::app::connection::Connection;
use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::app::{console, face, options};
use crate::cli::args::DoctorArgs;
use crate::doctor;
use crate::error::{Error, ExitCode, Purpose, Subject};
use crate::event::{Check, Mode};
use crate::file::{self, Appender};
use crate::git::{Git, Repository};
use crate::http::{self, Url};
use crate::model::SiteId;
use crate::report::table;

/// `doctor`. Sends GET requests alone; exits with the code of the first check that failed.
pub(crate) async fn run(setup: &Setup, args: &DoctorArgs) -> ExitCode {
    face::look(setup, Purpose::Look, None, async |run| {
        let checks = examine(setup, args, run).await?;
        console::table(setup, &table::checks(&checks), &table::checks_json(&checks));
        Ok(doctor::exit_code(&checks))
    })
    .await
}

async fn examine(setup: &Setup, args: &DoctorArgs, run: &Run) -> Result<Vec<Check>, Error> {
    let site: Option<SiteId> = args.site.as_deref().map(options::site).transpose()?;
    let mut checks = Vec::new();
    checks.extend(key_file(setup).await);
    match Connection::open(&setup.access(&args.api), &run.redactor).await {
        Ok(connection) => {
            face::warn_of_sandbox(setup, &connection);
            checks.push(Check::passed(
                "key",
                format!("has the shape of one ({}…)", connection.key.public_prefix()),
            ));
            let base = connection.api();
            checks.push(contract(setup, &connection));
            checks.push(proxy(setup, base));
            checks.extend(doctor::check_api(&connection.client, site.as_ref()).await);
        }
        Err(error) => checks.push(refused("configuration", &error)),
    }
    checks.extend(files(setup));
    Ok(checks)
}

/// Who else may come by the key in its file.
async fn key_file(setup: &Setup) -> Option<Check> {
    const NAME: &str = "key file";
    let path = setup
        .global
        .api_key_file
        .as_deref()
        .filter(|path| path.as_os_str() != "-")?;
    let found = std::fs::metadata(path).ok().filter(|found| found.is_file())?;
    let shown = path.display();
    if is_open_to_others(&found) {
        return Some(Check::warned(
            NAME,
            format!("{shown} can be read by other users of this machine"),
            format!("let its owner alone read it (`chmod 600 {shown}`)"),
        ));
    }
    let path = path.canonicalize().ok()?;
    let inside = match Git::at(path.parent()?).repository().await {
        Ok(Repository::Found { top: Some(top), .. }) => top.canonicalize().is_ok_and(|top| path.starts_with(top)),
        _ => false,
    };
    Some(match inside {
        true => Check::warned(
            NAME,
            format!("{shown} lies in the work tree of a git repository, one `git add` away from being published"),
            "keep it outside of any repository",
        ),
        false => Check::passed(NAME, format!("{shown} is its owner's alone, and in no work tree")),
    })
}

#[cfg(unix)]
fn is_open_to_others(found: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o077 != 0
}

/// Windows has lists of who may, which the standard library does not read.
#[cfg(not(unix))]
fn is_open_to_others(_: &std::fs::Metadata) -> bool {
    false
}

fn refused(name: &'static str, error: &Error) -> Check {
    Check::failed(
        name,
        error.exit_code(),
        error.to_string(),
        error.next(&Subject::default()),
    )
}

fn contract(setup: &Setup, connection: &Connection) -> Check {
    let base = connection.api();
    let found = match &setup.global.contract {
        Some(path) => format!("{} over the assumed default; base URL {base}", path.display()),
        None => format!("the assumed default; base URL {base}"),
    };
    let inherited = connection.client.contract().inherited_successes();
    if inherited.is_empty() || connection.mode == Mode::Sandbox {
        return Check::passed("contract file", found);
    }
    Check::warned(
        "contract file",
        format!(
            "{found}; it is not known to be Sproobo's, and these assumed words would count as a success there: {}",
            inherited.join(", ")
        ),
        "where one of them means something else there, give `statuses.succeeded` and `statuses.finished` of your own",
    )
}

/// Which proxy the HTTP library will use: it reads these variables itself.
fn proxy(setup: &Setup, base: &Url) -> Check {
    if http::is_loopback(base) {
        return Check::passed("proxy", "none: loopback is never sent through one");
    }
    let set = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
        .into_iter()
        .find_map(|name| Some((name, setup.environment.get(name)?)));
    let is_excepted = ["NO_PROXY", "no_proxy"]
        .into_iter()
        .find_map(|name| setup.environment.get(name))
        .is_some_and(|list| http::is_excepted(base, list));
    match set {
        None => Check::passed("proxy", "none is set (HTTPS_PROXY, ALL_PROXY)"),
        Some((name, _)) if is_excepted => {
            Check::passed("proxy", format!("none: NO_PROXY excepts the API's host from {name}"))
        }
        Some((name, url)) => {
            // Only the host: a proxy's URL may hold a password.
            let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
            Check::passed(
                "proxy",
                format!("{name} names {}", host.as_deref().unwrap_or("something that is no URL")),
            )
        }
    }
}

/// The files that a deploy writes for CI: the runner's own are appended to, and ours replaced.
fn files(setup: &Setup) -> Vec<Check> {
    let appended = |path: &Path| Appender::open(path).map(drop);
    let outputs = setup.ci.github_output.as_deref();
    let summary = setup.ci.github_summary.as_deref();
    let dotenv = setup.global.dotenv.as_deref();
    let state = setup.ci.state_file.as_deref();
    [
        outputs.map(|path| writable("outputs", path, appended(path))),
        summary.map(|path| writable("job summary", path, appended(path))),
        dotenv.map(|path| writable("dotenv report", path, file::check_replace(path))),
        state.map(|path| writable("state file", path, file::check_replace(path))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn writable(name: &'static str, path: &Path, tried: io::Result<()>) -> Check {
    match tried {
        Ok(()) => Check::passed(name, format!("{} can be written", path.display())),
        Err(error) => Check::failed(
            name,
            ExitCode::Usage,
            format!("{} can't be written: {error}", path.display()),
            "check that its folder exists and that this user may write there",
        ),
    }
}
