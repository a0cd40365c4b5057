//! What is remembered of a subject: claims by parts of the window.

use sagwan_common::{Value, json};
use std::fmt::Write as _;

/// Parts of a window: what is older than the window by a part of it at most still counts.
const PARTS: i64 = 48;
/// Parts that are remembered, also when the window has been set anew.
const PARTS_MAX: usize = 200;

/// Claims, and how many of them are supported.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Counts {
    /// Supported claims.
    pub supported: f64,
    /// Claims.
    pub claims: f64,
    /// Responses.
    pub responses: f64,
    /// Claims that were judged by their words.
    pub lexical: f64,
}

impl Counts {
    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        self.supported += other.supported;
        self.claims += other.claims;
        self.responses += other.responses;
        self.lexical += other.lexical;
    }
}

/// A window.
#[derive(Default)]
pub struct Window {
    /// When the alert was raised that still holds.
    pub told: Option<i64>,
    /// By the time at which a part begins, ascending.
    parts: Vec<(i64, Counts)>,
}

impl Window {
    /// What `write` wrote; `None` of anything else.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let value = json::read(core::str::from_utf8(bytes).ok()?)?;
        let part = |part: &Value<'_>| {
            let number = |at: usize| part.items().get(at).and_then(Value::number);
            let counts =
                Counts { supported: number(1)?, claims: number(2)?, responses: number(3)?, lexical: number(4)? };
            Some((number(0)? as i64, counts))
        };
        Some(Self {
            told: value.get("told").and_then(Value::number).map(|told| told as i64),
            parts: value.get("parts")?.items().iter().map(part).collect::<Option<_>>()?,
        })
    }

    /// As JSON text, so that people can read what is remembered.
    pub fn write(&self) -> String {
        let mut text = String::from("{");
        if let Some(told) = self.told {
            let _ = write!(text, "\"told\":{told},");
        }
        text.push_str("\"parts\":[");
        for (at, (begin, counts)) in self.parts.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let Counts { supported, claims, responses, lexical } = counts;
            let _ = write!(text, "{comma}[{begin},{supported:?},{claims:?},{responses:?},{lexical:?}]");
        }
        text.push_str("]}");
        text
    }

    /// Adds claims at a time, and forgets those that are out of the window of `length` milliseconds.
    pub fn add(&mut self, now: i64, length: i64, counts: Counts) {
        let part = (length / PARTS).max(1);
        let begin = now - now.rem_euclid(part);
        // The ledger's time never goes back: what is of now belongs to the last part or to a new one.
        match self.parts.last_mut() {
            Some((last, sum)) if *last >= begin => sum.add(&counts),
            _ => self.parts.push((begin, counts)),
        }
        let oldest = now.saturating_sub(length).saturating_sub(part);
        self.parts.retain(|(begin, _)| *begin > oldest);
        let excess = self.parts.len().saturating_sub(PARTS_MAX);
        self.parts.drain(..excess);
    }

    /// All of them.
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.parts.iter().for_each(|(_, counts)| total.add(counts));
        total
    }
}
