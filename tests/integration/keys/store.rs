//! The syntax of `--store`.

use sproobo_deploy::keys::store::Store;

#[test]
fn stores_are_written_as_they_are_read() {
    for text in [
        "github-secret:SPROOBO_API_KEY",
        "github-environment-secret:prod/eu/SPROOBO_API_KEY",
        "gitlab-variable:SPROOBO_API_KEY",
        "gitlab-variable:SPROOBO_API_KEY@review/*",
        "stdout-once",
    ] {
        let store: Store = text.parse().expect("a store");
        assert_eq!(store.to_string(), text);
    }
    assert_eq!(
        "github-environment-secret:prod/eu/KEY".parse(),
        Ok(Store::GithubEnvironmentSecret {
            environment: "prod/eu".to_owned(),
            name: "KEY".to_owned()
        })
    );
    let of_length = |length| format!("gitlab-variable:{}", "K".repeat(length)).parse::<Store>();
    assert!(of_length(255).is_ok());
    let too_long = of_length(256).expect_err("too long").to_string();
    assert!(too_long.contains("at most 255"), "{too_long}");
    for (text, says) in [
        ("", "is no store"),
        ("SPROOBO_API_KEY", "is no store"),
        ("stdout-once:x", "is no store"),
        ("github-secret:", "can't name a secret"),
        ("github-secret:1KEY", "no digit first"),
        ("github-secret:GitHub_TOKEN", "not GITHUB_"),
        ("github-secret:MY-KEY", "letters, digits"),
        ("github-environment-secret:KEY", "ENV/NAME"),
        ("github-environment-secret:/KEY", "ENV/NAME"),
        ("gitlab-variable:", "can't name a variable"),
        ("gitlab-variable:MY KEY", "can't name a variable"),
        ("gitlab-variable:KEY@", "empty scope"),
    ] {
        let error = text.parse::<Store>().expect_err(text);
        assert!(error.to_string().contains(says), "{text}: {error}");
    }
}
