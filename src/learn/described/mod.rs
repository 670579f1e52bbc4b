//! From an API description (OpenAPI 3, Swagger 2) to a draft.

mod calls;
mod fields;
mod schema;
mod server;

use serde_json::{Map, Value, json};

use super::draft::{Draft, Operation};
use super::evidence::Description;
use super::value::{header_case, is_name, name_parts, speaks_of};
use super::{Assumed, Sure};
use calls::Described;
use schema::Schemas;

/// The operations about one deployment: whether each only reads, and how its path's end is named.
const ABOUT_ONE: [(&str, bool, &[&str]); 3] = [
    ("cancel", false, &["cancel", "abort", "stop"]),
    ("rollback", false, &["rollback", "restore"]),
    ("logs", true, &["log", "logs", "events", "output"]),
];

/// What the description says.
pub(super) fn draft(description: &Description, assumed: Assumed<'_>) -> Draft {
    let schemas = Schemas(&description.0);
    let calls = calls::calls(&description.0, assumed);
    let mut draft = Draft::default();
    let Some(start) = calls::start(&calls, schemas) else {
        draft.lacks(
            "operations/trigger",
            "no `POST` of the description is named after a deployment; record one in the dashboard instead",
        );
        return draft;
    };
    let prefix = server::server(&description.0, &mut draft);
    auth(&description.0, &mut draft);
    let mut writer = Writer {
        assumed,
        schemas,
        prefix,
        site: start.path_parameters().last().copied().unwrap_or_default(),
        deployment: "",
        draft: &mut draft,
    };
    let one = calls::one(&calls, start, schemas);
    writer.deployment = one
        .and_then(|one| one.path_parameters().last().copied())
        .unwrap_or_default();
    writer.add("trigger", start);
    match one {
        Some(one) => {
            writer.add("deployment", one);
            for (name, reads, words) in ABOUT_ONE {
                if let Some(call) = calls::about(&calls, one, reads, words) {
                    writer.add(name, call);
                }
            }
        }
        None => writer.draft.lacks(
            "operations/deployment",
            "no `GET` of the description reads one deployment with an id and a status",
        ),
    }
    let list = calls::list(&calls, start, one, schemas);
    if let Some(list) = list {
        writer.add("deployments", list);
    }
    writer.add_sites(start, &calls);
    fields::fields(schemas, start, one, list, &mut draft);
    fields::words(schemas, one.or(Some(start)), assumed, &mut draft);
    draft
}

/// Writes the description's calls as operations.
struct Writer<'w, 'd> {
    assumed: Assumed<'w>,
    schemas: Schemas<'d>,
    prefix: String,
    site: &'d str,
    deployment: &'d str,
    draft: &'w mut Draft,
}

impl<'d> Writer<'_, 'd> {
    /// The reads of a site and of all sites, which the start's path names up to the site's parameter.
    fn add_sites(&mut self, start: &Described<'d>, calls: &[Described<'d>]) {
        let parameter = format!("{{{}}}", self.site);
        let Some((owner, _)) = start.path.rsplit_once(&parameter).filter(|_| !self.site.is_empty()) else {
            return;
        };
        let one = format!("{owner}{parameter}");
        for (name, path) in [("site", one.as_str()), ("sites", owner.trim_end_matches('/'))] {
            if let Some(call) = calls.iter().find(|call| call.method == "get" && call.path == path) {
                self.add(name, call);
            }
        }
    }

    fn add(&mut self, name: &'static str, call: &Described<'d>) {
        let mut path = self.prefix.clone();
        for segment in call.segments() {
            path.push('/');
            match calls::parameter(segment) {
                Some(parameter) => path.push_str(&self.variable(name, parameter)),
                None => path.push_str(segment),
            }
        }
        let query: Vec<String> = call
            .parameters
            .iter()
            .filter(|parameter| parameter["in"] == "query")
            .filter_map(|parameter| self.pair(name, parameter))
            .collect();
        if !query.is_empty() {
            path.push('?');
            path.push_str(&query.join("&"));
        }
        let body = call
            .body
            .and_then(|schema| self.body(name, schema, 0))
            .filter(|body| *body != json!({}));
        let mut headers = Map::new();
        for parameter in call.parameters.iter().filter(|parameter| parameter["in"] == "header") {
            if let Some(header) = parameter["name"]
                .as_str()
                .filter(|header| is_name(header) && speaks_of(header, &["idempotency"]))
                && matches!(name, "trigger" | "rollback")
            {
                headers.insert(header.to_owned(), json!("{client_token}"));
            }
        }
        self.draft.choose(
            format!("operations/{name}"),
            Sure::Likely,
            format!(
                "`{} {}` of the description",
                call.method.to_ascii_uppercase(),
                call.path
            ),
        );
        self.draft.operations.insert(
            name,
            Operation {
                method: call.method.to_ascii_uppercase(),
                path,
                headers,
                body,
                form: false,
                read: false,
                accepted: false,
            },
        );
    }

    /// What stands for a parameter: by its place in the path, else by its name.
    fn variable(&mut self, operation: &str, name: &str) -> String {
        let known = if name == self.site {
            Some("site")
        } else if name == self.deployment
            || (speaks_of(name, &["deployment", "deploy"]) && speaks_of(name, &["id", "uuid"]))
        {
            Some("deployment")
        } else {
            input(name)
        };
        match known.filter(|known| self.assumed.variables_of(operation).contains(known)) {
            Some(known) => format!("{{{known}}}"),
            None => {
                let own = name_parts(name).join("_");
                let what = format!("--var {own}=VALUE");
                if !self.draft.missing.iter().any(|missing| missing.what == what) {
                    self.draft
                        .lacks(what, format!("the description's `{name}`, which `{operation}` needs"));
                }
                format!("{{var.{own}}}")
            }
        }
    }

    fn pair(&mut self, operation: &str, parameter: &Value) -> Option<String> {
        let name = parameter["name"].as_str().filter(|name| is_name(name))?;
        let whole = name_parts(name).join("_");
        let limits = ["limit", "per_page", "page_size", "first", "take"];
        if limits.contains(&whole.as_str()) && self.assumed.variables_of(operation).contains(&"limit") {
            return Some(format!("{name}={{limit}}"));
        }
        let required = parameter["required"] == true;
        let is_site = self.site.is_empty() && speaks_of(name, &["site", "app", "service", "project", "uuid"]);
        if is_site && matches!(operation, "trigger" | "deployments") {
            return Some(format!("{name}={{site}}"));
        }
        let known = input(name).is_some_and(|known| self.assumed.variables_of(operation).contains(&known));
        (required || known).then(|| format!("{name}={}", self.variable(operation, name)))
    }

    /// What a body must hold, and what of a start's inputs it can.
    fn body(&mut self, operation: &str, schema: &'d Value, depth: usize) -> Option<Value> {
        if depth > 4 {
            return None;
        }
        let required = self.schemas.required(schema);
        let mut members = Map::new();
        for (name, property) in self.schemas.properties(schema) {
            if !is_name(name) {
                continue;
            }
            let needed = required.contains(&name);
            let known = input(name).filter(|known| self.assumed.variables_of(operation).contains(known));
            let is_site = self.site.is_empty()
                && operation == "trigger"
                && speaks_of(name, &["site", "app", "service", "project"]);
            let has_parts = !self.schemas.properties(property).is_empty();
            let value = match (known, needed) {
                _ if is_site && !has_parts => Some(json!("{site}")),
                (Some(known), _) if !has_parts => Some(json!(format!("{{{known}}}"))),
                (_, true) if has_parts => self.body(operation, property, depth + 1),
                (_, false) if has_parts => self
                    .body(operation, property, depth + 1)
                    .filter(|body| body.to_string().contains("{commit}") || body.to_string().contains("{ref}")),
                (_, true) if self.schemas.is_kind(property, "boolean") => Some(json!(false)),
                (_, true) if self.schemas.is_kind(property, "array") => Some(json!([])),
                (_, true) => Some(json!(self.variable(operation, name))),
                _ => None,
            };
            if let Some(value) = value {
                members.insert(name.to_owned(), value);
            }
        }
        Some(members.into())
    }
}

/// The variable that an input's name means.
pub(super) fn input(name: &str) -> Option<&'static str> {
    let whole = name_parts(name).join("_");
    if [
        "commit",
        "sha",
        "commit_id",
        "commit_sha",
        "git_commit_sha",
        "commit_hash",
        "git_sha",
    ]
    .contains(&whole.as_str())
    {
        Some("commit")
    } else if ["ref", "branch", "git_ref", "git_branch", "branch_name"].contains(&whole.as_str()) {
        Some("ref")
    } else if ["message", "commit_message", "description"].contains(&whole.as_str()) {
        Some("message")
    } else if whole.contains("idempotency")
        || ["client_token", "request_id", "client_request_token"].contains(&whole.as_str())
    {
        Some("client_token")
    } else {
        None
    }
}

fn auth(document: &Map<String, Value>, draft: &mut Draft) {
    let schemes = document
        .get("components")
        .and_then(|components| components.get("securitySchemes"))
        .or_else(|| document.get("securityDefinitions"))
        .and_then(Value::as_object);
    let header = schemes.into_iter().flatten().find_map(|(_, scheme)| {
        let scheme = Schemas(document).resolve(scheme);
        match (scheme["type"].as_str()?, scheme["in"].as_str(), scheme["name"].as_str()) {
            ("http", ..) if scheme["scheme"].as_str()?.eq_ignore_ascii_case("bearer") => {
                Some(("Authorization".to_owned(), "Bearer {key}"))
            }
            ("oauth2", ..) => Some(("Authorization".to_owned(), "Bearer {key}")),
            ("apiKey", Some("header"), Some(name)) if name.eq_ignore_ascii_case("authorization") => {
                Some(("Authorization".to_owned(), "Bearer {key}"))
            }
            ("apiKey", Some("header"), Some(name)) if is_name(name) => Some((header_case(name), "{key}")),
            _ => None,
        }
    });
    match header {
        Some((header, value)) => {
            draft.choose(
                "auth",
                Sure::Likely,
                format!("the description's security scheme names the header `{header}`"),
            );
            draft.auth = Some((header, value.to_owned()));
        }
        None => draft.lacks(
            "auth",
            "the description names no header for a key; the assumed one stands",
        ),
    }
}
