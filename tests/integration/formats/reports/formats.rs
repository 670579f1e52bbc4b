//! GitHub's commands, GitLab's sections, JSON: each format, and nothing that remote text could make of it.

use insta::assert_snapshot;
use serde_json::Value;
use sproobo_deploy::event::{Event, Mode, RunResult, SiteEvent};
use sproobo_deploy::model::Known;
use sproobo_deploy::report::{Github, Gitlab, Json, Reporter};

use super::{began, key_age};
use crate::support::report::*;
use crate::support::runner;

/// The names of the commands that GitHub's runner would find in this output.
fn commands(output: &str) -> Vec<String> {
    let commands = runner::lines(output).into_iter().filter_map(runner::command);
    commands.map(|command| command.name).collect()
}

#[test]
fn github_groups_the_log_and_annotates_the_failure() {
    let (streams, out) = one();
    play(&mut Github::new(streams), &bad_run("build exited with 1"));
    assert_snapshot!(out.text(), @"
    [   0s] deploy web on https://dashboard.sproobo.com/api
    [   1s] deployment dep_1, building, https://dashboard.sproobo.com/d/dep_1
    ::group::Log of web (2 lines)
      | step 1
      | boom
    ::endgroup::
    web: failed after 40 s, deployment dep_1, https://dashboard.sproobo.com/d/dep_1
    ::error title=Deployment failed::the deployment failed: build exited with 1%0Aknown: deployment dep_1 of web, last status failed, https://dashboard.sproobo.com/d/dep_1%0Anext: read the log with `sproobo-deploy logs web dep_1` or at https://dashboard.sproobo.com/d/dep_1, fix the cause and deploy again
    ");
}

#[test]
fn groups_of_parallel_sites_neither_nest_nor_mix() {
    let (streams, out) = one();
    let piece = |name: &str, at, text: &str| happens(name, at, SiteEvent::Log { lines: log(&[text]) });
    let mut events = vec![
        begin(&["web", "api"], Mode::Real),
        piece("web", 1, "web one"),
        piece("api", 2, "api one"),
        status("web", 3, "building"),
        piece("web", 4, "web two"),
    ];
    events.extend(end(vec![succeeded("web", 9), succeeded("api", 9)]));
    play(&mut Github::new(streams), &events);
    let text = out.text();
    assert_eq!(commands(&text), ["group", "endgroup", "group", "endgroup"], "{text}");
    assert!(
        text.contains("::group::Log of web (2 lines)\n  | web one\n  | web two\n::endgroup::\n"),
        "{text}"
    );
}

#[test]
fn never_more_than_ten_annotations_of_a_kind_and_no_text_lost() {
    let (streams, out) = one();
    let mut github = Github::new(streams);
    for number in 0..25 {
        let note = Event::warning("Odd", format!("number {number}."));
        github.event(seconds(0), &note);
    }
    let text = out.text();
    assert_eq!(commands(&text).len(), 10);
    assert!(
        (0..25).all(|number| text.contains(&format!("number {number}."))),
        "{text}"
    );
}

#[test]
fn remote_text_never_acts_as_a_command_on_github() {
    let hostile = "::error::x\r::set-output name=url::evil\n##[set-output name=a]b \u{1b}[2J\u{feff}::add-mask::a";
    let (streams, out) = one();
    let mut events = bad_run(hostile);
    let lines = log(&[hostile, "::stop-commands::t", " ##[error]x"]);
    events.insert(2, happens("web", 2, SiteEvent::Log { lines }));
    events.insert(2, status("web", 2, hostile));
    play(&mut Github::new(streams), &events);
    assert_eq!(commands(&out.text()), ["group", "endgroup", "error"], "{}", out.text());
    assert!(!out.text().contains('\u{1b}'));
}

#[test]
fn gitlab_opens_the_section_of_a_failure_only() {
    let (streams, out) = one();
    play(&mut Gitlab::new(streams, began()), &bad_run("build exited with 1"));
    let text = out.text().replace('\u{1b}', "ESC").replace('\r', "CR");
    assert_snapshot!(text, @"
    [   0s] deploy web on https://dashboard.sproobo.com/api
    [   1s] deployment dep_1, building, https://dashboard.sproobo.com/d/dep_1
    ESC[0Ksection_start:1790000040:log_of_webCRESC[0KLog of web (2 lines)
      | step 1
      | boom
    ESC[0Ksection_end:1790000040:log_of_webCRESC[0K
    ESC[1mweb: failed after 40 s, deployment dep_1, https://dashboard.sproobo.com/d/dep_1ESC[0m
    ESC[31merror: the deployment failed: build exited with 1
      known: deployment dep_1 of web, last status failed, https://dashboard.sproobo.com/d/dep_1
      next: read the log with `sproobo-deploy logs web dep_1` or at https://dashboard.sproobo.com/d/dep_1, fix the cause and deploy againESC[0m
    ");
    let (streams, out) = one();
    let mut events = good_run();
    events.insert(4, happens("web", 2, SiteEvent::Log { lines: log(&["fine"]) }));
    play(&mut Gitlab::new(streams, began()), &events);
    assert!(out.text().contains("log_of_web[collapsed=true]\r"), "{}", out.text());
}

#[test]
fn a_success_is_green_on_gitlab() {
    let (streams, out) = one();
    play(&mut Gitlab::new(streams, began()), &good_run());
    assert!(out.text().contains("\u{1b}[1;32mweb: succeeded"), "{}", out.text());
}

#[test]
fn a_ci_log_has_no_token_no_whole_hash_and_no_fresh_key() {
    let (github_streams, github) = one();
    let (gitlab_streams, gitlab) = one();
    let mut events = good_run();
    events.insert(3, Event::KeyAge(key_age(false)));
    play(&mut Github::new(github_streams), &events);
    play(&mut Gitlab::new(gitlab_streams, began()), &events);
    for text in [github.text(), gitlab.text()] {
        assert!(text.contains("of commit 0123456\n"), "{text}");
        assert!(!text.contains("tok-1") && !text.contains("API key"), "{text}");
    }
}

#[test]
fn a_ci_log_gets_heartbeats_too() {
    let (github_streams, github) = one();
    let (gitlab_streams, gitlab) = one();
    let mut reporters: [Box<dyn Reporter>; 2] = [
        Box::new(Github::new(github_streams)),
        Box::new(Gitlab::new(gitlab_streams, began())),
    ];
    for reporter in &mut reporters {
        play(reporter.as_mut(), &good_run()[..5]);
        reporter.tick(seconds(41));
        reporter.tick(seconds(42));
    }
    for paper in [github, gitlab] {
        assert_eq!(paper.text().matches("still ").count(), 1, "{}", paper.text());
        assert!(paper.text().ends_with("[  42s] still building, 41 s, usually 3 min\n"));
    }
}

#[test]
fn the_log_of_a_site_without_a_verdict_is_printed_at_the_end() {
    let (github_streams, github) = one();
    let (gitlab_streams, gitlab) = one();
    let lines = log(&["the last words"]);
    let events = [
        begin(&["web"], Mode::Real),
        happens("web", 1, SiteEvent::Log { lines }),
        Event::End(Box::new(RunResult::of_sites(Vec::new(), seconds(5)))),
    ];
    play(&mut Github::new(github_streams), &events);
    play(&mut Gitlab::new(gitlab_streams, began()), &events);
    let github = github.text();
    assert!(
        github.contains("::group::Log of web (1 lines)\n  | the last words\n::endgroup::\n"),
        "{github}"
    );
    let gitlab = gitlab.text();
    assert!(
        gitlab.contains(":log_of_web\r") && gitlab.contains("  | the last words\n"),
        "{gitlab}"
    );
}

#[test]
fn annotations_of_several_sites_name_theirs() {
    let (streams, out) = one();
    let mut events = vec![begin(&["web", "api"], Mode::Real)];
    events.extend(end(vec![failed("web", 9, "no space left"), succeeded("api", 9)]));
    play(&mut Github::new(streams), &events);
    assert!(
        out.text().contains("::web: the deployment failed: no space left%0A"),
        "{}",
        out.text()
    );
}

#[test]
fn a_log_too_long_keeps_its_newest_lines_and_counts_the_rest() {
    let (streams, out) = one();
    let numbered: Vec<String> = (1..=5_003).map(|number| format!("line {number}.")).collect();
    let lines = log(&numbered.iter().map(String::as_str).collect::<Vec<_>>());
    let mut events = vec![begin(&["web"], Mode::Real), happens("web", 1, SiteEvent::Log { lines })];
    events.extend(end(vec![succeeded("web", 9)]));
    play(&mut Github::new(streams), &events);
    let text = out.text();
    assert!(text.contains("::group::Log of web (5000 lines, 3 before them left out)\n  | line 4.\n"));
    assert!(text.contains("  | line 5003.\n::endgroup::"));
}

#[test]
fn json_is_one_object_a_line_and_nothing_else() {
    let (streams, out, err) = two();
    let mut json = Json::new(streams);
    play(&mut json, &bad_run("##[error]x \" ###[ \n ::error::y \\##[z]"));
    json.tick(seconds(99));
    assert_eq!(err.text(), "");
    let text = out.text();
    assert_eq!(commands(&text), Vec::<String>::new());
    let objects: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let names: Vec<&str> = objects.iter().filter_map(|object| object["event"].as_str()).collect();
    assert_eq!(names, ["begin", "known", "verdict", "result"]);
    let message = objects[3]["sites"][0]["message"].as_str().expect("a message");
    assert!(
        message.contains("##[error]x") && message.contains("\\##[z]"),
        "the data is unharmed: {message}"
    );
    assert_eq!(objects[3]["exit_code"], 1);
}

#[test]
fn the_json_verdict_holds_the_log_only_where_there_is_one() {
    let verdict = |events: &[Event]| -> serde_json::Value {
        let (streams, out, _) = two();
        play(&mut Json::new(streams), events);
        let line = out
            .text()
            .lines()
            .find(|line| line.contains("\"verdict\""))
            .expect("a verdict")
            .to_owned();
        serde_json::from_str(&line).expect("JSON")
    };
    assert_eq!(verdict(&bad_run("no"))["log"], serde_json::json!(["step 1", "boom"]));
    assert_eq!(verdict(&good_run()).get("log"), None);
}

#[test]
fn the_last_json_event_is_the_documented_result() {
    let (streams, out, _) = two();
    play(&mut Json::new(streams), &good_run());
    assert_snapshot!(out.text().lines().last().expect("a line"), @r#"{"event":"result","exit_code":0,"mode":"real","duration_seconds":130,"error":null,"sites":[{"site":"web","deployment_id":"dep_1","status":"succeeded","last_word":"live","url":"https://web.example","dashboard_url":"https://dashboard.sproobo.com/d/dep_1","commit":"0123456789abcdef0123","duration_seconds":130,"exit_code":0,"message":"the deployment succeeded","rolled_back_to":null,"rollback_status":null}]}"#);
}

proptest::proptest! {
    #[test]
    fn no_remote_text_ever_acts_as_a_command(text in r"([ \t\u{feff}\r\n]{0,2}(::|##\[|#|:)[a-z-]{0,6}[ \]:=%a]{0,3}){0,4}") {
        let mut events = bad_run(&text);
        events.insert(2, status("web", 2, &text));
        events.insert(2, happens("web", 2, SiteEvent::Log { lines: log(&[&text]) }));
        let (streams, out) = one();
        play(&mut Github::new(streams), &events);
        proptest::prop_assert_eq!(commands(&out.text()), ["group", "endgroup", "error"]);

        let (streams, out) = one();
        play(&mut Json::new(streams), &events);
        proptest::prop_assert_eq!(commands(&out.text()), Vec::<String>::new());
        for line in out.text().lines() {
            proptest::prop_assert!(serde_json::from_str::<serde_json::Value>(line).is_ok());
        }
    }
}

#[test]
fn of_a_deployment_that_nobody_has_seen_only_the_id_is_known() {
    let (streams, out) = one();
    let deployment = Known::unseen("dep_1".parse().expect("an id"));
    let found = SiteEvent::Found {
        deployment,
        adopted: false,
    };
    play(&mut Json::new(streams), &[happens("web", 0, found)]);
    let event: Value = serde_json::from_str(&out.text()).expect("JSON");
    let members = event["deployment"].as_object().expect("an object");
    let known: Vec<_> = members.iter().filter(|(_, value)| !value.is_null()).collect();
    assert_eq!(known, [(&"id".to_owned(), &Value::from("dep_1"))]);
}
