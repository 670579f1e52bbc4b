//! What the API says is data, in every form of output: no CI system takes a line of it for a command, no file of results
//! gets a name or a value from it that we did not give.

use std::fs;

use clap::ValueEnum as _;
use serde_json::{Value, json};
use sproobo_deploy::cli::args::Output;
use sproobo_deploy::sanitize::is_default_ignorable;

use crate::support::cli::{KEY, Sproobo};
use crate::support::runner::{DOTENV, OUTPUTS, assert_names, command, dotenv, env_file, lines, section};
use crate::support::server::{Act, Server};

/// Each with the word that must not become anything but text.
const TEXTS: [&str; 24] = [
    "::set-env name=PATH::forged",
    "::stop-commands::forged",
    "::error::forged",
    "  ::warning file=a::forged",
    "\u{feff}::set-output name=forged::x",
    "\u{200b}::stop-commands::forged",
    "\u{3000}::save-state name=forged::x",
    "##[command]forged",
    "a ##[add-mask]forged",
    "#\u{0}#[error]forged",
    "##vso[task.setvariable variable=forged]x",
    "##VSO[task.complete result=Succeeded;]forged",
    "##v\u{200b}so[task.setvariable variable=forged]x",
    "##teamcity[setParameter name='forged' value='x']",
    "#\u{1b}[0m#teamcity[buildStatus text='forged']",
    "fine\r::stop-commands::forged",
    "fine\r\n::stop-commands::forged",
    "fine\u{2028}::stop-commands::forged",
    "section_start:1700000000:forged\r\u{1b}[0Kforged",
    "\u{1b}[0Ksection_end:1700000000:forged\r\u{1b}[0K",
    "x\nSPROOBO_STATUS=forged",
    "x\nstatus=forged\nforged<<EOF\nx\nEOF",
    "\u{1b}[2J\u{1b}[1;1Hforged",
    "\u{1b}]0;forged\u{7}\u{9b}2J",
];

/// A form of output, and what asks for it.
const FORMS: [(&str, &[(&str, &str)]); 5] = [
    ("github", &[("GITHUB_ACTIONS", "true")]),
    ("gitlab", &[("GITLAB_CI", "true")]),
    ("azure", &[("TF_BUILD", "True")]),
    ("tty", &[("SPROOBO_OUTPUT", "tty")]),
    ("json", &[("SPROOBO_OUTPUT", "json")]),
];

/// Nothing of it is a command, whoever reads it, but for those that we give ourselves.
#[track_caller]
fn assert_harmless(form: &str, place: &str, text: &str) {
    let seen: String = text.chars().filter(|c| !is_default_ignorable(*c)).collect();
    for opening in ["##[", "##vso[", "##teamcity["] {
        let is_there = seen.to_lowercase().contains(opening);
        assert!(!is_there, "{form}: {place} has {opening}:\n{text}");
    }
    for line in lines(text).into_iter().chain(lines(&seen)) {
        let Some(command) = command(line) else { continue };
        let is_ours = match command.name.as_str() {
            "error" | "warning" | "notice" => command.properties.contains_key("title"),
            "add-mask" => command.data == KEY,
            "group" => true,
            "endgroup" => command.data.is_empty(),
            _ => false,
        };
        assert!(is_ours && form == "github", "{form}: {place} has {command:?}");
    }
    for (at, _) in text.match_indices("section_") {
        let marker = section(&text[at..]).filter(|marker| text[at..].starts_with("section_start") || !marker.start);
        if let Some(marker) = marker {
            let is_ours = form == "gitlab" && !marker.name.contains("forged");
            assert!(is_ours, "{form}: {place} has {marker:?}");
        }
    }
    let is_control = |c: char| c.is_control() && !"\n\t".contains(c);
    if form != "gitlab" {
        assert!(!text.contains(is_control), "{form}: {place} has a control:\n{text:?}");
    } else {
        let rest = text.replace("\r\u{1b}[0K", "").replace("\u{1b}[0K", "");
        assert!(!rest.contains("\u{1b}[2J") && !rest.contains('\u{7}'), "{rest:?}");
    }
}

/// Texts in the places of a failed deployment.
fn server(texts: &'static [&'static str]) -> Server {
    let text = move |at: usize| texts[at % texts.len()];
    let mut polls = 0;
    Server::start(move |request| {
        let deployment = |status: &str| {
            json!({"deployment": {"id": text(0), "status": status, "failureReason": text(1), "commit": text(2),
                "url": format!("https://demo.example/{}", text(3)), "dashboardUrl": text(3)}})
        };
        match (
            request.method.as_str(),
            request.path.split('?').next().unwrap_or_default(),
        ) {
            ("POST", _) => Act::Json(201, deployment("queued")),
            (_, "/sites/demo/deployments") => Act::Json(200, json!([])),
            (_, path) if path.ends_with("/logs") => {
                let rows: Vec<_> = texts.iter().map(|text| json!({ "text": text })).collect();
                Act::Json(200, json!({ "lines": rows }))
            }
            _ => {
                polls += 1;
                Act::Json(200, deployment(if polls % 2 == 1 { text(3) } else { "failed" }))
            }
        }
    })
}

/// Runs a deploy in this form, and checks all that it printed and wrote; gives back the outputs.
#[track_caller]
fn deployed(server: &Server, form: &str, environment: &[(&str, &str)], code: i32) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let arguments = [
        "deploy",
        "demo",
        "-v",
        "--no-key-check",
        "--poll-interval=50ms",
        "--logs=always",
    ];
    let mut run = Sproobo::new(arguments)
        .key()
        .env("SPROOBO_API_URL", &server.url)
        .results_in(folder.path());
    for (name, value) in environment {
        run = run.env(name, value);
    }
    let run = run.run().expect(code).says("forged");
    assert_harmless(form, "stdout", &run.stdout);
    assert_harmless(form, "stderr", &run.stderr);
    if form == "json" {
        let events: Result<Vec<Value>, _> = run.stdout.lines().map(serde_json::from_str).collect();
        assert!(events.is_ok(), "{}", run.stdout);
    }
    let dotenv = dotenv(&fs::read_to_string(path("dotenv")).unwrap()).unwrap();
    assert_names(&dotenv, &DOTENV);
    assert_ne!(dotenv["SPROOBO_STATUS"], "forged");
    if form == "github" {
        let outputs = env_file(&fs::read_to_string(path("output")).unwrap()).unwrap();
        assert_names(&outputs, &OUTPUTS);
        assert_ne!(outputs["status"], "forged");
        assert!(!outputs["url"].contains("forged"), "no URL: {outputs:?}");
        for (name, value) in &outputs {
            assert_harmless("output", name, value);
        }
        assert_harmless("summary", "it", &fs::read_to_string(path("summary")).unwrap());
    }
}

#[test]
fn every_form_of_output_is_tried() {
    let forms = Output::value_variants().iter().filter_map(Output::to_possible_value);
    for form in forms.map(|form| form.get_name().to_owned()) {
        // What `auto` comes to is among the others; `azure` is plain, on the system that reads commands in that.
        let is_tried = FORMS.iter().any(|(tried, _)| *tried == form) || matches!(form.as_str(), "auto" | "plain");
        assert!(
            is_tried,
            "add {form} to FORMS, and what of it is ours to `assert_harmless`"
        );
    }
}

#[test]
fn no_text_of_the_api_acts_in_any_form_of_output() {
    for texts in TEXTS.chunks(4) {
        let server = server(texts);
        for (form, environment) in FORMS {
            deployed(&server, form, environment, 1);
        }
    }
}

#[test]
fn no_error_of_the_api_acts_in_any_form_of_output() {
    for texts in TEXTS.chunks(8) {
        for (form, environment) in FORMS {
            let message = texts.join("\n");
            let server = Server::start(move |request| match request.method.as_str() {
                "POST" => Act::Json(422, json!({"error": {"code": message, "message": message}})),
                _ => Act::Json(200, json!([])),
            });
            deployed(&server, form, environment, 8);
        }
    }
}
