//! Where the recorded replies show a deployment's fields, and which words its status takes.

use serde_json::{Value, json};

use super::fields::{Found, Hosts, Life};
use super::operations::plural;
use super::reading::{Reading, Sample};
use super::roles::{List, Run};
use super::status::{self, Status};
use super::variables::Variables;
use super::{fields, inputs, reading, series};
use crate::learn::draft::Draft;
use crate::learn::json::{Leaf, at, below, common, leaves, parent};
use crate::learn::value::{id_text, is_word, url};
use crate::learn::words::{self, Ending};
use crate::learn::{Assumed, Sure};
use crate::model::sort_by;

/// The fields of a deployment, and its status words.
pub(super) fn find(runs: &[Run<'_>], variables: &Variables<'_>, assumed: Assumed<'_>, draft: &mut Draft) {
    let lives: Vec<Life<'_>> = runs.iter().map(life).collect();
    let replies: Vec<Vec<&Value>> = lives.iter().map(|life| life.replies.clone()).collect();
    let status = status::find(&replies);
    let words: Vec<&str> = status.iter().flat_map(Status::pointers).collect();
    let reading = read_ids(runs, &words, draft);
    let root = lives
        .iter()
        .find_map(|life| reading.root_of(life.replies.first()?))
        .unwrap_or_default()
        .to_owned();
    let hosts = hosts(runs);
    let found = fields::find(&lives, &root, words.last().copied().unwrap_or_default(), &hosts);
    say_fields(&found, &root, runs, &lives, &reading, draft);
    token(runs, variables, &reading, draft);
    let Some(status) = status else {
        draft.lacks(
            "fields/deployment/status",
            "no field of the polls' replies moves from one word to another; record from before the start until the end, and \
             where the page is told by a socket, reload it every few seconds so that it asks",
        );
        return;
    };
    say_status(&status, &root, runs, &reading, draft);
    let place = |field: &str| {
        found
            .iter()
            .find(|found| found.field == field)
            .map(|found| found.pointer.as_str())
    };
    let endings: Vec<Ending> = (0..runs.len())
        .map(|run| ending(&status, run, &runs[run], &lives[run], place("url"), place("failure")))
        .collect();
    for (number, ending) in endings.iter().enumerate() {
        if ending.stayed == 1 && ending.last.is_some() && runs[number].polls.len() > 1 {
            draft.lacks(
                format!("the end of recording {}", number + 1),
                "the last word was seen once only; if the dashboard still asked, record a little longer",
            );
        }
    }
    draft.meanings = words::meanings(&endings, assumed, status.health.is_some());
    let older = listed_words(runs, &reading, draft);
    words::add_listed(&mut draft.meanings, older, assumed);
}

fn life<'e>(run: &Run<'e>) -> Life<'e> {
    let mut replies: Vec<&Value> = run.polls.iter().filter_map(|poll| poll.json()).collect();
    if replies.is_empty()
        && let Some(list) = &run.list
    {
        // Only the list was read: the deployment's own item in it is what there is.
        replies = list
            .all_items()
            .filter(|item| item.pointer(&list.id).and_then(id_text).as_deref() == Some(run.start.id.as_str()))
            .collect();
    }
    Life {
        replies,
        commit: inputs::commit(run),
    }
}

/// Where a reply shows this id, the place nearest to its top.
fn place_of(id: &str, reply: &Value) -> Option<String> {
    let leaves = leaves(reply).into_iter();
    let shown = leaves.filter(|leaf| id_text(leaf.value).as_deref() == Some(id));
    shown
        .map(|leaf| leaf.pointer)
        .min_by_key(|pointer| pointer.matches('/').count())
}

/// Where the deployment stands in each kind of reply, proven on all of them.
fn read_ids(runs: &[Run<'_>], words: &[&str], draft: &mut Draft) -> Reading {
    let mut places: Vec<(String, String)> = Vec::new();
    let mut samples: Vec<Sample<'_>> = Vec::new();
    let add = |places: &mut Vec<(String, String)>, root: &str, id: &str| {
        let place = (root.to_owned(), id.to_owned());
        if !places.contains(&place) {
            places.push(place);
        }
    };
    for run in runs {
        for reply in run.polls.iter().filter_map(|poll| poll.json()) {
            let Some(id) = place_of(&run.start.id, reply) else {
                continue;
            };
            // The root is above the status too.
            let root = words
                .iter()
                .fold(parent(&id).to_owned(), |root, word| common(&root, word).to_owned());
            add(&mut places, &root, &id);
            samples.push(Sample {
                reply,
                id: run.start.id.clone(),
            });
        }
        if let (Some(pointer), Some(reply)) = (&run.start.pointer, run.start.exchange.json()) {
            add(&mut places, parent(pointer), pointer);
            samples.push(Sample {
                reply,
                id: run.start.id.clone(),
            });
        }
        if let Some(list) = &run.list {
            for item in list.all_items() {
                if let Some(id) = item.pointer(&list.id).and_then(id_text) {
                    add(&mut places, parent(&list.id), &list.id);
                    samples.push(Sample { reply: item, id });
                }
            }
            draft.field("deployments", "items", json!([list.items]));
        }
    }
    let reading = reading::find(&places, &samples);
    draft.field("deployment", "root", json!(reading.roots));
    draft.field("deployment", "id", json!(reading.ids));
    let right = reading.right;
    let all = samples.len();
    let sure = if right == all { Sure::Certain } else { Sure::Guess };
    let pointers = reading
        .ids
        .iter()
        .map(|id| format!("`{id}`"))
        .collect::<Vec<_>>()
        .join(", ");
    draft.choose(
        "fields/deployment/id",
        sure,
        format!(
            "{pointers}: reads the right id in {right} of {}",
            plural(all, "recorded reply").replace("replys", "replies")
        ),
    );
    reading
}

/// The status words of every deployment in the lists.
fn listed_words(runs: &[Run<'_>], reading: &Reading, draft: &Draft) -> Vec<String> {
    let status = draft.fields.get("deployment").and_then(|fields| fields.get("status"));
    let pointers: Vec<&str> = status
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let items = runs
        .iter()
        .filter_map(|run| run.list.as_ref())
        .flat_map(List::all_items);
    let words = items.filter_map(|item| {
        let item = at(item, reading.root_of(item)?)?;
        pointers
            .iter()
            .map(|pointer| series::texts(item, pointer))
            .find(|texts| !texts.is_empty())
    });
    words
        .filter(|texts| !status::is_mixed(texts))
        .flatten()
        .filter(|text| is_word(text))
        .collect()
}

/// Where the items of a list have what polls show elsewhere; only if they have none of these places.
fn in_items(
    runs: &[Run<'_>],
    reading: &Reading,
    places: &[&str],
    is_same: impl Fn(&Leaf<'_>) -> bool,
) -> Option<String> {
    runs.iter()
        .filter_map(|run| Some((run.list.as_ref()?, &run.start.id)))
        .find_map(|(list, id)| {
            let its = |item: &&Value| item.pointer(&list.id).and_then(id_text).as_ref() == Some(id);
            let item = list.all_items().filter(its).last()?;
            let item = at(item, reading.root_of(item)?)?;
            if places
                .iter()
                .any(|place| !series::texts(item, place).is_empty() || at(item, place).is_some())
            {
                return None;
            }
            leaves(item).into_iter().find(&is_same).map(|leaf| leaf.pointer)
        })
}

fn say_fields(found: &[Found], root: &str, runs: &[Run<'_>], lives: &[Life<'_>], reading: &Reading, draft: &mut Draft) {
    for Found {
        field,
        pointer,
        certain,
        because,
    } in found
    {
        if let Some(below) = below(pointer, root) {
            let shown: Vec<&Value> = lives
                .iter()
                .filter_map(|life| at(life.replies.last()?, pointer))
                .collect();
            let other = in_items(runs, reading, &[below], |leaf| shown.contains(&leaf.value));
            let pointers: Vec<&str> = [below].into_iter().chain(other.as_deref()).collect();
            draft.field("deployment", field, json!(pointers));
            let sure = if *certain { Sure::Certain } else { Sure::Likely };
            draft.choose(
                format!("fields/deployment/{field}"),
                sure,
                format!("`{below}`: {because}"),
            );
        }
    }
}

fn say_status(status: &Status, root: &str, runs: &[Run<'_>], reading: &Reading, draft: &mut Draft) {
    let mut pointers: Vec<&str> = status
        .pointers()
        .into_iter()
        .filter_map(|pointer| below(pointer, root))
        .collect();
    let words: Vec<&String> = status.series.runs.iter().flatten().flatten().collect();
    let other = in_items(runs, reading, &pointers, |leaf| {
        leaf.value
            .as_str()
            .is_some_and(|text| words.iter().any(|word| *word == text))
    });
    pointers.extend(other.as_deref());
    draft.field("deployment", "status", json!(pointers));
    let (sure, because) = why_status(status, words);
    let place = below(&status.series.pointer, root).unwrap_or_default();
    draft.choose("fields/deployment/status", sure, format!("`{place}`: {because}"));
    if !status.ends_last {
        draft.lacks(
            "fields/deployment/status",
            "something else moved on after this word stayed; look whether the verdict stands there",
        );
    }
    if let Some(outcome) = status
        .outcome
        .as_ref()
        .and_then(|outcome| below(&outcome.pointer, root))
    {
        draft.choose(
            "fields/deployment/status",
            Sure::Certain,
            format!("`{outcome}` first: it is empty until the end and then holds the verdict"),
        );
    }
    if let Some(health) = status.health.as_ref().and_then(|health| below(&health.pointer, root)) {
        draft.field("deployment", "health", json!([health]));
        draft.choose(
            "fields/deployment/health",
            Sure::Likely,
            format!("`{health}`: words beside the status, and its name"),
        );
    }
}

/// What speaks for this being the status, which took these words.
fn why_status(status: &Status, mut words: Vec<&String>) -> (Sure, String) {
    if !status.series.moves() {
        let because = "named like a status, but it never moved in the recording";
        return (Sure::Guess, because.to_owned());
    }
    let sure = match status.named && status.ends_last {
        true => Sure::Certain,
        false => Sure::Likely,
    };
    let polls: usize = status.series.runs.iter().map(Vec::len).sum();
    sort_by(&mut words, Ord::cmp);
    words.dedup();
    let because = format!(
        "moves through {} in {} and then stays",
        plural(words.len(), "word"),
        plural(polls, "poll")
    );
    (sure, because)
}

fn ending(
    status: &Status,
    number: usize,
    run: &Run<'_>,
    life: &Life<'_>,
    link: Option<&str>,
    failure: Option<&str>,
) -> Ending {
    let last = status.last(number);
    let agree = last.first().filter(|_| !status::is_mixed(&last)).cloned();
    let text = |place: &str| {
        life.replies
            .last()
            .and_then(|reply| at(reply, place))
            .and_then(Value::as_str)
    };
    Ending {
        before: status.before(number),
        mixed: if agree.is_none() { last } else { Vec::new() },
        last: agree,
        stayed: status.series.steps(number).last().map_or(0, |(_, count)| *count),
        has_link: link.and_then(text).is_some_and(|text| url(text).is_some()),
        has_failure: failure.and_then(text).is_some_and(|text| !text.is_empty()),
        was_cancelled: run.cancel.is_some(),
    }
}

fn token(runs: &[Run<'_>], variables: &Variables<'_>, reading: &Reading, draft: &mut Draft) {
    let shown = runs.iter().find_map(|run| {
        let token = inputs::token(run, variables)?;
        let reply = run
            .polls
            .iter()
            .filter_map(|poll| poll.json())
            .next_back()
            .or(run.start.exchange.json())?;
        let root = reading.root_of(reply)?;
        let leaf = leaves(at(reply, root)?)
            .into_iter()
            .find(|leaf| leaf.value.as_str() == Some(token.as_str()))?;
        Some(leaf.pointer)
    });
    match shown {
        Some(pointer) => {
            draft.choose(
                "fields/deployment/client_token",
                Sure::Certain,
                format!("`{pointer}`: what the start sent comes back here, so a deployment whose reply was lost can be found"),
            );
            draft.field("deployment", "client_token", json!([pointer]));
        }
        None => draft.choose(
            "fields/deployment/client_token",
            Sure::Likely,
            "no value of the start comes back: the API shows no tokens, and a deployment whose reply was lost is found by its \
             commit alone",
        ),
    }
}

/// The API's host, and the page's.
fn hosts(runs: &[Run<'_>]) -> Hosts {
    let mut own = Vec::new();
    for exchange in runs.iter().map(|run| run.start.exchange) {
        let pages = ["origin", "referer"].iter().filter_map(|name| exchange.header(name));
        for address in pages.chain([exchange.origin.as_str()]).filter_map(url) {
            own.extend(address.host_str().map(str::to_owned));
        }
    }
    Hosts { own }
}
