//! Read-only preflight checks.
