//! Variables that look like ours and set nothing: most likely misspelt options.

use clap::error::{ContextKind, ContextValue};
use clap::{ArgMatches, Command};

use super::env::Environment;
use super::names::variable_name;
use crate::event::Note;

/// Ours, and no options: the key, the sites, what the GitLab template sets, and what a dotenv report hands to later jobs.
const NO_OPTIONS: [&str; 11] = [
    "SPROOBO_API_KEY",
    "SPROOBO_SITE",
    "SPROOBO_BINARY",
    "SPROOBO_DEPLOYMENT_ID",
    "SPROOBO_STATUS",
    "SPROOBO_URL",
    "SPROOBO_DASHBOARD_URL",
    "SPROOBO_DURATION_SECONDS",
    "SPROOBO_KEY_AGE_DAYS",
    "SPROOBO_KEY_STALE",
    "SPROOBO_EXIT_CODE",
];

/// A warning of each variable that is an option of no command, with the nearest option of this one.
///
/// Not of the action's inputs: of those the runner itself warns.
pub(super) fn variables(command: &Command, matches: &ArgMatches, environment: &Environment) -> Vec<Note> {
    if environment.inputs != Ok(false) {
        return Vec::new();
    }
    let here = options(command);
    let mut unknown: Vec<_> = environment.ours().collect();
    unknown.retain(|name| !NO_OPTIONS.contains(name) && !here.iter().any(|known| known == name));
    if !unknown.is_empty() {
        let mut all = super::command::command();
        all.build();
        let elsewhere = options(&all);
        unknown.retain(|name| !elsewhere.iter().any(|known| known == name));
    }
    let chosen = chosen(command, matches);
    unknown
        .into_iter()
        .map(|name| {
            let hint = nearest(chosen, name).map(|nearest| format!(": is {nearest} meant?"));
            let text = format!("{name} is set, and no option has that name{}", hint.unwrap_or_default());
            Note::warning("Unknown variable", text)
        })
        .collect()
}

/// The variables of the options of this command and those below it, as far as they are built.
fn options(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(|argument| argument.get_long());
    let own = own.map(variable_name);
    own.chain(command.get_subcommands().flat_map(options)).collect()
}

/// The command that was typed.
fn chosen<'a>(command: &'a Command, matches: &ArgMatches) -> &'a Command {
    match matches.subcommand() {
        Some((name, inner)) => command
            .find_subcommand(name)
            .map_or(command, |next| chosen(next, inner)),
        None => command,
    }
}

/// The variable of the option that the parser would suggest for this one, had it been typed.
fn nearest(command: &Command, name: &str) -> Option<String> {
    let long = name
        .trim_start_matches(super::names::PREFIX)
        .to_ascii_lowercase()
        .replace('_', "-");
    let typed = [command.get_name().to_owned(), format!("--{long}=")];
    let refused = command.clone().try_get_matches_from(typed).err()?;
    match refused.get(ContextKind::SuggestedArg)? {
        ContextValue::String(suggested) => Some(variable_name(suggested.trim_start_matches('-'))),
        _ => None,
    }
}
