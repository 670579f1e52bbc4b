//! libFuzzer around the properties that the tests hold on seeds: `fuzz/run TARGET SECONDS` (docs/fuzzing.md).
#![no_main]

use std::sync::LazyLock;

#[path = "../../tests/integration/fuzz/mod.rs"]
mod fuzz;

#[path = "../../tests/integration/support"]
mod support {
    #[expect(dead_code, reason = "the tests use all of it")]
    pub(crate) mod runner;
}

static CHECK: LazyLock<fuzz::Check> = LazyLock::new(|| {
    let wanted = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names the target");
    let found = fuzz::TARGETS.into_iter().find(|(name, _)| *name == wanted);
    found.expect("FUZZ_TARGET is one of fuzz::TARGETS").1
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| CHECK(data));
