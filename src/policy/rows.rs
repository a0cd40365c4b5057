//! `rules/<owner>.csv` and `deny.csv`: the strict reader that stands before casbin.
//!
//! casbin's own reader drops a row whose first cell it does not know, ignores an effect that is not exactly `allow`
//! or `deny`, keeps an inline `#` as part of a cell, and errors on every request once one row has the wrong length
//! (hazards 1, 2, 12, 16, 21 and 23). Here a row is right in every cell, or the bundle is refused.

use super::error::{PolicyError, refuse};
use super::object::pattern_type;
use super::roles::Link;
use super::rules::{BUILT_IN, Effect, Rule};
use super::text;
use super::vocabulary::Vocabulary;
use crate::event::{Env, limits};
use std::collections::HashMap;

/// The file of absolute denies.
pub(super) const DENY_FILE: &str = "deny.csv";

/// All rows of a bundle, in the order of the files' names and lines.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub rules: Vec<Rule>,
    pub links: Vec<Link>,
    /// Where each id, and each row without its id, was first seen.
    seen: HashMap<String, String>,
}

/// Where a row stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a str,
    line: usize,
}

impl Place<'_> {
    fn refuse(self, reason: impl Into<String>, remedy: impl Into<String>) -> PolicyError {
        refuse(self.file, self.line, reason, remedy)
    }
}

impl Rows {
    /// Reads one file into the rows.
    pub fn read(&mut self, file: &str, text: &str, vocabulary: &Vocabulary) -> Result<(), PolicyError> {
        for (line, row) in text::lines(text) {
            let place = Place { file, line };
            let cells = cells(place, row)?;
            match cells.as_slice() {
                ["p", sub, dom, obj, act, eft, id] => {
                    self.once(place, id, &[sub, dom, obj, act, eft])?;
                    self.rules.push(rule(place, [sub, dom, obj, act, eft, id], vocabulary)?);
                }
                ["g", sub, role, dom, id] => {
                    self.once(place, id, &[sub, role, dom])?;
                    self.links.push(link(place, [sub, role, dom, id], vocabulary)?);
                }
                [ptype @ ("p" | "g"), rest @ ..] => {
                    let wanted =
                        if *ptype == "p" { "p, sub, dom, obj, act, eft, id" } else { "g, role, role, dom, id" };
                    let reason = format!("a `{ptype}` row of {} cells", rest.len() + 1);
                    return Err(place.refuse(reason, format!("write `{wanted}`")));
                }
                [ptype, ..] => {
                    let reason = format!("unknown row type `{ptype}` (casbin would drop the row)");
                    return Err(place.refuse(reason, "rows begin with `p` or `g`; p2, g2 and `P` are refused"));
                }
                [] => {}
            }
            if self.rules.len() + self.links.len() > limits::POLICY_RULES_MAX {
                let reason = format!("more than {} rows in the bundle", limits::POLICY_RULES_MAX);
                return Err(place.refuse(reason, "use `kind/*` patterns or fewer roles"));
            }
        }
        Ok(())
    }

    /// An id is used once; a row, compared without its id, stands once.
    fn once(&mut self, place: Place<'_>, id: &str, row: &[&str]) -> Result<(), PolicyError> {
        if !text::is_word(id) || BUILT_IN.contains(&id) {
            let reason = format!("`{id}` is not a rule id");
            return Err(place.refuse(reason, "use lower-case letters, digits and hyphens; built-in ids are reserved"));
        }
        let here = format!("{}:{}", place.file, place.line);
        if let Some(first) = self.seen.insert(format!("id {id}"), here.clone()) {
            let reason = format!("rule id `{id}` is already used in {first}");
            return Err(place.refuse(reason, "give every row an id of its own"));
        }
        if let Some(first) = self.seen.insert(row.join(","), here) {
            return Err(place.refuse(format!("the same row as {first}"), "remove one of the two"));
        }
        Ok(())
    }
}

/// Splits a row at commas; a cell has no quotes, blanks inside, comments or brackets.
fn cells<'a>(place: Place<'_>, row: &'a str) -> Result<Vec<&'a str>, PolicyError> {
    if row.starts_with(' ') {
        return Err(place.refuse("a row that begins with a blank", "begin rows and comments in the first column"));
    }
    if row.contains('#') {
        return Err(place.refuse("an inline `#`", "put comments on lines of their own"));
    }
    let cells: Vec<_> = row.split(',').map(|cell| cell.trim_matches(' ')).collect();
    for cell in &cells {
        let bad = cell.bytes().find(|b| !b.is_ascii_alphanumeric() && !b"-_.~:%+=/@*".contains(b)).map(char::from);
        match bad {
            None => {}
            Some(';') => return Err(place.refuse("a semicolon", "separate cells with commas")),
            Some('"' | '\'') => return Err(place.refuse("a quotation mark", "write cells bare; none needs quoting")),
            Some('(' | ')' | '{' | '}') => {
                let reason =
                    format!("`{cell}` looks like an expression (eval, regular expressions and globs are refused)");
                return Err(place.refuse(reason, "write the plain word"));
            }
            Some(other) => return Err(place.refuse(format!("`{other}` inside a cell"), "write the plain word")),
        }
        if cell.is_empty() {
            return Err(place.refuse("an empty cell", "fill every cell; for all environments write `*`"));
        }
    }
    Ok(cells)
}

fn domain(place: Place<'_>, word: &str) -> Result<Option<Env>, PolicyError> {
    if word == "*" {
        return Ok(None);
    }
    let known = Env::ALL.into_iter().find(|env| env.as_str() == word);
    known
        .map(Some)
        .ok_or_else(|| place.refuse(format!("unknown environment `{word}`"), "use dev, staging, prod or `*`"))
}

fn role(place: Place<'_>, word: &str, vocabulary: &Vocabulary) -> Result<String, PolicyError> {
    if !word.starts_with("role:") {
        let reason = format!("`{word}` is not a role");
        return Err(place.refuse(reason, "rules are about `role:…`; who holds a role is recorded in the ledger"));
    }
    if vocabulary.role(word).is_none() {
        return Err(place.refuse(format!("unknown role `{word}`"), "add it to vocabulary.toml, or correct it"));
    }
    Ok(word.to_owned())
}

fn rule(place: Place<'_>, cells: [&str; 6], vocabulary: &Vocabulary) -> Result<Rule, PolicyError> {
    let [sub, dom, obj, act, eft, id] = cells;
    let absolute = place.file == DENY_FILE;
    let effect = match eft {
        "allow" => Effect::Allow,
        "deny" => Effect::Deny,
        _ => {
            let reason = format!("effect `{eft}` (casbin would ignore the row)");
            return Err(place.refuse(reason, "write `allow` or `deny`, in lower case"));
        }
    };
    if absolute && effect == Effect::Allow {
        return Err(place.refuse("an allow in the file of absolute denies", "move it to a file in rules/"));
    }
    let object_type = pattern_type(obj).map_err(|why| {
        place.refuse(format!("object `{obj}` has {why}"), "write `kind/name`, `kind/*` or `kind/name@*`")
    })?;
    if vocabulary.object_type(object_type).is_none() {
        let reason = format!("unknown object type `{object_type}`");
        return Err(place.refuse(reason, "add it to vocabulary.toml, or correct it"));
    }
    if vocabulary.action(act).is_none() {
        return Err(place.refuse(format!("unknown action `{act}`"), "add it to vocabulary.toml, or correct it"));
    }
    if vocabulary.pair(object_type, act).is_none() {
        let reason = format!("nothing does `{act}` to `{object_type}`, so the row could never match");
        return Err(place.refuse(reason, "correct the action, or add it to the object type in vocabulary.toml"));
    }
    Ok(Rule {
        id: id.to_owned(),
        role: role(place, sub, vocabulary)?,
        env: domain(place, dom)?,
        object: obj.to_owned(),
        object_type: object_type.to_owned(),
        action: act.to_owned(),
        effect,
        absolute,
        file: place.file.to_owned(),
        line: place.line,
    })
}

fn link(place: Place<'_>, cells: [&str; 4], vocabulary: &Vocabulary) -> Result<Link, PolicyError> {
    let [child, parent, dom, id] = cells;
    if place.file == DENY_FILE {
        return Err(place.refuse("a role link in the file of absolute denies", "move it to a file in rules/"));
    }
    Ok(Link {
        id: id.to_owned(),
        child: role(place, child, vocabulary)?,
        parent: role(place, parent, vocabulary)?,
        env: domain(place, dom)?,
        file: place.file.to_owned(),
        line: place.line,
    })
}
