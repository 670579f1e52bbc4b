//! The frame of every command, as another face of the tool calls it: no command line, no console, no environment.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sproobo_deploy::app::connection::{Access, KeySource};
use sproobo_deploy::app::run::{self, Run};
use sproobo_deploy::deploy::{self, Interrupts, Journal};
use sproobo_deploy::error::{Error, ExitCode};
use sproobo_deploy::event::{Event, Mode, RunResult, Sink};
use sproobo_deploy::model::{RunStatus, Signal, SiteState, TriggerRequest};
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::sandbox::Scenario;
use sproobo_deploy::secret::Secret;
use tokio::sync::watch;

use crate::support::cli::KEY;

#[derive(Default)]
struct Kept(Mutex<Vec<Event>>);

impl Sink for Kept {
    fn emit(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

struct Nowhere;

impl Journal for Nowhere {
    fn record(&self, _state: &SiteState) -> Result<(), Error> {
        Ok(())
    }
}

fn rehearsal() -> Access {
    Access {
        key: KeySource::Given(Secret::new(KEY.to_owned())),
        contract: None,
        api_url: None,
        status_map: Vec::new(),
        vars: BTreeMap::new(),
        ca_cert: None,
        request_timeout: Duration::from_secs(30),
        pipe_timeout: Duration::from_secs(10),
        sandbox: Some(Scenario::Success),
        in_ci: false,
        dry_run: false,
    }
}

async fn deploy_demo(sink: &Arc<Kept>, interrupts: Interrupts) -> RunResult {
    run::run(Run::new(Redactor::new(), sink.clone(), interrupts), async |run| {
        let site = "demo".parse().expect("a site's id");
        let connection = run.begin("deploy", vec![site], &rehearsal()).await?;
        let request = TriggerRequest {
            site: "demo".parse().expect("a site's id"),
            git_ref: Some("main".to_owned()),
            commit: None,
            message: None,
            token: deploy::new_token()?,
        };
        let options = deploy::Options {
            wait: false,
            ..deploy::Options::default()
        };
        let results = deploy::deploy(&run.context(&connection, &Nowhere), &[request], &options).await;
        Ok(RunResult::of_sites(results, run.clock.elapsed()))
    })
    .await
}

#[tokio::test]
async fn a_run_needs_neither_a_command_line_nor_a_console() {
    let sink = Arc::new(Kept::default());
    let (_sender, receiver) = watch::channel(None);
    let result = deploy_demo(&sink, Interrupts::new(receiver)).await;
    assert_eq!(result.exit, ExitCode::Ok);
    assert_eq!(result.sites[0].status(), RunStatus::Running);
    let events = sink.0.lock().unwrap();
    assert!(
        matches!(
            events.first(),
            Some(Event::Begin {
                mode: Mode::Sandbox,
                ..
            })
        ),
        "{events:?}"
    );
    assert!(matches!(events.last(), Some(Event::End(_))), "{events:?}");
}

#[tokio::test]
async fn an_interrupted_run_tells_its_end_too() {
    let sink = Arc::new(Kept::default());
    let (_sender, receiver) = watch::channel(Some(Signal::Terminate));
    let result = deploy_demo(&sink, Interrupts::new(receiver)).await;
    assert_eq!(result.exit, ExitCode::Signal(Signal::Terminate));
    let events = sink.0.lock().unwrap();
    let [Event::End(told)] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(told.exit, result.exit);
}
