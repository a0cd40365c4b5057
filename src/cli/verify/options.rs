//! Which options have a say in what. One without effect is refused: whoever gave it believes that it was heeded.

use super::Args;
use crate::cli::failure::{Done, Failure};

/// What is verified.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Target {
    Statement,
    Transparent,
    Receipt,
    TlogProof,
    Checkpoint,
    Growth,
    Attestation,
    Evidence,
    Range,
    Record,
    Kept,
    Whole,
}

impl Target {
    fn in_words(self) -> &'static str {
        match self {
            Self::Statement => "a signed statement",
            Self::Transparent => "a Transparent Statement",
            Self::Receipt => "a receipt",
            Self::TlogProof => "a tlog-proof",
            Self::Checkpoint => "a checkpoint",
            Self::Growth => "a consistency proof",
            Self::Attestation => "an attestation",
            Self::Evidence => "the evidence of an answer",
            Self::Range => "the evidence of a range of time",
            Self::Record => "a log index",
            Self::Kept => "a kept checkpoint",
            Self::Whole => "--full",
        }
    }
}

/// An option: its name, whether it was given, and what it works with.
type Effect = (&'static str, fn(&Args) -> bool, &'static [Target]);

/// What a log signed.
const OF_A_LOG: &[Target] = &[
    Target::Transparent,
    Target::Receipt,
    Target::TlogProof,
    Target::Checkpoint,
    Target::Growth,
    Target::Evidence,
    Target::Range,
    Target::Record,
    Target::Kept,
    Target::Whole,
];
/// What stands in a tree that a witness may have cosigned.
const IN_A_TREE: &[Target] = &[
    Target::Transparent,
    Target::Receipt,
    Target::TlogProof,
    Target::Checkpoint,
    Target::Growth,
    Target::Evidence,
    Target::Range,
    Target::Kept,
];
/// What an actor signed.
const OF_AN_ACTOR: &[Target] =
    &[Target::Statement, Target::Transparent, Target::Receipt, Target::TlogProof, Target::Record];

const EFFECTS: [Effect; 10] = [
    ("--key", |args| args.key.is_some(), OF_A_LOG),
    ("--origin", |args| args.origin.is_some(), OF_A_LOG),
    ("--statement", |args| args.statement.is_some(), &[Target::Receipt, Target::TlogProof]),
    ("--actor-key", |args| args.actor_key.is_some(), OF_AN_ACTOR),
    ("--old", |args| args.old.is_some(), &[Target::Growth]),
    ("--witness", |args| !args.trust.witness.is_empty(), IN_A_TREE),
    ("--witness-policy", |args| args.trust.witness_policy.is_some(), IN_A_TREE),
    ("--cosigned", |args| args.cosigned.is_some(), IN_A_TREE),
    ("--attestation", |args| !args.attestation.is_empty(), &[Target::Evidence]),
    ("--auditor", |args| !args.auditor.is_empty(), &[Target::Evidence, Target::Attestation]),
];

impl Args {
    /// Refuses the options that have no say in what is verified.
    pub(super) fn all_heeded(&self, target: Target) -> Done {
        for (name, is_given, works_with) in EFFECTS {
            if is_given(self) && !works_with.contains(&target) {
                let others: Vec<&str> = works_with.iter().map(|target| target.in_words()).collect();
                return Err(Failure::usage(
                    format!("{name} has no effect on {}", target.in_words()),
                    format!("leave it out: it works with {}", others.join(", ")),
                ));
            }
        }
        Ok(())
    }
}
