//! `list`, `create` and `revoke`, on a sandbox of its own.

use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use crate::support::cli::{KEY, Running, Sproobo};
use crate::support::demo;
use crate::support::outside::{Hang, Key, Outside};
use crate::support::server::Act;

/// `sproobo-deploy sandbox`, and what it says to export.
struct Sandbox {
    _running: Running,
    url: String,
    key: String,
}

impl Sandbox {
    fn start(arguments: &[&str]) -> Self {
        let mut running = Sproobo::new(["sandbox"].iter().chain(arguments)).spawn();
        let stdout = running.child().stdout.take().expect("piped");
        let lines: Vec<_> = BufReader::new(stdout).lines().map_while(Result::ok).take(4).collect();
        let exported = |name: &str| {
            let start = format!("export {name}=");
            lines
                .iter()
                .find_map(|line| line.strip_prefix(&start))
                .expect("exported")
                .to_owned()
        };
        Self {
            url: exported("SPROOBO_API_URL"),
            key: exported("SPROOBO_API_KEY"),
            _running: running,
        }
    }

    fn keys(&self, line: &str) -> Sproobo {
        let arguments = std::iter::once("keys").chain(line.split_whitespace());
        Sproobo::new(arguments)
            .env("SPROOBO_API_URL", &self.url)
            .env("SPROOBO_API_KEY", &self.key)
    }
}

#[test]
fn the_list_shows_ids_ages_and_marks_as_a_table_and_as_json() {
    let sandbox = Sandbox::start(&["--key-created-at", "2020-01-31"]);
    sandbox.keys("create laptop").run().expect(0);
    let table = sandbox.keys("list").run().expect(0).stdout;
    let rows: Vec<&str> = table.lines().collect();
    assert!(rows[0].starts_with("ID ") && rows.len() == 3, "{table}");
    assert!(
        rows[1].starts_with("key_1 ") && rows[1].contains("2020-01-31") && rows[1].contains("in use, stale"),
        "oldest first: {table}"
    );
    assert!(
        rows[2].starts_with("key_2 ") && rows[2].contains("  0 d  ") && rows[2].ends_with("  laptop"),
        "{table}"
    );

    let run = sandbox
        .keys("list --key-stale-after 3650d --output json")
        .run()
        .expect(0);
    let list: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(
        (&list[0]["id"], &list[0]["in_use"], &list[0]["stale"]),
        (&"key_1".into(), &true.into(), &false.into())
    );
    assert_eq!((&list[1]["name"], &list[1]["age_days"]), (&"laptop".into(), &0.into()));
    assert!(!run.stdout.contains(&sandbox.key), "the list shows no value");
}

#[test]
fn a_created_key_is_shown_once_on_stdout_and_nowhere_else_and_works() {
    let sandbox = Sandbox::start(&[]);
    let created = sandbox.keys("create laptop -vv").run().expect(0);
    let key = created.stdout.strip_suffix('\n').expect("a line");
    assert!(
        key.starts_with("spb_") && !key.contains(char::is_whitespace),
        "stdout is the value alone: {key}"
    );
    assert!(!created.stderr.contains(key), "{}", created.stderr);
    for piece in ["created `laptop`", &key[..12], "id key_2"] {
        assert!(created.stderr.contains(piece), "{piece} is not in {}", created.stderr);
    }
    let list = sandbox.keys("list").env("SPROOBO_API_KEY", key).run().expect(0);
    assert!(
        list.stdout
            .lines()
            .any(|row| row.contains("key_2") && row.contains("in use"))
    );

    let json = sandbox.keys("create desktop --output json").run().expect(0);
    let events: Vec<Value> = json
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(events.first().map(|event| &event["event"]), Some(&"new_key".into()));
    assert_eq!(events.last().map(|event| &event["event"]), Some(&"result".into()));
    let key = events[0]["key"].as_str().expect("the value");
    assert_eq!(json.printed().matches(key).count(), 1);
}

#[test]
fn in_ci_no_key_is_created_to_be_shown() {
    let world = Outside::with_key_of_days(1);
    for (system, value) in [("GITHUB_ACTIONS", "true"), ("GITLAB_CI", "true"), ("CI", "1")] {
        for arguments in [
            &["keys", "create", "laptop"][..],
            &["keys", "rotate", "--name", "ci", "--store", "stdout-once"],
        ] {
            let run = world.run(arguments).env(system, value).run().expect(2);
            assert!(!run.printed().contains("known:"), "{}", run.printed());
            run.says("a CI log is no place for it");
        }
    }
    assert_eq!(world.server.requests().len(), 0, "nothing was sent");
}

#[test]
fn a_key_is_revoked_by_id_or_by_its_first_characters() {
    let sandbox = Sandbox::start(&[]);
    let laptop = sandbox.keys("create laptop").run().expect(0).stdout;
    sandbox.keys("create desktop").run().expect(0);
    sandbox.keys("create phone").run().expect(0);
    sandbox.keys("revoke key_3").run().expect(0).says("revoked `desktop`");
    // A whole key where its first characters belong is a slip that somebody will make.
    let slip = sandbox.keys(&format!("revoke {laptop}")).run().expect(2);
    assert!(!slip.printed().contains(laptop.trim()), "{}", slip.printed());
    sandbox
        .keys(&format!("revoke {}", &laptop[..12]))
        .run()
        .expect(0)
        .says("revoked `laptop`");
    let list = sandbox.keys("list").run().expect(0).stdout;
    assert!(
        !list.contains("laptop") && !list.contains("desktop") && list.contains("phone"),
        "{list}"
    );
}

#[test]
fn what_could_revoke_the_wrong_key_is_refused() {
    let world = Outside::with_key_of_days(1);
    let other = |id: &str, value: &str| Key {
        id: id.to_owned(),
        name: id.to_owned(),
        value: value.to_owned(),
        days: 3,
    };
    world.with(|state| {
        state
            .keys
            .extend([other("a", "spb_abcdefgh1"), other("b", "spb_abcdefgh2")])
    });
    let ambiguous = world.run(["keys", "revoke", "spb_abcd"]).run().expect(2);
    ambiguous.says("fits 2 keys").says("id a").says("give the id");
    world
        .run(["keys", "revoke", "spb_none"])
        .run()
        .expect(2)
        .says("no key on Sproobo has");
    let in_use = world.run(["keys", "revoke", "key_1"]).run().expect(2);
    in_use.says("is the key in use").says("--yes");
    assert!(world.server.requests().iter().all(|request| request.method == "GET"));

    world
        .run(["keys", "revoke", "key_1", "--yes"])
        .run()
        .expect(0)
        .says("revoked `ci`");
    assert!(!world.with(|state| state.works(KEY)));
    world.run(["keys", "list"]).run().expect(3);
}

#[test]
fn a_revoked_key_is_one_that_was_seen_to_be_gone() {
    let world = Outside::with_key_of_days(1);
    let other = Key {
        id: "key_7".to_owned(),
        name: "laptop".to_owned(),
        value: "spb_abcdefgh_of_a_laptop".to_owned(),
        days: 3,
    };
    world.with(|state| state.keys.push(other));
    let run = world
        .run(["keys", "revoke", "key_7", "--output", "json"])
        .run()
        .expect(0);
    let told: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(
        told,
        json!({"id": "key_7", "name": "laptop", "prefix": "spb_abcdefgh", "revoked": true, "proven": true})
    );
    let lines: Vec<_> = world.server.requests().iter().map(|request| request.line()).collect();
    assert_eq!(
        lines,
        ["GET /api/api-keys", "DELETE /api/api-keys/key_7", "GET /api/api-keys"]
    );
}

/// The list can't be read: before, and so after.
#[test]
fn what_nobody_could_see_is_said_to_be_unseen() {
    let world = Outside::with_key_of_days(1);
    let hidden = Act::Json(403, json!({"error": {"message": "no"}}));
    world.with(|state| state.instead.insert("GET /api/api-keys".to_owned(), hidden));
    world
        .run(["keys", "revoke", "key_7", "--yes"])
        .run()
        .expect(0)
        .says("by Sproobo's word alone");
    let run = world
        .run(["keys", "revoke", "key_7", "--yes", "--output=json"])
        .run()
        .expect(0);
    let told: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(told["proven"], false);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_wait_for_a_key_that_stays_and_says_what_is_known_of_it() {
    let world = Outside::with_key_of_days(1);
    let yes = Act::Json(202, json!({}));
    world.with(|state| state.instead.insert("DELETE /api/api-keys/key_1".to_owned(), yes));
    let running = world.run(["keys", "revoke", "key_1", "--yes"]).spawn();
    world.server.wait_for("DELETE /api/api-keys/key_1");
    running.signal(nix::sys::signal::Signal::SIGTERM);
    let run = running.finish().expect(143);
    run.says("interrupted by SIGTERM: Sproobo answered that `ci`, spb_T3stK3y0…, id key_1 is revoked")
        .says("but it still works right after that")
        .says("revoking may be repeated");
}

#[cfg(unix)]
#[test]
fn a_signal_while_a_key_is_created_says_that_one_may_be_there() {
    let world = Outside::with_key_of_days(1);
    world.with(|state| state.hang = Some(Hang::After(1)));
    let running = world.run(["keys", "create", "laptop"]).spawn();
    assert!(world.hangs(|| false));
    running.signal(nix::sys::signal::Signal::SIGINT);
    let run = running.finish().expect(130);
    assert_eq!(run.stdout, "");
    run.says("interrupted by SIGINT: Sproobo was asked to create a key named `laptop`")
        .says("`laptop`, spb_new1_x7Y…, id key_new_1")
        .says("nobody has its value: revoke it by its id");
}

#[test]
fn a_rotation_where_no_key_can_be_created_says_who_can() {
    let world = Outside::with_key_of_days(1);
    let contract = demo::without(&["create_api_key"]);
    let run = world
        .run_with_tokens(["keys", "rotate", "--name=ci", "--store=github-secret:SPROOBO_API_KEY"])
        .env("SPROOBO_CONTRACT", contract.path())
        // A token that no store needs may be anything.
        .env("GITLAB_TOKEN", "two words")
        .run();
    assert_ne!(run.code, 0);
    run.says("The old key is still valid").says("create one by hand");
    assert!(world.with(|state| state.stores.is_empty()));
}
