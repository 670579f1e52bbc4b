//! What a 404 is about: something that was asked for by its id, or a path that the API does not have.

use super::operation::{Call, Operation};
use super::read::{Reader, words};
use crate::error::{ApiError, Destination, ErrorReply};

/// What can be missing by its id.
const THINGS: &[&str] = &["site", "deployment", "project"];

/// What a text about a path speaks of, as web frameworks word it ("Route GET:/x not found", "Cannot POST /x").
const OF_PATHS: &[&str] = &["route", "path", "endpoint", "url", "uri", "page", "method", "cannot"];

impl Reader<'_> {
    /// The error with the place that it came from, where the API worded it. A 404 is told apart as far as the reply and
    /// the call do: what asks for nothing by an id can only have met a wrong path.
    pub(super) fn placed(&self, error: ApiError, operation: Operation, call: &Call) -> ApiError {
        let ApiError::Reply(reply) = error else {
            return error;
        };
        let destination = Box::new(self.destination(operation, call));
        let asks_by = |name| operation.variables().contains(&name);
        if reply.status == 404 && !asks_by("site") && !asks_by("api_key") {
            return ApiError::NoSuchPath {
                reply: Box::new(reply),
                destination,
            };
        }
        ApiError::Reply(ErrorReply {
            unplaced: reply.status == 404 && asks_by("site") && !names_what_is_missing(&reply),
            destination: Some(destination),
            ..reply
        })
    }

    /// Where this call goes.
    pub(super) fn destination(&self, operation: Operation, call: &Call) -> Destination {
        let base_path = self.contract.base_url().path().trim_end_matches('/');
        let path = call.url.path();
        Destination {
            operation: operation.name(),
            method: call.method.clone(),
            base_url: self.clean(self.contract.base_url().as_str().trim_end_matches('/')),
            path: self.clean(path.strip_prefix(base_path).unwrap_or(path)),
        }
    }
}

/// Whether its code or its message says that a thing is missing, and does not speak of a path.
fn names_what_is_missing(reply: &ErrorReply) -> bool {
    [&reply.code, &reply.message].into_iter().flatten().any(|text| {
        let words = words(text);
        let has = |known: &&str| words.contains(&format!(" {known} "));
        !text.contains('/') && THINGS.iter().any(has) && !OF_PATHS.iter().any(has)
    })
}
