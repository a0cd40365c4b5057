//! A training run that really trains: a split by seed, a logistic regression, an artefact, and what it achieves on
//! applicants whom it has not seen.

mod metrics;
mod model;

pub use metrics::{Metrics, evaluate, stability};
pub use model::{Model, PROTECTED, RIDGE};

use super::{
    data::{Data, Row, is_bad},
    unexpected,
};
use crate::cli::failure::Done;
use std::time::{Duration, Instant};

/// What decides the split.
pub const SEED: u64 = 42;
/// Of ten applicants of each label, so many are trained on.
const TRAINED_OF_TEN: usize = 7;

/// Applicants to train on, and applicants to evaluate on, by their place in the file.
pub struct Split {
    /// To train on.
    pub train: Vec<usize>,
    /// Held out.
    pub test: Vec<usize>,
}

/// What a run gives.
pub struct Trained {
    /// Who was trained on, and who was held out.
    pub split: Split,
    /// The artefact: the model as JSON.
    pub artifact: Vec<u8>,
    /// How long fitting took.
    pub took: Duration,
}

/// Splits and fits.
///
/// # Errors
/// When the library cannot fit a model to the data.
pub fn train(data: &Data) -> Done<Trained> {
    let split = split(data);
    let begun = Instant::now();
    let model = Model::fit(data, &rows(data, &split.train))?;
    let took = begun.elapsed();
    let artifact = serde_json::to_vec(&model).map_err(|error| unexpected(error.to_string()))?;
    Ok(Trained { split, artifact, took })
}

/// The applicants at these places.
#[must_use]
pub fn rows<'d>(data: &'d Data, places: &[usize]) -> Vec<&'d Row> {
    places.iter().filter_map(|at| data.rows.get(*at)).collect()
}

/// Seven of ten of each label, drawn by the seed.
fn split(data: &Data) -> Split {
    let mut random = SplitMix64(SEED);
    let mut split = Split { train: Vec::new(), test: Vec::new() };
    for label in [false, true] {
        let of_label = data.rows.iter().enumerate().filter(|(_, row)| is_bad(row) == label);
        let mut drawn: Vec<(u64, usize)> = of_label.map(|(at, _)| (random.next(), at)).collect();
        drawn.sort_unstable();
        let trained = drawn.len() * TRAINED_OF_TEN / 10;
        for (position, (_, at)) in drawn.into_iter().enumerate() {
            let part = if position < trained { &mut split.train } else { &mut split.test };
            part.push(at);
        }
    }
    split.train.sort_unstable();
    split.test.sort_unstable();
    split
}

/// Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators (2014); the same numbers on every machine.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
