//! `sandbox`: the embedded Sproobo as a server of its own.

use crate::app::console;
use crate::app::face;
use crate::app::run::Run;
use crate::app::setup::Setup;
use crate::cli::args::SandboxArgs;
use crate::error::{Error, ExitCode};
use crate::sandbox::{self, Scenario};

/// Runs the sandbox until a signal ends it; exits with that signal's code.
pub(crate) async fn run(setup: &Setup, args: &SandboxArgs) -> ExitCode {
    face::printed(setup, async |run| serve(setup, args, run).await).await
}

async fn serve(setup: &Setup, args: &SandboxArgs, run: &Run) -> Result<ExitCode, Error> {
    let unusable =
        |what: String| Error::usage(what, "listen on a free loopback port, for example --listen 127.0.0.1:0");
    let options = sandbox::Options {
        listen: args.listen,
        scenario: args.scenario,
        first_key_created_at: args.key_created_at,
        ..sandbox::Options::default()
    };
    let sandbox = sandbox::start(options)
        .await
        .map_err(|error| unusable(error.to_string()))?;
    // The key is shown on purpose: it opens nothing but this process. So it never meets the redactor.
    let (url, key) = (sandbox.base_url(), sandbox.key().expose());
    let sites = match args.scenario {
        Scenario::UnknownSite => "It knows no site by its id.",
        _ => "Sites: demo, shop, docs, worker, and any other id that is asked for.",
    };
    let mut text = format!(
        "a sandbox, not Sproobo: nothing is ever deployed. {sites} Ctrl-C ends it.\n\n\
         export SPROOBO_API_URL={url}\nexport SPROOBO_API_KEY={key}\n"
    );
    // Git Bash takes the lines above there.
    if cfg!(windows) {
        text.push_str(&format!(
            "\nIn PowerShell:\n$env:SPROOBO_API_URL = '{url}'\n$env:SPROOBO_API_KEY = '{key}'\n"
        ));
    }
    console::print(setup, &text);
    let signal = run.interrupted().await;
    sandbox.shutdown().await;
    Ok(ExitCode::Signal(signal))
}
