//! Behaviour, through the binary and the public API. `support` says which of its helpers serves which kind of test.
#![expect(
    clippy::unwrap_used,
    reason = "what is missing in a test fails it; clippy exempts test functions only"
)]
#![cfg_attr(
    windows,
    allow(dead_code, unused_imports, reason = "what only tests that need Unix use")
)]

mod architecture;
mod fuzz;
// Not in the folder's own module: the fuzzer has that too.
#[path = "fuzz/seeds.rs"]
mod fuzz_seeds;
mod sandbox;
mod support;

/// Thousands of runs on servers with moods, and an oracle that knows the truth.
mod campaign {
    #![expect(
        clippy::use_debug,
        clippy::print_stdout,
        reason = "stories and figures are for developers"
    )]

    mod binary;
    mod life;
    mod oracle;
    mod plan;
    mod promises;
    mod reply;
    mod rules;
    mod seen;
    mod simulate;
}

/// The rules of `deploy`, `watch` and `error`: no network, and a clock that jumps.
mod rules {
    mod advice;
    mod appear;
    mod budget;
    mod cancel;
    mod conflict;
    mod ends;
    mod follow;
    mod interrupts;
    mod lookup;
    mod next_steps;
    mod outdated;
    mod pace;
    mod patience;
    mod proof;
    mod rollback;
    mod trigger;
    mod verdict;
    mod wait;
}

/// The clients, alone and with the rules: what goes over the wire, and what is made of the answers.
mod wire {
    mod answers;
    mod client;
    mod contract;
    mod contract_base_url;
    mod contract_doubts;
    mod contract_language;
    mod contract_laws;
    mod contract_refused;
    mod contract_schema;
    mod exactly_once;
    mod frame;
    mod github_api;
    mod gitlab_api;
    mod log_pages;
    mod robust;
    mod tls;
}

/// The real process: arguments, environment, exit codes, signals, what leaves it.
mod binary {
    mod action_inputs;
    mod before_sending;
    mod checkout;
    mod ci_systems;
    mod command_line;
    mod deploy;
    mod exactly_once;
    mod exfiltration;
    mod first_minutes;
    mod follow;
    mod full_disk;
    mod github_records;
    mod help;
    mod hostile_text;
    mod init;
    mod leaks;
    mod leaks_ways;
    mod limits;
    mod lists;
    mod looks;
    mod manual;
    mod masks;
    mod minted;
    mod newest;
    mod open;
    mod options;
    mod outdated;
    #[cfg(unix)]
    mod own_output;
    mod preflight;
    mod push;
    mod refused_usage;
    mod rehearsal;
    mod resume;
    mod robust;
    mod signals;
    mod verbose;
    mod windows_habits;
    mod words;
    mod wrong_path;
}

/// Texts and files: what runners, people and scripts read, and what is kept out of it.
mod formats {
    mod ci;
    mod documented;
    mod files;
    mod late_threads;
    mod redactor;
    mod reports;
    mod runner_model;
    mod secrets;
    mod state_file;
    mod untrusted;
}

/// The life of a key, as rules and through the binary.
mod keys {
    mod age;
    mod commands;
    mod distrust;
    mod hunt;
    mod interrupted;
    mod lifecycle;
    mod rotate;
    mod scan;
    mod scan_limits;
    mod store;
}

/// Contracts that are learned from recordings and descriptions, and what such a contract then does.
mod learn {
    mod browser;
    mod command;
    mod deploying;
    mod descriptions;
    mod files;
    mod platforms;
    mod recordings;
    mod requests;
    mod roles;
    mod secrets;
    mod tape;
    mod words;
    mod worked_platforms;
}
