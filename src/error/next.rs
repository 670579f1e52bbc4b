//! What to do next: one concrete sentence for each way to end.

mod api;
mod look;

use std::time::Duration;

use super::{CancelOutcome, Error, Phase, Subject};
use crate::model::{ClientToken, Human, StatusClass, TimeLimit};
use crate::sanitize::http_url;
use crate::secret::KeyProblem;

/// Where the platforms keep the key.
const WHERE_SECRETS_ARE: &str =
    "GitHub: Settings → Secrets and variables → Actions; GitLab: Settings → CI/CD → Variables";

impl Error {
    /// One sentence that says what to do next, with the command line to run where there is one.
    #[must_use]
    pub fn next(&self, subject: &Subject) -> String {
        if let (Self::Failed { .. } | Self::Cancelled, Some(token), true) = (self, &subject.token, subject.by_commit) {
            // What ended may be somebody else's, and ours still to come.
            return format!(
                "{}; then {}",
                read_log(subject),
                look_before_running_again(token, subject)
            );
        }
        if let Some(next) = look::next(self, subject) {
            return next;
        }
        match self {
            Self::Failed { .. } => format!("{}, fix the cause and deploy again", read_log(subject)),
            Self::Unhealthy { .. } => format!(
                "{}, and make the health path of the site's settings on Sproobo answer 2xx",
                read_log(subject)
            ),
            Self::NotVerified { url, within, .. } => format!(
                "open {url} and see which version answers (a cache or an older one may); if it only needs longer, raise `--verify-timeout` above {}",
                Human(*within)
            ),
            Self::WrongCommit { asked, .. } => format!(
                "push {asked} to the branch that the site deploys from, or leave out `--require-commit` to make this a warning"
            ),
            Self::Usage { next, .. }
            | Self::Rotation { next, .. }
            | Self::KeyInDoubt { next, .. }
            | Self::KeysInterrupted { next, .. }
            | Self::CodeHost { next, .. } => next.clone(),
            Self::Key(problem) => problem.next(),
            Self::TimedOut { limit, .. } if *limit == TimeLimit::Job(Duration::ZERO) => format!(
                "raise the job's `timeout` on GitLab, or leave it more time for this command{}",
                match subject.deployment {
                    Some(_) => format!("; go on waiting with {}", command("wait", subject)),
                    None => String::new(),
                }
            ),
            Self::TimedOut { limit, phase, cancel } => after_timeout(*limit, phase, cancel, subject),
            Self::UnknownWord { word } => format!("look at the deployment on {}, and {}", dashboard(subject), teach(word)),
            Self::NotFound { token } | Self::AnotherRuns { token, .. } => look_before_running_again(token, subject),
            Self::NotCancelled { .. } | Self::StillRuns { .. } => format!(
                "see with {} whether it still runs, and cancel it on {}",
                command("status", subject),
                dashboard(subject)
            ),
            Self::Cancelled => format!(
                "see on {} who cancelled it ({}); run this again to deploy after all",
                dashboard(subject),
                command("status", subject)
            ),
            Self::Superseded => format!(
                "judge the newer deployment (`sproobo-deploy deployments {}`); `--on-superseded succeed` makes this end green",
                site(subject)
            ),
            Self::Outdated { newer, .. } => format!(
                "deploy {newer} or a newer commit; `--on-outdated skip` makes this end green, `--on-outdated proceed` deploys the older commit after all"
            ),
            Self::Unreachable { last, .. } if subject.deployment.is_some() => {
                format!(
                    "go on with {} once the API answers; {}",
                    command("wait", subject),
                    last.next(subject)
                )
            }
            Self::Unreachable { last, .. } => last.next(subject),
            Self::ReplyLost { token, cause, .. } if cause.is_outside_contract() => {
                format!("{}; then {}", look_before_running_again(token, subject), cause.next(subject))
            }
            Self::ReplyLost { token, .. } => look_before_running_again(token, subject),
            Self::RollbackNotFollowed => format!(
                "see with `sproobo-deploy deployments {}` which deployment is live now",
                site(subject)
            ),
            Self::Conflict { running: Some(id) } => format!(
                "wait for it with `sproobo-deploy wait {} {}` and run this again, or leave the waiting to `--on-conflict wait`",
                site(subject),
                shell_word(&id.to_string())
            ),
            Self::Conflict { running: None } => {
                "run this again when the other deployment is over, or leave the waiting to `--on-conflict wait`".to_owned()
            }
            Self::NotAppeared { shows_commits: false, .. } => "correct `fields.deployment.commit` in the contract (`sproobo-deploy contract show` prints the one in use), or wait by the deployment's id".to_owned(),
            Self::NotAppeared { .. } => format!(
                "see with `sproobo-deploy deployments {}` whether a push of this branch deploys the site at all; if it only takes longer, raise `--appear-within`",
                site(subject)
            ),
            Self::NoneYet { site } => format!(
                "start the first one with `sproobo-deploy deploy {}`; `sproobo-deploy sites` lists the other sites",
                shell_word(&site.to_string())
            ),
            Self::NothingFits { .. } => format!("see what there is with `sproobo-deploy deployments {}`", site(subject)),
            Self::StaleKey { .. } => "rotate the key (`sproobo-deploy keys rotate --name NAME --store STORE --revoke-old`), or raise `--key-stale-after`".to_owned(),
            Self::KeyFound { .. } => "rotate the key now (`sproobo-deploy keys rotate --name NAME --store STORE --revoke-old`; another than the one in use: `keys revoke ID`): taking it out of the files leaves it in the history".to_owned(),
            Self::KeyStaged { .. } => "take it out of the files and stage them again; `sproobo-deploy keys scan` tells whether it is in the history already".to_owned(),
            Self::Interrupted { cancel, .. } => after_interrupt(cancel, subject),
            Self::Api { source, .. } => match &subject.token {
                Some(token) if subject.deployment.is_none() && source.is_acceptance() => {
                    format!("{}; then {}", look_before_running_again(token, subject), source.next(subject))
                }
                _ => source.next(subject),
            },
            Self::File { path, .. } => format!("check that {path} is there, is the file that is meant, and that this user may read and write it"),
        }
    }
}

/// How a person's shell sets the variable.
const SET_KEY: &str = if cfg!(windows) {
    "`$env:SPROOBO_API_KEY = '…'` (in PowerShell)"
} else {
    "`export SPROOBO_API_KEY=…`"
};

impl KeyProblem {
    fn next(&self) -> String {
        match self {
            Self::Empty => format!(
                "store it as a secret ({WHERE_SECRETS_ARE}) and pass it as SPROOBO_API_KEY. If it is there: a pull request from a fork or by \
                 Dependabot gets no secrets; a job needs the secret's `environment:`; a called workflow needs `secrets: inherit`; \
                 GitLab keeps a protected variable from unprotected branches"
            ),
            Self::Unset => format!(
                "make a key on Sproobo (Settings → API Keys), then {SET_KEY} or give `--api-key-file FILE`; \
                 `--sandbox` rehearses without one"
            ),
            Self::Unexpanded => {
                "write the expression where CI expands it: on GitHub `${{ secrets.NAME }}` under `env:` or `with:` of the workflow, on GitLab the variable's own name".to_owned()
            }
            Self::Quoted => format!("store the key without the quotes ({WHERE_SECRETS_ARE})"),
            Self::Bearer => "store the key alone: the word `Bearer` is added when it is sent".to_owned(),
            Self::WhiteSpace | Self::NonAscii | Self::TooShort(_) | Self::TooLong(_) => format!(
                "copy the key once more, whole and alone, or create a new one on Sproobo under Settings → API Keys, and store it ({WHERE_SECRETS_ARE})"
            ),
        }
    }
}

fn after_timeout(limit: TimeLimit, phase: &Phase, cancel: &CancelOutcome, subject: &Subject) -> String {
    if let CancelOutcome::MayStillStart(token) = cancel {
        return look_before_running_again(token, subject);
    }
    let raise = match limit {
        TimeLimit::Timeout(_) => "raise `--timeout`",
        TimeLimit::Job(_) => "raise the job's `timeout`",
    };
    match (phase, cancel) {
        (Phase::Prepare { .. }, _) => format!("find out what holds that up, or {raise}"),
        (_, CancelOutcome::Accepted) => format!("make sure that it stopped with {}", command("status", subject)),
        (_, CancelOutcome::Failed(_)) => {
            format!(
                "{}, or go on waiting with {}",
                stop_it(subject),
                command("wait", subject)
            )
        }
        (Phase::Conflict, _) => format!("run this again when the other deployment is over, or {raise}"),
        (Phase::Trigger, _) => match &subject.token {
            Some(token) if subject.deployment.is_none() => look_before_running_again(token, subject),
            _ => format!("run this again, or {raise}"),
        },
        (Phase::Wait | Phase::Settle, _) => {
            let wait = format!("go on waiting with {}, or {raise}", command("wait", subject));
            match subject.deployment.as_ref().and_then(|known| known.seen.as_ref()) {
                Some(deployment) if deployment.status == StatusClass::Unknown => {
                    let word = &deployment.word;
                    format!(
                        "the last status `{word}` is in no list of the contract, so it was no verdict: {}; else {wait}",
                        teach(word)
                    )
                }
                _ => wait,
            }
        }
        (Phase::Verify, _) => format!("open the site and see which version answers, or {raise}"),
        (Phase::Log { .. }, _) => format!(
            "{raise} to read the rest; if its pages never end, correct `fields.logs.cursor` in the contract \
             (`sproobo-deploy contract show` prints the one in use)"
        ),
    }
}

fn after_interrupt(cancel: &CancelOutcome, subject: &Subject) -> String {
    match cancel {
        CancelOutcome::MayStillStart(token) => look_before_running_again(token, subject),
        CancelOutcome::Accepted => format!("make sure that it stopped with {}", command("status", subject)),
        CancelOutcome::Failed(_) => stop_it(subject),
        CancelOutcome::NotAsked if subject.deployment.is_some() => {
            format!("it goes on without us: follow it with {}", command("wait", subject))
        }
        CancelOutcome::NothingToCancel if subject.deployment.is_some() => {
            format!("see with {} how it ended", command("status", subject))
        }
        CancelOutcome::NotAsked => "run this again".to_owned(),
        CancelOutcome::NothingToCancel => "run this again to deploy".to_owned(),
    }
}

fn stop_it(subject: &Subject) -> String {
    format!(
        "stop it with {} or on {}",
        command("cancel", subject),
        dashboard(subject)
    )
}

fn look_before_running_again(token: &ClientToken, subject: &Subject) -> String {
    let (again, it) = match subject.purpose.only_looks() {
        true => ("deploying again", "that"),
        false => ("running this again", "running it again"),
    };
    format!(
        "look on Sproobo's dashboard, or with `sproobo-deploy deployments {}`, for a new deployment (token {token}) \
         before {again}: {it} may deploy twice",
        site(subject)
    )
}

/// How a status word gets a class.
fn teach(word: &str) -> String {
    if word.is_empty() {
        return "correct `fields.deployment.status` in the contract: no status was found where it points".to_owned();
    }
    format!(
        "teach the word with `--status-map {}=CLASS` ({})",
        shell_word(word),
        StatusClass::names()
    )
}

fn read_log(subject: &Subject) -> String {
    format!("read the log with {}", with_command_or_link("logs", subject))
}

/// What shows it: a command, and the dashboard's link if that is known.
fn with_command_or_link(verb: &str, subject: &Subject) -> String {
    let link = dashboard_link(subject).map(|link| format!(" or at {link}"));
    command(verb, subject) + &link.unwrap_or_default()
}

/// Where a person can act, with its link if that is known.
fn dashboard(subject: &Subject) -> String {
    match dashboard_link(subject) {
        Some(link) => format!("Sproobo's dashboard ({link})"),
        None => "Sproobo's dashboard".to_owned(),
    }
}

fn dashboard_link(subject: &Subject) -> Option<&str> {
    let seen = subject.deployment.as_ref()?.seen.as_ref()?;
    http_url(seen.dashboard_url.as_deref()?)
}

/// `sproobo-deploy VERB SITE DEPLOYMENT`, in backticks; capitals stand for what is not known.
fn command(verb: &str, subject: &Subject) -> String {
    let deployment = subject
        .deployment
        .as_ref()
        .map_or("DEPLOYMENT".to_owned(), |deployment| {
            shell_word(&deployment.id.to_string())
        });
    format!("`sproobo-deploy {verb} {} {deployment}`", site(subject))
}

fn site(subject: &Subject) -> String {
    subject
        .site
        .as_ref()
        .map_or("SITE".to_owned(), |site| shell_word(&site.to_string()))
}

/// The text as one word of a POSIX shell, so that an id from outside is safe to paste.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
