//! `completions`.

use clap::ValueEnum as _;
use clap_complete::Shell;

use crate::app::console;
use crate::app::setup::Setup;
use crate::cli;
use crate::error::ExitCode;

/// The program's name, and what stands for it in a script for bash while that is made: `clap_complete` writes a hyphen
/// of it as `__` where a command is recognized and as `__subcmd__` where it is looked for, so that none is ever found.
const NAME: &str = "sproobo-deploy";
const WITHOUT_HYPHEN: &str = "sproobo_deploy";

/// bash takes `=` for a word of its own, so what stands before the value is not the option.
const PREVIOUS: &str = "    prev=\"$3\"\n";
const PREVIOUS_OF_VALUE: &str = "    prev=\"$3\"
    if [[ \"$prev\" == \"=\" ]]; then
        prev=\"${COMP_WORDS[COMP_CWORD-2]}\"
    elif [[ \"$cur\" == \"=\" ]]; then
        cur=\"\"
    fi
";

/// How the script for zsh begins an argument that may be given several times. It takes all words from there on for that
/// argument; with one colon less, options are still completed between them.
const REPEATED: &str = "'*::";
const REPEATED_AMONG_OPTIONS: &str = "'*:";

/// How fish looks for the command that stands there: an option that it does not know is then none, and no command is
/// offered behind it.
const PARSED: &str = "argparse -s (";
const PARSED_WITH_UNKNOWN: &str = "argparse -s -i (";

/// fish is asked for a value while that is still missing, which its parser of options takes for a failure.
const UNPARSED: &str = "2>/dev/null\n    or return\n";
const UNPARSED_YET: &str = "2>/dev/null\n    or return 0\n";

pub(crate) fn run(setup: &Setup, shell: Shell) -> ExitCode {
    console::print(setup, &script(shell));
    ExitCode::Ok
}

fn script(shell: Shell) -> String {
    let name = if shell == Shell::Bash { WITHOUT_HYPHEN } else { NAME };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli::command_for_completions(), name, &mut script);
    let script = String::from_utf8_lossy(&script);
    match shell {
        Shell::Bash => {
            let named = script.replace(&format!(" {WITHOUT_HYPHEN}\n"), &format!(" {NAME}\n"));
            named.replace(PREVIOUS, PREVIOUS_OF_VALUE)
        }
        Shell::Zsh => script.replace(REPEATED, REPEATED_AMONG_OPTIONS),
        Shell::Fish => {
            let parsed = script.replace(PARSED, PARSED_WITH_UNKNOWN);
            parsed.replace(UNPARSED, UNPARSED_YET) + &shells_in_fish()
        }
        _ => script.into_owned(),
    }
}

/// The one argument that is no option and has known values: `clap_complete` leaves those out for fish.
fn shells_in_fish() -> String {
    let shells: Vec<String> = Shell::value_variants().iter().map(ToString::to_string).collect();
    format!(
        "complete -c {NAME} -n \"__fish_{WITHOUT_HYPHEN}_using_subcommand completions\" -f -a \"{}\"\n",
        shells.join(" ")
    )
}
