//! Lists as aligned tables.

use std::time::Duration;

use insta::assert_snapshot;
use sproobo_deploy::error::ExitCode;
use sproobo_deploy::event::Check;
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
