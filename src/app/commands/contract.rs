//! `contract`: what is printed without asking anyone.

use std::path::Path;

use crate::app::connection::{Access, parse_contract};
use crate::app::console;
use crate::app::setup::Setup;
use crate::cli::args::ContractCommand;
use crate::error::{Error, ExitCode};
use crate::model::StatusClass;

/// `contract`.
pub(crate) async fn run(setup: &Setup, command: Option<ContractCommand>) -> ExitCode {
    let done = match command {
        None => show(setup, Vec::new()).await,
        Some(ContractCommand::Show { status_map }) => show(setup, status_map).await,
        Some(ContractCommand::Check { file }) => check(setup, &file).await,
    };
    done.map_or_else(|error| console::fail(setup, error), |()| ExitCode::Ok)
}

/// The document alone, so that it can be kept as a file and corrected.
async fn show(setup: &Setup, status_map: Vec<(String, StatusClass)>) -> Result<(), Error> {
    let access = Access {
        status_map,
        ..setup.plain_access()
    };
    let contract = access.contract().await?;
    let text = serde_json::to_string_pretty(contract.document()).unwrap_or_default();
    console::print(setup, &format!("{text}\n"));
    Ok(())
}

async fn check(setup: &Setup, file: &Path) -> Result<(), Error> {
    match parse_contract(file).await? {
        Ok(_) => {
            console::print(
                setup,
                &format!("{}: valid; what it leaves out is as assumed\n", file.display()),
            );
            Ok(())
        }
        Err(problems) => {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            console::print(setup, &format!("{}\n", lines.join("\n")));
            Err(Error::usage(
                format!("{} has {} problem(s)", file.display(), problems.len()),
                "correct each line above; `sproobo-deploy contract show` prints the default",
            ))
        }
    }
}
