//! The command line, and the only reader of the environment.
