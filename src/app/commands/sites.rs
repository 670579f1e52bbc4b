//! `sites`: what the key can see.

use crate::app::console;
use crate::app::face;
use crate::app::setup::Setup;
use crate::cli::args::SitesArgs;
use crate::error::{Error, ExitCode, Purpose};
use crate::report::table;

pub(crate) async fn run(setup: &Setup, args: &SitesArgs) -> ExitCode {
    face::look(setup, Purpose::Look, None, async |run| {
        let connection = face::connect(setup, run, &setup.access(&args.api)).await?;
        let list = connection.client.listed_sites().await;
        let list = list.map_err(|source| Error::api("the sites could not be read", source))?;
        let exit = console::list(
            setup,
            &table::sites(&list.items),
            &table::sites_json(&list.items),
            "the key can see no site: make one in Sproobo's dashboard, or use a key of the account that has one",
        );
        console::tell_rest(setup, list.rest, &format!("{} sites", list.items.len()), "sites");
        Ok(exit)
    })
    .await
}
