//! `deployments`: a site's history.

use crate::app::setup::Setup;
use crate::app::{console, face, options};
use crate::cli::args::DeploymentsArgs;
use crate::error::{Error, ExitCode, Purpose, Subject};
use crate::report::table;

pub(crate) async fn run(setup: &Setup, args: &DeploymentsArgs) -> ExitCode {
    face::look(setup, Purpose::Look, None, async |run| {
        let site = options::site(&args.site)?;
        run.knows(Subject::of_site(Purpose::Look, site.clone()));
        let connection = face::connect(setup, run, &setup.access(&args.api)).await?;
        let list = connection.client.listed_deployments(&site, args.limit).await;
        let mut list = list.map_err(|source| Error::api("the site's deployments could not be read", source))?;
        list.items.truncate(usize::try_from(args.limit).unwrap_or(usize::MAX));
        let exit = console::list(
            setup,
            &table::deployments(&list.items),
            &table::deployments_json(&list.items),
            &format!("the site {site} has no deployment yet"),
        );
        let shown = format!(
            "{} of the {} deployments that were asked for",
            list.items.len(),
            args.limit
        );
        console::tell_rest(setup, list.rest, &shown, "deployments");
        Ok(exit)
    })
    .await
}
