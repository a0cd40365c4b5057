//! Bytes: strict deterministic CBOR, COSE_Sign1, signed notes. Pure.
//!
//! Every parser here is total: any bytes give a value or a named [`CodecError`], never a panic, a hang or an
//! allocation beyond the input's own size. What is parsed has one encoding only, so what was signed, what is hashed
//! and what is stored are the same bytes.

#![deny(clippy::indexing_slicing)]

pub mod attestation;
pub mod cbor;
pub mod checkpoint;
pub mod commit;
mod error;
pub mod event;
pub mod note;
pub mod receipt;
pub mod statement;
mod text;
pub mod tlog_proof;
pub mod witness;

pub use error::{CborError, CborRule, CodecError};

/// A 32-byte SHA-256 hash as it stands in a Merkle tree (RFC 6962 section 2.1).
pub type Hash = [u8; 32];

/// What a function of this room gives: a value, or the named reason why there is none.
pub type Result<T> = std::result::Result<T, CodecError>;
