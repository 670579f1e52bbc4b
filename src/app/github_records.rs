//! What GitHub shows of a deploy beside the log: a deployment of the commit, and a comment on the pull request.
//!
//! Decoration: it is fed the rules' events, runs beside them, and what goes wrong is a warning.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::deploy::Interrupts;
use crate::error::{Error, Subject};
use crate::event::{Event, Sink, SiteEvent, SiteResult};
use crate::github::{Client, DeploymentState, DeploymentStatus, NewDeployment};
use crate::model::{Known, RunStatus, SiteId, TriggerRequest};
use crate::redact::Redactor;
use crate::report::{self, RunLinks};
use crate::sanitize::http_url;

/// How long GitHub is waited for once all verdicts are known.
const GRACE: Duration = Duration::from_secs(5);

/// The same after a signal, from the signal on: before the process is killed the console needs a moment, too.
const GRACE_AFTER_SIGNAL: Duration = Duration::from_millis(4200);

/// What is wanted.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// The environment of the deployments on GitHub.
    pub(crate) environment: Option<String>,
    /// The pull request that gets comments.
    pub(crate) comment_on: Option<u64>,
    /// The pull request that the run is for.
    pub(crate) pull_request: Option<u64>,
    pub(crate) links: RunLinks,
}

/// The records of a run's sites.
pub(crate) struct Records {
    sink: Arc<dyn Sink>,
    tasks: JoinSet<()>,
    feeds: Arc<Vec<(SiteId, UnboundedSender<Told>)>>,
    /// When the first signal came.
    interrupted: Arc<OnceLock<Instant>>,
}

/// What a record learns of its site.
#[derive(Debug, Clone)]
enum Told {
    Triggering,
    Found(Box<Known>),
    Over(Box<SiteResult>),
}

/// What every record works with.
#[derive(Clone)]
struct Desk {
    client: Client,
    wanted: Wanted,
    redactor: Redactor,
    sink: Arc<dyn Sink>,
    /// What was warned of: many sites may lack one permission.
    warned: Arc<Mutex<HashSet<String>>>,
}

impl Records {
    /// Begins to keep them.
    pub(crate) fn start(
        client: Client,
        wanted: Wanted,
        requests: &[TriggerRequest],
        redactor: Redactor,
        sink: Arc<dyn Sink>,
        interrupts: &Interrupts,
    ) -> Self {
        let desk = Desk {
            client,
            wanted,
            redactor,
            sink: sink.clone(),
            warned: Arc::default(),
        };
        let mut tasks = JoinSet::new();
        let mut feeds = Vec::new();
        for request in requests {
            let mut feed = || {
                let (sender, told) = unbounded_channel();
                feeds.push((request.site.clone(), sender));
                told
            };
            if let Some(environment) = desk.wanted.environment.clone() {
                let record = DeploymentRecord::new(desk.clone(), environment, request.clone());
                tasks.spawn(desk.clone().warning_of(record.keep(feed(), interrupts.clone())));
            }
            if let Some(pull_request) = desk.wanted.comment_on {
                let comment = keep_comment(desk.clone(), pull_request, request.site.clone(), feed());
                tasks.spawn(desk.clone().warning_of(comment));
            }
        }
        let interrupted = Arc::new(OnceLock::new());
        let (noted, mut signals) = (interrupted.clone(), interrupts.clone());
        tokio::spawn(async move {
            signals.first().await;
            noted.get_or_init(Instant::now);
        });
        Self {
            sink,
            tasks,
            feeds: Arc::new(feeds),
            interrupted,
        }
    }

    /// A sink that tells the records too.
    pub(crate) fn sink(&self) -> Arc<dyn Sink> {
        Arc::new(Tee {
            sink: self.sink.clone(),
            feeds: self.feeds.clone(),
        })
    }

    /// Waits a moment for their last words.
    pub(crate) async fn finish(mut self, results: &[SiteResult]) {
        for result in results {
            tell(&self.feeds, &result.site, &Told::Over(Box::new(result.clone())));
        }
        let until = match self.interrupted.get() {
            Some(signal) => *signal + GRACE_AFTER_SIGNAL,
            None => Instant::now() + GRACE,
        };
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if timeout_at(until, all).await.is_err() {
            self.sink.emit(Event::warning(
                TITLE,
                "GitHub did not answer in time, so what it shows of this deployment may be out of date",
            ));
        }
    }
}

const TITLE: &str = "Not shown on GitHub";

struct Tee {
    sink: Arc<dyn Sink>,
    feeds: Arc<Vec<(SiteId, UnboundedSender<Told>)>>,
}

impl Sink for Tee {
    fn emit(&self, event: Event) {
        if let Event::Site { site, what, .. } = &event {
            let told = match &**what {
                SiteEvent::Triggering { .. } => Some(Told::Triggering),
                SiteEvent::Found { deployment, .. } => Some(Told::Found(Box::new(deployment.clone()))),
                SiteEvent::Verdict(result) => Some(Told::Over(result.clone())),
                _ => None,
            };
            if let Some(told) = told {
                tell(&self.feeds, site, &told);
            }
        }
        self.sink.emit(event);
    }
}

fn tell(feeds: &[(SiteId, UnboundedSender<Told>)], site: &SiteId, told: &Told) {
    for (_, feed) in feeds.iter().filter(|(id, _)| id == site) {
        // A record that is over, or that gave up, wants to know nothing more.
        let _ = feed.send(told.clone());
    }
}

impl Desk {
    /// Does this; what goes wrong is no more than a warning.
    async fn warning_of(self, work: impl Future<Output = Result<(), Error>>) {
        let Err(error) = work.await else { return };
        let text = format!(
            "{error} (the verdict does not depend on it); {}",
            error.next(&Subject::default())
        );
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.insert(text.clone()) {
            self.sink.emit(Event::warning(TITLE, text));
        }
    }

    fn url(&self, url: Option<&String>) -> Option<String> {
        let url = http_url(url?)?;
        Some(self.redactor.redact(url))
    }
}

/// The deployment on GitHub of one site.
struct DeploymentRecord {
    desk: Desk,
    environment: String,
    request: TriggerRequest,
    /// Unique for a site and a pull request.
    task: String,
}

impl DeploymentRecord {
    fn new(desk: Desk, environment: String, request: TriggerRequest) -> Self {
        let task = match desk.wanted.pull_request {
            Some(number) => format!("deploy:sproobo:{}:{number}", request.site),
            None => format!("deploy:sproobo:{}", request.site),
        };
        Self {
            desk,
            environment,
            request,
            task,
        }
    }

    /// From the trigger to the verdict; nothing, if nothing is triggered.
    async fn keep(self, mut told: UnboundedReceiver<Told>, mut interrupts: Interrupts) -> Result<(), Error> {
        let mut id = None;
        let mut interrupted = false;
        loop {
            let news = tokio::select! {
                news = told.recv() => news,
                signal = interrupts.first(), if !interrupted => {
                    interrupted = true;
                    if let Some(id) = id {
                        let text = format!("{signal} came; ending");
                        self.add(id, DeploymentState::Error, &text, None).await?;
                    }
                    continue;
                }
            };
            match (news, id) {
                (None, _) | (Some(Told::Over(_)), None) => return Ok(()),
                (Some(Told::Triggering), None) => id = Some(self.create().await?),
                (Some(Told::Triggering), Some(_)) => {}
                (Some(Told::Found(known)), _) => {
                    let id = match id {
                        Some(id) => id,
                        None => *id.insert(self.create().await?),
                    };
                    self.add(id, DeploymentState::InProgress, "deploying", Some(&known))
                        .await?;
                }
                (Some(Told::Over(result)), Some(id)) => return self.end(id, &result).await,
            }
        }
    }

    async fn create(&self) -> Result<u64, Error> {
        let request = &self.request;
        let git_ref = request.commit.as_ref().or(request.git_ref.as_ref()).ok_or_else(|| {
            Error::usage(
                "--github-deployment needs a commit, and none is known",
                "run actions/checkout first, or give --commit",
            )
        })?;
        let new = NewDeployment {
            git_ref,
            environment: &self.environment,
            task: &self.task,
            description: &format!("{} on Sproobo", request.site),
        };
        self.desk.client.create_deployment(&new).await
    }

    async fn end(&self, id: u64, result: &SiteResult) -> Result<(), Error> {
        let state = match result.status() {
            RunStatus::Succeeded => DeploymentState::Success,
            RunStatus::Failed => DeploymentState::Failure,
            RunStatus::Superseded => DeploymentState::Inactive,
            RunStatus::Running => DeploymentState::InProgress,
            RunStatus::Cancelled
            | RunStatus::TimedOut
            | RunStatus::Interrupted
            | RunStatus::Unknown
            | RunStatus::Refused => DeploymentState::Error,
        };
        let known = result.subject.deployment.as_ref();
        self.add(id, state, &result.message(), known).await?;
        if state == DeploymentState::Success {
            let client = &self.desk.client;
            client
                .retire_deployments_before(id, &self.environment, &self.task)
                .await?;
        }
        Ok(())
    }

    async fn add(&self, id: u64, state: DeploymentState, text: &str, known: Option<&Known>) -> Result<(), Error> {
        let desk = &self.desk;
        let seen = known.and_then(|known| known.seen.as_ref());
        let dashboard = desk.url(seen.and_then(|seen| seen.dashboard_url.as_ref()));
        let status = DeploymentStatus {
            state,
            description: desk.redactor.line(text),
            environment_url: desk.url(seen.and_then(|seen| seen.url.as_ref())),
            log_url: dashboard.or_else(|| desk.url(desk.wanted.links.run.as_ref())),
        };
        desk.client.add_deployment_status(id, &status).await
    }
}

async fn keep_comment(
    desk: Desk,
    pull_request: u64,
    site: SiteId,
    mut told: UnboundedReceiver<Told>,
) -> Result<(), Error> {
    let (links, redactor) = (&desk.wanted.links, &desk.redactor);
    let mut ours: Option<u64> = None;
    while let Some(news) = told.recv().await {
        let body = match &news {
            Told::Triggering => continue,
            Told::Found(known) => report::comment_under_way(&site, known, links, redactor),
            Told::Over(result) => report::comment_at_end(result, links, redactor),
        };
        if ours.is_none() {
            let marker = report::comment_marker(&site);
            ours = desk.client.find_comment(pull_request, &marker).await?;
        }
        match ours {
            Some(id) => desk.client.change_comment(id, &body).await?,
            None => ours = Some(desk.client.add_comment(pull_request, &body).await?),
        }
        if matches!(news, Told::Over(_)) {
            break;
        }
    }
    Ok(())
}
