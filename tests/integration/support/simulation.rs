//! A whole deploy on a clock that jumps: the real rules and the real client over real HTTP, and no real waiting.
//!
//! For tests that are `#[tokio::test(start_paused = true)]`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use sproobo_deploy::deploy::{self, Context, Interrupts, Journal, NoAncestry, Options, Platform, Probe};
use sproobo_deploy::error::{ApiError, Error};
use sproobo_deploy::event::{Event, Mode, RunResult, Sink};
use sproobo_deploy::http;
use sproobo_deploy::model::{ClientToken, Deployment, DeploymentId, LogPage, SiteId, SiteState, TriggerRequest};
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::report::{Plain, Reporter};
use sproobo_deploy::secret::Secret;
use sproobo_deploy::sproobo::{Client, Contract};
use sproobo_deploy::watch::{Deployments, RunClock};
use tokio::runtime::Runtime;
use tokio::sync::watch::Sender;

use crate::support::cli::{Finished, KEY};
use crate::support::fake_platform::request;
use crate::support::report::two;
use crate::support::server::Server;

/// Where the requests are made: on a clock that does not jump, so that their own limits mean something.
static REQUESTS: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
});

/// Sproobo as the rules see it. tokio's paused clock stands still while a blocking task runs, so a request takes no
/// time of the simulation; what hangs would hold it up, and is for tests with the binary or a [`FakePlatform`].
///
/// [`FakePlatform`]: crate::support::fake_platform::FakePlatform
struct OverHttp(Client);

impl OverHttp {
    async fn call<T, F>(&self, make: impl FnOnce(Client) -> F + Send + 'static) -> T
    where
        T: Send + 'static,
        F: Future<Output = T>,
    {
        let client = self.0.clone();
        tokio::task::spawn_blocking(move || REQUESTS.block_on(make(client)))
            .await
            .unwrap()
    }
}

impl Deployments for OverHttp {
    async fn deployment(&self, site: &SiteId, id: &DeploymentId) -> Result<Deployment, ApiError> {
        let (site, id) = (site.clone(), id.clone());
        self.call(async move |client| client.deployment(&site, &id).await).await
    }

    async fn deployments(&self, site: &SiteId, limit: u32) -> Result<Vec<Deployment>, ApiError> {
        let site = site.clone();
        self.call(async move |client| client.deployments(&site, limit).await)
            .await
    }

    async fn logs(&self, site: &SiteId, id: &DeploymentId, cursor: Option<&str>) -> Result<LogPage, ApiError> {
        let (site, id, cursor) = (site.clone(), id.clone(), cursor.map(str::to_owned));
        self.call(async move |client| client.logs(&site, &id, cursor.as_deref()).await)
            .await
    }

    async fn lists_sites(&self) -> bool {
        self.call(async move |client| client.lists_sites().await).await
    }
}

impl Platform for OverHttp {
    fn shows_tokens(&self) -> bool {
        self.0.contract().shows_client_tokens()
    }

    async fn trigger(&self, request: &TriggerRequest) -> Result<Deployment, ApiError> {
        let request = request.clone();
        self.call(async move |client| client.trigger(&request).await).await
    }

    async fn cancel(&self, site: &SiteId, id: &DeploymentId) -> Result<(), ApiError> {
        let (site, id) = (site.clone(), id.clone());
        self.call(async move |client| client.cancel(&site, &id).await).await
    }

    fn triggers_a_commit(&self) -> bool {
        self.0.contract().triggers_a_commit()
    }

    fn rolls_back_by_commit(&self) -> bool {
        self.0.contract().rolls_back_by_commit()
    }

    async fn rollback(
        &self,
        site: &SiteId,
        to: &DeploymentId,
        commit: Option<&str>,
        token: &ClientToken,
    ) -> Result<Deployment, ApiError> {
        let (site, to, token) = (site.clone(), to.clone(), token.clone());
        let commit = commit.map(str::to_owned);
        self.call(async move |client| client.rollback(&site, &to, commit.as_deref(), &token).await)
            .await
    }
}

pub(crate) struct NoJournal;

impl Journal for NoJournal {
    fn record(&self, _state: &SiteState) -> Result<(), Error> {
        Ok(())
    }
}

pub(crate) struct NoProbe;

impl Probe for NoProbe {
    async fn probe(&self, url: &str) -> Result<(u16, String), String> {
        Err(format!("nothing proves {url} in a simulation"))
    }
}

/// Prints as `--output=plain` does.
struct Printing {
    reporter: Mutex<Plain>,
    clock: RunClock,
}

impl Sink for Printing {
    fn emit(&self, event: Event) {
        self.reporter.lock().unwrap().event(self.clock.elapsed(), &event);
    }
}

/// Deploys `demo` with the default options but for this change.
pub(crate) async fn simulate(server: &Server, change: impl FnOnce(&mut Options)) -> Finished {
    simulate_with(server, json!({}), change).await
}

/// The same with these changes to the contract.
pub(crate) async fn simulate_with(server: &Server, contract: Value, change: impl FnOnce(&mut Options)) -> Finished {
    let mut document = json!({ "version": 1 });
    document
        .as_object_mut()
        .unwrap()
        .extend(contract.as_object().unwrap().clone());
    let contract = Contract::parse(&document.to_string())
        .unwrap()
        .with_api_url(Some(&server.url))
        .unwrap();
    simulate_site("demo", client(contract, BTreeMap::new()), change).await
}

/// A client with the tests' key and these variables of its user's own.
pub(crate) fn client(contract: Contract, own: BTreeMap<String, String>) -> Client {
    let redactor = Redactor::new();
    Client::new(
        contract,
        http::Client::new(http::Options::default(), redactor.clone()).unwrap(),
        Secret::new(KEY.to_owned()),
        redactor,
        own,
    )
}

/// Deploys this site through this client.
pub(crate) async fn simulate_site(site: &str, client: Client, change: impl FnOnce(&mut Options)) -> Finished {
    let api = client.contract().base_url().to_string();
    let mut options = Options::default();
    change(&mut options);

    let (streams, out, err) = two();
    let clock = RunClock::starting_at(chrono::Utc::now());
    let sink = Arc::new(Printing {
        reporter: Mutex::new(Plain::new(streams)),
        clock,
    });
    let signals = Sender::new(None);
    let context = Context {
        platform: &OverHttp(client),
        probe: &NoProbe,
        journal: &NoJournal,
        ancestry: &NoAncestry,
        sink: sink.clone(),
        clock,
        interrupts: Interrupts::new(signals.subscribe()),
    };
    let request = request(site);
    sink.emit(Event::Begin {
        command: "deploy",
        sites: vec![request.site.clone()],
        mode: Mode::Real,
        api,
    });
    let results = deploy::deploy(&context, &[request], &options).await;
    let result = RunResult::of_sites(results, clock.elapsed());
    let code = result.exit.number();
    sink.emit(Event::End(Box::new(result)));
    Finished {
        code: code.into(),
        stdout: out.text(),
        stderr: err.text(),
        took: clock.elapsed(),
    }
}

/// Polls ten times a second.
pub(crate) fn eager(options: &mut Options) {
    options.watch.poll_interval = Some(Duration::from_millis(100));
}
