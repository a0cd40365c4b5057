//! `tests/*.yaml`: the strict reader.

use super::cases::Case;
use crate::event::{ActorId, Env, limits};
use crate::policy::error::{PolicyError, refuse, refuse_file};
use crate::policy::{Policy, text};
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde_saphyr::{Spanned, options::DuplicateKeyPolicy};
use std::{fmt, marker::PhantomData};

/// The folder of the tests, beside the policy's files.
const FOLDER: &str = "tests/";

/// Whether a file of a policy folder is a suite of cases: `tests/<word>.yaml`.
#[must_use]
pub fn is_suite(name: &str) -> bool {
    let word = name.strip_prefix(FOLDER).and_then(|rest| rest.strip_suffix(".yaml"));
    word.is_some_and(text::is_word)
}

/// What a case expects.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expect {
    /// Allowed.
    Allow,
    /// Refused, in whatever way.
    Deny,
}

impl Expect {
    /// `allow` or `deny`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// One file of cases, read and checked against a policy's words.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The file's name in the policy folder.
    pub file: String,
    /// What it calls itself.
    pub name: String,
    pub(super) cases: Vec<Case>,
}

/// The file as written.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    suite: String,
    /// What cases ask about that do not say so themselves.
    #[serde(default)]
    defaults: RawDefaults,
    cases: Vec<Spanned<RawCase>>,
}

#[derive(serde::Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawDefaults {
    #[serde(default)]
    role: Many<String>,
    #[serde(default)]
    env: Many<Env>,
    #[serde(default)]
    object: Many<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCase {
    pub name: String,
    /// Each by itself.
    #[serde(default)]
    pub role: Many<String>,
    /// All of them at once.
    #[serde(default)]
    pub roles: Option<Vec<String>>,
    #[serde(default)]
    pub actor: Option<ActorId>,
    #[serde(default)]
    pub env: Many<Env>,
    #[serde(default)]
    pub object: Many<String>,
    pub action: Many<String>,
    #[serde(default)]
    pub facts: RawFacts,
    pub expect: Expect,
    #[serde(default)]
    pub rule: Many<String>,
}

/// What the ledger would know of the subject.
#[derive(serde::Deserialize, Default, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFacts {
    #[serde(default)]
    pub author: Many<ActorId>,
    #[serde(default)]
    pub trainer: Many<ActorId>,
    #[serde(default)]
    pub beneficiary: Many<ActorId>,
}

/// One value, or a list of them; empty when it is not given.
#[derive(Clone, Debug)]
pub(super) struct Many<T>(pub Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMany<T> {
            type Value = Many<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word, or a list of words")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Many<T>, E> {
                T::deserialize(de::value::StrDeserializer::new(word)).map(|one| Many(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Many<T>, A::Error> {
                let mut many = Vec::new();
                while let Some(one) = list.next_element()? {
                    many.push(one);
                }
                if many.is_empty() {
                    return Err(de::Error::custom("an empty list asks nothing"));
                }
                Ok(Many(many))
            }
        }
        deserializer.deserialize_any(OneOrMany(PhantomData))
    }
}

impl Suite {
    /// Reads a file of cases. Unknown fields and words, duplicate keys, anchors and whatever is beyond the limits are
    /// refused.
    ///
    /// # Errors
    /// The first thing that is wrong, with file, line, reason and remedy.
    pub fn read(file: &str, bytes: &[u8], policy: &Policy) -> Result<Self, PolicyError> {
        let text = text::check(file, bytes)?;
        let raw: Raw = yaml(file, text)?;
        let mut cases = Vec::new();
        let mut requests = 0_usize;
        for case in raw.cases {
            let line = usize::try_from(case.referenced.line()).unwrap_or(0);
            let mut case = case.value;
            inherit(&mut case, &raw.defaults);
            let case = Case::check(file, line, case, policy)?;
            requests = requests.saturating_add(case.count());
            if requests > limits::POLICY_TEST_REQUESTS_MAX {
                let reason = format!("more than {} requests in one file", limits::POLICY_TEST_REQUESTS_MAX);
                return Err(refuse(file, line, reason, "ask for fewer combinations, or split the file"));
            }
            cases.push(case);
        }
        if cases.is_empty() {
            return Err(refuse_file(file, "no cases", "write at least one, or remove the file"));
        }
        Ok(Self { file: file.to_owned(), name: raw.suite, cases })
    }

    /// How many requests its cases come to.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.cases.iter().map(Case::count).sum()
    }
}

fn inherit(case: &mut RawCase, defaults: &RawDefaults) {
    if case.role.0.is_empty() && case.roles.is_none() {
        case.role.clone_from(&defaults.role);
    }
    for (own, usual) in [(&mut case.object, &defaults.object)] {
        if own.0.is_empty() {
            own.clone_from(usual);
        }
    }
    if case.env.0.is_empty() {
        case.env.clone_from(&defaults.env);
    }
}

/// Parses YAML with tight limits: a test needs no anchors, merges, tags or second documents.
fn yaml(file: &str, text: &str) -> Result<Raw, PolicyError> {
    let budget = serde_saphyr::budget! {
        max_depth: 8,
        max_documents: 1,
        max_aliases: 0,
        max_anchors: 0,
        max_nodes: limits::POLICY_TEST_NODES_MAX,
        max_events: limits::POLICY_TEST_NODES_MAX * 2,
    };
    let options = serde_saphyr::options! {
        budget: budget,
        duplicate_keys: DuplicateKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let line = error.location().map(|location| usize::try_from(location.line()).unwrap_or(0));
        let reason = error.without_snippet().to_string();
        let remedy = "docs/policy.md describes the fields of a case";
        match line.filter(|line| *line > 0) {
            Some(line) => refuse(file, line, reason, remedy),
            None => refuse_file(file, reason, remedy),
        }
    })
}
