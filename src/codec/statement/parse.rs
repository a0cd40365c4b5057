//! Reading a statement: the admission path, so nothing is copied or allocated.

use super::{STATEMENT_MEDIA_TYPE, Statement, TAGGED_ARRAY_OF_FOUR};
use crate::{
    codec::{
        CborError, CodecError, Hash, Result,
        cbor::reader::Reader,
        text::{at_most, within},
    },
    event::limits::{
        ACTOR_BYTES_MAX, CTI_BYTES_MAX, ENTRY_BYTES_MAX, MEDIA_TYPE_BYTES_MAX, ORIGIN_BYTES_MAX, PROTECTED_BYTES_MAX,
        SIGNATURE_BYTES_MAX, SUBJECT_BYTES_MAX, UNIX_SECONDS_MAX,
    },
};

const HEADER: &str = "the protected header";
const CLAIMS: &str = "the CWT claims (label 15)";

/// An error inside the protected header.
fn header(error: CborError) -> CodecError {
    CodecError::Part { part: HEADER, error }
}

/// The four parts of a tagged COSE_Sign1, the unprotected header as raw bytes.
pub(super) struct Sign1<'a> {
    pub(super) protected: &'a [u8],
    pub(super) unprotected: &'a [u8],
    pub(super) payload: &'a [u8],
    pub(super) signature: &'a [u8],
}

/// Takes a COSE_Sign1 with an embedded payload apart (RFC 9052 section 4.2).
pub(super) fn sign1(bytes: &[u8]) -> Result<Sign1<'_>> {
    let [tag, array] = TAGGED_ARRAY_OF_FOUR;
    let mut reader = Reader::new(bytes);
    reader.exactly(tag, "tag 18 (COSE_Sign1)")?;
    reader.exactly(array, "an array of four")?;
    let protected = reader.bytes()?;
    let start = reader.position();
    reader.clone().map()?;
    reader.item(0)?;
    let unprotected = reader.since(start);
    let payload = reader.bytes()?;
    let signature = reader.bytes()?;
    reader.end()?;
    Ok(Sign1 { protected, unprotected, payload, signature })
}

#[derive(Default)]
struct Header<'a> {
    alg: Option<i64>,
    content_type: Option<&'a str>,
    kid: Option<&'a Hash>,
    claims: Option<Claims<'a>>,
    typ: Option<&'a str>,
}

#[derive(Default)]
struct Claims<'a> {
    iss: Option<&'a str>,
    sub: Option<&'a str>,
    aud: Option<&'a str>,
    iat: Option<u64>,
    cti: Option<&'a [u8]>,
}

impl<'a> Statement<'a> {
    /// Parses the bytes of a Signed Statement, strictly: deterministic CBOR, exactly the header parameters of the
    /// format, an empty unprotected header, an embedded payload. The payload's own form and the signature are checked
    /// by whoever knows them.
    ///
    /// # Errors
    /// Any [`CodecError`] that names the part: [`Cbor`](CodecError::Cbor) and [`Part`](CodecError::Part) for the
    /// encoding, [`UnknownLabel`](CodecError::UnknownLabel), [`MissingLabel`](CodecError::MissingLabel),
    /// [`WrongValue`](CodecError::WrongValue), [`Empty`](CodecError::Empty) and [`Oversize`](CodecError::Oversize)
    /// for the fields, [`UnprotectedNotEmpty`](CodecError::UnprotectedNotEmpty).
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        at_most("the statement", bytes.len(), ENTRY_BYTES_MAX)?;
        let Sign1 { protected, unprotected, payload, signature } = sign1(bytes)?;
        if unprotected != [0xa0] {
            return Err(CodecError::UnprotectedNotEmpty);
        }
        within(HEADER, protected.len(), PROTECTED_BYTES_MAX)?;
        within("the payload", payload.len(), ENTRY_BYTES_MAX)?;
        within("the signature", signature.len(), SIGNATURE_BYTES_MAX)?;
        let fields = parse_header(protected)?;
        let claims = fields.claims.ok_or(CodecError::MissingLabel(CLAIMS))?;
        Ok(Self {
            alg: fields.alg.ok_or(CodecError::MissingLabel("alg (label 1)"))?,
            kid: fields.kid.ok_or(CodecError::MissingLabel("kid (label 4)"))?,
            iss: claims.iss.ok_or(CodecError::MissingLabel("iss (claim 1)"))?,
            sub: claims.sub.ok_or(CodecError::MissingLabel("sub (claim 2)"))?,
            aud: claims.aud,
            iat: claims.iat.ok_or(CodecError::MissingLabel("iat (claim 6)"))?,
            cti: claims.cti,
            content_type: fields.content_type.ok_or(CodecError::MissingLabel("content type (label 3)"))?,
            typ: fields.typ.ok_or(CodecError::MissingLabel("typ (label 16)"))?,
            payload,
            signature,
            protected,
            bytes,
        })
    }
}

fn parse_header(protected: &[u8]) -> Result<Header<'_>> {
    let mut reader = Reader::new(protected);
    let mut fields = Header::default();
    let mut previous: &[u8] = &[];
    for _ in 0..reader.map().map_err(header)? {
        previous = reader.key(previous).map_err(header)?;
        match Reader::new(previous).integer().map_err(header)? {
            1 => fields.alg = Some(reader.integer().map_err(header)?),
            3 => fields.content_type = Some(bounded("content type (label 3)", &mut reader, MEDIA_TYPE_BYTES_MAX)?),
            4 => fields.kid = Some(reader.array_of("a byte string of 32 bytes (RFC 9679)").map_err(header)?),
            15 => fields.claims = Some(parse_claims(&mut reader)?),
            16 => fields.typ = Some(typ(&mut reader)?),
            label => return Err(CodecError::UnknownLabel { part: HEADER, label }),
        }
    }
    reader.end().map_err(header)?;
    Ok(fields)
}

fn parse_claims<'a>(reader: &mut Reader<'a>) -> Result<Claims<'a>> {
    let mut claims = Claims::default();
    let mut previous: &[u8] = &[];
    for _ in 0..reader.map().map_err(header)? {
        previous = reader.key(previous).map_err(header)?;
        match Reader::new(previous).integer().map_err(header)? {
            1 => claims.iss = Some(bounded("iss (claim 1)", reader, ACTOR_BYTES_MAX)?),
            2 => claims.sub = Some(bounded("sub (claim 2)", reader, SUBJECT_BYTES_MAX)?),
            3 => claims.aud = Some(bounded("aud (claim 3)", reader, ORIGIN_BYTES_MAX)?),
            6 => claims.iat = Some(seconds(reader)?),
            7 => {
                let cti = reader.bytes().map_err(header)?;
                within("cti (claim 7)", cti.len(), CTI_BYTES_MAX)?;
                claims.cti = Some(cti);
            }
            label => return Err(CodecError::UnknownLabel { part: CLAIMS, label }),
        }
    }
    Ok(claims)
}

fn bounded<'a>(what: &'static str, reader: &mut Reader<'a>, limit: usize) -> Result<&'a str> {
    let text = reader.text().map_err(header)?;
    within(what, text.len(), limit)?;
    Ok(text)
}

fn seconds(reader: &mut Reader<'_>) -> Result<u64> {
    let seconds = reader.unsigned().map_err(header)?;
    if seconds <= UNIX_SECONDS_MAX {
        return Ok(seconds);
    }
    Err(CodecError::WrongValue { what: "iat (claim 6)", expected: "whole seconds since 1970, before the year 10000" })
}

fn typ<'a>(reader: &mut Reader<'a>) -> Result<&'a str> {
    let typ = reader.text().map_err(header)?;
    if typ == STATEMENT_MEDIA_TYPE {
        return Ok(typ);
    }
    Err(CodecError::WrongValue { what: "typ (label 16)", expected: STATEMENT_MEDIA_TYPE })
}
