//! What a reviewer should know of a bundle that loads: findings, each with its place and a remedy.

use super::decision::Policy;
use serde::Serialize;

/// How much a finding weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The policy contradicts itself.
    Error,
    /// It does what it says, and that is hardly what was meant.
    Warning,
    /// Worth knowing.
    Note,
}

/// One thing that a reviewer should know.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Finding {
    /// How much it weighs.
    pub severity: Severity,
    /// The file of the bundle.
    pub file: String,
    /// The line, from 1; absent where no single line can be named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The stable id of the rule, link or constraint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What kind of finding it is: a word that scripts may rely on.
    pub kind: &'static str,
    /// What is so.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// Everything found in a policy that loads, the gravest first.
#[must_use]
pub fn findings(_policy: &Policy) -> Vec<Finding> {
    Vec::new()
}
