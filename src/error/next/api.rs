//! What to do next after a call to the API that gave no usable answer.

use super::{command, site};
use crate::error::{ApiError, Error, ErrorReply, Subject, Transport};
use crate::model::Human;

impl ApiError {
    /// One sentence that says what to do about it.
    #[must_use]
    pub fn next(&self, subject: &Subject) -> String {
        match self {
            Self::Transport(error) => error.next(),
            Self::NotJson { status: 401, .. } => REJECTED_KEY.to_owned(),
            Self::NotJson { status: 429, .. } => too_many_requests(subject),
            Self::NotJson { .. } if !self.is_outside_contract() => trouble_at_sproobo(subject),
            Self::Unreadable { .. } | Self::NotJson { .. } | Self::Redirect { .. } | Self::Incomplete { .. } => {
                OUTSIDE_CONTRACT.to_owned()
            }
            Self::NotOffered { operation } => format!(
                "put the operation `{operation}` into your contract file (`sproobo-deploy contract show` prints the one in use), or do this step on Sproobo's dashboard"
            ),
            Self::Unusable { .. } => {
                "correct the contract file (`sproobo-deploy contract check FILE` says where), or give the missing value with `--var NAME=VALUE`".to_owned()
            }
            Self::Accepted => format!("see with `sproobo-deploy deployments {}` what it started", site(subject)),
            Self::NoSuchPath { destination, .. } => format!(
                "the base URL {} (`--api-url`) or the path of `{}` is wrong (`sproobo-deploy contract show` prints what is assumed): \
                 `sproobo-deploy doctor` says which, and how to record what is right",
                destination.base_url, destination.operation
            ),
            Self::Reply(reply) => reply.next(subject),
        }
    }
}

impl Transport {
    fn next(&self) -> String {
        match self {
            Self::NotConnected { host, .. } => format!(
                "run `sproobo-deploy doctor`: it tests name, proxy (HTTPS_PROXY, NO_PROXY) and TLS on the way to {host} one by one"
            ),
            Self::Certificate { .. } => {
                "if a proxy or a CA of your own signs here, pass its certificate with `--ca-cert FILE` or SSL_CERT_FILE"
                    .to_owned()
            }
            Self::TimedOut { after } => format!(
                "run `sproobo-deploy doctor`; if the API is only slow, raise `--request-timeout` above {}",
                Human(*after)
            ),
            Self::Broken { .. } => {
                "run `sproobo-deploy doctor`: it shows whether a proxy or firewall cuts the connection".to_owned()
            }
        }
    }
}

const REJECTED_KEY: &str = "the key is unknown to Sproobo or revoked: create one under Settings → API Keys, store it in the CI secret, and try it with `sproobo-deploy keys check`";

const OUTSIDE_CONTRACT: &str = "run `sproobo-deploy doctor`: it says which of base URL, path, auth and shape is wrong, and how to record what is right; `sproobo-deploy contract show` prints what is assumed";

impl ErrorReply {
    /// Whether it answers a request that names what is to be deployed; where it is not known which, it does.
    fn starts_something(&self) -> bool {
        self.destination
            .as_ref()
            .is_none_or(|destination| matches!(destination.operation, "trigger" | "rollback"))
    }

    /// What the key would have to be allowed.
    fn what_is_refused(&self) -> String {
        match &self.destination {
            Some(destination) if !self.starts_something() => {
                let doing = if destination.method == "GET" { "see" } else { "do" };
                format!("may {doing} this ({} {})", destination.method, destination.path)
            }
            _ => "may deploy this site".to_owned(),
        }
    }

    fn next(&self, subject: &Subject) -> String {
        match self.status {
            401 => REJECTED_KEY.to_owned(),
            402 | 403 if self.billing || self.status == 402 => {
                "check billing and plan limits of the server's owner on Sproobo: theirs decide, not those of whoever runs this".to_owned()
            }
            403 => format!("use a key of an account that {}: Sproobo knows this one, but does not let it", self.what_is_refused()),
            404 if subject.deployment.is_some() => format!(
                "check the deployment's id: `sproobo-deploy deployments {}` lists the newest",
                site(subject)
            ),
            404 if subject.site.is_none() => {
                "check the ids: `sproobo-deploy sites` and `sproobo-deploy deployments SITE` list what this key sees".to_owned()
            }
            404 => format!(
                "check the id `{}`: `sproobo-deploy sites` lists the sites that this key sees",
                site(subject)
            ),
            405 => OUTSIDE_CONTRACT.to_owned(),
            409 => Error::Conflict {
                running: self.deployment.clone(),
            }
            .next(subject),
            400 | 422 if !self.starts_something() => format!(
                "the API does not take this request as the contract words it{}: run `sproobo-deploy doctor`, and compare \
                 `sproobo-deploy contract show` with the API's own calls",
                match &self.destination {
                    Some(destination) => format!(" ({} {})", destination.method, destination.path),
                    None => String::new(),
                }
            ),
            400 | 422 => "check that `--ref` and `--commit` exist in the repository that the site deploys from, and compare the request with `--dry-run=offline`".to_owned(),
            429 => too_many_requests(subject),
            408 | 500.. => trouble_at_sproobo(subject),
            _ => "run `sproobo-deploy doctor`: it shows what the API refuses".to_owned(),
        }
    }
}

fn too_many_requests(subject: &Subject) -> String {
    let again = match subject.deployment {
        Some(_) => "take",
        None => "run again later, with",
    };
    format!("too many requests with this key: {again} a longer `--poll-interval` or a smaller `--parallel`")
}

fn trouble_at_sproobo(subject: &Subject) -> String {
    if subject.deployment.is_some() && !subject.purpose.only_looks() {
        format!(
            "Sproobo, or a proxy before it, is in trouble: later, look with {}",
            command("status", subject)
        )
    } else {
        "Sproobo, or a proxy before it, is in trouble: run this again later".to_owned()
    }
}
