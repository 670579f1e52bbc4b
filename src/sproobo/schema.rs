//! The JSON Schema of a contract file, from the same tables that the check follows.

use serde_json::{Map, Value, json};

use super::document::{AUTH, GROUPS, TOP};
use super::member::{Kind, LOG_FORMATS, Member};
use super::operation::{BODIES, METHODS, Operation, REPLIES, THEN};
use super::statuses::HEALTH;
use crate::model::StatusClass;

/// The schema of a user's file: what it leaves out is as assumed. It says what may stand where; whether a contract can
/// work, only `contract check` tells.
#[must_use]
pub fn schema() -> Value {
    let mut document = object(TOP, |member| match member.name {
        "version" => json!({ "const": 1 }),
        "auth" => object(AUTH, |_| json!({ "type": "string" })),
        "headers" => json!({ "$ref": "#/$defs/headers" }),
        "operations" => operations(),
        "fields" => fields(),
        "statuses" => statuses(),
        "billing_words" => json!({ "$ref": "#/$defs/words" }),
        _ => json!({ "type": "string" }),
    });
    document["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    document["title"] = json!("sproobo-deploy contract");
    document["$defs"] = definitions();
    document
}

fn definitions() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "pointers": {
            "type": ["array", "null"],
            "items": { "type": "string", "pattern": "^(/([^~/]|~[01])*)*$" },
        },
        "words": { "type": ["array", "null"], "items": text },
        "headers": { "type": ["object", "null"], "additionalProperties": text },
    })
}

fn operations() -> Value {
    let all = Operation::ALL.iter().map(|operation| {
        let members: Vec<Member> = operation.members().collect();
        let mut entry = object(&members, |member| request(member, operation.reads()));
        entry["type"] = json!(["object", "null"]);
        let having: Vec<String> = operation.variables().iter().map(|name| format!("{{{name}}}")).collect();
        entry["description"] = match having.as_slice() {
            [] => "Variables: {var.NAME}.".to_owned(),
            having => format!("Variables: {}, {{var.NAME}}.", having.join(", ")),
        }
        .into();
        (operation.name().to_owned(), entry)
    });
    closed(all.collect())
}

fn request(member: &Member, reads: bool) -> Value {
    match member.name {
        "method" if reads => json!({ "enum": ["GET", "POST"] }),
        "method" => json!({ "enum": METHODS }),
        "path" => json!({ "type": "string", "pattern": "^/" }),
        "headers" => json!({ "$ref": "#/$defs/headers" }),
        "body_as" => json!({ "enum": or_null(BODIES) }),
        "reply" => json!({ "enum": or_null(REPLIES) }),
        "read" => json!({ "type": ["boolean", "null"] }),
        "then" => {
            let mut then = object(THEN, |member| request(member, true));
            then["type"] = json!(["object", "null"]);
            then["required"] = json!(["method", "path"]);
            then
        }
        _ => json!({}),
    }
}

fn fields() -> Value {
    let groups = GROUPS.iter().map(|(name, members)| {
        let mut group = object(members, |member| match member.kind {
            Kind::LogFormat => json!({ "enum": or_null(LOG_FORMATS) }),
            Kind::Pointers | Kind::Other => json!({ "$ref": "#/$defs/pointers" }),
        });
        group["type"] = json!(["object", "null"]);
        ((*name).to_owned(), group)
    });
    closed(groups.collect())
}

fn statuses() -> Value {
    let classes = StatusClass::named().map(|(_, name)| name);
    let names = classes.chain(HEALTH.map(str::to_owned));
    closed(names.map(|name| (name, json!({ "$ref": "#/$defs/words" }))).collect())
}

fn or_null(names: &[&str]) -> Value {
    names.iter().map(|name| json!(name)).chain([Value::Null]).collect()
}

fn object(members: &[Member], schema: impl Fn(&Member) -> Value) -> Value {
    let described = members.iter().map(|member| {
        let mut value = schema(member);
        value["description"] = member.text.into();
        (member.name.to_owned(), value)
    });
    closed(described.collect())
}

fn closed(properties: Map<String, Value>) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}
