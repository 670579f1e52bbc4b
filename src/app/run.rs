//! What commands have in common: a way to the API, the run's begin, and its end.

use std::sync::Arc;

use super::connection::Connection;
use super::setup::Setup;
use super::targets::Item;
use super::{console, signals};
use crate::cli::shared_args::ApiArgs;
use crate::deploy::Interrupts;
use crate::error::{Error, ExitCode, Subject};
use crate::event::{Event, Sink};
use crate::model::SiteId;
use crate::report::Dispatcher;
use crate::sproobo::Client;

/// A run that follows deployments.
pub(crate) struct Run {
    pub(crate) connection: Connection,
    pub(crate) interrupts: Interrupts,
}

impl Run {
    pub(crate) async fn begin(
        setup: &Setup,
        api: &ApiArgs,
        hub: &Arc<Dispatcher>,
        command: &'static str,
        sites: Vec<SiteId>,
    ) -> Result<Self, Error> {
        let connection = Connection::open(&setup.access(api), &setup.redactor).await?;
        let api = connection.api().to_string();
        hub.emit(Event::Begin {
            command,
            sites,
            mode: connection.mode,
            api,
        });
        Ok(Self {
            connection,
            interrupts: signals::start()?,
        })
    }
}

/// Runs `work` with the API, until a signal ends it.
pub(crate) async fn with_api(
    setup: &Setup,
    api: &ApiArgs,
    work: impl AsyncFnOnce(&Client) -> Result<ExitCode, Problem>,
) -> ExitCode {
    let attempt = async {
        let connection = Connection::open(&setup.access(api), &setup.redactor).await?;
        // The sandbox, if there is one, lives as long as the connection.
        let platform = &connection.client;
        signals::until_signal(work(platform)).await
    };
    attempt
        .await
        .unwrap_or_else(|Problem { error, subject }| console::fail_about(setup, error, Some(subject)))
}

/// An error, with what is known of the deployment that it is about.
pub(crate) struct Problem {
    pub(crate) error: Error,
    pub(crate) subject: Subject,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self {
            error,
            subject: Subject::default(),
        }
    }
}

impl Problem {
    pub(crate) fn of(item: &Item, error: Error) -> Self {
        Self {
            error,
            subject: item.subject(),
        }
    }
}
