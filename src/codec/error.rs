//! What can be wrong with bytes, each with a name that tests and callers can hold on to.

use thiserror::Error;

/// Bytes that are not deterministic CBOR: where, and which rule they break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("byte {offset}: {rule}; encode as deterministic CBOR (RFC 8949 section 4.2.1) and try again")]
pub struct CborError {
    /// The offset of the offending byte, from the start of the item that was given.
    pub offset: usize,
    /// The rule that is broken.
    pub rule: CborRule,
}

/// The rules of deterministic CBOR, by the names that vectors and messages use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CborRule {
    /// The input ends inside an item.
    #[error("the input ends inside an item")]
    UnexpectedEnd,
    /// Bytes follow the item.
    #[error("bytes follow the end of the item")]
    TrailingBytes,
    /// An integer or a length is not in its shortest form.
    #[error("an integer or a length is not in its shortest form")]
    NonMinimalHead,
    /// Additional information 28 to 30, which RFC 8949 reserves.
    #[error("the head uses a reserved form")]
    ReservedHead,
    /// A string, array or map of indefinite length, or a stray break.
    #[error("indefinite lengths are not allowed")]
    IndefiniteLength,
    /// A tag where none belongs.
    #[error("tags are not allowed here")]
    Tag,
    /// A simple value other than false, true and null.
    #[error("the only simple values are false, true and null")]
    UnsupportedSimple,
    /// A float that a shorter one holds exactly.
    #[error("a float is not in its shortest form")]
    NonMinimalFloat,
    /// A float that is not a number.
    #[error("a float is NaN; leave the field out, or say in text what happened")]
    NotANumber,
    /// Text that is not UTF-8.
    #[error("text is not valid UTF-8")]
    InvalidUtf8,
    /// More levels than [`DEPTH_MAX`](crate::event::limits::DEPTH_MAX).
    #[error("arrays and maps are nested deeper than {limit} levels", limit = crate::event::limits::DEPTH_MAX)]
    TooDeep,
    /// A map key out of the order of encoded bytes.
    #[error("map keys are not sorted by their encoded bytes")]
    UnsortedKeys,
    /// The same map key twice.
    #[error("a map key stands twice")]
    DuplicateKey,
    /// A map key that is neither an integer nor text.
    #[error("a map key is neither an integer nor text")]
    KeyType,
    /// Another type than the format has here.
    #[error("expected {0}")]
    Expected(&'static str),
}

/// Everything this room refuses.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CodecError {
    /// Not deterministic CBOR.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// Not deterministic CBOR inside a named part; the offset counts from the start of that part.
    #[error("in {part}, {error}")]
    Part {
        /// The part of the message.
        part: &'static str,
        /// What is wrong in it.
        error: CborError,
    },
    /// A value that serde or `cbor4ii` cannot write.
    #[error("the value cannot be written as CBOR: {0}; change its type")]
    Encode(String),
    /// Valid CBOR that is not a value of the type asked for.
    #[error("the CBOR is not of the expected type: {0}; compare its fields with the format's documentation")]
    Decode(String),
    /// A value that decodes, but would be written otherwise.
    #[error("byte {offset}: the value decodes but is written differently; send exactly the canonical encoding")]
    NotRoundTrip {
        /// The first byte that differs.
        offset: usize,
    },
    /// Something larger than its limit.
    #[error("{what} has {size} {unit}, the limit is {limit}; make it smaller or split it")]
    Oversize {
        /// What is too large.
        what: &'static str,
        /// Its size.
        size: u64,
        /// The largest allowed.
        limit: u64,
        /// The unit of both.
        unit: &'static str,
    },
    /// Something empty that must not be.
    #[error("{0} is empty; give it a value")]
    Empty(&'static str),
    /// A header parameter or claim that this format does not have.
    #[error("{part} has the label {label}, which this format does not define; leave it out")]
    UnknownLabel {
        /// The header or claims set.
        part: &'static str,
        /// The label found.
        label: i64,
    },
    /// A header parameter or claim that must be there.
    #[error("{0} is missing; add it")]
    MissingLabel(&'static str),
    /// A header parameter or claim with another value than the format allows.
    #[error("{what} is not {expected}; set it so")]
    WrongValue {
        /// The field.
        what: &'static str,
        /// The value it must have.
        expected: &'static str,
    },
    /// The unprotected header is not the empty map.
    #[error("the unprotected header is not empty; submit the statement without it (receipts are kept beside it)")]
    UnprotectedNotEmpty,
    /// Text of a note or proof that is not UTF-8, or has a control character.
    #[error("byte {offset} of the text is not UTF-8 or is a control character; only line feeds are allowed")]
    BadText {
        /// The first offending byte.
        offset: usize,
    },
    /// A line that does not have its form.
    #[error("line {line}: expected {expected}")]
    BadLine {
        /// The line, counted from 1.
        line: usize,
        /// The form it must have.
        expected: &'static str,
    },
    /// A note without the blank line before its signatures, or not ending in a line feed.
    #[error(
        "the note has no blank line followed by signature lines that end in a line feed; check that it is complete"
    )]
    NoSignatureBlock,
    /// A key name that a note cannot carry.
    #[error("the key name or origin is empty, too long, or has a space, a '+' or a control character; choose another")]
    BadKeyName,
    /// A vkey that does not have the form `name+hash+key`.
    #[error("the verifier key is not of the form name+8 lower-case hex digits+base64; copy it again")]
    BadVkey,
    /// A vkey of a type that is not supported.
    #[error("the verifier key has the type {0:#04x}; supported are 0x01 (Ed25519) and 0x04 (Ed25519 cosignature)")]
    UnsupportedKeyType(u8),
    /// A vkey whose hash is not that of its name and key.
    #[error("the verifier key's hash does not match its name and key; copy it again from its owner")]
    KeyIdMismatch,
    /// Two of the known keys have the same name and id.
    #[error("two of the trusted keys have the name {0} and the same id; trust only one of them")]
    AmbiguousKey(String),
    /// A known key's signature does not verify; the whole note is refused.
    #[error("the signature of {0} on the note is wrong; the note was changed or forged, do not use it")]
    BadNoteSignature(String),
    /// No known key signed.
    #[error("no trusted key has signed the note; check which keys you trust and where the note came from")]
    Unverified,
}
