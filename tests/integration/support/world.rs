//! Everything a run of the rules needs, around the fake platform, and what it leaves behind.

use std::future::{pending, ready};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use sproobo_deploy::deploy::{self, Ancestry, Context, Interrupts, Journal, Options, Probe};
use sproobo_deploy::error::Error;
use sproobo_deploy::event::{Event, Sink, SiteEvent, SiteResult};
use sproobo_deploy::model::{Signal, SiteState, TimeLimit};
use sproobo_deploy::watch::{self, RunClock};
use tokio::sync::watch::Sender;

use crate::support::fake_platform::{FakePlatform, Op, request, run_begin, secs};

/// Records in memory; notes each record among the platform's calls.
pub(crate) struct FakeJournal {
    platform: Arc<FakePlatform>,
    pub(crate) states: Mutex<Vec<SiteState>>,
    pub(crate) broken: bool,
}

impl Journal for FakeJournal {
    fn record(&self, state: &SiteState) -> Result<(), Error> {
        self.platform.note(Op::Record);
        if self.broken {
            return Err(Error::file("could not write", "state.json", "disk full"));
        }
        self.states.lock().unwrap().push(state.clone());
        Ok(())
    }
}

/// The answer of the site's URL, by the second of the run.
pub(crate) type Answer = fn(u64) -> Option<Result<(u16, String), String>>;

/// Answers as told; `None` hangs.
pub(crate) struct FakeProbe {
    platform: Arc<FakePlatform>,
    pub(crate) answer: Answer,
}

impl Probe for FakeProbe {
    async fn probe(&self, _url: &str) -> Result<(u16, String), String> {
        let at = self.platform.note(Op::Probe);
        match (self.answer)(at.as_secs()) {
            Some(answer) => answer,
            None => pending().await,
        }
    }
}

/// Answers from the pairs it was told of, or hangs.
#[derive(Default)]
pub(crate) struct FakeAncestry {
    /// `(commit, of, whether it is an ancestor)`.
    pub(crate) known: Vec<(&'static str, &'static str, bool)>,
    pub(crate) hangs: bool,
    pub(crate) asked: Mutex<Vec<(String, String)>>,
}

impl Ancestry for FakeAncestry {
    fn is_ancestor<'a>(&'a self, commit: &'a str, of: &'a str) -> BoxFuture<'a, Option<bool>> {
        self.asked.lock().unwrap().push((commit.to_owned(), of.to_owned()));
        if self.hangs {
            return pending().boxed();
        }
        let mut known = self.known.iter();
        let known = known.find(|(older, newer, _)| (*older, *newer) == (commit, of));
        ready(known.map(|(_, _, is_ancestor)| *is_ancestor)).boxed()
    }
}

/// Keeps the events.
#[derive(Default)]
pub(crate) struct Recorder(Mutex<Vec<Event>>);

impl Sink for Recorder {
    fn emit(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

impl Recorder {
    pub(crate) fn site_events(&self) -> Vec<SiteEvent> {
        let events = self.0.lock().unwrap();
        let site = |event: &Event| match event {
            Event::Site { what, .. } => Some((**what).clone()),
            _ => None,
        };
        events.iter().filter_map(site).collect()
    }

    pub(crate) fn notes(&self) -> Vec<&'static str> {
        let events = self.0.lock().unwrap();
        let title = |event: &Event| match event {
            Event::Note(note) => Some(note.title),
            _ => None,
        };
        events.iter().filter_map(title).collect()
    }

    /// The texts of the same.
    pub(crate) fn told(&self) -> Vec<String> {
        let events = self.0.lock().unwrap();
        let text = |event: &Event| match event {
            Event::Note(note) => Some(note.text.clone()),
            _ => None,
        };
        events.iter().filter_map(text).collect()
    }

    pub(crate) fn count(&self, which: impl Fn(&SiteEvent) -> bool) -> usize {
        self.site_events().iter().filter(|event| which(event)).count()
    }
}

/// Everything a run needs, and what it leaves behind.
pub(crate) struct World {
    pub(crate) platform: Arc<FakePlatform>,
    pub(crate) journal: FakeJournal,
    pub(crate) probe: FakeProbe,
    pub(crate) ancestry: FakeAncestry,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) signals: Sender<Option<Signal>>,
    pub(crate) clock: RunClock,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| ())
    }

    pub(crate) fn with(change: impl FnOnce(&mut FakePlatform)) -> Self {
        let clock = RunClock::starting_at(run_begin());
        let mut platform = FakePlatform::new(clock);
        change(&mut platform);
        let platform = Arc::new(platform);
        Self {
            journal: FakeJournal {
                platform: platform.clone(),
                states: Mutex::default(),
                broken: false,
            },
            probe: FakeProbe {
                platform: platform.clone(),
                answer: |_| Some(Ok((200, "hello".to_owned()))),
            },
            platform,
            ancestry: FakeAncestry::default(),
            recorder: Arc::default(),
            signals: Sender::new(None),
            clock,
        }
    }

    pub(crate) fn context(&self) -> Context<'_, FakePlatform, FakeProbe> {
        let interrupts = Interrupts::new(self.signals.subscribe());
        Context {
            platform: &self.platform,
            probe: &self.probe,
            journal: &self.journal,
            ancestry: &self.ancestry,
            sink: self.recorder.clone(),
            clock: self.clock,
            interrupts,
        }
    }

    /// Deploys the site `shop`.
    pub(crate) async fn deploy(&self, options: &deploy::Options) -> SiteResult {
        let results = deploy::deploy(&self.context(), &[request("shop")], options).await;
        results.into_iter().next().unwrap()
    }

    /// Seconds since the run began.
    pub(crate) fn seconds(&self) -> f64 {
        self.clock.elapsed().as_secs_f64()
    }
}

/// Default options but for this change of the wait's.
pub(crate) fn options(change: impl FnOnce(&mut watch::Options)) -> Options {
    let mut options = Options::default();
    change(&mut options.watch);
    options
}

pub(crate) fn with_timeout(seconds: u64) -> Options {
    options(|watch| watch.limit = TimeLimit::Timeout(secs(seconds)))
}

pub(crate) fn code(result: &SiteResult) -> u8 {
    result.exit_code().number()
}

/// How many deployments were found again after a lost reply.
pub(crate) fn adopted(world: &World) -> usize {
    world
        .recorder
        .count(|event| matches!(event, SiteEvent::Found { adopted: true, .. }))
}
