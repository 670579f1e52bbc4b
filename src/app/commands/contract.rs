//! `contract`: what is printed, checked and learned without asking anyone.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::app::connection::{Access, parse_contract};
use crate::app::console;
use crate::app::face;
use crate::app::input::{self, PIPE_TIMEOUT};
use crate::app::setup::Setup;
use crate::cli::args::ContractCommand;
use crate::error::{Error, ExitCode};
use crate::learn::{self, Assumed, Evidence, Unreadable};
use crate::model::StatusClass;
use crate::sproobo::{Contract, Operation, is_path, schema};

pub(crate) async fn run(setup: &Setup, command: Option<ContractCommand>) -> ExitCode {
    let done = match command {
        None => show(setup, Vec::new()).await,
        Some(ContractCommand::Show(args)) => show(setup, args.into_inner().words.status_map).await,
        Some(ContractCommand::Check(args)) => check(setup, &args.file).await,
        Some(ContractCommand::Learn(args)) => learn(setup, &args.files).await,
        Some(ContractCommand::Schema) => {
            console::print_json(setup, &schema());
            Ok(())
        }
    };
    done.map_or_else(|error| face::fail(setup, error), |()| ExitCode::Ok)
}

/// The document alone, so that it can be kept as a file and corrected.
async fn show(setup: &Setup, status_map: Vec<(String, StatusClass)>) -> Result<(), Error> {
    let access = Access {
        status_map,
        ..setup.plain_access()
    };
    let contract = access.contract().await?;
    console::print_json(setup, contract.document());
    Ok(())
}

async fn check(setup: &Setup, file: &Path) -> Result<(), Error> {
    match parse_contract(file, PIPE_TIMEOUT).await? {
        Ok(contract) => {
            let mut text = format!("{}: valid; what it leaves out is as assumed\n", file.display());
            let api_url = setup.global.api_url.as_deref();
            // Where the key may go is not the question here.
            let contract = contract.with_api_url(api_url).unwrap_or(contract);
            let inherited = contract.inherited_successes();
            if !inherited.is_empty() {
                text += &format!(
                    "{} is not known to be Sproobo's, and these assumed words would count as a success there: {}. Where one of \
                     them means something else, give `statuses.succeeded` and `statuses.finished` of your own\n",
                    contract.base_url(),
                    inherited.join(", ")
                );
            }
            console::print(setup, &text);
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

/// The contract goes to stdout alone, so that it can be kept as a file; what speaks for it to stderr.
async fn learn(setup: &Setup, files: &[PathBuf]) -> Result<(), Error> {
    let mut sources = Vec::new();
    for file in files {
        sources.push(evidence(file).await?);
    }
    let built_in = Contract::default();
    let learned = learn::learn(&sources, assumed(&built_in));
    let text = console::pretty(&learned.contract);
    console::print(setup, &format!("{text}\n"));
    console::print_aside(setup, &format!("{}\n", learn::explain(&learned).join("\n")));
    if !learned.is_enough() {
        return Err(Error::usage(
            "the evidence is not enough for a contract to deploy with",
            "see what is missing above; `sproobo-deploy contract learn --help` says how to record",
        ));
    }
    if let Err(problems) = Contract::parse(&text) {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        return Err(Error::usage(
            format!("the learned contract can't work as it is: {}", lines.join("; ")),
            "correct it by what is missing above, then `sproobo-deploy contract check FILE`",
        ));
    }
    Ok(())
}

/// The language of contracts, for what learns to speak it.
#[must_use]
pub fn assumed(contract: &Contract) -> Assumed<'_> {
    Assumed {
        document: contract.document(),
        variables: |name| Operation::named(name).map_or(&[], Operation::variables),
        is_path,
    }
}

/// Reads a recording or a description.
async fn evidence(path: &Path) -> Result<Evidence, Error> {
    const DOING: &str = "could not read";
    let opened = path.to_owned();
    let read = move || Evidence::read(File::open(opened)?);
    let read = input::bounded(Some(path), PIPE_TIMEOUT, DOING, read).await?;
    read.map_err(|unreadable| match unreadable {
        Unreadable::Io(error) => Error::file(DOING, path.display(), error),
        other => Error::usage(
            format!("nothing can be learned from {}: {other}", path.display()),
            "give what a browser's network panel saves as HAR, or the API's OpenAPI document as JSON; \
             `sproobo-deploy contract learn --help` says how to record",
        ),
    })
}
