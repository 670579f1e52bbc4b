//! From recordings to a draft.

mod auth;
mod deployment;
pub(super) mod exchange;
mod fields;
mod graphql;
pub(super) mod har;
mod inputs;
mod keys;
mod logs;
mod operations;
mod reading;
mod roles;
mod series;
mod site;
mod status;
mod template;
mod variables;

use super::draft::Draft;
use super::{Assumed, Recording, Sure};
use exchange::Exchange;
use operations::plural;
use roles::Run;
use site::Site;
use variables::Variables;

/// What the recordings show.
pub(super) fn draft(recordings: &[&Recording], assumed: Assumed<'_>) -> Draft {
    let mut draft = Draft::default();
    let mut runs: Vec<Run<'_>> = Vec::new();
    let mut idle: Vec<(String, &Recording)> = Vec::new();
    for (number, recording) in recordings.iter().enumerate() {
        let name = format!("recording {}", number + 1);
        for note in &recording.notes {
            draft.lacks(name.clone(), note.clone());
        }
        match roles::find(&recording.exchanges) {
            Some(run) => runs.push(run),
            None => idle.push((name, *recording)),
        }
    }
    let Some(origin) = runs.first().map(|run| run.start.exchange.origin.clone()) else {
        idle.into_iter().for_each(|(name, _)| starts_nothing(name, &mut draft));
        return draft;
    };
    let others = runs.iter().filter(|run| run.start.exchange.origin != origin).count();
    if others > 0 {
        draft.lacks(
            "recordings",
            format!(
                "{} left out: the deployment was started on another host than in the first",
                plural(others, "recording")
            ),
        );
    }
    runs.retain(|run| run.start.exchange.origin == origin);
    let mut variables = variables(&runs, assumed);
    let site = runs.iter().find_map(|run| site::find(run, &variables));
    name_site(site.as_ref(), &mut variables, &mut draft);
    draft.choose("base_url", Sure::Certain, "the host that the start was sent to");
    operations::find(&runs, site.as_ref(), &mut variables, &mut draft);
    let mut calls: Vec<&Exchange> = vec![runs[0].start.exchange];
    calls.extend(runs.iter().flat_map(|run| &run.polls));
    auth::find(&calls, &mut variables, &mut draft);
    deployment::find(&runs, &variables, assumed, &mut draft);
    let mut has_keys = runs.iter().any(|run| keys::find(&run.all, &mut variables, &mut draft));
    for (name, recording) in idle {
        let calls: Vec<&Exchange> = recording
            .exchanges
            .iter()
            .filter(|call| call.origin == origin)
            .collect();
        if !has_keys && keys::find(&calls, &mut variables, &mut draft) {
            has_keys = true;
        } else {
            starts_nothing(name, &mut draft);
        }
    }
    if !has_keys {
        draft.lacks(
            "operations/api_keys",
            "for the commands about keys and the key's age: open the page of the account's API keys while recording, or in a \
             recording of its own",
        );
    }
    draft.origin = Some(origin);
    for own in variables.into_own() {
        draft.lacks(
            format!("--var {}=VALUE", own.name),
            format!("its value is not copied; the recording has it in {}", own.place),
        );
    }
    draft
}

fn starts_nothing(recording: String, draft: &mut Draft) {
    draft.lacks(
        recording,
        "no request in it starts a deployment: no write brings an id that a later read asks for. Open the network panel first, \
         then press Deploy, wait until the dashboard says that it is done, and save it all as HAR",
    );
}

fn variables<'a>(runs: &[Run<'_>], assumed: Assumed<'a>) -> Variables<'a> {
    let all: Vec<&Exchange> = runs.iter().flat_map(|run| run.all.iter().copied()).collect();
    let mut variables = Variables::of(&all, assumed);
    for run in runs {
        variables.name(&run.start.id, "deployment");
        if let Some(target) = &run.target {
            variables.name(target, "deployment");
        }
    }
    for run in runs {
        inputs::name(run, &mut variables);
    }
    variables
}

fn name_site(site: Option<&Site>, variables: &mut Variables<'_>, draft: &mut Draft) {
    let Some(site) = site else {
        draft.lacks(
            "{site}",
            "nothing in the request that starts names a site; look where the API wants it",
        );
        return;
    };
    variables.name(&site.value, "site");
    draft.choose("{site}", Sure::Likely, format!("the start has it {}", site.place));
    if let Some(alias) = &site.alias {
        variables.name(alias, "site");
        draft.choose(
            "{site}",
            Sure::Guess,
            "the list names the same site by another of its ids; try which of the two the API takes in both places",
        );
    }
}
