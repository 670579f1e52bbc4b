//! `sites`: what the key can see.

use crate::app::console;
use crate::app::face;
use crate::app::setup::Setup;
use crate::cli::args::SitesArgs;
use crate::error::{Error, ExitCode, Purpose};
use crate::report::table;

/// `sites`.
pub(crate) async fn run(setup: &Setup, args: &SitesArgs) -> ExitCode {
    face::look(setup, Purpose::Look, None, async |run| {
        let connection = face::connect(setup, run, &setup.access(&args.api)).await?;
        let list = connection.client.sites().await;
        let list = list.map_err(|source| Error::api("the sites could not be read", source))?;
        Ok(console::list(
            setup,
            &table::sites(&list),
            &table::sites_json(&list),
            "the key can see no site: make one in Sproobo's dashboard, or use a key of the account that has one",
        ))
    })
    .await
}
