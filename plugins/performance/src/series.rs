//! What is remembered of a series: its first chunks, which are its reference, and when it was heard of last.

use crate::chunk::Chunk;
use sagwan_common::{Value, json};
use sagwan_guest::{Event, hash, unversioned};
use std::{collections::BTreeMap, fmt::Write as _};

/// The keys of series begin with it.
pub const PREFIX: &str = "series/";
/// Bytes of what stands under a key.
const VALUE_BYTES_MAX: usize = 60_000;
/// Chunks of a reference in which a figure must stand.
const VALUES_LEAST: usize = 3;

/// A series.
#[derive(Default)]
pub struct Series {
    /// It begins with this chunk.
    pub new: bool,
    /// What alerts about it are about.
    pub about: String,
    /// The ledger's time of the newest chunk.
    pub last: i64,
    /// Its newest chunk was worse than it should be.
    pub worse: bool,
    /// It was said that nothing comes any more.
    pub silent: bool,
    /// The reference: chunks by the hash of their names.
    pub chunks: Vec<(String, BTreeMap<String, f64>)>,
}

/// The key of the series that a chunk belongs to: environment, dataset and model.
pub fn key(event: &Event, chunk: &Chunk) -> String {
    let data = if event.kind == "data.profiled" { unversioned(&event.subject) } else { "" };
    let env = event.env.as_deref().unwrap_or_default();
    sagwan_guest::key(PREFIX, &format!("{env} {data} {}", chunk.model.as_deref().unwrap_or_default()))
}

impl Series {
    /// What `write` wrote; `None` of anything else.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let value = json::read(core::str::from_utf8(bytes).ok()?)?;
        let truth = |name: &str| value.get(name).and_then(Value::truth).unwrap_or_default();
        let chunk = |(name, figures): &(std::borrow::Cow<'_, str>, Value<'_>)| {
            let figure = |(name, value): &(std::borrow::Cow<'_, str>, Value<'_>)| {
                Some((name.clone().into_owned(), value.number()?))
            };
            (name.clone().into_owned(), figures.members().iter().filter_map(figure).collect())
        };
        Some(Self {
            new: false,
            about: value.get("about")?.text()?.to_owned(),
            last: value.get("last").and_then(Value::number)? as i64,
            worse: truth("worse"),
            silent: truth("silent"),
            chunks: value.get("chunks")?.members().iter().map(chunk).collect(),
        })
    }

    /// As JSON text, so that people can read what is remembered.
    pub fn write(&self) -> String {
        let mut text = format!("{{\"about\":{}", quoted(&self.about));
        let _ =
            write!(text, ",\"last\":{},\"worse\":{},\"silent\":{},\"chunks\":{{", self.last, self.worse, self.silent);
        for (at, (name, figures)) in self.chunks.iter().enumerate() {
            let _ = write!(text, "{}\"{name}\":{{", if at == 0 { "" } else { "," });
            for (at, (figure, value)) in figures.iter().enumerate() {
                let _ = write!(text, "{}{}:{value:?}", if at == 0 { "" } else { "," }, quoted(figure));
            }
            text.push('}');
        }
        text.push_str("}}");
        text
    }

    /// Takes a chunk in: into the reference while it is being made, and instead of the same chunk told before.
    pub fn note(&mut self, event: &Event, chunk: &Chunk, wanted: f64) {
        self.about.clone_from(&chunk.about);
        self.last = event.recorded;
        self.silent = false;
        let name = hash(&chunk.name);
        let room = (self.chunks.len() as f64) < wanted;
        match self.chunks.iter_mut().find(|(known, _)| *known == name) {
            Some((_, figures)) => figures.clone_from(&chunk.figures),
            None if room => self.chunks.push((name, chunk.figures.clone())),
            None => {}
        }
        // Many figures with long names: the last ones are not remembered.
        while self.write().len() > VALUE_BYTES_MAX {
            for (_, figures) in &mut self.chunks {
                figures.pop_last();
            }
        }
    }

    /// Mean and standard deviation of a figure over the reference; `None` while that is being made, or where too few
    /// chunks have the figure.
    pub fn reference(&self, name: &str, wanted: f64) -> Option<(f64, f64)> {
        let values: Vec<f64> = self.chunks.iter().filter_map(|(_, figures)| figures.get(name).copied()).collect();
        if (self.chunks.len() as f64) < wanted || values.len() < VALUES_LEAST {
            return None;
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
        Some((mean, variance.sqrt())).filter(|(mean, deviation)| mean.is_finite() && deviation.is_finite())
    }
}

/// A text as JSON writes it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if u32::from(c) < 32 => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
