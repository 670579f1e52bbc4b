//! GitLab's REST API.
