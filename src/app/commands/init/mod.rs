//! `init`: the first five minutes, from a key to a workflow that is ready to commit.

use std::io::{self, BufRead, IsTerminal};
use std::path::Path;

use serde_json::json;

mod template;

use template::Template;

use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::app::{console, face, options};
use crate::cli::args::{InitArgs, Output};
use crate::error::{Error, ExitCode};
use crate::file;
use crate::model::{Site, SiteId};
use crate::report::table;

/// `init`. Sends GET requests alone; writes one file, which is not there yet and never holds the key.
pub(crate) async fn run(setup: &Setup, args: &InitArgs) -> ExitCode {
    face::printed(setup, async |run| {
        // What needs nobody's answer is refused before anybody is asked.
        let template = Template::new(args.gitlab, args.from.as_deref())?;
        let chosen = prepare(setup, args, run).await?;
        write(&template)?;
        let next = template.next_steps(&chosen.site);
        if console::format(setup) == Output::Json {
            let document = json!({
                "file": template.path(),
                "site": chosen.site.as_str(),
                "checked": chosen.doubt.is_none(),
                "next": next,
            });
            console::print_json(setup, &document);
        } else {
            let doubt = chosen
                .doubt
                .map(|why| format!("not checked: {why}\n"))
                .unwrap_or_default();
            let steps: String = next.iter().map(|step| format!("  {step}\n")).collect();
            let path = template.path();
            console::print(
                setup,
                &format!("{doubt}wrote {path}, for the site {}\nnext:\n{steps}", chosen.site),
            );
        }
        Ok(ExitCode::Ok)
    })
    .await
}

/// The site to write of.
struct Chosen {
    site: SiteId,
    /// Why nobody knows whether the key can see it.
    doubt: Option<String>,
}

async fn prepare(setup: &Setup, args: &InitArgs, run: &Run) -> Result<Chosen, Error> {
    if !Path::new(".git").exists() {
        return Err(Error::usage(
            "there is no git repository here, so a workflow would not be found",
            "run this in the root folder of the repository that you deploy",
        ));
    }
    let named: Option<SiteId> = args.site.as_deref().map(options::site).transpose()?;
    let listed = list(setup, args, run).await;
    match (named, listed) {
        (Some(site), Ok(sites)) if sites.iter().any(|one| one.id == site) => Ok(Chosen { site, doubt: None }),
        (Some(site), Ok(sites)) => Err(Error::usage(
            format!("the key can't see the site {site}; it sees {}", names(&sites)),
            "give --site one of these, or a key of the account that has the site",
        )),
        // The file holds no key, so it can be written before there is one.
        (Some(site), Err(error)) => Ok(Chosen {
            site,
            doubt: Some(error.to_string()),
        }),
        (None, Ok(sites)) => Ok(Chosen {
            site: choose(setup, sites).await?,
            doubt: None,
        }),
        (None, Err(error)) => Err(error),
    }
}

async fn list(setup: &Setup, args: &InitArgs, run: &Run) -> Result<Vec<Site>, Error> {
    let connection = run.connect(&setup.access(&args.api)).await?;
    let sites = connection.client.sites().await;
    sites.map_err(|source| Error::api("the sites could not be read", source))
}

/// The only one, or the one that a person picks.
async fn choose(setup: &Setup, mut sites: Vec<Site>) -> Result<SiteId, Error> {
    if sites.len() == 1 {
        return Ok(sites.remove(0).id);
    }
    let without_choice = |what: String| Error::usage(what, "give one with --site; `sproobo-deploy sites` lists them");
    if sites.is_empty() {
        return Err(Error::usage(
            "the key can see no site",
            "make one in Sproobo's dashboard first, or use a key of the account that has one",
        ));
    }
    if console::format(setup) != Output::Tty || !io::stdin().is_terminal() {
        return Err(without_choice(format!("the key sees several sites: {}", names(&sites))));
    }
    console::table(setup, &table::sites(&sites), &table::sites_json(&sites));
    console::print(setup, "\nWhich site? Its id: ");
    // On a thread of its own, so that Ctrl-C ends the question.
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    let answer = answer.await.ok().and_then(Result::ok).unwrap_or_default();
    let answer = answer.trim();
    let chosen = sites.into_iter().find(|site| site.id.as_str() == answer);
    chosen
        .map(|site| site.id)
        .ok_or_else(|| without_choice(format!("`{answer}` is none of the sites")))
}

fn names(sites: &[Site]) -> String {
    let names: Vec<_> = sites.iter().map(|site| site.id.as_str()).collect();
    match names.as_slice() {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}

fn write(template: &Template) -> Result<(), Error> {
    let path = Path::new(template.path());
    file::create(path, template.text().as_bytes()).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Error::usage(
            format!("{} is there already, and was not touched", template.path()),
            "rename or remove it first, or put what `init` writes in another repository beside yours",
        ),
        _ => Error::file("could not write", path.display(), error),
    })
}
