//! Reporters: they alone print.
