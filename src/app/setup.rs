//! What every command starts from: the invocation, and what belongs to the process.

use std::collections::BTreeMap;
use std::time::Duration;

use super::connection::{Access, KeySource};
use super::input::{self, Origin};
use super::printer::Printer;
use crate::cli::Invocation;
use crate::cli::args::{Command, Global};
use crate::cli::ci::{Ci, System};
use crate::cli::env::Environment;
use crate::cli::shared_args::ApiArgs;
use crate::deploy::Interrupts;
use crate::event::Note;
use crate::http;
use crate::redact::Redactor;
use crate::secret::Secret;
use crate::watch::RunClock;

/// The invocation without its command, and what belongs to the process.
pub(crate) struct Setup {
    pub(crate) global: Global,
    pub(crate) ci: Ci,
    pub(crate) environment: Environment,
    /// What is to be said of the invocation.
    pub(crate) notes: Vec<Note>,
    pub(crate) process: Process,
}

/// What there is once in a process.
#[derive(Clone)]
pub(crate) struct Process {
    /// The time since its start.
    pub(crate) clock: RunClock,
    /// The signals that it gets.
    pub(crate) interrupts: Interrupts,
    /// Passed by all output.
    pub(crate) redactor: Redactor,
    pub(crate) printer: Printer,
}

impl Setup {
    pub(crate) fn new(invocation: Invocation, process: Process) -> (Self, Command) {
        let Invocation {
            cli,
            ci,
            environment,
            notes,
        } = invocation;
        (
            Self {
                global: cli.global,
                ci,
                environment,
                notes,
                process,
            },
            cli.command,
        )
    }

    /// How the API is reached, by these options.
    pub(crate) fn access(&self, api: &ApiArgs) -> Access {
        Access {
            status_map: api.words.status_map.clone(),
            vars: api.var.iter().cloned().collect(),
            request_timeout: api.request_timeout,
            sandbox: api.sandbox,
            ..self.plain_access()
        }
    }

    /// The same for a run with a limit in time, which ends a wait for pipes too: a second clock of the same length could
    /// be seen first on a busy machine.
    pub(crate) fn access_within_limit(&self, api: &ApiArgs) -> Access {
        Access {
            pipe_timeout: Duration::MAX,
            ..self.access(api)
        }
    }

    /// The same for a command that has none of these options.
    pub(crate) fn plain_access(&self) -> Access {
        let given = || self.environment.get("SPROOBO_API_KEY").unwrap_or_default().to_owned();
        Access {
            key: match &self.global.api_key_file {
                Some(path) if path.as_os_str() == "-" => KeySource::Read(Origin::Stdin),
                Some(path) => KeySource::Read(Origin::File(path.clone())),
                None => KeySource::Given(Secret::new(given())),
            },
            contract: self.global.contract.clone(),
            api_url: self.global.api_url.clone(),
            status_map: Vec::new(),
            vars: BTreeMap::new(),
            ca_cert: self.global.ca_cert.clone(),
            request_timeout: http::Options::default().request_timeout,
            pipe_timeout: input::PIPE_TIMEOUT,
            sandbox: None,
            in_ci: self.ci.is_ci(),
            dry_run: false,
        }
    }

    /// Whether GitHub's runner reads what we print.
    pub(crate) fn on_github(&self) -> bool {
        self.ci.system == System::Github
    }
}
