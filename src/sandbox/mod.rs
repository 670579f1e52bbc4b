//! The embedded Sproobo: documented key semantics, deployments with a lifecycle, and rehearsed failures.
