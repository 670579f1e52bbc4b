//! How our environment variables are called.

use clap::Arg;

/// What the names of all our variables begin with.
pub(super) const PREFIX: &str = "SPROOBO_";

/// The name of an option's variable.
pub(super) fn variable_name(long: &str) -> String {
    format!("{PREFIX}{}", long.replace('-', "_").to_ascii_uppercase())
}

/// The option with its variable in the long form of its help.
pub(super) fn named_in_help(option: Arg) -> Arg {
    let (Some(long), Some(help)) = (option.get_long(), option.get_long_help().or(option.get_help())) else {
        return option;
    };
    let help = format!("{help}\n\n[env: {}]", variable_name(long));
    option.long_help(help)
}
