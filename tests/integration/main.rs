//! Behaviour, through the binary and the public API.

mod support;
