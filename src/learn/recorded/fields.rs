//! Which member of a deployment's reply holds its commit, its link, its dates, its failure.

use serde_json::Value;

use crate::learn::json::{at, below, has_index, last_name, leaves};
use crate::learn::value::{is_commit, is_date, speaks_of, url};

/// The replies that show one deployment from its start to its end.
pub(super) struct Life<'e> {
    /// The polls' replies in order.
    pub(super) replies: Vec<&'e Value>,
    /// The commit that the start asked for.
    pub(super) commit: Option<String>,
}

/// A field and where it stands from the reply's root; with the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) field: &'static str,
    pub(super) pointer: String,
    /// Whether its value alone says what it is.
    pub(super) certain: bool,
    pub(super) because: String,
}

/// What a dashboard's own hosts are: links to them are no links to what is live.
pub(super) struct Hosts {
    /// The API's, and the page's that asked it.
    pub(super) own: Vec<String>,
}

impl Hosts {
    fn owns(&self, host: &str) -> bool {
        self.own.iter().any(|own| own == host)
    }
}

/// Finds the fields in the lives of one or more deployments. `word` is the status's own place.
pub(super) fn find(lives: &[Life<'_>], root: &str, word: &str, hosts: &Hosts) -> Vec<Found> {
    let mut found = Vec::new();
    found.extend(commit(lives, root));
    found.extend(links(lives, root, hosts));
    found.extend(dates(lives, root));
    found.extend(failure(lives, root, word));
    found
}

/// The places below `root` at the end of a life.
fn last_places(lives: &[Life<'_>], root: &str) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    for reply in lives.iter().filter_map(|life| life.replies.last()) {
        for leaf in leaves(reply)
            .into_iter()
            .filter(|leaf| !leaf.value.is_null() && !has_index(&leaf.pointer))
        {
            if below(&leaf.pointer, root).is_some() && !places.contains(&leaf.pointer) {
                places.push(leaf.pointer);
            }
        }
    }
    places
}

fn last<'v>(life: &Life<'v>, pointer: &str) -> Option<&'v Value> {
    life.replies.last().and_then(|reply| at(reply, pointer))
}

fn commit(lives: &[Life<'_>], root: &str) -> Option<Found> {
    let text = |life: &Life<'_>, place: &str| last(life, place).and_then(Value::as_str).map(str::to_owned);
    let places = last_places(lives, root).into_iter().filter(|place| {
        lives.iter().any(|life| text(life, place).is_some())
            && lives
                .iter()
                .filter_map(|life| text(life, place))
                .all(|text| is_commit(&text))
    });
    let asked = |place: &str| {
        let both = lives
            .iter()
            .filter_map(|life| Some((life.commit.clone()?, text(life, place)?)));
        let both: Vec<_> = both.collect();
        !both.is_empty() && both.iter().all(|(asked, shown)| asked == shown)
    };
    let named = |place: &str| speaks_of(place, &["commit", "sha", "revision", "hash", "git"]);
    let best = places.max_by_key(|place| (asked(place), named(place), usize::MAX - place.matches('/').count()))?;
    Some(Found {
        field: "commit",
        certain: asked(&best),
        because: if asked(&best) {
            "the commit that the start asked for".to_owned()
        } else {
            "40 hex digits, always".to_owned()
        },
        pointer: best,
    })
}

fn links(lives: &[Life<'_>], root: &str, hosts: &Hosts) -> Vec<Found> {
    let not_live = [
        "avatar",
        "image",
        "icon",
        "logo",
        "repo",
        "repository",
        "git",
        "clone",
        "log",
        "logs",
        "screenshot",
        "webhook",
        "docs",
        "source",
        "github",
        "gitlab",
        "commit",
        "email",
        "terms",
    ];
    let code_hosts = ["github.com", "gitlab.com", "bitbucket.org", "codeberg.org"];
    let addresses: Vec<(String, String)> = last_places(lives, root)
        .into_iter()
        .filter(|place| !speaks_of(place, &not_live))
        .filter_map(|place| {
            let host = lives.iter().find_map(|life| {
                let address = url(last(life, &place)?.as_str()?)?;
                address.host_str().map(str::to_owned)
            })?;
            Some((place, host))
        })
        .filter(|(_, host)| !code_hosts.contains(&host.as_str()))
        .collect();
    let depth = |place: &str| usize::MAX - place.matches('/').count();
    let best = |own: bool, words: &'static [&'static str]| {
        let these = addresses.iter().filter(|(_, host)| hosts.owns(host) == own);
        these
            .max_by_key(|(place, _)| (speaks_of(last_name(place), words), depth(place)))
            .map(|(place, _)| place.clone())
    };
    let live = best(false, &["url", "link", "live", "domain", "address", "production"]);
    let dashboard = best(true, &["dashboard", "admin", "inspect", "inspector", "details", "html"]);
    let mut found = Vec::new();
    if let Some(pointer) = live {
        found.push(Found {
            field: "url",
            certain: false,
            because: "a link to a host that is neither the API's nor the dashboard's".to_owned(),
            pointer,
        });
    }
    if let Some(pointer) = dashboard {
        found.push(Found {
            field: "dashboard_url",
            certain: false,
            because: "a link to the dashboard's or the API's host".to_owned(),
            pointer,
        });
    }
    found
}

/// A date of a deployment, and how it is recognized.
struct DateField {
    field: &'static str,
    /// What its name speaks of.
    words: &'static [&'static str],
    /// Whether it is there from the first poll on; none where that does not tell.
    from_the_first: Option<bool>,
    certain: bool,
    because: &'static str,
}

const DATES: [DateField; 3] = [
    DateField {
        field: "created_at",
        words: &["created", "create", "queued", "requested", "inserted", "submitted"],
        from_the_first: Some(true),
        certain: false,
        because: "a date that is there from the first poll on and never changes",
    },
    DateField {
        field: "started_at",
        words: &["started", "start", "begun", "building"],
        from_the_first: None,
        certain: false,
        because: "a date of that name that never changes once it is there",
    },
    DateField {
        field: "finished_at",
        words: &[
            "finished",
            "finish",
            "completed",
            "complete",
            "ended",
            "end",
            "ready",
            "done",
            "published",
        ],
        from_the_first: Some(false),
        certain: true,
        because: "a date that appears during the deployment and never changes once it is there",
    },
];

fn dates(lives: &[Life<'_>], root: &str) -> Vec<Found> {
    let places: Vec<String> = last_places(lives, root)
        .into_iter()
        .filter(|place| {
            let values = lives.iter().filter_map(|life| last(life, place));
            let dates: Vec<bool> = values.map(|value| is_date(last_name(place), value)).collect();
            !dates.is_empty() && dates.iter().all(|is| *is)
        })
        .collect();
    // How a date came: there from the first poll on, or later, and never changed once it was there.
    let fixed = |place: &String| {
        lives.iter().all(|life| {
            let shown: Vec<&Value> = life.replies.iter().filter_map(|reply| at(reply, place)).collect();
            shown.windows(2).all(|pair| pair[0] == pair[1])
        })
    };
    let from_the_first = |place: &String| {
        lives
            .iter()
            .all(|life| life.replies.first().is_some_and(|reply| at(reply, place).is_some()))
    };
    let named = |place: &str, words: &[&str]| speaks_of(last_name(place), words);
    let depth = |place: &str| usize::MAX - place.matches('/').count();
    let pick = |words: &[&str], from_the_first_on: Option<bool>| {
        places
            .iter()
            .filter(|place| fixed(place) && named(place, words))
            .filter(|place| from_the_first_on.is_none_or(|first| from_the_first(place) == first))
            .max_by_key(|place| depth(place))
            .cloned()
    };
    DATES
        .iter()
        .filter_map(|date| {
            Some(Found {
                pointer: pick(date.words, date.from_the_first)?,
                field: date.field,
                certain: date.certain,
                because: date.because.to_owned(),
            })
        })
        .collect()
}

/// A text that one life ends with, that was not there before the end, and that some life does without.
fn failure(lives: &[Life<'_>], root: &str, word: &str) -> Option<Found> {
    let names = ["error", "failure", "reason", "message", "cause", "detail", "failed"];
    let text = |life: &Life<'_>, place: &str| {
        last(life, place)
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty())
    };
    let place = last_places(lives, root)
        .into_iter()
        .filter(|place| {
            place != word && speaks_of(place, &names) && !speaks_of(last_name(place), &["at", "code", "id"])
        })
        .filter(|place| {
            lives.iter().any(|life| {
                text(life, place)
                    && life
                        .replies
                        .first()
                        .is_some_and(|reply| at(reply, place).is_none_or(|first| first == ""))
            })
        })
        .max_by_key(|place| {
            (
                speaks_of(place, &["error", "failure", "failed"]),
                speaks_of(last_name(place), &["message", "reason", "error", "failure"]),
                usize::MAX - place.matches('/').count(),
            )
        })?;
    let without = lives.iter().any(|life| !text(life, &place));
    Some(Found {
        field: "failure",
        certain: without,
        because: if without {
            "a text that only a deployment that failed ends with".to_owned()
        } else {
            "a text that appears at the end".to_owned()
        },
        pointer: place,
    })
}
