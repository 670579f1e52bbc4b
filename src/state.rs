//! The state file that a later step reads.
