//! The recorded calls as the contract's operations, each with its evidence.

use serde_json::json;

use super::exchange::Exchange;
use super::roles::Run;
use super::site::Site;
use super::template::Template;
use super::variables::Variables;
use crate::learn::Sure;
use crate::learn::draft::{Draft, Operation};
use crate::learn::json::{Leaf, arrays, deepest_first, has_index, last_name, leaves, parent};
use crate::learn::value::{id_text, speaks_of};

/// Puts the operations of these runs into the draft; of each the first that some run shows.
pub(super) fn find(runs: &[Run<'_>], site: Option<&Site>, variables: &mut Variables<'_>, draft: &mut Draft) {
    let Some(main) = runs
        .iter()
        .find(|run| run.target.is_none() && !run.polls.is_empty())
        .or(runs.first())
    else {
        return;
    };
    start(main, "trigger", variables, draft);
    polls(main, variables, draft);
    list(runs, variables, draft);
    match runs.iter().find_map(|run| run.cancel) {
        Some(call) => {
            let text = add("cancel", &[call], variables, draft);
            draft.choose(
                "operations/cancel",
                Sure::Likely,
                format!("{text}: a write about the deployment, named so"),
            );
        }
        None => draft.lacks(
            "operations/cancel",
            "record a deployment that you cancel in the dashboard",
        ),
    }
    match runs.iter().find(|run| run.target.is_some()) {
        Some(run) => start(run, "rollback", variables, draft),
        None => draft.lacks(
            "operations/rollback",
            "record a rollback to an earlier deployment in the dashboard",
        ),
    }
    logs(runs, variables, draft);
    sites(main, site, variables, draft);
}

fn start(run: &Run<'_>, name: &'static str, variables: &mut Variables<'_>, draft: &mut Draft) {
    if (name == "trigger") != run.target.is_none() {
        draft.lacks(
            "operations/trigger",
            "the recording shows a rollback to an earlier deployment alone; record a new deployment",
        );
        return;
    }
    let text = add(name, &[run.start.exchange], variables, draft);
    let what = format!("operations/{name}");
    let back = if run.target.is_some() {
        "it names an earlier deployment, and "
    } else {
        ""
    };
    match &run.start.pointer {
        Some(pointer) => {
            let sure = if run.start.asked > 2 {
                Sure::Certain
            } else {
                Sure::Likely
            };
            let reads = plural(run.start.asked, "later read");
            draft.choose(
                what,
                sure,
                format!("{text}: {back}its reply's `{pointer}` is asked for by {reads}"),
            );
        }
        None => {
            if let Some(operation) = draft.operations.get_mut(name) {
                operation.accepted = true;
            }
            draft.choose(
                what,
                Sure::Likely,
                format!("{text}: {back}its reply brings no id, and it is the last write before a list shows a new one"),
            );
        }
    }
}

fn polls(run: &Run<'_>, variables: &mut Variables<'_>, draft: &mut Draft) {
    let what = "operations/deployment";
    if let Some(last) = run.polls.last() {
        let text = add("deployment", &run.polls, variables, draft);
        let sure = if run.polls.len() > 2 {
            Sure::Certain
        } else {
            Sure::Likely
        };
        let reads = plural(run.polls.len(), "time");
        draft.choose(
            what,
            sure,
            format!("{text}: read {reads}, and its reply shows the id that was asked for"),
        );
        if last.json().is_none() {
            draft.lacks(what, "the replies hold no JSON that could be read");
        }
        return;
    }
    let Some(list) = &run.list else {
        draft.lacks(
            what,
            "no read asks for the new deployment's id; open the deployment's own page while it runs, and record again",
        );
        return;
    };
    // By the custom of REST; marked as what it is.
    let mut template = Template::new("deployment", &list.reads[..1], variables);
    if let Some(mut operation) = template.operation().filter(|operation| operation.method == "GET") {
        let path = operation.path.split('?').next().unwrap_or_default();
        operation.path = format!("{}/{{deployment}}", path.trim_end_matches('/'));
        let text = describe(&operation, None);
        draft.operations.insert("deployment", operation);
        draft.choose(
            what,
            Sure::Guess,
            format!("{text}: only the list was read while the deployment ran; this is where its items usually are"),
        );
    }
    draft.lacks(what, "open the deployment's own page while it runs, and record again");
}

fn list(runs: &[Run<'_>], variables: &mut Variables<'_>, draft: &mut Draft) {
    let what = "operations/deployments";
    let Some(list) = runs.iter().find_map(|run| run.list.as_ref()) else {
        draft.lacks(
            what,
            "open the site's list of deployments after the deployment, and record that too",
        );
        return;
    };
    let text = add("deployments", &list.reads, variables, draft);
    let items = list.reads.last().map_or(0, |read| list.items_of(read).len());
    draft.choose(
        what,
        Sure::Certain,
        format!(
            "{text}: {} has {} and shows the new one",
            place(&list.items),
            plural(items, "deployment")
        ),
    );
    let names_site = draft.operations.get("deployments").is_some_and(|operation| {
        let body = operation.body.as_ref().map(ToString::to_string).unwrap_or_default();
        operation.path.contains("{site}") || body.contains("{site}")
    });
    if !names_site {
        draft.lacks(
            what,
            "this list does not name the site, so it could show another's deployments; open the site's own list",
        );
    }
}

fn logs(runs: &[Run<'_>], variables: &mut Variables<'_>, draft: &mut Draft) {
    let what = "operations/logs";
    if let Some(run) = runs.iter().find(|run| !run.logs.is_empty()) {
        let text = add("logs", &run.logs, variables, draft);
        let reads = plural(run.logs.len(), "time");
        draft.choose(
            what,
            Sure::Likely,
            format!("{text}: read {reads}, by its name or because its reply is a text"),
        );
        super::logs::fields(run, draft);
        return;
    }
    let within = runs.iter().find_map(|run| {
        let reply = run.polls.last()?.json()?;
        Some((run, super::logs::in_deployment(reply)?))
    });
    match within {
        Some((run, pointer)) => {
            let text = add("logs", &run.polls, variables, draft);
            draft.field("logs", "items", json!([pointer]));
            draft.choose(
                what,
                Sure::Likely,
                format!("{text}: the deployment itself shows its log, at `{pointer}`"),
            );
        }
        None => draft.lacks(what, "open the deployment's log while recording"),
    }
}

fn sites(run: &Run<'_>, site: Option<&Site>, variables: &mut Variables<'_>, draft: &mut Draft) {
    let Some(site) = site else { return };
    let names = |text: &str| text == site.value || site.alias.as_deref() == Some(text);
    let is_id = |leaf: &Leaf<'_>| {
        id_text(leaf.value).is_some_and(|text| names(&text))
            && speaks_of(leaf.name(), &["id", "uid", "uuid", "slug", "name"])
    };
    let deployments = run.list.as_ref().map(|list| list.reads[0].shape(&[]));
    let reads = run.all.iter().copied().filter(|read| {
        read.reads() && read.worked() && !read.mentions(&run.start.id) && Some(read.shape(&[])) != deployments
    });
    let asks =
        |read: &Exchange| read.mentions(&site.value) || site.alias.as_ref().is_some_and(|alias| read.mentions(alias));
    let one = reads.clone().filter(|read| asks(read)).find_map(|read| {
        let leaf = leaves(read.json()?)
            .into_iter()
            .find(|leaf| is_id(leaf) && !has_index(&leaf.pointer))?;
        Some((read, leaf.pointer))
    });
    if let Some((read, pointer)) = one {
        let text = add("site", &[read], variables, draft);
        site_root(parent(&pointer), draft);
        draft.field("site", "id", json!([format!("/{}", last_name(&pointer))]));
        draft.choose(
            "operations/site",
            Sure::Likely,
            format!("{text}: {} is the site that was asked for", place(&pointer)),
        );
    }
    let many = reads.filter(|read| !asks(read)).find_map(|read| {
        arrays(read.json()?).into_iter().find_map(|(items, list)| {
            let leaf = list
                .iter()
                .flat_map(leaves)
                .find(|leaf| is_id(leaf) && leaf.pointer.matches('/').count() <= 2)?;
            Some((read, items, leaf.pointer))
        })
    });
    if let Some((read, items, pointer)) = many {
        let text = add("sites", &[read], variables, draft);
        draft.field("sites", "items", json!([items]));
        site_root(parent(&pointer), draft);
        let id = format!("/{}", last_name(&pointer));
        draft.field("site", "id", json!([id]));
        draft.choose(
            "operations/sites",
            Sure::Likely,
            format!("{text}: an item's `{pointer}` is the site"),
        );
    }
}

/// One more place where a site stands; the deepest is tried first.
fn site_root(root: &str, draft: &mut Draft) {
    let known = draft.fields.get("site").and_then(|site| site.get("root"));
    let mut roots: Vec<String> = known
        .and_then(|known| serde_json::from_value(known.clone()).ok())
        .unwrap_or_default();
    if !roots.iter().any(|known| known == root) {
        roots.push(root.to_owned());
    }
    deepest_first(&mut roots);
    draft.field("site", "root", json!(roots));
}

/// Adds an operation and gives its text, as a person would write it.
pub(super) fn add(name: &'static str, calls: &[&Exchange], variables: &mut Variables<'_>, draft: &mut Draft) -> String {
    let mut template = Template::new(name, calls, variables);
    let Some(operation) = template.operation() else {
        return String::new();
    };
    let left_out = std::mem::take(&mut template.left_out);
    let cursor = template.cursor.take();
    for pair in left_out {
        draft.choose(
            format!("operations/{name}"),
            Sure::Likely,
            format!("a {pair} is left out"),
        );
    }
    if let Some(pointer) = cursor {
        let object = if name == "logs" { "logs" } else { "deployments" };
        draft.field(object, "cursor", json!([pointer]));
    }
    let text = describe(&operation, calls.first().copied());
    draft.operations.insert(name, operation);
    text
}

fn describe(operation: &Operation, call: Option<&Exchange>) -> String {
    let path = operation.path.split('?').next().unwrap_or_default();
    let asked = call
        .and_then(Exchange::graphql)
        .map(|query| format!(" (`{}`)", query.field()));
    format!("`{} {path}`{}", operation.method, asked.unwrap_or_default())
}

/// A place in a reply, as a person would call it.
fn place(pointer: &str) -> String {
    match pointer {
        "" => "its reply".to_owned(),
        below => format!("its reply's `{below}`"),
    }
}

/// `1 time`, `14 times`.
pub(super) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
