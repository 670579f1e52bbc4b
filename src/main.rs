//! Parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    sproobo_deploy::app::main()
}
