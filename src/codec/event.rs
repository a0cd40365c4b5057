//! Events as bytes and as JSON.
//!
//! # Wire form
//! An event is one deterministic CBOR map (RFC 8949 section 4.2.1) with these text keys; absent options, `false`,
//! empty lists and empty maps are left out, every other key is refused:
//!
//! | key | CBOR | content |
//! |---|---|---|
//! | `kind` | text | a name of [`Kind`] |
//! | `subject` | text | `kind/name[@version]` |
//! | `env` | text | `dev`, `staging` or `prod` |
//! | `inputs`, `outputs` | array of maps | `subject` text, `digest` 32 bytes, `external` true |
//! | `time` | integer | milliseconds since 1970-01-01T00:00:00Z, claimed by the author |
//! | `body` | map | the fields of the kind |
//! | `facets` | map | open values |
//! | `commitments` | array of maps | `path` text (a JSON pointer), `digest` 32 bytes |
//! | `imported` | true | |
//! | `claimed_by` | text | |
//!
//! Digests and keys are byte strings; times are integers; measured numbers are floats, in their shortest form, even
//! where they are whole; words of closed lists are text. A statement's payload is one event, or an array of 2 to
//! [`BATCH_EVENTS_MAX`](limits::BATCH_EVENTS_MAX) events (a signed batch).
//!
//! # Strictness
//! What decodes is encoded again and compared with the input, so one event has one encoding and no field is coerced or
//! dropped in silence. [`Event::validate`] has passed for everything that decodes.

mod error;
mod hint;
mod json;
mod present;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use error::{DecodeError, Reason};
pub(crate) use json::parse as parse_json;
pub use json::{from_json, from_json_value, payload_from_json, to_json};

use crate::{
    codec::cbor::{self, reader::Reader},
    event::{Body, Commitment, Env, Event, Kind, Map, Reference, Subject, Text, Timestamp, Value, limits},
};
use read::Item;
use serde::{Deserialize, Deserializer, Serialize};
use write::Writer;

/// The names of an event's fields, in the order in which people read them.
pub const FIELDS: &[&str] =
    &["kind", "subject", "env", "inputs", "outputs", "time", "body", "facets", "commitments", "imported", "claimed_by"];

/// The one encoding of an event.
///
/// An event built by hand that breaks a rule (a NaN, a time before 1970) is encoded as it is; [`from_cbor`] refuses the
/// bytes.
#[must_use]
pub fn to_cbor(event: &Event) -> Vec<u8> {
    let mut writer = Writer::with_capacity(512);
    write_event(&mut writer, event);
    writer.out
}

/// The one encoding of an open value, as it stands in facets and behind commitments.
#[must_use]
pub fn value_to_cbor(value: &Value) -> Vec<u8> {
    let mut writer = Writer::with_capacity(64);
    write_value(&mut writer, value);
    writer.out
}

/// The one encoding of a body alone, as it stands in its event.
#[must_use]
pub fn body_to_cbor(body: &Body) -> Vec<u8> {
    let mut writer = Writer::with_capacity(256);
    write_value(&mut writer, body);
    writer.out
}

/// The one encoding of facets alone; of none, an empty map.
#[must_use]
pub fn facets_to_cbor(facets: &Map) -> Vec<u8> {
    let mut writer = Writer::with_capacity(64);
    write_value(&mut writer, facets);
    writer.out
}

/// Reads a body alone. What its author committed to may be missing.
///
/// # Errors
/// [`DecodeError`], naming the field: not CBOR, a field that is missing, unknown or ill-typed.
pub fn body_from_cbor(kind: &Kind, bytes: &[u8]) -> Result<Body, DecodeError> {
    within(bytes)?;
    let mut reader = Reader::new(bytes);
    let body = Body::deserialize(kind, Item { reader: &mut reader, depth: 1 })?;
    reader.end()?;
    Ok(body)
}

/// Reads an open value alone, as it stands in facets.
///
/// # Errors
/// [`DecodeError`]: not CBOR, or nothing that JSON can hold.
pub fn value_from_cbor(bytes: &[u8]) -> Result<Value, DecodeError> {
    let mut reader = Reader::new(bytes);
    let value = Value::deserialize(Item { reader: &mut reader, depth: 1 })?;
    reader.end()?;
    Ok(value)
}

/// The one encoding of a statement's payload: the event itself if there is one, a batch otherwise.
#[must_use]
pub fn payload_to_cbor(events: &[Event]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(512 * events.len());
    if events.len() != 1 {
        cbor::write::head(&mut writer.out, 4, events.len() as u64);
    }
    events.iter().for_each(|event| write_event(&mut writer, event));
    writer.out
}

/// Reads one event, strictly.
///
/// # Errors
/// [`DecodeError`], naming the field: not deterministic CBOR, a field that is missing, unknown or ill-typed, bytes that
/// are not the event's own encoding, or a rule of [`Event::validate`] that is broken.
pub fn from_cbor(bytes: &[u8]) -> Result<Event, DecodeError> {
    // The walk that names what is wrong in CBOR's own terms is only needed for what fails: what succeeds has been
    // encoded again and compared.
    within(bytes)?;
    let mut writer = Writer::with_capacity(bytes.len());
    decode(bytes, &mut writer).map_err(|error| explain(bytes, error))
}

/// Reads a statement's payload, strictly: one event, or a batch.
///
/// # Errors
/// As [`from_cbor`], with the position in the batch; [`Reason::BatchSize`] for an array of none, one or too many.
pub fn payload_from_cbor(bytes: &[u8]) -> Result<Vec<Event>, DecodeError> {
    match cbor::shape(bytes) {
        cbor::Shape::Map => from_cbor(bytes).map(|event| vec![event]),
        cbor::Shape::Array => within(bytes).and_then(|()| batch(bytes)).map_err(|error| explain(bytes, error)),
        cbor::Shape::Other => Err(Reason::Shape.into()),
    }
}

fn batch(bytes: &[u8]) -> Result<Vec<Event>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let count = reader.array()?;
    batch_size(count)?;
    let mut again = Writer::with_capacity(bytes.len());
    cbor::write::head(&mut again.out, 4, count);
    if bytes.get(..again.out.len()) != Some(&*again.out) {
        return Err(Reason::NotCanonical { offset: 0 }.into());
    }
    let mut events = Vec::with_capacity(count as usize);
    for position in 0..count as usize {
        let start = reader.position();
        reader.skip()?;
        again.out.clear();
        events.push(decode(reader.since(start), &mut again).map_err(|error| error.at_position(position))?);
    }
    reader.end()?;
    Ok(events)
}

pub(in crate::codec) fn batch_size(count: u64) -> Result<(), DecodeError> {
    let fits = (2..=limits::BATCH_EVENTS_MAX as u64).contains(&count);
    if fits { Ok(()) } else { Err(Reason::BatchSize { count }.into()) }
}

fn within(bytes: &[u8]) -> Result<(), DecodeError> {
    let (bytes, limit) = (bytes.len(), limits::STATEMENT_BYTES_MAX);
    if bytes <= limit { Ok(()) } else { Err(Reason::TooLong { bytes, limit }.into()) }
}

/// The error in CBOR's own terms where there is one: that is what the sender's encoder has to change first.
#[cold]
fn explain(bytes: &[u8], error: DecodeError) -> DecodeError {
    match (cbor::check(bytes), error.reason()) {
        (_, Reason::TooLong { .. } | Reason::BatchSize { .. } | Reason::TooDeep) | (Ok(()), _) => error,
        (Err(broken), _) => broken.into(),
    }
}

/// Decodes one event and leaves its encoding, equal to `bytes`, in `again`, which must be empty.
fn decode(bytes: &[u8], again: &mut Writer) -> Result<Event, DecodeError> {
    let mut reader = Reader::new(bytes);
    let mut draft = Draft::default();
    let (mut kind, mut body) = (None, None);
    for _ in 0..reader.map()? {
        match reader.text()? {
            "kind" => {
                let name = reader.text().map_err(|error| DecodeError::from(error).in_field("kind"))?;
                kind = Some(Kind::parse(name)?);
            }
            "body" => {
                let start = reader.position();
                reader.skip()?;
                body = Some(reader.since(start));
            }
            name => draft.set(name, &NO_BODY, Item { reader: &mut reader, depth: 1 })?,
        }
    }
    reader.end()?;
    let kind = kind.ok_or(Reason::Missing("kind"))?;
    let mut body = Reader::new(body.ok_or(Reason::Missing("body"))?);
    draft.set("body", &kind, Item { reader: &mut body, depth: 1 })?;
    let event = draft.finish()?;
    write_event(again, &event);
    if again.out != bytes {
        let offset = again.out.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        return Err(Reason::NotCanonical { offset }.into());
    }
    present::check(bytes, &event)?;
    Ok(event)
}

/// Stands for the kind while `body` cannot come: it is read by its raw bytes.
const NO_BODY: Kind = Kind::Seal;

/// An event of which some fields have been read.
#[derive(Default)]
struct Draft {
    subject: Option<Subject>,
    env: Option<Env>,
    inputs: Vec<Reference>,
    outputs: Vec<Reference>,
    time: Option<Timestamp>,
    body: Option<Body>,
    facets: Map,
    commitments: Vec<Commitment>,
    imported: bool,
    claimed_by: Option<Text>,
}

impl Draft {
    /// Reads the field `name`.
    fn set<'de, D>(&mut self, name: &str, kind: &Kind, value: D) -> Result<(), DecodeError>
    where
        D: Deserializer<'de, Error = DecodeError>,
    {
        let read = match name {
            "subject" => Subject::deserialize(value).map(|subject| self.subject = Some(subject)),
            "env" => Option::deserialize(value).map(|env| self.env = env),
            "inputs" => Vec::deserialize(value).map(|inputs| self.inputs = inputs),
            "outputs" => Vec::deserialize(value).map(|outputs| self.outputs = outputs),
            "time" => Timestamp::deserialize(value).map(|time| self.time = Some(time)),
            "body" => Body::deserialize(kind, value).map(|body| self.body = Some(body)),
            "facets" => crate::event::named(value).map(|facets| self.facets = facets),
            "commitments" => Vec::deserialize(value).map(|commitments| self.commitments = commitments),
            "imported" => bool::deserialize(value).map(|imported| self.imported = imported),
            "claimed_by" => Option::deserialize(value).map(|claimed_by| self.claimed_by = claimed_by),
            _ => return Err(DecodeError::unknown("field", name, FIELDS)),
        };
        read.map_err(|error| error.in_field(name))
    }

    fn finish(self) -> Result<Event, DecodeError> {
        let event = Event {
            subject: self.subject.ok_or(Reason::Missing("subject"))?,
            env: self.env,
            inputs: self.inputs,
            outputs: self.outputs,
            time: self.time.ok_or(Reason::Missing("time"))?,
            body: self.body.ok_or(Reason::Missing("body"))?,
            facets: self.facets,
            commitments: self.commitments,
            imported: self.imported,
            claimed_by: self.claimed_by,
        };
        event.validate()?;
        Ok(event)
    }
}

/// Appends an event, its keys in the order of their encoding.
fn write_event(writer: &mut Writer, event: &Event) {
    let absent = [
        event.env.is_none(),
        event.facets.is_empty(),
        event.inputs.is_empty(),
        event.outputs.is_empty(),
        !event.imported,
        event.claimed_by.is_none(),
        event.commitments.is_empty(),
    ];
    let count = FIELDS.len() - absent.iter().filter(|absent| **absent).count();
    cbor::write::head(&mut writer.out, 5, count as u64);
    if let Some(env) = event.env {
        field(writer, "env", &env);
    }
    field(writer, "body", &event.body);
    cbor::write::text(&mut writer.out, "kind");
    cbor::write::text(&mut writer.out, event.kind().as_str());
    field(writer, "time", &event.time);
    if !event.facets.is_empty() {
        field(writer, "facets", &event.facets);
    }
    if !event.inputs.is_empty() {
        field(writer, "inputs", &event.inputs);
    }
    if !event.outputs.is_empty() {
        field(writer, "outputs", &event.outputs);
    }
    field(writer, "subject", &event.subject);
    if event.imported {
        field(writer, "imported", &true);
    }
    if let Some(claimed_by) = &event.claimed_by {
        field(writer, "claimed_by", claimed_by);
    }
    if !event.commitments.is_empty() {
        field(writer, "commitments", &event.commitments);
    }
}

fn field<T: Serialize>(writer: &mut Writer, name: &str, value: &T) {
    cbor::write::text(&mut writer.out, name);
    write_value(writer, value);
}

fn write_value<T: Serialize>(writer: &mut Writer, value: &T) {
    // INVARIANT: the vocabulary has no type that the writer refuses (tests encode every kind with every field); bytes
    // cut short here would be refused by every decoder, never mistaken for another event.
    if value.serialize(&mut *writer).is_err() {
        writer.out.clear();
    }
}
