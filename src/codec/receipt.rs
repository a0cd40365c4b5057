//! Receipts of inclusion: COSE_Sign1 over a tree's root (RFC 9942, verifiable data structure RFC9162_SHA256).
//!
//! ```text
//! 18([
//!   << { 1: alg, 4: kid, 15: { 1: iss, 2: sub }, 395: 1, -65538: tree size } >>,   ; iss and sub: the log's origin
//!   { 396: { -1: [ << [ tree size, leaf index, [ * bstr ] ] >> ] } },
//!   nil,                                                        ; the payload is the root, rebuilt by the verifier
//!   signature
//! ])
//! ```
//!
//! RFC 9942 signs the root alone, and one path fits several pairs of size and index: (2, 3) and (1, 2) fold alike. So the
//! size is signed too, under a label for private use that other verifiers pass over; size and root together leave a path
//! only one index.
//!
//! The protected header is the same for all leaves of a tree head, so one signature serves a whole batch. The path of
//! a tree of one leaf is empty, and accepted, although the published CDDL writes `+`.

use super::{
    CborError, CodecError, Hash, Result,
    cbor::{
        reader::{Reader, major},
        write,
    },
    note::is_key_name,
    statement::{TAGGED_ARRAY_OF_FOUR, sig_structure},
    text::within,
};
use crate::event::limits::{
    ORIGIN_BYTES_MAX, PROOF_HASHES_MAX, PROTECTED_BYTES_MAX, RECEIPT_BYTES_MAX, SIGNATURE_BYTES_MAX,
};

const HEADER: &str = "the receipt's protected header";
const CLAIMS: &str = "the receipt's CWT claims (label 15)";
const PROOFS: &str = "the receipt's proofs (label 396)";
const PROOF: &str = "the receipt's inclusion proof";
const NIL: u8 = 0xf6;

/// The header parameter of the signed tree size: below -65536 labels are for private use (RFC 9052 section 11.1).
const TREE_SIZE: i64 = -65_538;

/// What a log signs once for a tree head, before any leaf's path is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnsignedHead<'a> {
    /// The log key's algorithm, as registered for COSE: −8 is EdDSA.
    pub alg: i64,
    /// The COSE Key Thumbprint of the log's key.
    pub kid: &'a Hash,
    /// The log's origin, which stands as issuer and subject: RFC 9943 asks for both, and they must not vary by leaf.
    pub origin: &'a str,
    /// The tree's size.
    pub size: u64,
    /// The tree's root.
    pub root: &'a Hash,
}

impl UnsignedHead<'_> {
    /// The tree head, signed by `sign`, which gets the bytes to be signed and gives a signature.
    ///
    /// # Errors
    /// [`CodecError::BadKeyName`] for the origin; [`CodecError::Empty`] and [`CodecError::Oversize`] for a tree
    /// without leaves and for the signature.
    pub fn sign(&self, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Result<SignedHead> {
        if !is_key_name(self.origin) {
            return Err(CodecError::BadKeyName);
        }
        if self.size == 0 {
            return Err(CodecError::Empty("the tree"));
        }
        let mut protected = Vec::with_capacity(64 + 2 * self.origin.len());
        write::head(&mut protected, major::MAP, 5);
        write::integer(&mut protected, 1);
        write::integer(&mut protected, self.alg);
        write::integer(&mut protected, 4);
        write::bytes(&mut protected, self.kid);
        write::integer(&mut protected, 15);
        write::head(&mut protected, major::MAP, 2);
        write::integer(&mut protected, 1);
        write::text(&mut protected, self.origin);
        write::integer(&mut protected, 2);
        write::text(&mut protected, self.origin);
        write::integer(&mut protected, 395);
        write::integer(&mut protected, 1);
        write::integer(&mut protected, TREE_SIZE);
        write::head(&mut protected, major::UNSIGNED, self.size);
        let signature = sign(&sig_structure(&protected, self.root));
        within("the signature", signature.len(), SIGNATURE_BYTES_MAX)?;
        Ok(SignedHead { protected, signature, size: self.size })
    }
}

/// A signed tree head, of which a receipt for each leaf is made without signing again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    protected: Vec<u8>,
    signature: Vec<u8>,
    size: u64,
}

impl SignedHead {
    /// The tree's size.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The receipt for the leaf at `index`, whose inclusion path runs from its sibling to the root.
    ///
    /// # Errors
    /// [`CodecError::WrongValue`] for an index outside the tree; [`CodecError::Oversize`] for the path.
    pub fn receipt(&self, index: u64, path: &[Hash]) -> Result<Vec<u8>> {
        inside(self.size, index, path.len() as u64)?;
        let mut proof = Vec::with_capacity(24 + 34 * path.len());
        write::head(&mut proof, major::ARRAY, 3);
        write::head(&mut proof, major::UNSIGNED, self.size);
        write::head(&mut proof, major::UNSIGNED, index);
        write::head(&mut proof, major::ARRAY, path.len() as u64);
        path.iter().for_each(|hash| write::bytes(&mut proof, hash));
        let mut out = Vec::with_capacity(self.protected.len() + proof.len() + self.signature.len() + 24);
        out.extend_from_slice(&TAGGED_ARRAY_OF_FOUR);
        write::bytes(&mut out, &self.protected);
        write::head(&mut out, major::MAP, 1);
        write::integer(&mut out, 396);
        write::head(&mut out, major::MAP, 1);
        write::integer(&mut out, -1);
        write::head(&mut out, major::ARRAY, 1);
        write::bytes(&mut out, &proof);
        out.push(NIL);
        write::bytes(&mut out, &self.signature);
        Ok(out)
    }
}

/// A parsed receipt. Neither path nor signature is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt<'a> {
    /// The signature algorithm (label 1), as registered for COSE.
    pub alg: i64,
    /// The COSE Key Thumbprint of the log's key (label 4).
    pub kid: &'a Hash,
    /// The log's origin (claim 1).
    pub origin: &'a str,
    /// The number of leaves of the tree, in the protected header as in the proof.
    pub tree_size: u64,
    /// The index of the leaf, less than `tree_size`.
    pub leaf_index: u64,
    /// The inclusion path, from the leaf's sibling to the root.
    pub path: Vec<Hash>,
    /// The signature over [`signed_bytes`](Self::signed_bytes).
    pub signature: &'a [u8],
    /// The protected header as signed: the content of its byte string.
    pub protected: &'a [u8],
}

impl<'a> Receipt<'a> {
    /// Parses a receipt strictly: deterministic CBOR, exactly the headers of the format, one inclusion proof.
    ///
    /// # Errors
    /// Any [`CodecError`] that names the part, as for [`Statement::parse`](super::statement::Statement::parse).
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        within("the receipt", bytes.len(), RECEIPT_BYTES_MAX)?;
        let [tag, array] = TAGGED_ARRAY_OF_FOUR;
        let mut reader = Reader::new(bytes);
        reader.exactly(tag, "tag 18 (COSE_Sign1)")?;
        reader.exactly(array, "an array of four")?;
        let protected = reader.bytes()?;
        let proof = inclusion_proof(&mut reader)?;
        reader.exactly(NIL, "null: the payload of a receipt is detached")?;
        let signature = reader.bytes()?;
        reader.end()?;
        within(HEADER, protected.len(), PROTECTED_BYTES_MAX)?;
        within("the receipt's signature", signature.len(), SIGNATURE_BYTES_MAX)?;
        let Header { alg, kid, origin, tree_size } = parse_header(protected)?;
        let (size, leaf_index, path) = parse_proof(proof)?;
        if size != tree_size {
            let what = "the tree size in the inclusion proof";
            return Err(CodecError::WrongValue { what, expected: "the tree size that is signed (label -65538)" });
        }
        Ok(Self { alg, kid, origin, tree_size, leaf_index, path, signature, protected })
    }

    /// The bytes that the signature covers, given the root that the path leads to (RFC 9052 section 4.4).
    #[must_use]
    pub fn signed_bytes(&self, root: &Hash) -> Vec<u8> {
        sig_structure(self.protected, root)
    }
}

fn inside(size: u64, index: u64, hashes: u64) -> Result<()> {
    if index >= size {
        return Err(CodecError::WrongValue { what: "the leaf index", expected: "less than the tree's size" });
    }
    let limit = PROOF_HASHES_MAX as u64;
    if hashes > limit {
        return Err(CodecError::Oversize { what: "the inclusion path", size: hashes, limit, unit: "hashes" });
    }
    Ok(())
}

/// The bytes of the one proof in `{396: {-1: [bstr]}}`.
fn inclusion_proof<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8]> {
    let wrong = |expected| CodecError::WrongValue { what: PROOFS, expected };
    if reader.map()? != 1 || reader.integer()? != 396 {
        return Err(wrong("the only unprotected header parameter"));
    }
    if reader.map()? != 1 || reader.integer()? != -1 || reader.array()? != 1 {
        return Err(wrong("exactly one inclusion proof (key -1)"));
    }
    Ok(reader.bytes()?)
}

fn parse_proof(proof: &[u8]) -> Result<(u64, u64, Vec<Hash>)> {
    let part = |error: CborError| CodecError::Part { part: PROOF, error };
    let mut reader = Reader::new(proof);
    reader.exactly(0x83, "an array of three").map_err(part)?;
    let size = reader.unsigned().map_err(part)?;
    let index = reader.unsigned().map_err(part)?;
    let hashes = reader.array().map_err(part)?;
    inside(size, index, hashes)?;
    let hash = |_| reader.array_of("a byte string of 32 bytes").copied().map_err(part);
    let path = (0..hashes).map(hash).collect::<Result<_>>()?;
    reader.end().map_err(part)?;
    Ok((size, index, path))
}

/// What the log signs about a tree head, besides its root.
struct Header<'a> {
    alg: i64,
    kid: &'a Hash,
    origin: &'a str,
    tree_size: u64,
}

fn parse_header(protected: &[u8]) -> Result<Header<'_>> {
    let part = |error: CborError| CodecError::Part { part: HEADER, error };
    let mut reader = Reader::new(protected);
    let (mut alg, mut kid, mut origin, mut structure, mut tree_size) = (None, None, None, None, None);
    let mut previous: &[u8] = &[];
    for _ in 0..reader.map().map_err(part)? {
        previous = reader.key(previous).map_err(part)?;
        match Reader::new(previous).integer().map_err(part)? {
            1 => alg = Some(reader.integer().map_err(part)?),
            4 => kid = Some(reader.array_of("a byte string of 32 bytes (RFC 9679)").map_err(part)?),
            15 => origin = Some(parse_claims(&mut reader)?),
            395 => structure = Some(reader.integer().map_err(part)?),
            TREE_SIZE => tree_size = Some(reader.unsigned().map_err(part)?),
            label => return Err(CodecError::UnknownLabel { part: HEADER, label }),
        }
    }
    reader.end().map_err(part)?;
    if structure.ok_or(CodecError::MissingLabel("the verifiable data structure (label 395)"))? != 1 {
        let what = "the verifiable data structure (label 395)";
        return Err(CodecError::WrongValue { what, expected: "1 (RFC9162_SHA256)" });
    }
    Ok(Header {
        alg: alg.ok_or(CodecError::MissingLabel("alg (label 1)"))?,
        kid: kid.ok_or(CodecError::MissingLabel("kid (label 4)"))?,
        origin: origin.ok_or(CodecError::MissingLabel(CLAIMS))?,
        tree_size: tree_size.ok_or(CodecError::MissingLabel("the tree size (label -65538)"))?,
    })
}

/// The issuer, which must be the subject too.
fn parse_claims<'a>(reader: &mut Reader<'a>) -> Result<&'a str> {
    let part = |error: CborError| CodecError::Part { part: HEADER, error };
    let expected = "exactly iss (claim 1) and sub (claim 2), both the log's origin";
    let wrong = CodecError::WrongValue { what: CLAIMS, expected };
    if reader.map().map_err(part)? != 2 || reader.integer().map_err(part)? != 1 {
        return Err(wrong);
    }
    let iss = reader.text().map_err(part)?;
    within("iss (claim 1)", iss.len(), ORIGIN_BYTES_MAX)?;
    if !is_key_name(iss) {
        return Err(CodecError::BadKeyName);
    }
    if reader.integer().map_err(part)? != 2 || reader.text().map_err(part)? != iss {
        return Err(wrong);
    }
    Ok(iss)
}
