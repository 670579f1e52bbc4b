//! What we write for CI runners is what they read.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use sproobo_deploy::ci::commands::{Annotation, Annotations, Kind, add_mask, command, end_group, group};
use sproobo_deploy::ci::sections::Section;
use sproobo_deploy::ci::{dotenv, env_file, summary_file};
use tempfile::TempDir;

use crate::support::runner::{self, Map, vector};

const MIB: usize = 1024 * 1024;

fn file_with(content: &str) -> (TempDir, PathBuf) {
    let dir = TempDir::new().expect("a temporary directory");
    let path = dir.path().join("file");
    fs::write(&path, content).expect("a temporary file");
    (dir, path)
}

fn annotation<'a>(kind: &str, message: &'a str) -> Annotation<'a> {
    Annotation {
        kind: match kind {
            "error" => Kind::Error,
            "warning" => Kind::Warning,
            _ => Kind::Notice,
        },
        title: "",
        message,
    }
}

#[test]
fn commands_are_what_the_toolkit_prints() {
    const NAMES: [&str; 4] = ["name", "prop1", "prop2", "prop3"];
    for row in vector("T1") {
        let properties: Vec<_> = row[1]
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| {
                let name = NAMES.into_iter().find(|name| pair[0] == *name).unwrap();
                (name, pair[1].as_str().unwrap())
            })
            .collect();
        assert_eq!(
            command("some-command", &properties, row[2].as_str().unwrap()),
            row[3],
            "{row}"
        );
    }
}

#[test]
fn annotations_groups_and_masks_are_what_the_toolkit_prints() {
    const PROPERTIES: [&str; 6] = ["title", "file", "line", "endLine", "col", "endColumn"];
    for row in vector("T2") {
        let text = row[1][0].as_str().unwrap_or_default();
        let properties: Vec<_> = PROPERTIES
            .iter()
            .filter_map(|name| Some((*name, row[1][1].get(name)?)))
            .map(|(name, value)| (name, value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect();
        let properties: Vec<_> = properties.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let printed = match row[0].as_str().unwrap() {
            "add-mask" => add_mask(text),
            "group" => group(text),
            "endgroup" => end_group(),
            kind if properties.is_empty() => annotation(kind, text).line(),
            "error" => command("error", &properties, text),
            "warning" => command("warning", &properties, text),
            _ => command("notice", &properties, text),
        };
        assert_eq!(printed, row[2], "{row}");
    }
}

#[test]
fn a_long_message_is_cut_to_what_the_runner_keeps() {
    for (message, kept) in [
        ("a".repeat(4096), "a".repeat(4096)),
        ("a".repeat(5000), "a".repeat(4095) + "…"),
        ("😀".repeat(2048), "😀".repeat(2048)),
        ("😀".repeat(2049), "😀".repeat(2047) + "…"),
    ] {
        let line = annotation("error", &message).line();
        assert_eq!(line, format!("::error::{kept}\n"));
    }
}

#[test]
fn ten_annotations_of_a_kind_count_and_the_runner_makes_one_error_itself() {
    let mut budget = Annotations::new();
    for (kind, limit) in [(Kind::Error, 9), (Kind::Warning, 10), (Kind::Notice, 10)] {
        let admitted = (0..300).filter(|_| budget.admit(kind)).count();
        assert_eq!(admitted, limit, "{kind:?}");
    }
}

#[test]
fn an_env_file_record_is_what_the_toolkit_writes() {
    for row in vector("T3") {
        let (_dir, path) = file_with("");
        let name = row[0].as_str().unwrap().replace(' ', "_");
        env_file::append(&path, &[(&name, row[1].as_str().unwrap())]).unwrap();
        let written = fs::read_to_string(&path).unwrap();
        let delimiter = written.lines().last().unwrap();
        let expected = row[2].as_str().unwrap().replace(row[0].as_str().unwrap(), &name);
        let theirs = expected.lines().last().unwrap().to_owned();
        assert_eq!(
            written.replace(delimiter, "DELIMITER"),
            expected.replace(&theirs, "DELIMITER")
        );
    }
}

#[test]
fn an_env_file_that_ends_inside_a_line_gets_a_new_one() {
    let (_dir, path) = file_with("theirs=1");
    env_file::append(&path, &[("ours", "2")]).unwrap();
    let map = runner::env_file(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(
        map,
        Map::from([("theirs".into(), "1".into()), ("ours".into(), "2".into())])
    );
}

#[test]
fn a_missing_runner_file_is_an_error_and_not_made() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("missing");
    assert!(env_file::append(&path, &[("a", "1")]).is_err());
    assert!(summary_file::append(&path, "text").is_err());
    assert!(!path.exists());
}

#[test]
fn two_records_never_share_a_delimiter() {
    let (_dir, path) = file_with("");
    env_file::append(&path, &[("a", "1"), ("b", "2")]).unwrap();
    let written = fs::read_to_string(&path).unwrap();
    let delimiters: Vec<_> = written.lines().filter_map(|line| line.split_once("<<")).collect();
    assert_ne!(delimiters[0].1, delimiters[1].1);
}

#[test]
fn a_summary_is_appended_on_a_line_of_its_own() {
    let (_dir, path) = file_with("theirs");
    summary_file::append(&path, "ours").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "theirs\nours\n");
}

#[test]
fn a_summary_too_large_is_cut_on_a_line_and_says_so() {
    let (_dir, path) = file_with(&"x".repeat(MIB / 2));
    let line = "é line of the log\n";
    let markdown = format!("# Log\n```text\n{}```\n", line.repeat(MIB / line.len()));
    summary_file::append(&path, &markdown).unwrap();
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.len() < MIB && written.len() > MIB - 200, "{}", written.len());
    let ours = &written[MIB / 2 + 1..];
    let (kept, note) = ours.rsplit_once("```\n\n").unwrap();
    assert!(markdown.starts_with(kept) && kept.ends_with(line));
    assert!(note.contains("cut"), "{note}");
}

/// What is said of the cut must not be folded away with what was cut.
#[test]
fn a_summary_cut_inside_a_fold_says_so_outside_of_it() {
    let (_dir, path) = file_with("");
    let whole = "<details><summary>first</summary>\n\nshort\n</details>\n\n";
    let line = "a line of the log\n";
    let log = line.repeat(MIB / line.len());
    let markdown = format!("{whole}<details><summary>log</summary>\n\n```text\n{log}```\n\n</details>\n");
    summary_file::append(&path, &markdown).unwrap();
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.len() < MIB, "{}", written.len());
    let (kept, note) = written.rsplit_once("```\n\n</details>\n").unwrap();
    assert!(kept.ends_with(line) && note.contains("cut"), "{note}");
    assert_eq!(
        written.matches("<details>").count(),
        written.matches("</details>").count()
    );
}

#[test]
fn a_summary_without_room_for_the_note_is_left_out() {
    let full = "x".repeat(MIB - 50);
    let (_dir, path) = file_with(&full);
    summary_file::append(&path, &"y\n".repeat(100)).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), full);
}

#[test]
fn sections_are_what_gitlab_reads() {
    let section = Section::new("site my/shop $1");
    let start = section.start("Deploy\nmy shop", 1_700_000_000, true);
    assert_eq!(
        start,
        "\u{1b}[0Ksection_start:1700000000:site_my_shop__1[collapsed=true]\r\u{1b}[0KDeploy my shop\n"
    );
    assert_eq!(
        section.end(1_700_000_063),
        "\u{1b}[0Ksection_end:1700000063:site_my_shop__1\r\u{1b}[0K\n"
    );
}

#[test]
fn a_dotenv_report_is_replaced_as_a_whole() {
    let (dir, path) = file_with("OLD=1\n");
    dotenv::write(
        &path,
        &[
            ("SPROOBO_STATUS", "succeeded"),
            ("SPROOBO_URL", "https://x.example/?a=$b"),
        ],
    )
    .unwrap();
    let written = fs::read_to_string(&path).unwrap();
    assert_eq!(
        written,
        "SPROOBO_STATUS=succeeded\nSPROOBO_URL=https://x.example/?a=$$b\n"
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_dotenv_report_that_gitlab_would_refuse_is_not_written() {
    let (dir, path) = file_with("OLD=1\n");
    assert!(dotenv::write(&path, &[("A", "x".repeat(5 * 1024))]).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "OLD=1\n");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_dotenv_report_that_can_not_be_put_in_place_leaves_nothing_behind() {
    let (dir, path) = file_with("");
    fs::create_dir(dir.path().join("taken")).unwrap();
    fs::write(dir.path().join("taken/full"), "").unwrap();
    assert!(dotenv::write(&dir.path().join("taken"), &[("A", "1")]).is_err());
    assert!(dotenv::write(&path.join("below-a-file"), &[("A", "1")]).is_err());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}

proptest! {
    #[test]
    fn any_annotation_arrives_as_it_was_meant(
        kind in prop::sample::select(vec!["error", "warning", "notice"]),
        message in any::<String>(),
        file in "\\PC{1,10}|[%:,\r\n=]{1,5}",
        line in any::<u32>(),
    ) {
        let properties = [("title", "A title"), ("file", &file), ("line", &line.to_string())];
        let printed = command(kind, &properties, &message);
        let [printed, ""] = runner::lines(&printed)[..] else { panic!("not one line: {printed:?}") };
        let read = runner::v2(printed).unwrap();
        prop_assert_eq!(read.name, kind);
        prop_assert_eq!(read.data, message);
        prop_assert_eq!(&read.properties["title"], "A title");
        prop_assert_eq!(&read.properties["file"], &file);
        prop_assert_eq!(&read.properties["line"], &line.to_string());
    }

    #[test]
    fn any_message_stays_within_the_limit(piece in "[a😀%]{1,40}", length in 4000..4300_usize) {
        let message: String = piece.chars().cycle().take(length).collect();
        let printed = annotation("notice", &message).line();
        let kept = runner::v2(printed.trim_end()).unwrap().data;
        prop_assert!(kept.encode_utf16().count() <= 4096);
        prop_assert!(kept == message || message.starts_with(kept.strip_suffix('…').unwrap()));
    }

    #[test]
    fn any_output_arrives_as_it_was_meant(
        before in prop::sample::select(vec!["", "a=1", "a=1\n", "a<<X\n1\nX"]),
        name in "[A-Za-z_][A-Za-z0-9_-]{0,9}",
        value in "\\PC{0,20}|[\n\r=<E]{0,9}",
    ) {
        let (_dir, path) = file_with(before);
        env_file::append(&path, &[(&name, "old"), (&name, &value)]).unwrap();
        let read = runner::env_file(&fs::read_to_string(&path).unwrap()).unwrap();
        prop_assert_eq!(&read[&name], &value);
    }

    #[test]
    fn any_dotenv_value_arrives_as_one_line(value in "\\PC{0,20}|[\n\r=#\"'$ ]{0,9}") {
        let (_dir, path) = file_with("");
        dotenv::write(&path, &[("KEY", value.as_str()), ("NEXT", "1")]).unwrap();
        let read = runner::dotenv(&fs::read_to_string(&path).unwrap()).unwrap();
        prop_assert_eq!(read.len(), 2);
        prop_assert_eq!(read["KEY"].replace("$$", "$"), sproobo_deploy::sanitize::line(&value));
    }

    #[test]
    fn any_section_opens_and_closes(name in any::<String>(), header in any::<String>(), time in any::<i64>(), collapsed: bool) {
        let section = Section::new(&name);
        let (start, end) = (section.start(&header, time, collapsed), section.end(time));
        prop_assert_eq!(start.matches('\n').count(), 1);
        let (start, end) = (runner::section(&start).unwrap(), runner::section(&end).unwrap());
        prop_assert!(start.start && !end.start);
        prop_assert_eq!(start.name, end.name);
        prop_assert_eq!(start.options.contains_key("collapsed"), collapsed);
        prop_assert_eq!(start.after, format!("{}\n", sproobo_deploy::sanitize::line(&header)));
    }
}
