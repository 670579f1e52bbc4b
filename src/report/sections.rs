//! Pieces of Markdown that the job summary and the comment on a pull request share.

use super::markdown::Markdown;
use super::texts::{Ending, short_commit};
use crate::event::SiteResult;
use crate::model::{Human, Known, RunStatus};

/// Texts from outside are cut to this in sentences and cells.
pub(super) const TEXT_CHARS: usize = 500;

/// The pages of a run on its code host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunLinks {
    pub repository: Option<String>,
    pub run: Option<String>,
}

/// The sign for a site's end. A tick is for what is live.
pub(super) fn mark(result: &SiteResult) -> &'static str {
    match (&result.end, result.status()) {
        (Ok(_), RunStatus::Succeeded) => "✅",
        (Ok(_), RunStatus::Running) => "⏳",
        (Ok(_), _) => "⚪",
        (Err(_), RunStatus::TimedOut | RunStatus::Unknown) => "⚠️",
        (Err(_), _) => "❌",
    }
}

/// What happened, what is known, and what to do next: the verdict's own words come first.
pub(super) fn describe(md: &Markdown<'_>, ending: &Ending) -> String {
    let known = ending.known.as_ref().map(|known| md.prose(known, TEXT_CHARS));
    format!(
        "{}\n\n{}**Next:** {}\n\n",
        md.prose(&ending.what, 2 * TEXT_CHARS),
        known.map_or(String::new(), |known| format!("**Known:** {known}\\\n")),
        md.prose(&ending.next, 2 * TEXT_CHARS)
    )
}

pub(super) const TABLE_HEAD: &str = "| Site | Result | Commit | Time |\n|---|---|---|---|\n";

/// A row of the table, with everything that can be a link as one.
pub(super) fn row(md: &Markdown<'_>, site: &SiteResult, links: &RunLinks) -> String {
    let deployment = site.subject.deployment.as_ref();
    let id = deployment.map(|deployment| format!(", {}", id_link(md, deployment)));
    format!(
        "| {} | {} {}{} | {} | {} |\n",
        md.link(&site.site.to_string(), site_url(deployment)),
        mark(site),
        site.status(),
        id.unwrap_or_default(),
        commit(md, deployment, links),
        site.took
            .map_or_else(|| "–".to_owned(), |took| Human(took).whole_seconds().to_string())
    )
}

/// The deployment's id, linked to where a person can look at it.
pub(super) fn id_link(md: &Markdown<'_>, deployment: &Known) -> String {
    let seen = deployment.seen.as_ref();
    md.link(
        &deployment.id.to_string(),
        seen.and_then(|seen| seen.dashboard_url.as_deref()),
    )
}

pub(super) fn site_url(deployment: Option<&Known>) -> Option<&str> {
    deployment?.seen.as_ref()?.url.as_deref()
}

/// The commit, short, linked to the repository that the run belongs to.
pub(super) fn commit(md: &Markdown<'_>, deployment: Option<&Known>, links: &RunLinks) -> String {
    let seen = deployment.and_then(|deployment| deployment.seen.as_ref());
    let Some(commit) = seen.and_then(|seen| seen.commit.as_deref()) else {
        return "–".to_owned();
    };
    match short_commit(commit) {
        short if short.len() < commit.len() => {
            let page = links.repository.as_ref().map(|page| format!("{page}/commit/{commit}"));
            md.link(short, page.as_deref())
        }
        _ => md.short(commit, 12),
    }
}

/// What is closed until somebody wants to see it.
pub(super) fn details(title: &str, body: &str) -> String {
    format!("<details><summary>{title}</summary>\n\n{body}\n</details>\n\n")
}
