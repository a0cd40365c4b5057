//! Rights of data subjects, erasure, retention.

use super::{body, words};
use crate::event::{DataSubject, Digest, Text, Timestamp};

words!(
    /// The right that a data subject asks for (GDPR, articles 15 to 22; PIPA, articles 35 to 37-2).
    Right {
        /// To see what is held.
        Access = "access",
        /// To have it corrected.
        Rectification = "rectification",
        /// To have it erased.
        Erasure = "erasure",
        /// To have its use restricted or suspended.
        Restriction = "restriction",
        /// To take it along.
        Portability = "portability",
        /// To object.
        Objection = "objection",
        /// To have an automated decision explained.
        Explanation = "explanation",
    }
);

body!(
    /// A data subject asked for a right.
    DataSubjectRequested {
        have {
            /// The right.
            right: Right,
            /// The pseudonym of the data subject.
            data_subject: DataSubject,
        }
        may {
            /// The answer is due by then.
            due: Timestamp,
        }
    }
);

body!(
    /// Values behind commitments were erased from the vault.
    ErasureExecuted {
        need {
            /// Why.
            reason,
        }
        may {
            /// The identity of the statement that asked for it.
            request: Digest,
            /// The pseudonym that the vault resolves no longer.
            data_subject: DataSubject,
        }
        list {
            /// The commitments whose values and salts are gone.
            commitments: Digest,
        }
    }
);

body!(
    /// How long something is kept.
    RetentionSet {
        have {
            /// How many days.
            days: u32,
            /// The law or rule that asks for it.
            basis: Text,
        }
    }
);
