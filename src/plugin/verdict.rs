//! What a validator says, in our own words.

use super::{
    bindings::types,
    check::{attributes, evidence, list, pointer, text, word},
    error::Cause,
};
use crate::event::{Digest, Text, limits};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How grave a finding is. Those from `minor` on are those of `alert.raised`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know; nothing needs doing.
    Info,
    /// To be known.
    Minor,
    /// To be looked at.
    Moderate,
    /// To be acted on.
    Major,
    /// To be acted on at once.
    Critical,
}

impl From<types::Severity> for Severity {
    fn from(severity: types::Severity) -> Self {
        match severity {
            types::Severity::Info => Self::Info,
            types::Severity::Minor => Self::Minor,
            types::Severity::Moderate => Self::Moderate,
            types::Severity::Major => Self::Major,
            types::Severity::Critical => Self::Critical,
        }
    }
}

/// One thing that a rule found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// A stable word: `a-z`, `0-9`, `-`, `.`.
    pub code: Text,
    /// How grave it is.
    pub severity: Severity,
    /// What was found, for people.
    pub message: Text,
    /// Where in the event: a JSON pointer (RFC 6901).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<Text>,
    /// What it was found in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Digest>,
    /// More, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

impl Finding {
    /// Whether it says that what was found is personal data: by its attribute `personal` (wit/sagwan-plugin.wit).
    #[must_use]
    pub fn is_personal(&self) -> bool {
        self.attributes.get("personal").is_some_and(|value| value == "true")
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.pointer {
            Some(pointer) => write!(f, "{} at {pointer}: {}", self.code, self.message),
            None => write!(f, "{}: {}", self.code, self.message),
        }
    }
}

/// What a validator says of an event.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "verdict", content = "findings")]
pub enum Verdict {
    /// The rule does not speak of this event.
    Abstain,
    /// The event may be recorded.
    Accept(Vec<Finding>),
    /// The event must not be recorded; at least one finding says why.
    Reject(Vec<Finding>),
}

impl Verdict {
    /// The word by which it is recorded.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Abstain => "abstain",
            Self::Accept(_) => "accept",
            Self::Reject(_) => "reject",
        }
    }

    /// Its findings, in the order in which the rule gave them.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Abstain => &[],
            Self::Accept(findings) | Self::Reject(findings) => findings,
        }
    }
}

impl TryFrom<types::Verdict> for Verdict {
    type Error = Cause;

    fn try_from(verdict: types::Verdict) -> Result<Self, Cause> {
        Ok(match verdict {
            types::Verdict::Abstain => Self::Abstain,
            types::Verdict::Accept(findings) => Self::Accept(all(findings)?),
            types::Verdict::Reject(findings) if findings.is_empty() => {
                return Err(Cause::Result {
                    what: "a rejection without a finding; say why in at least one".to_owned(),
                });
            }
            types::Verdict::Reject(findings) => Self::Reject(all(findings)?),
        })
    }
}

fn all(findings: Vec<types::Finding>) -> Result<Vec<Finding>, Cause> {
    list("findings", findings.len(), limits::PLUGIN_FINDINGS_MAX)?;
    findings.into_iter().map(Finding::try_from).collect()
}

impl TryFrom<types::Finding> for Finding {
    type Error = Cause;

    fn try_from(finding: types::Finding) -> Result<Self, Cause> {
        Ok(Self {
            code: word("a finding's code", &finding.code)?,
            severity: finding.severity.into(),
            message: text("a finding's message", &finding.message)?,
            pointer: finding.pointer.as_deref().map(pointer).transpose()?,
            evidence: evidence(&finding.evidence)?,
            attributes: attributes(finding.attributes)?,
        })
    }
}
