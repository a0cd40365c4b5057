//! What a reviewer should know of a bundle that loads: findings, each with its place and a remedy.
//!
//! The loader refuses what casbin would read differently from a reviewer. What stands here loads, does what it says,
//! and is hardly meant: rules that never decide, cells that nobody is allowed, duties that nothing separates.

mod cover;
mod dead;
mod duty;
mod place;
mod shadow;
mod stages;

use super::bundle::Bundle;
use super::decision::Policy;
use super::look::Lens;
use super::rules::Rule;
use serde::Serialize;

/// How much a finding weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The policy contradicts itself, or leaves a duty unguarded.
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
    /// What kind of finding it is: a word that scripts may rely on (docs/policy.md).
    pub kind: &'static str,
    /// The stable id of the rule, link or constraint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What is so.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// Everything found in a policy that loads, the gravest first, then by file and line. `policy` is what `bundle` loads
/// to.
#[must_use]
pub fn findings(bundle: &Bundle, policy: &Policy) -> Vec<Finding> {
    let mut review = Review { bundle, policy, lens: Lens::new(policy), found: Vec::new() };
    review.shadows();
    review.dead();
    review.cover();
    review.duty();
    review.stages();
    review.found.sort();
    review.found
}

/// A review under way.
struct Review<'a> {
    bundle: &'a Bundle,
    policy: &'a Policy,
    lens: Lens<'a>,
    found: Vec<Finding>,
}

impl Review<'_> {
    /// Notes something about a rule.
    fn of_rule(&mut self, severity: Severity, kind: &'static str, rule: &Rule, message: String, remedy: &str) {
        self.found.push(Finding {
            severity,
            file: rule.file.clone(),
            line: Some(rule.line),
            kind,
            rule: Some(rule.id.clone()),
            message,
            remedy: remedy.to_owned(),
        });
    }
}
