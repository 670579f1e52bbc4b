//! The calls of an API description, and which of them does what.

use serde_json::{Map, Value};

use super::schema::Schemas;
use crate::learn::Assumed;
use crate::learn::value::{name_parts, speaks_of};
use crate::model::sort_by;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// What a deployment is called in paths, the likeliest first.
const DEPLOYMENTS: [&str; 12] = [
    "deployments",
    "deploys",
    "deployment",
    "deploy",
    "builds",
    "releases",
    "redeploy",
    "rollouts",
    "runs",
    "restart",
    "build",
    "release",
];

/// A call that a description offers.
#[derive(Debug, Clone)]
pub(super) struct Described<'d> {
    pub(super) method: &'static str,
    pub(super) path: &'d str,
    pub(super) parameters: Vec<&'d Value>,
    /// The request's JSON.
    pub(super) body: Option<&'d Value>,
    /// The JSON of the first reply that is a success and has some.
    pub(super) reply: Option<&'d Value>,
}

impl Described<'_> {
    pub(super) fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|segment| !segment.is_empty()).collect()
    }

    /// The last segment that is no parameter.
    fn last_literal(&self) -> &str {
        self.segments()
            .into_iter()
            .rev()
            .find(|segment| !segment.starts_with('{'))
            .unwrap_or_default()
    }

    fn ends_with_parameter(&self) -> bool {
        self.path.trim_end_matches('/').ends_with('}')
    }

    /// The names of the path's parameters.
    pub(super) fn path_parameters(&self) -> Vec<&str> {
        let segments = self.path.split('{').skip(1);
        segments
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| name)
            .collect()
    }
}

/// Every call of a description.
pub(super) fn calls<'d>(document: &'d Map<String, Value>, assumed: Assumed<'_>) -> Vec<Described<'d>> {
    let schemas = Schemas(document);
    let mut calls = Vec::new();
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    for (path, item) in paths.filter(|(path, _)| is_path(path, assumed)) {
        let item = schemas.resolve(item);
        let shared = item["parameters"].as_array().into_iter().flatten();
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let own = operation["parameters"].as_array().into_iter().flatten();
            let parameters: Vec<&Value> = own
                .chain(shared.clone())
                .map(|parameter| schemas.resolve(parameter))
                .collect();
            calls.push(Described {
                method,
                path,
                body: body(schemas, operation, &parameters),
                reply: reply(schemas, operation),
                parameters,
            });
        }
    }
    calls
}

/// Whether a contract could have it: a parameter is a whole segment there, and has a name.
fn is_path(path: &str, assumed: Assumed<'_>) -> bool {
    let segments: Option<Vec<String>> = path
        .split('/')
        .map(|segment| match parameter(segment) {
            // Which variable stands for it is seen later.
            Some(name) => (!name_parts(name).is_empty()).then(|| "{site}".to_owned()),
            None => (!segment.contains(['{', '}', '?'])).then(|| segment.to_owned()),
        })
        .collect();
    segments.is_some_and(|segments| (assumed.is_path)(&segments.join("/")))
}

/// The name of the parameter that a segment is.
pub(super) fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// OpenAPI 3 has a request body; Swagger 2 a parameter in the body.
fn body<'d>(schemas: Schemas<'d>, operation: &'d Value, parameters: &[&'d Value]) -> Option<&'d Value> {
    let content = operation
        .get("requestBody")
        .map(|body| schemas.resolve(body))
        .and_then(json_of);
    let old = parameters
        .iter()
        .find(|parameter| parameter["in"] == "body")
        .and_then(|parameter| parameter.get("schema"));
    content.or(old).map(|schema| schemas.resolve(schema))
}

fn reply<'d>(schemas: Schemas<'d>, operation: &'d Value) -> Option<&'d Value> {
    let replies = operation["responses"].as_object()?;
    let mut good: Vec<(&String, &Value)> = replies.iter().filter(|(code, _)| code.starts_with('2')).collect();
    sort_by(&mut good, |(one, _), (other, _)| one.cmp(other));
    good.into_iter().find_map(|(_, reply)| {
        let reply = schemas.resolve(reply);
        json_of(reply)
            .or(reply.get("schema"))
            .map(|schema| schemas.resolve(schema))
    })
}

fn json_of(holder: &Value) -> Option<&Value> {
    let content = holder["content"].as_object()?;
    content
        .iter()
        .find(|(kind, _)| kind.contains("json"))
        .and_then(|(_, media)| media.get("schema"))
}

/// The call that starts a deployment: a `POST` named so, best with a `GET` below it for one deployment.
pub(super) fn start<'c, 'd>(calls: &'c [Described<'d>], schemas: Schemas<'d>) -> Option<&'c Described<'d>> {
    let posts = calls
        .iter()
        .filter(|call| call.method == "post" && !call.ends_with_parameter());
    posts
        .filter_map(|call| {
            let rank = DEPLOYMENTS
                .iter()
                .position(|name| call.last_literal().eq_ignore_ascii_case(name))?;
            // What only acts on a deployment that is there (`…/{id}/deploy`) may be a promotion; its parent tells.
            let one = one(calls, call, schemas).is_some();
            Some(((one, usize::MAX - rank, usize::MAX - call.path.len()), call))
        })
        .max_by_key(|(rank, _)| *rank)
        .map(|(_, call)| call)
}

/// The read of one deployment.
pub(super) fn one<'c, 'd>(
    calls: &'c [Described<'d>],
    start: &Described<'d>,
    schemas: Schemas<'d>,
) -> Option<&'c Described<'d>> {
    let reads = calls
        .iter()
        .filter(|call| call.method == "get" && call.ends_with_parameter());
    reads
        .filter(|call| DEPLOYMENTS.contains(&call.last_literal().to_ascii_lowercase().as_str()))
        .filter(|call| {
            call.reply
                .is_some_and(|reply| schemas.object(reply, &|schema| has_status(schemas, schema)).is_some())
        })
        .max_by_key(|call| {
            let below = call
                .path
                .rsplit_once('/')
                .is_some_and(|(parent, _)| parent == start.path);
            (
                below,
                call.last_literal() == start.last_literal(),
                usize::MAX - call.path.len(),
            )
        })
}

/// The list of a site's deployments.
pub(super) fn list<'c, 'd>(
    calls: &'c [Described<'d>],
    start: &Described<'d>,
    one: Option<&Described<'d>>,
    schemas: Schemas<'d>,
) -> Option<&'c Described<'d>> {
    let reads = calls
        .iter()
        .filter(|call| call.method == "get" && !call.ends_with_parameter());
    reads
        .filter(|call| {
            call.reply
                .is_some_and(|reply| schemas.list(reply, &|schema| has_status(schemas, schema)).is_some())
        })
        .filter(|call| DEPLOYMENTS.contains(&call.last_literal().to_ascii_lowercase().as_str()))
        .max_by_key(|call| {
            let is_parent = one
                .and_then(|one| one.path.rsplit_once('/'))
                .is_some_and(|(parent, _)| parent == call.path);
            (call.path == start.path, is_parent, usize::MAX - call.path.len())
        })
}

/// A call about one deployment whose last segment is named so.
pub(super) fn about<'c, 'd>(
    calls: &'c [Described<'d>],
    one: &Described<'d>,
    reads: bool,
    names: &[&str],
) -> Option<&'c Described<'d>> {
    let parameter = one.path_parameters().last().copied().unwrap_or_default();
    let named = calls
        .iter()
        .filter(|call| (call.method == "get") == reads && speaks_of(call.last_literal(), names));
    named
        .filter(|call| !call.ends_with_parameter())
        .filter(|call| call.path_parameters().last().copied() == Some(parameter))
        .max_by_key(|call| (call.path.starts_with(one.path), usize::MAX - call.path.len()))
}

/// Whether an object could be a deployment: it has an id and a status.
pub(super) fn has_status<'d>(schemas: Schemas<'d>, schema: &'d Value) -> bool {
    let properties = schemas.properties(schema);
    let has = |test: &dyn Fn(&str) -> bool| properties.iter().any(|(name, _)| test(name));
    has(&|name| speaks_of(name, &["id", "uid", "uuid"])) && has(&is_status)
}

/// Whether a property is named like a status.
pub(super) fn is_status(name: &str) -> bool {
    speaks_of(name, &["status", "state", "phase"]) && !speaks_of(name, &["code", "at", "message", "url", "reason"])
}
