//! A state file is refused in one safe line, or read; and what was read is read again when it is written.

use std::fs;

use sproobo_deploy::redact::Redactor;
use sproobo_deploy::sanitize;
use sproobo_deploy::state::{RunState, StateFile};

pub(crate) fn check(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.json");
    fs::write(&path, data).expect("a file");
    let state = match RunState::read(&path) {
        Ok(state) => state.expect("it is there"),
        Err(error) => {
            let said = error.to_string();
            assert_eq!(sanitize::line(&said), said);
            return;
        }
    };
    let Some(site) = state.sites.last() else {
        return;
    };
    let again = folder.path().join("again.json");
    let file = StateFile::new(again.clone(), state.clone(), Redactor::new());
    // The last of those of one name: replacing the first of them by it would be another state.
    if state.sites.iter().filter(|other| other.site == site.site).count() == 1 {
        file.record(site).expect("written");
        assert_eq!(RunState::read(&again), Ok(Some(state.clone())));
    }
}
