//! What the fake does and shows at a moment, without waiting: the same for the rules and for a server over HTTP.

use std::time::Duration;

use sproobo_deploy::error::ApiError;
use sproobo_deploy::model::{ClientToken, Deployment, DeploymentId, StatusClass};

use super::{EPOCH_OFFSET, FakePlatform, Reply, Run, Truth, epoch, id, reply, secs};

impl FakePlatform {
    /// What a request that starts something does, now; how long its reply takes, and that: nothing if it never comes.
    pub(crate) fn start(
        &self,
        token: &ClientToken,
        commit: Option<&str>,
    ) -> (Duration, Option<Result<Deployment, ApiError>>) {
        let next = self.state(|state| state.replies.pop_front());
        let (created, takes, answer) = match next.unwrap_or(Reply::Starts) {
            Reply::Starts => (Some(Duration::ZERO), Duration::ZERO, Some(Ok(()))),
            Reply::Fails(error) => (None, Duration::ZERO, Some(Err(error))),
            Reply::StartsThen(delay, error) => (Some(delay), Duration::ZERO, Some(Err(error))),
            Reply::Hangs(starts) => (starts.then_some(Duration::ZERO), Duration::ZERO, None),
            Reply::Slow { created, takes, error } => (created, takes, Some(error.map_or(Ok(()), Err))),
        };
        let Some(delay) = created else {
            return (takes, answer.and_then(Result::err).map(Err));
        };
        let started = match self.state(|state| self.manners.instead(&state.runs, token, self.now())) {
            Some(instead) => instead.map(|run| self.show(&run, run.created.max(self.now()))),
            None => Ok(self.begin(token, commit, delay)),
        };
        (takes, answer.map(|answer| answer.and(started)))
    }

    /// The site's list as it is shown now.
    pub(crate) fn list(&self, limit: u32) -> Vec<Deployment> {
        let now = self.now();
        let mut list: Vec<Deployment> = self.state(|state| {
            let runs = state.runs.iter();
            runs.filter(|run| run.created + self.manners.list_lag <= now)
                .map(|run| self.show(run, now))
                .collect()
        });
        list.sort_by_key(|deployment| std::cmp::Reverse(deployment.created_at));
        self.manners.shorten(&mut list, limit as usize);
        list
    }

    /// One deployment as it is shown now.
    pub(crate) fn one(&self, id: &DeploymentId) -> Result<Deployment, ApiError> {
        let now = self.now();
        let id = self.confuses_with.map_or_else(|| id.clone(), self::id);
        let run = self.state(|state| {
            let mut runs = state.runs.iter();
            runs.find(|run| run.id == id && run.created <= now).cloned()
        });
        let mut shown = run.map(|run| self.show(&run, now)).ok_or_else(|| reply(404))?;
        shown.dashboard_url = shown.dashboard_url.filter(|_| self.polls_show_urls);
        Ok(shown)
    }

    /// Does what a request to cancel does.
    pub(crate) fn cancel(&self, id: &DeploymentId) {
        let now = self.now();
        self.state(|state| {
            state.cancelled.push(id.clone());
            let run = state.runs.iter_mut().find(|run| run.id == *id && run.created <= now);
            if let (true, Some(run)) = (self.manners.cancels, run) {
                run.cancel(now);
            }
        });
    }

    /// The commit of a deployment, whatever is shown of it.
    pub(crate) fn commit_of(&self, id: &DeploymentId) -> Option<String> {
        self.state(|state| state.runs.iter().find(|run| run.id == *id)?.commit.clone())
    }
    /// What we asked to be cancelled, in order.
    pub(crate) fn cancelled(&self) -> Vec<DeploymentId> {
        self.state(|state| state.cancelled.clone())
    }

    /// Every deployment as it is `at` this time of the run, also what is hidden, or is still to come.
    pub(crate) fn truth(&self, at: Duration) -> Vec<Truth> {
        let offset = secs(EPOCH_OFFSET.unsigned_abs());
        let runs = self.state(|state| state.runs.clone());
        let truth = runs.into_iter().map(|run| Truth {
            deployment: self.show(&run, run.created.max(at + offset)),
            created: run.created.saturating_sub(offset),
            token: run.token,
        });
        truth.collect()
    }

    fn begin(&self, token: &ClientToken, commit: Option<&str>, delay: Duration) -> Deployment {
        let now = self.now();
        let created = now + delay;
        let run = self.state(|state| {
            state.started += 1;
            let run = Run {
                id: id(&format!("dep-{}", state.started)),
                token: Some(token.clone()),
                commit: commit.map(str::to_owned),
                created,
                life: state.lives.pop_front().unwrap_or_else(|| state.life.clone()),
            };
            state.runs.push(run.clone());
            run
        });
        self.show(&run, created)
    }

    fn show(&self, run: &Run, now: Duration) -> Deployment {
        let moment = run.at(now);
        let mut shown = Deployment::new(run.id.clone(), moment.status, moment.word);
        let date = |at: Duration| epoch() + chrono::Duration::from_std(at).unwrap();
        shown.health = moment.health.clone();
        shown.client_token = run.token.clone().filter(|_| self.shows_tokens);
        shown.commit = self
            .reports_commit
            .clone()
            .or(run.commit.clone())
            .filter(|_| self.shows_commits);
        shown.created_at = Some(date(run.created) + self.manners.clock_off);
        shown.finished_at = moment
            .finished
            .then(|| date(run.created + moment.after) + self.manners.clock_off);
        shown.failure = (moment.status == StatusClass::Failed).then(|| "exit status 1".to_owned());
        shown.dashboard_url = Some(format!("https://dashboard.example/{}", run.id.as_str()));
        shown
    }
}
