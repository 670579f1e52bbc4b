//! The comment on a pull request: how a site's deployment stands.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::markdown::Markdown;
use super::sections::{RunLinks, TABLE_HEAD, commit, describe, id_link, mark, row, site_url};
use super::texts::Ending;
use crate::event::{Mode, SiteResult};
use crate::model::{Known, SiteId};
use crate::redact::Redactor;

/// What the comment of this site begins with, invisibly.
pub fn comment_marker(site: &SiteId) -> String {
    // Nothing that could end an HTML comment is left.
    let site = utf8_percent_encode(site.as_str(), NON_ALPHANUMERIC);
    format!("<!-- sproobo-deploy:{site} -->")
}

/// The comment while the deployment is under way.
pub fn comment_under_way(site: &SiteId, deployment: &Known, links: &RunLinks, redactor: &Redactor) -> String {
    let md = &Markdown(redactor);
    let page = format!(
        "{}\n### ⏳ {}: deploying\n\n{TABLE_HEAD}| {} | {} | {} | – |\n\n{}",
        comment_marker(site),
        md.text(site.as_str()),
        md.link(site.as_str(), site_url(Some(deployment))),
        id_link(md, deployment),
        commit(md, Some(deployment), links),
        run_link(md, links)
    );
    redactor.redact(&page)
}

/// The comment once it is over.
pub fn comment_at_end(result: &SiteResult, links: &RunLinks, redactor: &Redactor) -> String {
    let md = &Markdown(redactor);
    let reason = result.end.as_ref().err();
    let reason = reason.map(|error| describe(md, &Ending::of_site(error, result, Mode::Real)));
    let page = format!(
        "{}\n### {} {}: {}\n\n{}{TABLE_HEAD}{}\n{}",
        comment_marker(&result.site),
        mark(result),
        md.text(&result.site.to_string()),
        result.status(),
        reason.unwrap_or_default(),
        row(md, result, links),
        run_link(md, links)
    );
    redactor.redact(&page)
}

fn run_link(md: &Markdown<'_>, links: &RunLinks) -> String {
    match &links.run {
        Some(run) => format!("{}\n", md.link("The run with its log", Some(run))),
        None => String::new(),
    }
}
