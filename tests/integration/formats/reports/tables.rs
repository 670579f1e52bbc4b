//! Lists as aligned tables.

use std::time::Duration;

use insta::assert_snapshot;
use sproobo_deploy::error::ExitCode;
use sproobo_deploy::event::Check;
use sproobo_deploy::model::Site;
use sproobo_deploy::report::table::{self, Table};

use super::began;
use crate::support::report::*;

#[test]
fn tables_are_aligned() {
    let mut first = deployment("live", sproobo_deploy::model::StatusClass::Succeeded);
    first.created_at = Some(began());
    first.started_at = Some(began());
    first.finished_at = Some(began() + Duration::from_secs(95));
    let mut second = deployment("failed\n::error::x", sproobo_deploy::model::StatusClass::Failed);
    second.commit = None;
    let table = table::deployments(&[first.clone(), second]);
    assert_snapshot!(table.render(None), @r"
    DEPLOYMENT  STATUS              COMMIT        CREATED (UTC)     DURATION    LINK
    dep_1       live                0123456789ab  2026-09-21 14:13  1 min 35 s  https://dashboard.sproobo.com/d/dep_1
    dep_1       failed :\:error::x                –                 –           https://dashboard.sproobo.com/d/dep_1
    ");
    assert_eq!(table::deployments_json(&[first])[0]["id"], "dep_1");
}

#[test]
fn wide_characters_take_two_columns() {
    let mut table = Table::new(&["NAME", "NOTE"]);
    table.row(&["日本語", "wide"]);
    table.row(&["é", "日本 日本 日本 日本 日本"]);
    // Room for nineteen columns: four words and their gaps, to the last one.
    assert_snapshot!(table.render(Some(27)), @"
    NAME    NOTE
    日本語  wide
    é       日本 日本 日本 日本
            日本
    ");
}

#[test]
fn a_failed_check_shows_its_fix() {
    let failed = |found: &str, fix: &str| Check::failed("key", ExitCode::Key, found, fix);
    let check = failed("HTTP 401", "create a new key");
    let text = table::checks(std::slice::from_ref(&check)).render(None);
    assert!(text.contains("key    FAILED  HTTP 401 → create a new key\n"), "{text}");
    assert_eq!(table::checks_json(&[check])[0]["outcome"], "failed");
    let found = "the key was rejected by the API at https://dashboard.sproobo.com/api";
    let narrow = table::checks(&[failed(found, "create a new one")]);
    assert_snapshot!(narrow.render(Some(40)), @"
    CHECK          DETAIL
    key    FAILED  the key was rejected by
                   the API at
                   https://dashboard.sproobo.com/api
                   → create a new one
    ");
}

/// Two deployments of a site whose API shows all there is.
fn full() -> Table {
    let mut first = deployment("completed", sproobo_deploy::model::StatusClass::Finished);
    first.health = Some(sproobo_deploy::model::Health::Healthy);
    first.branch = Some("feature/a-new-checkout".to_owned());
    first.message = Some("Repair the checkout, which took no card".to_owned());
    first.created_at = Some(began());
    first.finished_at = Some(began() + Duration::from_secs(95));
    let mut second = deployment("failed", sproobo_deploy::model::StatusClass::Failed);
    second.message = Some("日本語".to_owned());
    second.dashboard_url = None;
    second.url = None;
    table::deployments(&[first, second])
}

#[test]
fn in_a_terminal_a_message_yields_first_and_then_the_branch() {
    assert_snapshot!(full().render(Some(180)), @"
    DEPLOYMENT  STATUS                       COMMIT        BRANCH                  CREATED (UTC)     DURATION    MESSAGE                           LINK
    dep_1       completed (health: healthy)  0123456789ab  feature/a-new-checkout  2026-09-21 14:13  1 min 35 s  Repair the checkout, which took…  https://dashboard.sproobo.com/d/dep_1
    dep_1       failed                       0123456789ab  –                       –                 –           日本語
    ");
    assert_snapshot!(full().render(Some(150)), @"
    DEPLOYMENT  STATUS                       COMMIT        BRANCH                  CREATED (UTC)     DURATION    MESSAGE
    dep_1       completed (health: healthy)  0123456789ab  feature/a-new-checkout  2026-09-21 14:13  1 min 35 s  Repair the checkout, which took no card
      https://dashboard.sproobo.com/d/dep_1
    dep_1       failed                       0123456789ab  –                       –                 –           日本語
    ");
    assert_snapshot!(full().render(Some(120)), @"
    DEPLOYMENT  STATUS                       COMMIT        BRANCH                  CREATED (UTC)     DURATION    MESSAGE
    dep_1       completed (health: healthy)  0123456789ab  feature/a-new-checkout  2026-09-21 14:13  1 min 35 s  Repair the…
      https://dashboard.sproobo.com/d/dep_1
    dep_1       failed                       0123456789ab  –                       –                 –           日本語
    ");
    assert_snapshot!(full().render(Some(100)), @"
    DEPLOYMENT  STATUS                       COMMIT        BRANCH           CREATED (UTC)     DURATION
    dep_1       completed (health: healthy)  0123456789ab  feature/a-new-…  2026-09-21 14:13  1 min 35 s
      https://dashboard.sproobo.com/d/dep_1
    dep_1       failed                       0123456789ab  –                –                 –
    ");
    assert_snapshot!(full().render(Some(80)), @"
    DEPLOYMENT  STATUS                       COMMIT     CREATED (UTC)     DURATION
    dep_1       completed (health: healthy)  01234567…  2026-09-21 14:13  1 min 35 s
      https://dashboard.sproobo.com/d/dep_1
    dep_1       failed                       01234567…  –                 –
    ");
}

/// What a person copies stays whole, whatever the width, and no line is wider than there is room.
#[test]
fn ids_statuses_and_links_are_never_cut() {
    for width in 1..250 {
        let text = full().render(Some(width));
        for whole in [
            "dep_1",
            "completed (health: healthy)",
            "failed",
            "https://dashboard.sproobo.com/d/dep_1",
        ] {
            assert!(text.contains(whole), "{width}: {whole} is not in\n{text}");
        }
        let widest = text.lines().map(console::measure_text_width).max().unwrap_or(0);
        assert!(width < 50 || widest <= width, "{width}: {widest}\n{text}");
    }
    assert_eq!(full().render(Some(250)), full().render(None));
}

#[test]
fn a_long_name_of_a_site_yields_to_its_address() {
    let site = |id: &str, name: &str| Site {
        id: id.parse().expect("an id"),
        name: Some(name.to_owned()),
        url: Some(format!("https://{id}.example")),
        last_status: Some("live".to_owned()),
    };
    let sites = [
        site("shop", "The shop where everybody buys what nobody needs"),
        site("docs", "Docs"),
    ];
    assert_snapshot!(table::sites(&sites).render(Some(60)), @"
    SITE  NAME                 LAST STATUS  URL
    shop  The shop where eve…  live         https://shop.example
    docs  Docs                 live         https://docs.example
    ");
    assert_snapshot!(table::sites(&sites).render(Some(40)), @"
    SITE  NAME                   LAST STATUS
    shop  The shop where every…  live
      https://shop.example
    docs  Docs                   live
      https://docs.example
    ");
}
