//! What every command starts from: the invocation, and the redactor that all output passes.

use std::collections::BTreeMap;

use super::connection::{Access, KeySource};
use super::input::Source;
use crate::cli::Invocation;
use crate::cli::args::{Command, Global};
use crate::cli::ci::{Ci, System};
use crate::cli::env::Environment;
use crate::cli::shared_args::ApiArgs;
use crate::http;
use crate::redact::Redactor;
use crate::secret::Secret;

/// The invocation without its command, and the redactor that all output passes.
pub(crate) struct Setup {
    pub(crate) global: Global,
    pub(crate) ci: Ci,
    pub(crate) environment: Environment,
    pub(crate) redactor: Redactor,
}

impl Setup {
    pub(crate) fn new(invocation: Invocation, redactor: Redactor) -> (Self, Command) {
        let Invocation { cli, ci, environment } = invocation;
        (
            Self {
                global: cli.global,
                ci,
                environment,
                redactor,
            },
            cli.command,
        )
    }

    /// How the API is reached, by these options.
    pub(crate) fn access(&self, api: &ApiArgs) -> Access {
        Access {
            status_map: api.status_map.clone(),
            vars: api.var.iter().cloned().collect(),
            request_timeout: api.request_timeout,
            sandbox: api.sandbox,
            ..self.plain_access()
        }
    }

    /// The same for a command that has none of these options.
    pub(crate) fn plain_access(&self) -> Access {
        let given = || self.environment.get("SPROOBO_API_KEY").unwrap_or_default().to_owned();
        Access {
            key: match &self.global.api_key_file {
                Some(path) if path.as_os_str() == "-" => KeySource::Read(Source::Stdin),
                Some(path) => KeySource::Read(Source::File(path.clone())),
                None => KeySource::Given(Secret::new(given())),
            },
            contract: self.global.contract.clone(),
            api_url: self.global.api_url.clone(),
            status_map: Vec::new(),
            vars: BTreeMap::new(),
            ca_cert: self.global.ca_cert.clone(),
            request_timeout: http::Options::default().request_timeout,
            sandbox: None,
            dry_run: false,
        }
    }

    /// Whether GitHub's runner reads what we print.
    pub(crate) fn on_github(&self) -> bool {
        self.ci.system == System::Github
    }
}
