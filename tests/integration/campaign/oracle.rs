//! Whether a run kept the project's promises. It knows the truth of the platform, which no run can see.

use std::time::Duration;

use sproobo_deploy::deploy::OnConflict;
use sproobo_deploy::model::{DeploymentId, EarlyExit, Health, StatusClass};
use sproobo_deploy::watch::OnSuperseded;

use super::plan::{Command, Plan, Then, Tokens};
use super::seen::Seen;
use crate::support::fake_platform::{COMMIT, FakePlatform, Op, Truth};
use crate::support::runner::OUTPUTS;

/// What a run may take past its limit for everything that is left to do.
const PAST_LIMIT: Duration = Duration::from_secs(15);
const AFTER_SIGNAL: Duration = Duration::from_secs(5);
/// How long the clean-up step may take: a read and a cancellation.
const CANCEL: Duration = Duration::from_secs(35);
/// What there is to see is seen within this: the longest pause between two polls, a retry, a request.
const SEEN_WITHIN: Duration = Duration::from_secs(30);
/// Look-ups are two seconds apart.
const FOUND_WITHIN: Duration = Duration::from_secs(5);

/// By then everything has ended that ever does.
const LONG: Duration = Duration::from_secs(86_400);

/// A run, and the truth about it.
pub(super) struct Case<'a> {
    pub(super) plan: &'a Plan,
    pub(super) seen: &'a Seen,
    /// Every deployment of the site when the run ended, also what is still to come.
    all: Vec<Truth>,
    /// The same long after.
    at_last: Vec<Truth>,
    cancelled: Vec<DeploymentId>,
}

/// A check gives what is wrong.
pub(super) type Check = fn(&Case<'_>) -> Result<(), String>;

/// Each of these has been seen to fail: `docs/reliability.md` says on what.
pub(super) const CHECKS: [(&str, Check); 12] = [
    ("it ends", ends),
    ("it ends in time", ends_in_time),
    ("one deployment at most", one_deployment),
    ("nothing of others is cancelled", cancels_only_ours),
    ("only what was asked to be is cancelled", cancels_when_told),
    ("the verdict is about our deployment", is_about_ours),
    ("the verdict is true", is_true),
    ("no doubt without a reason", doubts_with_reason),
    ("what can be found is found", finds),
    ("what is said is true", says_the_truth),
    ("the outputs are there", has_outputs),
    ("a later step can go on", can_be_resumed),
];

/// The first check that fails, and why.
pub(super) fn judge(plan: &Plan, seen: &Seen, platform: &FakePlatform) -> Result<(), (&'static str, String)> {
    let case = Case {
        plan,
        seen,
        all: platform.truth(seen.ended),
        at_last: platform.truth(seen.ended + LONG),
        cancelled: platform.cancelled(),
    };
    for (name, check) in CHECKS {
        check(&case).map_err(|why| (name, why))?;
    }
    Ok(())
}

fn must(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

impl Case<'_> {
    /// What our request started.
    fn ours(&self) -> impl Iterator<Item = &Truth> {
        self.all.iter().filter(|truth| truth.is_ours())
    }

    fn is_ours(&self, id: &DeploymentId) -> bool {
        self.ours().any(|truth| truth.deployment.id == *id)
    }

    /// Whether it is of the commit that was asked for: ours, or for a rollback that of a deployment from before.
    fn asked_for_commit_of(&self, subject: &Truth) -> bool {
        let commit = &subject.deployment.commit;
        match self.plan.command {
            Command::Deploy => commit.as_deref() == Some(COMMIT),
            Command::RollBack | Command::RollBackTo => {
                let mut before = self.all.iter().filter(|truth| truth.created == Duration::ZERO);
                before.any(|truth| truth.deployment.commit == *commit)
            }
        }
    }

    /// The one that the result is about.
    fn subject(&self) -> Option<&Truth> {
        let id = self.seen.deployment.as_ref()?;
        self.all.iter().find(|truth| truth.deployment.id == *id)
    }

    /// Whether it is under way, or still to come.
    fn goes_on(&self, truth: &Truth) -> bool {
        truth.created > self.seen.ended || truth.deployment.status == StatusClass::Running
    }

    fn signal(&self) -> Option<Duration> {
        self.plan.signal.filter(|at| *at < self.seen.ended)
    }

    /// The step that came after a killed run, if this is one.
    fn step(&self) -> Option<Then> {
        self.plan
            .killed
            .filter(|_| !self.seen.began.is_zero())
            .map(|(_, then)| then)
    }

    fn code(&self) -> Option<u8> {
        self.seen.code
    }
}

fn has_token(truth: &Truth, begin: &str) -> bool {
    truth
        .token
        .as_ref()
        .is_some_and(|token| token.to_string().starts_with(begin))
}

fn ends(case: &Case<'_>) -> Result<(), String> {
    must(!case.seen.hung, || "the run never ends".to_owned())
}

fn ends_in_time(case: &Case<'_>) -> Result<(), String> {
    let took = case.seen.ended - case.seen.began;
    let limit = match case.step() {
        Some(Then::Cancel) => CANCEL,
        _ => case.plan.limit + PAST_LIMIT,
    };
    must(took <= limit + case.seen.slack, || {
        format!("it took {took:?}, allowed were {limit:?}")
    })?;
    let Some(signal) = case.signal() else { return Ok(()) };
    let after = case.seen.ended - signal;
    must(after <= AFTER_SIGNAL + case.seen.slack, || {
        format!("it ended {after:?} after the signal")
    })
}

fn one_deployment(case: &Case<'_>) -> Result<(), String> {
    let ours = case.ours().count();
    must(ours <= 1, || format!("{ours} deployments of ours"))?;
    let rollbacks = case.all.iter().filter(|truth| has_token(truth, "sproobo-deploy-"));
    let rollbacks = rollbacks.count();
    must(rollbacks <= 1, || format!("{rollbacks} rollbacks after one failure"))
}

fn cancels_only_ours(case: &Case<'_>) -> Result<(), String> {
    must(case.cancelled.is_empty() || !case.seen.by_commit, || {
        "it was found by its commit alone, and cancelled".to_owned()
    })?;
    match case.cancelled.iter().find(|id| !case.is_ours(id)) {
        None => Ok(()),
        Some(id) => Err(format!("{id} was cancelled, which is not ours")),
    }
}

fn cancels_when_told(case: &Case<'_>) -> Result<(), String> {
    let told = (case.signal().is_some() && case.plan.on_interrupt == EarlyExit::Cancel)
        || (case.seen.status == "timed-out" && case.plan.on_timeout == EarlyExit::Cancel)
        || case.step() == Some(Then::Cancel);
    must(case.cancelled.is_empty() || told, || {
        "it was cancelled, and nobody asked for that".to_owned()
    })
}

fn is_about_ours(case: &Case<'_>) -> Result<(), String> {
    let Some(id) = &case.seen.deployment else { return Ok(()) };
    if case.is_ours(id) {
        return Ok(());
    }
    // Where no tokens are shown it may be somebody else's, of our commit and new: then that is said.
    let subject = case.subject().ok_or_else(|| format!("there is no deployment {id}"))?;
    let is_new = subject.created > Duration::ZERO || case.plan.list_lag > Duration::ZERO;
    let may_be = case.plan.tokens == Tokens::Hidden
        && is_new
        && case.asked_for_commit_of(subject)
        && (case.seen.by_commit || case.step().is_some());
    must(may_be, || format!("the result is about {id}, which is not ours"))
}

fn is_true(case: &Case<'_>) -> Result<(), String> {
    let (Some(code), status) = (case.code(), case.seen.status.as_str()) else {
        return Ok(());
    };
    if case.step() == Some(Then::Cancel) {
        return Ok(());
    }
    if code == 0 && status == "running" {
        return must(!case.plan.wait, || "it was not waited for".to_owned());
    }
    let is_verdict = matches!(code, 0 | 1 | 5 | 6) || (code == 4 && status == "unknown");
    if !is_verdict {
        return Ok(());
    }
    let Some(subject) = case.subject() else {
        return Err(format!("code {code} without a deployment"));
    };
    let is_out = matches!(subject.deployment.health, Some(Health::Pending(_)));
    match subject.deployment.status {
        StatusClass::Running => return Err(format!("code {code}, but it still runs")),
        StatusClass::Finished if is_out => return Err(format!("code {code}, but its health is out")),
        _ => {}
    }
    // No verdict may be one that time proves wrong.
    let at_last = case
        .at_last
        .iter()
        .find(|truth| truth.deployment.id == subject.deployment.id);
    let at_last = &at_last.unwrap_or(subject).deployment;
    let unhealthy = at_last.health == Some(Health::Unhealthy);
    let class = at_last.status;
    let true_code = match class {
        StatusClass::Succeeded | StatusClass::Finished | StatusClass::Failed if unhealthy => 1,
        StatusClass::Succeeded | StatusClass::Finished => 0,
        StatusClass::Failed => 1,
        StatusClass::Cancelled => 5,
        StatusClass::Superseded if case.plan.on_superseded == OnSuperseded::Succeed => 0,
        StatusClass::Superseded => 6,
        StatusClass::Unknown => 4,
        StatusClass::Running => return Err(format!("code {code}, but it runs for ever")),
    };
    must(code == true_code, || {
        format!("code {code}, but it is {class:?}: {true_code}")
    })?;
    must(
        status != "succeeded" || class != StatusClass::Superseded || code == 0,
        || "superseded is called a success".to_owned(),
    )
}

/// "Timed out" and "could not tell" where the truth was there to be seen are false reds.
fn doubts_with_reason(case: &Case<'_>) -> Result<(), String> {
    let Some(code @ (3 | 4 | 7 | 8 | 9)) = case.code() else {
        return Ok(());
    };
    let plan = case.plan;
    if case.seen.status == "timed-out" {
        let took = case.seen.ended - case.seen.began;
        must(took >= plan.limit, || format!("timed out after {took:?}"))?;
    }
    let trouble = !plan.faults.is_empty()
        || !plan.sendings.is_empty()
        || plan.has_conflicts()
        || plan.command == Command::RollBack
        || plan.killed.is_some()
        || case.seen.status == "timed-out"
        || case.seen.status == "unknown";
    must(trouble, || format!("code {code}, and nothing was wrong"))?;
    if plan.on_conflict == OnConflict::Fail && code == 8 {
        return Ok(());
    }
    let Some(subject) = case.subject() else { return Ok(()) };
    let is_odd = subject.deployment.status == StatusClass::Unknown;
    let end = plan.life.verdict_after();
    if let Some(end) = end
        && case.is_ours(&subject.deployment.id)
        && !is_odd
        && !plan.fails(Op::Deployment)
        && matches!(code, 4 | 7 | 9)
        && !case.seen.found_again
        && case.step().is_none()
    {
        let to_be_seen = subject.created + end + SEEN_WITHIN;
        must(to_be_seen > case.seen.ended, || {
            format!(
                "code {code} at {:?}, but its end was to be seen by {to_be_seen:?}",
                case.seen.ended
            )
        })?;
    }
    Ok(())
}

fn finds(case: &Case<'_>) -> Result<(), String> {
    let can_look = case.plan.tokens == Tokens::Shown
        && !case.plan.fails(Op::Deployments)
        && !case.plan.fails(Op::Deployment)
        && case.plan.list_rows > 3;
    if !can_look || case.seen.deployment.is_some() || !matches!(case.code(), Some(7 | 9)) {
        return Ok(());
    }
    let visible = case.ours().map(|ours| ours.created + case.plan.list_lag).min();
    let Some(visible) = visible else { return Ok(()) };
    must(visible + FOUND_WITHIN > case.seen.ended, || {
        format!(
            "given up at {:?}, but ours was in the list from {visible:?} on",
            case.seen.ended
        )
    })
}

fn says_the_truth(case: &Case<'_>) -> Result<(), String> {
    let says = |words: &str| case.seen.text.contains(words);
    for words in ["nothing was triggered", "nothing of ours was started"] {
        must(!says(words) || case.ours().next().is_none(), || {
            format!("it says \"{words}\"")
        })?;
    }
    if let Some(ours) = case.ours().find(|ours| case.goes_on(ours)) {
        // Whose deployment runs, or is still to come.
        let what = format!("{} goes on", ours.deployment.id);
        // What `cancel` and `wait` advise to run again is `cancel` and `wait`.
        let untrue: &[&str] = match case.step() {
            None => &["run this again", "run again", "deploy again", "nothing to cancel"],
            Some(_) => &["nothing to cancel"],
        };
        for words in untrue {
            must(!says(words), || format!("it says \"{words}\", but {what}"))?;
        }
    }
    if let Some(ours) = case.ours().next()
        && case.step().is_none()
    {
        let live = matches!(ours.deployment.status, StatusClass::Succeeded | StatusClass::Finished);
        must(!live || !says("run this again"), || {
            format!("it says \"run this again\", but {} is live", ours.deployment.id)
        })?;
    }
    let accepted = says("accepted our request to cancel");
    must(!accepted || !case.cancelled.is_empty(), || {
        "it says that a cancellation was accepted, but none was asked for".to_owned()
    })?;
    // Every end other than well says three things.
    let parts = ["error: ", "\n  known: ", "\n  next: "];
    let explained = case.code() == Some(0) || case.code().is_none() || parts.iter().all(|part| says(part));
    must(explained, || format!("the end is not explained: {}", case.seen.text))
}

fn has_outputs(case: &Case<'_>) -> Result<(), String> {
    // `cancel` has none, and a step without a deployment to act on has little to say.
    let Some(code) = case.code().filter(|code| *code != 2) else {
        return Ok(());
    };
    let outputs = &case.seen.outputs;
    if case.step() == Some(Then::Cancel) && outputs.is_empty() {
        return Ok(());
    }
    let value = |name: &str| outputs.get(name).map(String::as_str).unwrap_or_default();
    let names: Vec<&str> = OUTPUTS
        .into_iter()
        .filter(|name| !outputs.contains_key(*name))
        .collect();
    must(names.is_empty() && outputs.len() == OUTPUTS.len(), || {
        format!("outputs: {outputs:?}")
    })?;
    must(value("exit-code") == code.to_string(), || {
        format!("exit-code is {}", value("exit-code"))
    })?;
    must(value("status") == case.seen.status, || {
        format!("status is {}", value("status"))
    })?;
    let known = case
        .seen
        .deployment
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    must(value("deployment-id") == known, || {
        format!("deployment-id is {}", value("deployment-id"))
    })?;
    let json: serde_json::Value = serde_json::from_str(value("result-json")).map_err(|error| error.to_string())?;
    must(json.as_array().is_some_and(|sites| sites.len() == 1), || {
        format!("result-json: {json}")
    })
}

/// Whatever happens, `cancel --from-state` must find what goes on.
fn can_be_resumed(case: &Case<'_>) -> Result<(), String> {
    let first = |of: Op| case.seen.calls.iter().position(|(op, _)| *op == of);
    let sent = first(Op::Trigger).or(first(Op::Rollback));
    if let Some(sent) = sent {
        must(first(Op::Record).is_some_and(|recorded| recorded < sent), || {
            "it was sent before its token was recorded".to_owned()
        })?;
    }
    let Some(ours) = case.ours().find(|ours| case.goes_on(ours)) else {
        return Ok(());
    };
    let Some(state) = case.seen.states.last() else {
        return Err("nothing was recorded".to_owned());
    };
    if state.by_commit || (case.step().is_none() && case.plan.tokens != Tokens::Shown && state.deployment.is_some()) {
        return Ok(());
    }
    must(state.status.may_go_on(), || {
        format!("{} goes on, but the state says {}", ours.deployment.id, state.status)
    })?;
    let id = state.deployment.as_ref();
    must(id.is_none_or(|id| *id == ours.deployment.id), || {
        format!("{} goes on, but the state names {id:?}", ours.deployment.id)
    })
}
