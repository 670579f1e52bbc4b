//! Picks adapters and composes the commands.
