//! `completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::app::console;
use crate::app::setup::Setup;
use crate::cli::args::Cli;
use crate::error::ExitCode;

/// `completions`.
pub(crate) fn run(setup: &Setup, shell: Shell) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sproobo-deploy", &mut script);
    console::print(setup, &String::from_utf8_lossy(&script));
    ExitCode::Ok
}
