//! The models in `support::runner` read what the runners' own tests say that the runners read.

use serde_json::{Value, json};

use crate::support::runner::{Command, command, dotenv, env_file, section, v1, v2, vector};

fn as_json(command: Option<Command>) -> (Value, Value) {
    command.map_or((Value::Null, Value::Null), |command| {
        assert_eq!(command.name, "do-something");
        (json!(command.properties), json!(command.data))
    })
}

#[test]
fn commands_of_the_first_form() {
    for row in vector("R6") {
        let (properties, data) = as_json(v1(row[0].as_str().unwrap()));
        assert_eq!((&properties, &data), (&row[1], &row[2]), "{row}");
    }
}

#[test]
fn commands_of_the_second_form() {
    for row in vector("R7") {
        let (properties, data) = as_json(v2(row[0].as_str().unwrap()));
        assert_eq!((&properties, &data), (&row[1], &row[2]), "{row}");
    }
}

#[test]
fn lines_that_are_commands() {
    for row in vector("R10") {
        let known = command(row[0].as_str().unwrap()).is_some_and(|command| command.name == "some-command");
        assert_eq!(known, row[1] == "command", "{row}");
    }
}

#[test]
fn env_files() {
    for row in vector("R12") {
        match (env_file(row[0].as_str().unwrap()), &row[1]) {
            (Ok(map), expected) => assert_eq!(&json!(map), expected, "{row}"),
            (Err(error), expected) => assert!(expected.as_str().unwrap().contains(&error), "{row}: {error}"),
        }
    }
}

#[test]
fn dotenv_reports() {
    for row in vector("L6") {
        match (dotenv(row[0].as_str().unwrap()), &row[1]) {
            (Ok(map), expected) => assert_eq!(&json!(map), expected, "{row}"),
            (Err(error), expected) => assert!(expected.as_str().unwrap().contains(&error), "{row}: {error}"),
        }
    }
}

#[test]
fn section_markers() {
    for row in vector("L8") {
        let section = section(row[0].as_str().unwrap());
        let section = section.map(|marker| json!({ "name": marker.name, "options": marker.options }));
        assert_eq!(section.unwrap_or_default(), row[1], "{row}");
    }
}
