//! The decision matrix as text: `tests/matrix.golden` beside a policy, so that a change of policy shows in a review as
//! the cells that it changes.
//!
//! One section an object type (and one a narrower pattern that some rule has), one line an action, one column a role,
//! three marks a cell: dev, staging, prod.

use super::decision::Policy;
use super::error::{PolicyError, refuse, refuse_file};
use super::look::{Answer, Lens};
use super::text;
use crate::event::{Env, limits};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The file's name in a policy folder. It is no part of the bundle.
pub const FILE: &str = "tests/matrix.golden";

const HEAD: &str = "\
# What each role may do by itself, in dev, staging and prod:
#   + allowed   . no rule allows it   - a rule denies it   ! a rule denies it absolutely
# Several roles of one actor: allowed where one has + and none has - or !.
# `sagwan policy test --bless` writes this file, and `sagwan policy test` compares it. It decides nothing.
";

const BLESS: &str = "run `sagwan policy test --bless` and review what it wrote";

/// The mark of an answer.
#[must_use]
pub fn mark(answer: Answer) -> char {
    match answer {
        Answer::Allow => '+',
        Answer::DefaultDeny => '.',
        Answer::Deny => '-',
        Answer::AbsoluteDeny => '!',
    }
}

/// The matrix of a policy as text, the same for the same decisions.
#[must_use]
pub fn write(policy: &Policy) -> String {
    let lens = Lens::new(policy);
    let roles: Vec<&str> = policy.vocabulary().roles().collect();
    let mut text = HEAD.to_owned();
    let types: Vec<&str> = policy.vocabulary().object_types().collect();
    for object_type in types {
        let of_type = || policy.vocabulary().pairs().filter(move |(own, _, _)| *own == object_type);
        let mut objects = BTreeSet::new();
        for (_, action, _) in of_type() {
            objects.extend(Env::ALL.into_iter().flat_map(|env| lens.classes(env, object_type, action)));
        }
        for object in objects {
            let fine = !is_whole(&object);
            let spoken = |action: &str| {
                Env::ALL.into_iter().any(|env| lens.patterns(env, object_type, action).contains(object.as_str()))
            };
            let actions: Vec<&str> =
                of_type().map(|(_, action, _)| action).filter(|action| !fine || spoken(action)).collect();
            section(&mut text, &lens, &roles, &object, &actions);
        }
    }
    text
}

fn is_whole(object: &str) -> bool {
    object.strip_suffix("/*").is_some_and(|kind| !kind.contains('/'))
}

/// The role without its prefix: the column's head.
fn head(role: &str) -> &str {
    role.strip_prefix("role:").unwrap_or(role)
}

fn section(text: &mut String, lens: &Lens<'_>, roles: &[&str], object: &str, actions: &[&str]) {
    let first = actions.iter().map(|action| action.len()).chain([object.len() + 2]).max().unwrap_or_default();
    text.push_str(&format!("\n{:first$}", format!("[{object}]")));
    for role in roles {
        text.push_str(&format!("  {}", head(role)));
    }
    text.push('\n');
    for action in actions {
        let mut line = format!("{action:first$}");
        for role in roles {
            let marks: String =
                Env::ALL.map(|env| mark(lens.look(role, env, object, action).answer())).iter().collect();
            line.push_str(&format!("  {marks:width$}", width = head(role).len().max(3)));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// A cell of the golden file: role, environment, object, action.
type Key = (String, Env, String, String);

/// A cell in which a policy and its golden file differ.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct GoldenChange {
    /// `role:…`
    pub role: String,
    /// The environment.
    pub env: Env,
    /// The class of objects.
    pub object: String,
    /// The action.
    pub action: String,
    /// The mark in the file; absent where it has no such cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub golden: Option<char>,
    /// The mark of the policy; absent where it has no such cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<char>,
}

/// Compares a golden file with the policy: the cells that differ, by role, environment, object and action.
///
/// # Errors
/// When the file is not one that [`write()`] makes, with its line.
pub fn compare(golden: &[u8], policy: &Policy) -> Result<Vec<GoldenChange>, PolicyError> {
    let plain = golden.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n'));
    let was = std::str::from_utf8(golden).ok().filter(|_| plain && golden.len() <= limits::POLICY_GOLDEN_BYTES_MAX);
    let was = was.ok_or_else(|| refuse_file(FILE, "too large, or not plain ASCII text", BLESS))?;
    let was = read(was)?;
    let now = read(&write(policy))?;
    let keys: BTreeSet<&Key> = was.keys().chain(now.keys()).collect();
    let changed = keys.into_iter().filter(|key| was.get(*key) != now.get(*key));
    Ok(changed
        .map(|key| {
            let (role, env, object, action) = key.clone();
            GoldenChange { role, env, object, action, golden: was.get(key).copied(), now: now.get(key).copied() }
        })
        .collect())
}

fn read(text: &str) -> Result<BTreeMap<Key, char>, PolicyError> {
    let mut cells = BTreeMap::new();
    let (mut object, mut roles) = (String::new(), Vec::new());
    for (number, line) in text::lines(text) {
        let bad = |reason: &str| refuse(FILE, number, reason, BLESS);
        let mut words = line.split_ascii_whitespace();
        let first = words.next().ok_or_else(|| bad("an empty line of blanks"))?;
        if let Some(name) = first.strip_prefix('[') {
            object = name.strip_suffix(']').ok_or_else(|| bad("`[` without `]`"))?.to_owned();
            roles = words.map(|head| format!("role:{head}")).collect();
            continue;
        }
        let marks: Vec<&str> = words.collect();
        if marks.len() != roles.len() || object.is_empty() {
            return Err(bad("a line with another number of cells than there are roles"));
        }
        for (role, marks) in roles.iter().zip(marks) {
            if marks.len() != Env::ALL.len() || !marks.chars().all(|mark| "+.-!".contains(mark)) {
                return Err(bad("a cell that is not three of the marks + . - !"));
            }
            for (env, mark) in Env::ALL.into_iter().zip(marks.chars()) {
                if cells.insert((role.clone(), env, object.clone(), first.to_owned()), mark).is_some() {
                    return Err(bad("a cell that stands twice"));
                }
            }
        }
    }
    Ok(cells)
}
