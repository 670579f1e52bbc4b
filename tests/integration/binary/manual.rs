//! The manual pages: made from the command line itself, and kept beside the other documentation.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap_mangen::Man;

use super::help::commands;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/man")
}

/// Text as it is, for troff.
fn literal(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-");
    let lines = escaped.lines().map(|line| match line.starts_with(['.', '\'']) {
        true => format!("\\&{line}\n"),
        false => format!("{line}\n"),
    });
    format!(".nf\n{}.fi\n", lines.collect::<String>())
}

/// The pages by their files' names.
fn pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for (path, command) in commands() {
        let name = [&["sproobo-deploy".to_owned()], path.as_slice()].concat().join("-");
        let below = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let command = command.display_name(name.clone());
        let has_commands = command.has_subcommands();
        let man = Man::new(command)
            .title(name.to_uppercase())
            .manual("sproobo-deploy")
            .date("");
        let mut page = Vec::new();
        man.render_title(&mut page).unwrap();
        man.render_name_section(&mut page).unwrap();
        man.render_synopsis_section(&mut page).unwrap();
        man.render_description_section(&mut page).unwrap();
        man.render_options_section(&mut page).unwrap();
        if has_commands {
            man.render_subcommands_section(&mut page).unwrap();
        }
        let mut page = String::from_utf8(page).unwrap();
        for part in below.split("\n\n") {
            let (heading, text) = match part.strip_prefix("Examples:\n") {
                Some(examples) => ("EXAMPLES", examples),
                None => ("NOTES", part),
            };
            page += &format!(".SH {heading}\n{}", literal(text));
        }
        pages.insert(format!("{name}.1"), page);
    }
    pages
}

#[test]
fn the_pages_are_those_of_this_command_line() {
    let advice = "write them again: cargo test --test integration -- --ignored write_the_manual";
    let files = std::fs::read_dir(folder()).unwrap();
    let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut kept: Vec<_> = files.collect();
    kept.sort();
    let pages = pages();
    assert_eq!(kept, pages.keys().cloned().collect::<Vec<_>>(), "{advice}");
    for (name, page) in pages {
        let kept = std::fs::read_to_string(folder().join(&name)).unwrap();
        assert_eq!(kept, page, "{name}: {advice}");
    }
}

#[test]
#[ignore = "writes docs/man"]
fn write_the_manual() {
    std::fs::remove_dir_all(folder()).ok();
    std::fs::create_dir_all(folder()).unwrap();
    for (name, page) in pages() {
        std::fs::write(folder().join(name), page).unwrap();
    }
}
