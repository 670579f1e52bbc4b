//! What a source file names, wherever and in whatever shape: in `use` items with nested groups over many lines, in
//! code, in types, in the arguments of macros; through `crate`, `super` or a child module. Comments and strings don't
//! count.

use super::tokens::{Token, tokens};

/// A path of two segments or more, from the crate's root (`crate::…`) or from another crate's (`std::…`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

/// What the file names whose module is `module` (`["crate", "cli", "args"]`), and whose child modules have these names.
pub(super) fn named(source: &str, module: &[String], children: &[String]) -> Vec<Named> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    let mut rest = tokens.as_slice();
    while !rest.is_empty() {
        rest = read(rest, &[], &mut found);
    }
    for named in &mut found {
        named.path = from_root(&named.path, module, children);
    }
    found
}

/// Reads a path, where one may stand, or one token; gives back what comes after. `prefix` is what stands before the
/// group of a `use` tree.
fn read<'a>(tokens: &'a [Token<'a>], prefix: &[String], found: &mut Vec<Named>) -> &'a [Token<'a>] {
    let [first, rest @ ..] = tokens else { return tokens };
    if !is_word(first) && (first.text != "*" || prefix.is_empty()) {
        return rest;
    }
    let mut path = prefix.to_vec();
    // `a::{self}` names a.
    if first.text != "self" || prefix.is_empty() {
        path.push(first.text.to_owned());
    }
    let mut rest = rest;
    while let [separator, next, after @ ..] = rest
        && separator.text == "::"
    {
        if next.text == "{" {
            return read_group(after, &path, found);
        }
        // `Vec::<T>::new`: what stands between the brackets is read for itself.
        if !is_word(next) && next.text != "*" {
            break;
        }
        path.push(next.text.to_owned());
        rest = after;
    }
    if path.len() > 1 {
        let line = first.line;
        found.push(Named { path, line });
    }
    match rest {
        // `use a::b as c`: c is a name for what was just seen.
        [word, _, after @ ..] if word.text == "as" => after,
        rest => rest,
    }
}

/// Reads the group of a `use` tree to its end.
fn read_group<'a>(mut tokens: &'a [Token<'a>], prefix: &[String], found: &mut Vec<Named>) -> &'a [Token<'a>] {
    while let [first, after @ ..] = tokens {
        if first.text == "}" {
            return after;
        }
        tokens = read(tokens, prefix, found);
    }
    tokens
}

fn is_word(token: &Token<'_>) -> bool {
    token.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn from_root(path: &[String], module: &[String], children: &[String]) -> Vec<String> {
    let mut at = module.to_vec();
    let mut rest = path;
    let relative = match path[0].as_str() {
        "self" | "super" => true,
        first => children.iter().any(|child| child == first),
    };
    if !relative {
        return path.to_vec();
    }
    while let Some((first, after)) = rest.split_first() {
        match first.as_str() {
            "self" => {}
            "super" => {
                at.pop();
            }
            _ => break,
        }
        rest = after;
    }
    [at.as_slice(), rest].concat()
}
