//! `open`: a site, or its dashboard, in a browser.

use std::io::{IsTerminal, stdout};

use serde_json::json;

use crate::app::setup::Setup;
use crate::app::{console, face, options};
use crate::browser;
use crate::cli::args::{OpenArgs, Output};
use crate::error::{Error, ExitCode, Purpose, Subject};
use crate::event::Mode;
use crate::http::Url;
use crate::model::SiteId;
use crate::redact::{HIDDEN, Redactor};
use crate::sproobo::{Client, Operation};

/// `open`. The link is printed in any case: it is what a script, or a person without a browser, needs.
pub(crate) async fn run(setup: &Setup, args: &OpenArgs) -> ExitCode {
    face::look(setup, Purpose::Look, None, async |run| {
        let site = options::site(&args.site)?;
        run.knows(Subject::of_site(Purpose::Look, site.clone()));
        let connection = face::connect(setup, run, &setup.access(&args.api)).await?;
        let found = link(&connection.client, &site, args.dashboard).await;
        let page = found.and_then(|url| whole(&url, &setup.process.redactor))?;
        if console::format(setup) == Output::Json {
            let document = json!({ "site": site.as_str(), "url": page.as_str() });
            console::print_json(setup, &document);
            return Ok(ExitCode::Ok);
        }
        console::print(setup, &format!("{page}\n"));
        // The sandbox, and with it the page, ends with this command.
        if connection.mode == Mode::Real && has_browser(setup) && !browser::open(&page).await {
            console::print_beside(setup, "no browser could be started; the link is above\n");
        }
        Ok(ExitCode::Ok)
    })
    .await
}

/// Whether a person sits there, at a desktop.
fn has_browser(setup: &Setup) -> bool {
    let is_set = |name| setup.environment.get(name).is_some();
    let has_desktop = cfg!(any(windows, target_os = "macos")) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
    has_desktop && stdout().is_terminal() && !setup.ci.is_ci()
}

/// Where the site answers, or the dashboard's page of its newest deployment.
async fn link(platform: &Client, site: &SiteId, dashboard: bool) -> Result<String, Error> {
    if !dashboard && platform.offers(Operation::Site) {
        let shown = platform.site(site).await;
        let shown = shown.map_err(|source| Error::api("the site could not be read", source))?;
        if let Some(url) = shown.url {
            return Ok(url);
        }
    }
    let list = platform.deployments(site, 1).await;
    let list = list.map_err(|source| Error::api("the site's deployments could not be read", source))?;
    let newest = list.into_iter().next();
    let shown = newest.and_then(|newest| if dashboard { newest.dashboard_url } else { newest.url });
    match shown {
        Some(url) => Ok(url),
        None if dashboard => Err(nothing(format!("the API shows no dashboard link of the site {site}"))),
        None => Err(nothing(format!(
            "the API shows no address of the site {site} (a worker has none)"
        ))),
    }
}

fn nothing(what: String) -> Error {
    Error::NothingFits { what }
}

/// What the reader of replies let through is a link of http or https, but what was secret in it is gone: then it leads
/// nowhere. Parsing may write a host in other letters, in which a secret is seen for the first time.
fn whole(url: &str, redactor: &Redactor) -> Result<Url, Error> {
    match Url::parse(url) {
        Ok(page) if !url.contains(HIDDEN) && redactor.find(page.as_str().as_bytes()).is_empty() => Ok(page),
        _ => Err(nothing(format!(
            "the link that the API shows holds what is secret: {url}"
        ))),
    }
}
