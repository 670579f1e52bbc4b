//! `keys rotate`.

use chrono::Utc;

use crate::app::connection::Connection;
use crate::app::console;
use crate::app::key_stores::{self, SecretStores};
use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::cli::args::Output;
use crate::cli::keys_args::RotateArgs;
use crate::error::{CancelOutcome, Error};
use crate::event::Event;
use crate::http;
use crate::keys::rotate::{self, Grace, Plan, Revoke, Rotated};
use crate::keys::store::Store;

pub(super) async fn run(setup: &Setup, run: &Run, args: &RotateArgs) -> Result<(), Error> {
    let stores = args
        .store
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, String>>();
    let plan = Plan {
        name: args.name.clone().ok_or_else(|| {
            Error::usage(
                "the new key has no name",
                "give --name NAME, the same for every rotation of this key",
            )
        })?,
        stores: stores
            .map_err(|error| Error::usage(format!("--store: {error}"), "see `sproobo-deploy help keys rotate`"))?,
        revoke: match (args.revoke_old, args.revoke_after) {
            (true, _) => Revoke::Old,
            (false, Some(after)) => Revoke::After(after),
            (false, None) => Revoke::Nothing,
        },
        created_at: args.key_created_at,
        now: Utc::now(),
        in_ci: setup.ci.is_ci(),
    };
    if args.api.sandbox.is_some() && plan.stores.iter().any(|store| *store != Store::StdoutOnce) {
        return Err(Error::usage(
            "--sandbox: the sandbox's key would take the place of a real one, and works nowhere",
            "rehearse with --store stdout-once, or leave --sandbox (SPROOBO_SANDBOX) out",
        ));
    }
    let connection = run.begin("keys rotate", Vec::new(), &setup.access(&args.api)).await?;
    if let (Revoke::After(after), []) = (plan.revoke, &plan.stores[..]) {
        return revoke_older(run, &connection, &plan.grace(after)).await;
    }
    let stores = secret_stores(setup, args, &plan, &connection.http);
    let stores = run.unless_interrupted(CancelOutcome::NotAsked, stores).await?;
    let sink = run.sink.as_ref();
    let (api, key) = (&connection.client, &connection.key);
    let rotated = rotate::rotate(api, &stores, key, &plan, sink, run.interrupts()).await?;
    run.sink.emit(Event::Plan(told(&rotated)));
    Ok(())
}

/// `--revoke-after` without a store: nothing is created.
async fn revoke_older(run: &Run, connection: &Connection, grace: &Grace) -> Result<(), Error> {
    let (api, key) = (&connection.client, &connection.key);
    let revoked = rotate::revoke_older(api, key, grace, run.sink.as_ref(), run.interrupts()).await?;
    run.sink.emit(Event::Plan(match revoked.len() {
        0 => "no key was revoked".to_owned(),
        1 => "1 older key was revoked".to_owned(),
        keys => format!("{keys} older keys were revoked"),
    }));
    Ok(())
}

/// The clients that the plan's stores take: a token that none of them needs may be anything.
async fn secret_stores(
    setup: &Setup,
    args: &RotateArgs,
    plan: &Plan,
    http: &http::Client,
) -> Result<SecretStores, Error> {
    let github = match plan.stores.iter().any(Store::is_on_github) {
        true => {
            key_stores::github(
                setup,
                http,
                args.github_token_file.as_deref(),
                args.github_repository.as_deref(),
            )
            .await?
        }
        false => None,
    };
    let gitlab = match plan.stores.iter().any(Store::is_on_gitlab) {
        true => {
            key_stores::gitlab(
                setup,
                http,
                args.gitlab_token_file.as_deref(),
                args.gitlab_project.as_deref(),
            )
            .await?
        }
        false => None,
    };
    Ok(SecretStores {
        github,
        gitlab,
        protected: args.protected.then_some(true),
        json: console::format(setup) == Output::Json,
    })
}

/// What a rotation did, as a sentence.
fn told(rotated: &Rotated) -> String {
    let old = rotated
        .old
        .as_ref()
        .map_or_else(|| "the old key".to_owned(), |old| format!("the old key ({old})"));
    let old = match rotated.revoked {
        true => format!("{old} is revoked"),
        false => format!("{old} is still valid: revoke it with `keys revoke` once nothing uses it any more"),
    };
    let left: Vec<_> = rotated.left.iter().map(ToString::to_string).collect();
    let left = match left.is_empty() {
        true => String::new(),
        false => format!(
            ". Other keys of this name are still valid: {}; revoke with `keys revoke` what nothing uses any more",
            left.join("; ")
        ),
    };
    format!("the new key ({}) is stored and proven; {old}{left}", rotated.new)
}
