//! Why a verifier says no: what was checked, what differed, and what to do.

use thiserror::Error;

use crate::{
    codec::CodecError,
    crypto::{KeyError, SignatureError, Thumbprint},
    merkle::MerkleError,
};

/// Why something is not what it claims to be, or cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VerifyError {
    /// It does not have its form, so nothing in it was judged.
    #[error("cannot read {what}: {error}")]
    Unreadable {
        /// What was read.
        what: &'static str,
        /// What is wrong with its bytes.
        error: CodecError,
    },
    /// No public key was given to verify with.
    #[error("no key of the log {origin:?} is pinned; give at least one, from a source other than the log itself")]
    NoKeys {
        /// The pinned origin.
        origin: String,
    },
    /// A pinned key, or the name of the log, cannot be used.
    #[error("a pinned key of the log {origin:?} cannot be used: {error}")]
    PinnedKey {
        /// The pinned origin.
        origin: String,
        /// What is wrong with it.
        error: KeyError,
    },
    /// It belongs to another log.
    #[error("{what} is of the log {found:?}, pinned is {expected:?}; verify it with the keys of the log it is from")]
    Origin {
        /// What was verified.
        what: &'static str,
        /// The pinned origin.
        expected: String,
        /// The origin that it names.
        found: String,
    },
    /// The statement may only be recorded by another log.
    #[error(
        "the statement is addressed to {found:?}, not to the log {expected:?}, which must not have recorded it; \
         report this to its operator"
    )]
    Audience {
        /// The pinned origin.
        expected: String,
        /// The audience that the statement names.
        found: String,
    },
    /// The checkpoint's signatures are wrong, or none is by a pinned key.
    #[error("the checkpoint is not signed by a pinned key of {origin:?}: {error}")]
    Checkpoint {
        /// The pinned origin.
        origin: String,
        /// What is wrong with its signatures.
        error: CodecError,
    },
    /// The attestation's signatures are wrong, or none is by an auditor who is relied on.
    #[error("the attestation is not signed by a pinned auditor: {error}; give the key of the auditor whom you rely on")]
    Attestation {
        /// What is wrong with its signatures.
        error: CodecError,
    },
    /// Another key than those at hand is said to have signed.
    #[error(
        "{what} names the key {}, which is not {among}; if a new key came into use, get it from a source you trust",
        hex::encode(found)
    )]
    UnknownKey {
        /// What was verified.
        what: &'static str,
        /// The thumbprint of the key that it names.
        found: Thumbprint,
        /// The keys at hand.
        among: &'static str,
    },
    /// The algorithm is not that of the key.
    #[error(
        "{what} names the signature algorithm {found} (COSE), its key has {expected}; it was altered, do not use it"
    )]
    Algorithm {
        /// What was verified.
        what: &'static str,
        /// The COSE number of the key's algorithm.
        expected: i64,
        /// The COSE number found.
        found: i64,
    },
    /// The signature is wrong.
    #[error("the signature of {what} is wrong: {error}")]
    Signature {
        /// What was verified.
        what: &'static str,
        /// Why the signature is refused.
        error: SignatureError,
    },
    /// A receipt whose signature does not cover the root that statement and path lead to.
    #[error(
        "the receipt's signature is not over the root {} to which statement and path lead: {error}; \
         one of them was altered or they do not belong together: ask the log for the receipt again",
        hex::encode(root)
    )]
    ReceiptSignature {
        /// The root that the statement's leaf hash and the path lead to.
        root: crate::merkle::Hash,
        /// Why the signature is refused.
        error: SignatureError,
    },
    /// A proof that leads nowhere.
    #[error("{what} proves nothing: {error}")]
    Proof {
        /// What was verified.
        what: &'static str,
        /// What is wrong with the proof.
        error: MerkleError,
    },
    /// An empty tree with a root that is not that of the empty tree.
    #[error("the checkpoint has size 0 but not the root of the empty tree; report this to the log's operator")]
    EmptyRoot,
    /// A Transparent Statement without a receipt of the pinned log.
    #[error("the statement carries no receipt of {origin:?} ({others} of other logs); ask that log for one")]
    NoReceipt {
        /// The pinned origin.
        origin: String,
        /// Receipts of other logs, which were not judged.
        others: usize,
    },
    /// A cosignature of a trusted witness that is wrong.
    #[error("the checkpoint's cosignatures: {error}")]
    Cosignature {
        /// What is wrong with them.
        error: CodecError,
    },
    /// The log is none of those that the policy of witnesses is for.
    #[error(
        "the policy of witnesses names its logs, and {origin:?} with the pinned key is none of them; use the policy that is for this log"
    )]
    NotThePolicysLog {
        /// The pinned origin.
        origin: String,
    },
    /// Too few of the witnesses cosigned.
    #[error(
        "the checkpoint of size {size} is not cosigned by the witnesses that are asked for ({} of those trusted did{}); \
         get a newer one, or ask the operator why",
        by.len(), if by.is_empty() { String::new() } else { format!(": {}", by.join(", ")) }
    )]
    Quorum {
        /// The tree's size.
        size: u64,
        /// The witnesses that did.
        by: Vec<String>,
    },
    /// A policy of witnesses that cannot be used.
    #[error("the policy of witnesses{}: {what}", if *line == 0 { String::new() } else { format!(", line {line}") })]
    WitnessPolicy {
        /// The line of the file; 0 for the whole.
        line: usize,
        /// What is wrong, and what to write.
        what: String,
    },
}
