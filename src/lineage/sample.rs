//! Samples for auditors: drawn by a seed from whole lists of the index, so that the size of the population is proved,
//! and that nobody chose.
//!
//! The population is the records with an event of one of the kinds, list after list in the order of the question, each
//! in log order, from `since` on. Positions are drawn without replacement: the beginning of a Fisher-Yates shuffle of all
//! positions, so that a larger sample of the same seed begins with the smaller one. Where a record has several events of
//! the kind, one of them is drawn, after all positions.

use super::{LineageError, Source, chacha::ChaCha, line::Line};
use crate::{
    event::{Env, EventKey, Kind},
    ledger::Sighted,
};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, ops::Range};

/// A sample.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Sample {
    /// How many records there are to draw from.
    pub population: u64,
    /// What was drawn, in the order of drawing.
    pub drawn: Vec<Item>,
}

/// One record that was drawn.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Item {
    /// Its place in the population, from 0.
    pub place: u64,
    /// Its log index.
    pub index: u64,
    /// The event; absent when the reader may not read the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Line>,
}

/// The list of one kind: its key, and the range of its positions.
struct Part {
    key: EventKey,
    kind: Kind,
    positions: Range<u64>,
}

pub(super) fn sample<S: Source>(
    source: &mut S,
    (from, end): (u64, u64),
    kinds: &[Kind],
    env: Option<Env>,
    (n, seed): (u32, u64),
) -> Result<Sample, LineageError> {
    let mut parts = Vec::new();
    let mut population = 0;
    for kind in kinds {
        let key = env.map_or_else(|| EventKey::Kind(kind.clone()), |env| EventKey::KindEnv(kind.clone(), env));
        // Nothing is below the first entry: no proof is needed for that.
        let first = if from == 0 { 0 } else { source.count(&key, from)? };
        let positions = first..source.count(&key, end)?;
        population += positions.end.saturating_sub(positions.start);
        parts.push(Part { key, kind: kind.clone(), positions });
    }
    let mut stream = ChaCha::new(seed);
    let places = draw(&mut stream, population, u64::from(n));
    let mut drawn = Vec::with_capacity(places.len());
    for place in places {
        let mut left = place;
        let part = parts.iter().find(|part| {
            let length = part.positions.end.saturating_sub(part.positions.start);
            let here = left < length;
            left -= if here { 0 } else { length };
            here
        });
        let Some(part) = part else { continue };
        let index = source.nth(&part.key, part.positions.start + left)?;
        let line = match source.record(index)? {
            Sighted::Withheld(_) => None,
            Sighted::Shown(record) => {
                let is_of = |env_of: Option<Env>| env.is_none_or(|env| env_of == Some(env));
                let events = record.events.iter().enumerate();
                let of_kind: Vec<_> =
                    events.filter(|(_, event)| event.kind() == part.kind && is_of(event.env)).collect();
                let chosen = if of_kind.len() > 1 { stream.below(of_kind.len() as u64) } else { 0 };
                let chosen = of_kind.get(usize::try_from(chosen).unwrap_or_default());
                chosen.map(|(position, event)| Line::of(&record, *position, event, None))
            }
        };
        drawn.push(Item { place, index, line });
    }
    Ok(Sample { population, drawn })
}

/// The first `n` of a shuffle of the numbers below `population`.
fn draw(stream: &mut ChaCha, population: u64, n: u64) -> Vec<u64> {
    // Only the places that were swapped are written down.
    let mut moved: HashMap<u64, u64> = HashMap::new();
    let mut drawn = Vec::new();
    for at in 0..n.min(population) {
        let other = at + stream.below(population - at);
        let here = moved.get(&at).copied().unwrap_or(at);
        let there = moved.insert(other, here).unwrap_or(other);
        drawn.push(if other == at { here } else { there });
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_no_number_twice_and_a_larger_one_begins_with_it() {
        for population in [0, 1, 5, 40] {
            let of = |n| draw(&mut ChaCha::new(3), population, n);
            let all = of(100);
            let mut sorted = all.clone();
            sorted.sort_unstable();
            assert!(sorted.iter().eq((0..population).collect::<Vec<_>>().iter()), "{population}: {all:?}");
            assert!((0..=population).all(|n| all.starts_with(&of(n))));
        }
    }
}
