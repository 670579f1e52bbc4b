//! How a user's contract changes the default.

use serde_json::Value;

use super::statuses;

/// Lays a user's document over another: objects merge and everything else replaces, and so do a request's `body`
/// and `headers`, which make sense only as a whole. A `null` stays, and means "none": a document that came from
/// here can be laid over the default again and gives itself.
pub(super) fn merge(base: &mut Value, over: Value) {
    if let (Some(lists), Some(user)) = (base.get_mut("statuses"), over.get("statuses")) {
        statuses::leave(lists, user);
    }
    lay_over(base, over, &mut Vec::new());
}

fn lay_over(base: &mut Value, over: Value, path: &mut Vec<String>) {
    let whole = matches!(path.as_slice(), [top, _, member]
        if top == "operations" && matches!(member.as_str(), "body" | "headers" | "then"));
    match (base, over) {
        (Value::Object(base), Value::Object(over)) if !whole => {
            for (name, value) in over {
                path.push(name.clone());
                lay_over(base.entry(name).or_insert(Value::Null), value, path);
                path.pop();
            }
        }
        (base, over) => *base = over,
    }
}
