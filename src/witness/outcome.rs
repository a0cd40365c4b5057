//! What came of asking.

use std::path::{Path, PathBuf};

/// What came of asking one witness.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It cosigned the checkpoint of this size at this time by its clock, in seconds since 1970.
    Cosigned {
        /// The size.
        size: u64,
        /// The time.
        time: u64,
    },
    /// It says that it cosigned a larger tree than the ledger has.
    Ahead {
        /// The size that it names.
        size: u64,
        /// Where the checkpoint is kept that it shows, signed by this ledger's key: then it is so.
        proof: Option<PathBuf>,
    },
    /// It says that the ledger does not continue what it cosigned.
    Inconsistent {
        /// Where the checkpoint is kept that it shows, signed by this ledger's key: then it is so.
        proof: Option<PathBuf>,
    },
    /// It does not know this log.
    UnknownLog,
    /// It does not know the key that signed.
    UnknownKey,
    /// It did not answer, or nothing that could be used.
    Failed(String),
}

impl Outcome {
    /// In a line.
    #[must_use]
    pub fn in_words(&self) -> String {
        let proven = |proof: &Option<PathBuf>| match proof {
            Some(path) => {
                format!("; it shows a checkpoint under this ledger's own key that proves it ({})", path.display())
            }
            None => "; it shows no checkpoint that proves it".to_owned(),
        };
        match self {
            Self::Cosigned { size, .. } => format!("cosigned the tree of {size} entries"),
            Self::Ahead { size, proof } => format!(
                "it has cosigned a tree of {size} entries, more than this ledger has: an old copy may have been put in its place{}",
                proven(proof)
            ),
            Self::Inconsistent { proof } => {
                format!("it says that this ledger is not the one that it cosigned before{}", proven(proof))
            }
            Self::UnknownLog => "it does not know this log: give its operator the origin and log.pub".into(),
            Self::UnknownKey => "it does not know the key that signed the checkpoint: give its operator log.pub".into(),
            Self::Failed(why) => why.clone(),
        }
    }

    /// Whether it answered, and said no.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        !matches!(self, Self::Cosigned { .. } | Self::Failed(_))
    }

    /// Where the proof against this ledger is kept, if there is one.
    #[must_use]
    pub fn proof(&self) -> Option<&Path> {
        match self {
            Self::Ahead { proof, .. } | Self::Inconsistent { proof } => proof.as_deref(),
            _ => None,
        }
    }

    pub(super) fn prove(&mut self, path: PathBuf) {
        if let Self::Ahead { proof, .. } | Self::Inconsistent { proof } = self {
            *proof = Some(path);
        }
    }
}

/// What came of one round.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Round {
    /// The size of the checkpoint that was asked for.
    pub size: u64,
    /// Who was asked, and what came of it. Who had cosigned it before, or is left alone for a while, is not asked.
    pub outcomes: Vec<(String, Outcome)>,
    /// Enough witnesses are on that checkpoint.
    pub is_met: bool,
    /// The size of the newest checkpoint on which enough witnesses are.
    pub witnessed: Option<u64>,
}
