//! Why bytes or a text are not an event: which event of a batch, which field, which rule, and what to do.

use super::hint;
use crate::{codec::CborError, event::EventError};
use serde::de;
use std::fmt;

/// Why bytes or a text are not an event (or a batch of events).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DecodeError(Box<Fault>);

/// Behind one pointer, so that what succeeds does not carry room for it around.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Fault {
    position: Option<usize>,
    path: String,
    reason: Reason,
}

/// What is wrong, by name. [`Reason::code`] is stable; the message may improve.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reason {
    /// Not deterministic CBOR.
    Cbor(CborError),
    /// Not JSON.
    Json(String),
    /// More bytes than one statement or one text may have.
    TooLong {
        /// Bytes given.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Neither one event nor a batch.
    Shape,
    /// A batch of none, one or too many.
    BatchSize {
        /// Events in it.
        count: u64,
    },
    /// Nested too deeply.
    TooDeep,
    /// A field, or a word, that there is not.
    Unknown {
        /// `field` or `word`.
        what: &'static str,
        /// What was given, clipped.
        given: String,
        /// The nearest that there is.
        nearest: Option<&'static str>,
        /// All that there are.
        known: &'static [&'static str],
    },
    /// A field that must be there.
    Missing(&'static str),
    /// A field or key that stands twice.
    Twice(String),
    /// A value of the wrong type.
    Type {
        /// What was given.
        given: String,
        /// What is wanted.
        wanted: String,
    },
    /// A value that its type refuses: a digest, a time, a subject, a text.
    Value(String),
    /// The right content in other bytes than its one encoding: an absent option written out, an empty list, a whole
    /// number where a float belongs.
    NotCanonical {
        /// The first byte that differs.
        offset: usize,
    },
    /// A rule of the vocabulary.
    Rule(EventError),
}

impl Reason {
    /// A stable name for programs: what a client may branch on and what the test vectors name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cbor(_) => "not-deterministic-cbor",
            Self::Json(_) => "not-json",
            Self::TooLong { .. } => "too-long",
            Self::Shape => "not-an-event",
            Self::BatchSize { .. } => "batch-size",
            Self::TooDeep => "too-deep",
            Self::Unknown { what, .. } => match *what {
                "field" => "unknown-field",
                _ => "unknown-word",
            },
            Self::Missing(_) => "missing-field",
            Self::Twice(_) => "field-twice",
            Self::Type { .. } => "wrong-type",
            Self::Value(_) => "invalid-value",
            Self::NotCanonical { .. } => "not-canonical",
            Self::Rule(error) => error.code(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cbor(error) => fmt::Display::fmt(error, f),
            Self::Json(why) => write!(f, "not JSON: {why}"),
            Self::TooLong { bytes, limit } => {
                write!(f, "{bytes} bytes, the limit is {limit}: split it, or keep the large part in blobs by digest")
            }
            Self::Shape => f.write_str("expected one event (a map) or a batch of events (an array)"),
            Self::BatchSize { count } => write!(
                f,
                "a batch of {count} events: a batch has 2 to {}; one event stands by itself, more go into further batches",
                crate::event::limits::BATCH_EVENTS_MAX
            ),
            Self::TooDeep => {
                write!(f, "nested deeper than {} levels: flatten it", crate::event::limits::DEPTH_MAX)
            }
            Self::Unknown { what, given, nearest: Some(nearest), .. } => {
                write!(f, "unknown {what} {given:?}: did you mean {nearest:?}? See docs/events.md")
            }
            Self::Unknown { what, given, nearest: None, known } => {
                write!(f, "unknown {what} {given:?}: one of {}; see docs/events.md", known.join(", "))
            }
            Self::Missing(field) => write!(f, "field {field:?} is missing: give it"),
            Self::Twice(field) => write!(f, "field {field:?} stands twice: give it once"),
            Self::Type { given, wanted } => write!(f, "{given}, expected {wanted}"),
            Self::Value(why) => f.write_str(why),
            Self::NotCanonical { offset } => write!(
                f,
                "byte {offset} of the event: not its canonical encoding; leave absent, empty and false fields out, \
                 write measured numbers as floats"
            ),
            Self::Rule(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl DecodeError {
    /// What is wrong.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.0.reason
    }

    /// The field, such as `body.schema[2].type`; empty for the event as a whole.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The position in a batch, counted from 0.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        self.0.position
    }

    /// The same error, one field further out.
    #[cold]
    pub(super) fn in_field(mut self, field: &str) -> Self {
        let rest = if self.0.path.is_empty() || self.0.path.starts_with('[') { "" } else { "." };
        self.0.path = format!("{}{rest}{}", hint::clip(field), self.0.path);
        self
    }

    /// The same error, one list further out.
    #[cold]
    pub(super) fn in_item(mut self, index: usize) -> Self {
        let rest = if self.0.path.is_empty() || self.0.path.starts_with('[') { "" } else { "." };
        self.0.path = format!("[{index}]{rest}{}", self.0.path);
        self
    }

    #[cold]
    pub(super) fn at_position(mut self, position: usize) -> Self {
        self.0.position = Some(position);
        self
    }
}

impl From<Reason> for DecodeError {
    #[cold]
    fn from(reason: Reason) -> Self {
        Self(Box::new(Fault { position: None, path: String::new(), reason }))
    }
}

impl From<CborError> for DecodeError {
    fn from(error: CborError) -> Self {
        Reason::Cbor(error).into()
    }
}

impl From<EventError> for DecodeError {
    fn from(error: EventError) -> Self {
        Reason::Rule(error).into()
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.0.position {
            write!(f, "event {position} of the batch: ")?;
        }
        if !self.0.path.is_empty() {
            write!(f, "{}: ", self.0.path)?;
        }
        fmt::Display::fmt(&self.0.reason, f)
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Reason::Value(message.to_string()).into()
    }

    fn invalid_type(given: de::Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Reason::Type { given: hint::clip(&given.to_string()), wanted: wanted.to_string() }.into()
    }

    fn invalid_value(given: de::Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Reason::Value(format!("{}, expected {wanted}", hint::clip(&given.to_string()))).into()
    }

    fn invalid_length(length: usize, wanted: &dyn de::Expected) -> Self {
        Reason::Type { given: format!("a length of {length}"), wanted: wanted.to_string() }.into()
    }

    fn unknown_variant(given: &str, known: &'static [&'static str]) -> Self {
        Self::unknown("word", given, known)
    }

    fn unknown_field(given: &str, known: &'static [&'static str]) -> Self {
        Self::unknown("field", given, known)
    }

    fn missing_field(field: &'static str) -> Self {
        Reason::Missing(field).into()
    }

    fn duplicate_field(field: &'static str) -> Self {
        Reason::Twice(field.to_owned()).into()
    }
}

impl DecodeError {
    pub(super) fn unknown(what: &'static str, given: &str, known: &'static [&'static str]) -> Self {
        Reason::Unknown { what, given: hint::clip(given), nearest: hint::nearest(given, known), known }.into()
    }
}
