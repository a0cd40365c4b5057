//! `vocabulary.toml`: the closed lists of words. A rule that uses another word is refused; a request that uses
//! another word is denied.

use super::error::{PolicyError, refuse, refuse_file};
use super::text;
use crate::event::{Env, RoleId, SubjectKind, limits};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use toml::Spanned;

/// The file's name in a bundle.
pub(super) const FILE: &str = "vocabulary.toml";

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    roles: Vec<Spanned<String>>,
    environments: Vec<Spanned<String>>,
    actions: Vec<Spanned<String>>,
    purposes: Vec<Spanned<String>>,
    /// Object type → the actions that can be done to it.
    objects: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
}

/// The words of a policy: roles, environments, object types, actions, purposes, and which action applies to which
/// object type.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    roles: Words,
    object_types: Words,
    actions: Words,
    purposes: Words,
    /// Dense: object type × action; `None` where nothing does that to such an object.
    pairs: Vec<Option<u32>>,
    pair_count: u32,
}

/// A closed list with positions.
#[derive(Debug, Clone, Default)]
struct Words {
    list: Vec<String>,
    at: HashMap<String, u32>,
}

impl Words {
    fn get(&self, word: &str) -> Option<u32> {
        self.at.get(word).copied()
    }

    fn push(&mut self, word: String) -> bool {
        let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.list.push(word.clone());
        self.at.insert(word, next).is_none()
    }
}

impl Vocabulary {
    /// Reads the file.
    pub(super) fn read(text: &str) -> Result<Self, PolicyError> {
        let raw: Raw = text::toml(FILE, text)?;
        let types = raw.objects.keys();
        let roles = words(text, "role", raw.roles.iter(), |word| word.parse::<RoleId>().is_ok())?;
        let object_types =
            words(text, "object type", types, |word| SubjectKind::ALL.iter().any(|k| k.as_str() == word))?;
        let actions = words(text, "action", raw.actions.iter(), text::is_word)?;
        let purposes = words(text, "purpose", raw.purposes.iter(), text::is_word)?;
        environments(text, &raw.environments)?;
        let mut vocabulary = Self {
            pairs: vec![None; object_types.list.len() * actions.list.len()],
            roles,
            object_types,
            actions,
            purposes,
            pair_count: 0,
        };
        vocabulary.fill_pairs(text, &raw)?;
        let cells = usize::try_from(vocabulary.pair_count).unwrap_or(usize::MAX) * vocabulary.roles.list.len() * 3;
        if cells > limits::POLICY_CELLS_MAX {
            let reason =
                format!("{cells} cells (roles x environments x actions), the limit is {}", limits::POLICY_CELLS_MAX);
            return Err(refuse_file(FILE, reason, "use fewer roles or actions"));
        }
        Ok(vocabulary)
    }

    fn fill_pairs(&mut self, text: &str, raw: &Raw) -> Result<(), PolicyError> {
        for (object_type, actions) in &raw.objects {
            for action in actions {
                let line = text::line_at(text, action.span().start);
                let word = action.get_ref();
                let slot = self.slot(object_type.get_ref(), word);
                let Some(slot) = slot.and_then(|slot| self.pairs.get_mut(slot)) else {
                    let reason = format!("`{word}` is not in the list `actions`");
                    return Err(refuse(FILE, line, reason, "add it to `actions`, or correct it"));
                };
                if slot.replace(self.pair_count).is_some() {
                    return Err(refuse(FILE, line, format!("`{word}` twice"), "remove one of the two"));
                }
                self.pair_count += 1;
            }
        }
        for action in &raw.actions {
            if !self.object_types.list.iter().any(|object_type| self.pair(object_type, action.get_ref()).is_some()) {
                let line = text::line_at(text, action.span().start);
                let reason = format!("action `{}` applies to no object type", action.get_ref());
                return Err(refuse(FILE, line, reason, "name it under [objects], or remove it"));
            }
        }
        Ok(())
    }

    fn slot(&self, object_type: &str, action: &str) -> Option<usize> {
        let (object_type, action) = (self.object_types.get(object_type)?, self.actions.get(action)?);
        let width = self.actions.list.len();
        Some(usize::try_from(object_type).ok()? * width + usize::try_from(action).ok()?)
    }

    /// The roles, in the file's order.
    pub fn roles(&self) -> impl ExactSizeIterator<Item = &str> {
        self.roles.list.iter().map(String::as_str)
    }

    /// The object types, in byte order.
    pub fn object_types(&self) -> impl ExactSizeIterator<Item = &str> {
        self.object_types.list.iter().map(String::as_str)
    }

    /// The actions, in the file's order.
    pub fn actions(&self) -> impl ExactSizeIterator<Item = &str> {
        self.actions.list.iter().map(String::as_str)
    }

    /// The purposes, in the file's order.
    pub fn purposes(&self) -> impl ExactSizeIterator<Item = &str> {
        self.purposes.list.iter().map(String::as_str)
    }

    /// Whether `purpose` is a purpose that a grant may have. Absent or unknown means deny.
    #[must_use]
    pub fn has_purpose(&self, purpose: &str) -> bool {
        self.purposes.get(purpose).is_some()
    }

    /// The position of a role.
    #[must_use]
    pub fn role(&self, role: &str) -> Option<u32> {
        self.roles.get(role)
    }

    /// The position of an object type.
    #[must_use]
    pub fn object_type(&self, object_type: &str) -> Option<u32> {
        self.object_types.get(object_type)
    }

    /// The position of an action.
    #[must_use]
    pub fn action(&self, action: &str) -> Option<u32> {
        self.actions.get(action)
    }

    /// The position of a pair (object type, action) among all pairs that exist.
    #[must_use]
    pub fn pair(&self, object_type: &str, action: &str) -> Option<u32> {
        self.slot(object_type, action).and_then(|slot| self.pairs.get(slot).copied().flatten())
    }

    /// Every pair (object type, action) that exists, with its position.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str, u32)> {
        self.object_types().flat_map(move |object_type| {
            self.actions().filter_map(move |action| Some((object_type, action, self.pair(object_type, action)?)))
        })
    }

    /// How many pairs exist.
    #[must_use]
    pub fn pair_count(&self) -> u32 {
        self.pair_count
    }
}

/// Checks one list: not empty, bounded, each word well-formed and once.
fn words<'a>(
    text: &str,
    what: &str,
    list: impl Iterator<Item = &'a Spanned<String>>,
    is_good: impl Fn(&str) -> bool,
) -> Result<Words, PolicyError> {
    let mut words = Words::default();
    for word in list {
        let line = text::line_at(text, word.span().start);
        if !is_good(word.get_ref()) {
            let reason = format!("`{}` is not a well-formed {what}", word.get_ref());
            return Err(refuse(FILE, line, reason, "see docs/policy.md for how the words are spelt"));
        }
        if !words.push(word.get_ref().clone()) {
            return Err(refuse(FILE, line, format!("{what} `{}` twice", word.get_ref()), "remove one of the two"));
        }
        if words.list.len() > limits::POLICY_WORDS_MAX {
            let reason = format!("more than {} words of kind `{what}`", limits::POLICY_WORDS_MAX);
            return Err(refuse(FILE, line, reason, "use fewer"));
        }
    }
    if words.list.is_empty() {
        return Err(refuse_file(FILE, format!("no {what}"), "name at least one"));
    }
    Ok(words)
}

/// The environments are the ledger's three: the file names them so that a reader sees them.
fn environments(text: &str, list: &[Spanned<String>]) -> Result<(), PolicyError> {
    let named: Vec<_> = list.iter().map(|word| word.get_ref().as_str()).collect();
    if named == Env::ALL.map(Env::as_str) {
        return Ok(());
    }
    let line = list.first().map_or(1, |word| text::line_at(text, word.span().start));
    Err(refuse(FILE, line, "other environments than the ledger's", r#"write ["dev", "staging", "prod"]"#))
}
