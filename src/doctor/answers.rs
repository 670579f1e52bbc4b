//! What the preflight asked, and what came back.

use super::ports::{Preflight, Reading};
use crate::error::ApiError;
use crate::model::{Deployment, Site, SiteId};

/// How many deployments of the history are held against the contract.
const SAMPLE: u32 = 10;

/// What one reading came to.
pub(super) struct Answer {
    pub(super) reading: Reading,
    pub(super) request: String,
    pub(super) error: Option<ApiError>,
}

impl Answer {
    pub(super) fn status(&self) -> Option<u16> {
        self.error.as_ref().and_then(ApiError::status)
    }

    /// Whether it came with a 2xx and JSON.
    pub(super) fn is_good(&self) -> bool {
        matches!(self.error, None | Some(ApiError::Incomplete { .. }))
    }

    /// Whether it is JSON that an API worded, in good order or in refusal.
    pub(super) fn is_of_an_api(&self) -> bool {
        match &self.error {
            None | Some(ApiError::Incomplete { .. } | ApiError::NoSuchPath { .. }) => true,
            Some(ApiError::Reply(reply)) => reply.status < 500,
            // A server that wants a key is one, in whatever form it says so.
            Some(ApiError::NotJson { status, .. }) => *status == 401,
            Some(_) => false,
        }
    }

    /// Whether nothing shows that there is such a path.
    pub(super) fn is_no_such_path(&self) -> bool {
        match &self.error {
            Some(error @ ApiError::Reply(_)) => error.is_unplaced() || error.status() == Some(405),
            Some(ApiError::NoSuchPath { .. }) => true,
            _ => false,
        }
    }

    /// The same, or something that is no API's answer.
    pub(super) fn is_wrong_path(&self) -> bool {
        match &self.error {
            Some(ApiError::NotJson { .. } | ApiError::Redirect { .. } | ApiError::Unreadable { .. }) => {
                self.error.as_ref().is_some_and(ApiError::is_outside_contract)
            }
            _ => self.is_no_such_path(),
        }
    }

    /// What was asked and what came, as one text.
    pub(super) fn evidence(&self) -> String {
        match &self.error {
            None => format!("{} → as the contract says", self.request),
            Some(ApiError::NoSuchPath { reply, .. }) => {
                format!("{} → {}", self.request, ApiError::Reply((**reply).clone()))
            }
            Some(error) => format!("{} → {error}", self.request),
        }
    }
}

/// All that came back.
#[derive(Default)]
pub(super) struct Answers {
    /// In the order of asking.
    pub(super) given: Vec<Answer>,
    /// Why a reading could not be asked for, if one could not.
    pub(super) unusable: Option<ApiError>,
    /// The site's newest deployments.
    pub(super) history: Option<Vec<Deployment>>,
    /// The sites that the key sees.
    pub(super) sites: Option<Vec<Site>>,
}

impl Answers {
    /// Asks for the site and its history; for the list of sites too where the site is not shown, since it tells a wrong
    /// path from a wrong id. Without a site only for that list.
    pub(super) async fn ask<P: Preflight>(api: &P, site: Option<&SiteId>) -> Self {
        let mut answers = Self::default();
        if let Some(one) = site {
            let shown = api.site(one).await.map(drop);
            answers.take(api, Reading::Site, site, shown);
            match api.deployments(one, SAMPLE).await {
                Ok(list) => {
                    answers.history = Some(list);
                    answers.take(api, Reading::Deployments, site, Ok(()));
                }
                Err(error) => answers.take(api, Reading::Deployments, site, Err(error)),
            }
        }
        let has_failed = |reading| answers.to(reading).is_none_or(|answer| answer.error.is_some());
        if has_failed(Reading::Site) && (site.is_none() || has_failed(Reading::Deployments) || answers.asks_in_vain()) {
            match api.sites().await {
                Ok(list) => {
                    answers.sites = Some(list);
                    answers.take(api, Reading::Sites, site, Ok(()));
                }
                Err(error) => answers.take(api, Reading::Sites, site, Err(error)),
            }
        }
        answers
    }

    /// Whether the site was not shown, for whatever reason.
    fn asks_in_vain(&self) -> bool {
        self.to(Reading::Site).is_some_and(Answer::is_no_such_path)
    }

    /// Whether the key sees sites, but not this one.
    pub(super) fn lists_others_than(&self, site: &SiteId) -> bool {
        let sites = self.sites.as_deref();
        sites.is_some_and(|sites| sites.iter().all(|listed| listed.id != *site))
    }

    pub(super) fn to(&self, reading: Reading) -> Option<&Answer> {
        self.given.iter().find(|answer| answer.reading == reading)
    }

    /// Every answer, as one text.
    pub(super) fn evidence(&self) -> String {
        let all: Vec<String> = self.given.iter().map(Answer::evidence).collect();
        all.join("; ")
    }

    fn take<P: Preflight>(&mut self, api: &P, reading: Reading, site: Option<&SiteId>, came: Result<(), ApiError>) {
        if let Err(error @ (ApiError::NotOffered { .. } | ApiError::Unusable { .. })) = came {
            self.unusable.get_or_insert(error);
            return;
        }
        self.given.push(Answer {
            reading,
            request: api.request(reading, site),
            error: came.err(),
        });
    }
}
