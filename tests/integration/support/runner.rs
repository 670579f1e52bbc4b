//! Models of what CI runners read: just enough of their parsers to say what they would make of our output.
//! `runner_model` holds them to the runners' own test vectors.

use std::collections::BTreeMap;

use serde_json::Value;

/// A name→value map, as the parsers yield it.
pub(crate) type Map = BTreeMap<String, String>;

/// The outputs of the action, in the order of its file: public API.
pub(crate) const OUTPUTS: [&str; 10] = [
    "deployment-id",
    "status",
    "url",
    "dashboard-url",
    "commit",
    "duration-seconds",
    "key-age-days",
    "key-stale",
    "exit-code",
    "result-json",
];

/// The variables of GitLab's dotenv report, in their order: public API.
pub(crate) const DOTENV: [&str; 8] = [
    "SPROOBO_DEPLOYMENT_ID",
    "SPROOBO_STATUS",
    "SPROOBO_URL",
    "SPROOBO_DASHBOARD_URL",
    "SPROOBO_DURATION_SECONDS",
    "SPROOBO_KEY_AGE_DAYS",
    "SPROOBO_KEY_STALE",
    "SPROOBO_EXIT_CODE",
];

/// Checks that these are the names of a map, and no others.
#[track_caller]
pub(crate) fn assert_names(map: &Map, expected: &[&str]) {
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(map.keys().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// The rows of a vector of `vectors.json`.
pub(crate) fn vector(id: &str) -> Vec<Value> {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("vectors.json")).expect("vectors.json is JSON");
    let vector = vectors.into_iter().find(|vector| vector["id"] == id);
    let rows = vector.as_ref().and_then(|vector| vector["rows"].as_array());
    rows.filter(|rows| !rows.is_empty())
        .expect("the vector has rows")
        .clone()
}

/// A workflow command as actions/runner understands it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) name: String,
    pub(crate) properties: Map,
    pub(crate) data: String,
}

/// The lines of an output: LF, CR and CRLF end one.
pub(crate) fn lines(output: &str) -> Vec<&str> {
    output.split('\n').flat_map(|line| line.split('\r')).collect()
}

/// The command that a line is, whatever its name: no name is safe, since a later runner may know it.
pub(crate) fn command(line: &str) -> Option<Command> {
    v2(line).or_else(|| v1(line))
}

/// `::name k=v,k=v::data` at the start of the line.
pub(crate) fn v2(line: &str) -> Option<Command> {
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let (info, data) = line.strip_prefix("::")?.split_once("::")?;
    let unescape = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n");
        text.replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
    };
    let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
    Some(Command {
        name: name.to_owned(),
        properties: pairs(properties.trim(), ',', unescape),
        data: data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%"),
    })
}

/// `##[name k=v;k=v]data` anywhere in the line.
pub(crate) fn v1(line: &str) -> Option<Command> {
    let (_, rest) = line.split_once("##[")?;
    let (info, data) = rest.split_once(']')?;
    let unescape = |text: &str| {
        let text = text.replace("%3B", ";").replace("%0D", "\r").replace("%0A", "\n");
        text.replace("%5D", "]").replace("%25", "%")
    };
    let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
    Some(Command {
        name: name.to_owned(),
        properties: pairs(properties, ';', unescape),
        data: unescape(data),
    })
}

fn pairs(text: &str, separator: char, unescape: impl Fn(&str) -> String) -> Map {
    let pairs = text.split(separator).filter_map(|pair| pair.split_once('='));
    let pairs = pairs.filter(|(key, value)| !key.is_empty() && !value.is_empty());
    pairs.map(|(key, value)| (key.to_owned(), unescape(value))).collect()
}

/// What the runner reads from the file behind `GITHUB_OUTPUT`.
pub(crate) fn env_file(text: &str) -> Result<Map, String> {
    let mut map = Map::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    while let Some((line, _)) = next_line(&mut rest) {
        let (equals, heredoc) = (line.find('='), line.find("<<"));
        if line.is_empty() {
            continue;
        } else if let Some(at) = equals.filter(|at| heredoc.is_none_or(|heredoc| *at < heredoc)) {
            map.insert(name(&line[..at])?, line[at + 1..].to_owned());
        } else if let Some(at) = heredoc {
            let key = name(&line[..at])?;
            map.insert(key, heredoc_value(&mut rest, name(&line[at + 2..])?)?);
        } else {
            return Err(format!("Invalid format '{line}'"));
        }
    }
    Ok(map)
}

fn name(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("Invalid format".to_owned());
    }
    Ok(text.to_owned())
}

fn heredoc_value(rest: &mut &str, delimiter: String) -> Result<String, String> {
    let mut value = Vec::new();
    loop {
        let (line, ended) = next_line(rest).ok_or("Matching delimiter not found")?;
        if line == delimiter {
            return Ok(value.join("\n"));
        }
        if !ended {
            return Err("EOF marker missing new line".to_owned());
        }
        value.push(line);
    }
}

fn next_line<'a>(rest: &mut &'a str) -> Option<(&'a str, bool)> {
    if rest.is_empty() {
        return None;
    }
    let (line, after, ended) = match rest.split_once('\n') {
        Some((line, after)) => (line, after, true),
        None => (*rest, "", false),
    };
    *rest = after;
    Some((line, ended))
}

/// What GitLab reads from a dotenv report.
pub(crate) fn dotenv(text: &str) -> Result<Map, String> {
    if text.len() >= 5 * 1024 {
        return Err("Dotenv Artifact Too Big".to_owned());
    }
    let mut map = Map::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for line in text.split_inclusive('\n') {
        let (key, value) = line.split_once('=').ok_or("Invalid Format")?;
        let (key, value) = (key.trim(), value.trim());
        if key.is_empty() {
            return Err("Key can't be blank".to_owned());
        }
        if !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') || key.len() > 255 {
            return Err("Key can contain only letters, digits and '_'".to_owned());
        }
        map.insert(key.to_owned(), value.to_owned());
    }
    if map.len() > 20 {
        return Err("Dotenv files cannot have more than 20 variables".to_owned());
    }
    Ok(map)
}

/// A section marker of GitLab's job log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    pub(crate) start: bool,
    pub(crate) name: String,
    pub(crate) options: Map,
    /// What the log shows after it.
    pub(crate) after: String,
}

/// The first section marker of a trace.
pub(crate) fn section(trace: &str) -> Option<Marker> {
    let at = trace.find("section_")?;
    let rest = &trace[at + "section_".len()..];
    let (kind, rest) = rest.split_once(':')?;
    let (time, rest) = rest.split_once(':')?;
    let (marker, after) = rest.split_once("\r\u{1b}[0K")?;
    let (name, options) = match marker.split_once('[') {
        Some((name, options)) => (name, options.strip_suffix(']')?),
        None => (marker, ""),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let fits = matches!(kind, "start" | "end")
        && !time.is_empty()
        && time.bytes().all(|byte| byte.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(is_name);
    fits.then(|| Marker {
        start: kind == "start",
        name: name.to_owned(),
        options: pairs(options, ',', str::to_owned),
        after: after.to_owned(),
    })
}
