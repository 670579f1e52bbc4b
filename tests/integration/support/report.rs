//! Hand-made events, and places to print to.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{InMemoryTerm, TermLike};
use sproobo_deploy::error::{Error, Subject};
use sproobo_deploy::event::{Event, Mode, RunResult, SiteEvent, SiteResult};
use sproobo_deploy::model::{Age, ClientToken, Deployment, LogLine, RunStatus, SiteId, StatusClass};
use sproobo_deploy::redact::Redactor;
use sproobo_deploy::report::{Reporter, Streams};

/// A writer whose bytes can be looked at.
#[derive(Clone, Default)]
pub(crate) struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic").clone()).expect("UTF-8")
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Standard error on the screen that the progress is drawn on, as a terminal has it.
pub(crate) struct OnScreen(pub(crate) InMemoryTerm);

impl Write for OnScreen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes).replace('\n', "\r\n");
        self.0.write_str(&text)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Standard output and standard error on paper.
pub(crate) fn two() -> (Streams, Paper, Paper) {
    let (out, err) = (Paper::default(), Paper::default());
    let streams = Streams::two(&Redactor::new(), Box::new(out.clone()), Box::new(err.clone()));
    (streams, out, err)
}

/// Everything on one paper.
pub(crate) fn one() -> (Streams, Paper) {
    let out = Paper::default();
    (Streams::one(&Redactor::new(), Box::new(out.clone())), out)
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn site(name: &str) -> SiteId {
    name.parse().expect("an id")
}

pub(crate) fn deployment(word: &str, status: StatusClass) -> Deployment {
    let mut deployment = Deployment::new("dep_1".parse().expect("an id"), status, word);
    deployment.url = Some("https://web.example".to_owned());
    deployment.dashboard_url = Some("https://dashboard.sproobo.com/d/dep_1".to_owned());
    deployment.commit = Some("0123456789abcdef0123".to_owned());
    deployment
}

pub(crate) fn subject(deployment: Deployment) -> Subject {
    Subject {
        site: Some(site("web")),
        deployment: Some(deployment.into()),
        token: Some(ClientToken("tok-1".to_owned())),
        ..Subject::default()
    }
}

pub(crate) fn begin(sites: &[&str], mode: Mode) -> Event {
    Event::Begin {
        command: "deploy",
        sites: sites.iter().map(|name| site(name)).collect(),
        mode,
        api: "https://dashboard.sproobo.com/api".to_owned(),
    }
}

pub(crate) fn happens(name: &str, at: u64, what: SiteEvent) -> Event {
    Event::Site {
        site: site(name),
        at: seconds(at),
        what: Box::new(what),
    }
}

pub(crate) fn status(name: &str, at: u64, word: &str) -> Event {
    let deployment = deployment(word, StatusClass::Running);
    happens(name, at, SiteEvent::Status { deployment })
}

pub(crate) fn found(name: &str, at: u64, word: &str) -> Event {
    let deployment = deployment(word, StatusClass::Running);
    happens(
        name,
        at,
        SiteEvent::Found {
            deployment: deployment.into(),
            adopted: false,
        },
    )
}

pub(crate) fn log(lines: &[&str]) -> Vec<LogLine> {
    let line = |text: &&str| LogLine {
        time: None,
        text: (*text).to_owned(),
    };
    lines.iter().map(line).collect()
}

pub(crate) fn succeeded(name: &str, took: u64) -> SiteResult {
    SiteResult {
        site: site(name),
        subject: subject(deployment("live", StatusClass::Succeeded)),
        end: Ok(RunStatus::Succeeded),
        duration: seconds(took),
        took: Some(seconds(took)),
        rollback: None,
        log: Vec::new(),
    }
}

pub(crate) fn failed(name: &str, took: u64, reason: &str) -> SiteResult {
    SiteResult {
        end: Err(Error::Failed {
            reason: Some(reason.to_owned()),
        }),
        subject: subject(deployment("failed", StatusClass::Failed)),
        log: log(&["step 1", "boom"]),
        ..succeeded(name, took)
    }
}

/// The verdicts, then the end.
pub(crate) fn end(results: Vec<SiteResult>) -> Vec<Event> {
    let duration = results.iter().map(|result| result.duration).max().unwrap_or_default();
    let verdict = |result: &SiteResult| {
        let what = Box::new(SiteEvent::Verdict(Box::new(result.clone())));
        Event::Site {
            site: result.site.clone(),
            at: result.duration,
            what,
        }
    };
    let mut events: Vec<Event> = results.iter().map(verdict).collect();
    events.push(Event::End(Box::new(RunResult::of_sites(results, duration))));
    events
}

/// Plays events at their own times.
pub(crate) fn play(reporter: &mut dyn Reporter, events: &[Event]) {
    let mut now = Duration::ZERO;
    for event in events {
        if let Event::Site { at, .. } = event {
            now = now.max(*at);
        }
        reporter.event(now, event);
    }
}

/// A deployment of `web` that works.
pub(crate) fn good_run() -> Vec<Event> {
    let mut events = vec![
        begin(&["web"], Mode::Real),
        happens(
            "web",
            0,
            SiteEvent::Triggering {
                token: ClientToken("tok-1".to_owned()),
                commit: Some("0123456789abcdef0123".to_owned()),
                git_ref: Some("main".to_owned()),
                message: Some("Add the new checkout page\n\nIt takes coupons too.".to_owned()),
            },
        ),
        found("web", 1, "queued"),
        happens("web", 1, SiteEvent::Expected { usual: seconds(180) }),
        status("web", 12, "building"),
        status("web", 13, "building"),
        status("web", 100, "deploying"),
    ];
    events.extend(end(vec![succeeded("web", 130)]));
    events
}

/// A deployment of `web` that fails.
pub(crate) fn bad_run(reason: &str) -> Vec<Event> {
    let mut events = vec![begin(&["web"], Mode::Real), found("web", 1, "building")];
    events.extend(end(vec![failed("web", 40, reason)]));
    events
}

pub(crate) fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 60 * 60)
}

/// The end of a key so many days old, at such a limit.
pub(crate) fn stale_key(age: u64, limit: u64) -> Error {
    let told = |time| Age {
        time: days(time),
        limit: days(limit),
    };
    Error::StaleKey {
        age: told(age),
        limit: told(limit),
    }
}
