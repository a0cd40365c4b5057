//! Signed notes and verifier keys (C2SP signed-note, with the key types of tlog-cosignature).
//!
//! A note is text that ends in LF, a blank line, and lines `— <name> base64(key id || signature)`. This module knows
//! their form; [`NoteKey`] is the seam to whoever can judge a signature.

mod vkey;

pub use vkey::{KeyType, Vkey, is_key_name};

use super::{
    CodecError, Result,
    text::{base64, clean, to_base64, within},
};
use crate::event::limits::{NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX, SIGNATURE_BYTES_MAX};

/// What begins a signature line: an em dash (U+2014) and a space.
const DASH: &str = "— ";

/// The first four bytes of SHA-256(name || LF || type || public key); a hint, not an identity.
pub type KeyId = [u8; 4];

/// One signature line, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key that is said to have signed.
    pub name: String,
    /// Its key id.
    pub key_id: KeyId,
    /// What follows the key id: for Ed25519 the signature, for a cosignature 8 bytes of time and the signature.
    pub signature: Vec<u8>,
}

impl NoteSignature {
    /// The line, LF included.
    #[must_use]
    pub fn line(&self) -> String {
        let blob = [self.key_id.as_slice(), &self.signature].concat();
        format!("{DASH}{} {}\n", self.name, to_base64(&blob))
    }
}

/// A trusted key that can judge signatures on notes.
pub trait NoteKey {
    /// The key's name, type and id.
    fn vkey(&self) -> &Vkey;

    /// Whether `signature` is this key's over `message`, which is what [`signed_message`] gives.
    fn check(&self, message: &[u8], signature: &[u8]) -> bool;
}

/// A signature of a trusted key that was found good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The position of the key in the list of trusted keys.
    pub key: usize,
    /// When it was made, by the clock of a cosigner: seconds since 1970. Plain signatures have no time.
    pub time: Option<u64>,
}

/// A parsed note. Nothing in it is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note<'a> {
    /// The text, its last LF included: what is signed.
    pub text: &'a str,
    /// The signature lines, in their order.
    pub signatures: Vec<NoteSignature>,
}

impl<'a> Note<'a> {
    /// Parses a note (C2SP signed-note, "Format").
    ///
    /// # Errors
    /// [`CodecError::Oversize`] and [`CodecError::Empty`] for its size and number of signatures,
    /// [`CodecError::BadText`], [`CodecError::NoSignatureBlock`], [`CodecError::BadLine`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        within("the note", bytes.len(), NOTE_BYTES_MAX)?;
        let note = clean(bytes)?;
        // The text cannot end in a blank line of its own: the last blank line is the one before the signatures.
        let (head, block) = note.rsplit_once("\n\n").ok_or(CodecError::NoSignatureBlock)?;
        let text = note.get(..=head.len()).ok_or(CodecError::NoSignatureBlock)?;
        let lines = block.strip_suffix('\n').ok_or(CodecError::NoSignatureBlock)?;
        let signatures = signature_lines_from(lines, text.lines().count() + 2)?;
        Ok(Self { text, signatures })
    }

    /// Judges the note by the keys that are trusted (C2SP signed-note, "Verification"): signatures of unknown keys are
    /// ignored, a bad signature of a known key refuses the whole note, and one good signature is enough. Gives the
    /// good ones in their order, each key at most once; whether they are enough is for the caller to say.
    ///
    /// # Errors
    /// [`CodecError::BadNoteSignature`], [`CodecError::Unverified`], [`CodecError::AmbiguousKey`].
    pub fn verify<K: NoteKey>(&self, trusted: &[K]) -> Result<Vec<Verified>> {
        let mut good = Vec::new();
        for signature in &self.signatures {
            let mut keys = trusted.iter().enumerate().filter(|(_, key)| {
                let vkey = key.vkey();
                vkey.name() == signature.name && vkey.key_id() == signature.key_id
            });
            let Some((index, key)) = keys.next() else { continue };
            if keys.next().is_some() {
                return Err(CodecError::AmbiguousKey(signature.name.clone()));
            }
            let bad = || CodecError::BadNoteSignature(signature.name.clone());
            let signed = signed_message(key.vkey().key_type(), self.text, &signature.signature).ok_or_else(bad)?;
            if !key.check(&signed.message, signed.signature) {
                return Err(bad());
            }
            // A repeated line must not make one witness count as two.
            if good.iter().all(|verified: &Verified| verified.key != index) {
                good.push(Verified { key: index, time: signed.time });
            }
        }
        if good.is_empty() { Err(CodecError::Unverified) } else { Ok(good) }
    }
}

/// What a signature on a note covers, and the signature itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedMessage<'s> {
    /// The bytes that are signed.
    pub message: Vec<u8>,
    /// The signature over them.
    pub signature: &'s [u8],
    /// The time of a cosignature, in seconds since 1970.
    pub time: Option<u64>,
}

/// What a key of a type signs when it signs a note, from the note's text and what follows the key id in the line:
/// the text itself for Ed25519; `cosignature/v1`, the time and the text for a cosignature (C2SP tlog-cosignature).
/// `None` when a cosignature is too short to hold its time, or its time is 0, which no witness may write (C2SP
/// tlog-witness), or beyond 2^63 - 1 (tlog-cosignature).
#[must_use]
pub fn signed_message<'s>(key_type: KeyType, text: &str, blob: &'s [u8]) -> Option<SignedMessage<'s>> {
    match key_type {
        KeyType::Ed25519 => Some(SignedMessage { message: text.as_bytes().to_vec(), signature: blob, time: None }),
        KeyType::CosignatureEd25519 => {
            let (time, signature) = blob.split_first_chunk()?;
            let time = u64::from_be_bytes(*time);
            if time == 0 || i64::try_from(time).is_err() {
                return None;
            }
            Some(SignedMessage { message: cosigned_message(time, text), signature, time: Some(time) })
        }
    }
}

/// What an Ed25519 cosigner signs at `time` (seconds since 1970; C2SP tlog-cosignature, "Ed25519 signed message").
#[must_use]
pub fn cosigned_message(time: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}

/// Signature lines that stand alone, as a witness answers with them: at least one, each ending in LF (C2SP tlog-witness,
/// "add-checkpoint").
///
/// # Errors
/// [`CodecError::Oversize`] and [`CodecError::Empty`] for their size and number, [`CodecError::BadText`],
/// [`CodecError::NoSignatureBlock`] without the last LF, [`CodecError::BadLine`].
pub fn signature_lines(bytes: &[u8]) -> Result<Vec<NoteSignature>> {
    within("the signature lines", bytes.len(), NOTE_BYTES_MAX)?;
    let lines = clean(bytes)?.strip_suffix('\n').ok_or(CodecError::NoSignatureBlock)?;
    signature_lines_from(lines, 1)
}

/// A note with further signature lines behind those that it has; a line that it has is not repeated.
///
/// # Errors
/// Those of [`Note::parse`], for the note as given and as made.
pub fn with_signatures(note: &str, more: &[NoteSignature]) -> Result<String> {
    let mut parsed = Note::parse(note.as_bytes())?;
    for signature in more {
        if !parsed.signatures.contains(signature) {
            parsed.signatures.push(signature.clone());
        }
    }
    format_note(parsed.text, &parsed.signatures)
}

/// A note of its text, which must end in LF, and its signatures.
///
/// # Errors
/// Those of [`Note::parse`]: what this would write is read back first.
pub fn format_note(text: &str, signatures: &[NoteSignature]) -> Result<String> {
    let mut note = String::with_capacity(text.len() + 128 * signatures.len() + 1);
    note.push_str(text);
    note.push('\n');
    signatures.iter().for_each(|signature| note.push_str(&signature.line()));
    let parsed = Note::parse(note.as_bytes())?;
    if parsed.text != text || parsed.signatures != signatures {
        return Err(CodecError::NoSignatureBlock);
    }
    Ok(note)
}

/// The signature lines of a text without its last LF, which begins at line `first` of what is read.
fn signature_lines_from(lines: &str, first: usize) -> Result<Vec<NoteSignature>> {
    let mut signatures = Vec::new();
    for (index, line) in lines.split('\n').enumerate() {
        if index == NOTE_SIGNATURES_MAX {
            let size = lines.split('\n').count() as u64;
            let limit = NOTE_SIGNATURES_MAX as u64;
            return Err(CodecError::Oversize { what: "the note", size, limit, unit: "signatures" });
        }
        let expected = "— name base64(4 bytes of key id and a signature)";
        let bad = CodecError::BadLine { line: first + index, expected };
        signatures.push(signature_line(line).ok_or(bad)?);
    }
    Ok(signatures)
}

fn signature_line(line: &str) -> Option<NoteSignature> {
    let (name, blob) = line.strip_prefix(DASH)?.split_once(' ')?;
    if !is_key_name(name) || blob.len() > (SIGNATURE_BYTES_MAX + 16) / 3 * 4 {
        return None;
    }
    let blob = base64(blob)?;
    let (key_id, signature) = blob.split_first_chunk()?;
    let signature = (!signature.is_empty()).then(|| signature.to_vec())?;
    Some(NoteSignature { name: name.to_owned(), key_id: *key_id, signature })
}
