//! What is known of the numbers of a column: moments (Welford 1962), extremes, and the distribution.

use super::{
    model::Number,
    sketch::{Sketch, Weighted},
};
use crate::event::limits;

/// Gathers numbers.
#[derive(Clone, Debug)]
pub struct Numbers {
    sketch: Sketch,
    mean: f64,
    squares: f64,
    min: f64,
    max: f64,
    infinite: u64,
}

/// Extreme values that stand in the distribution one by one, at either end: tails are long.
const EXTREMES: usize = 32;

impl Numbers {
    /// An empty column whose sketch has buffers of `capacity` values.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            sketch: Sketch::new(capacity),
            mean: 0.0,
            squares: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            infinite: 0,
        }
    }

    /// Adds a number that is one.
    pub fn add(&mut self, value: f64) {
        if !value.is_finite() {
            self.infinite += 1;
            return;
        }
        self.sketch.add(value);
        let delta = value - self.mean;
        self.mean += delta / self.sketch.count() as f64;
        self.squares += delta * (value - self.mean);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// What the profile says; `None` without finite numbers. Sums that leave the range of a double are left out.
    #[must_use]
    pub fn finish(&self) -> Option<Number> {
        let count = self.sketch.count();
        if count == 0 {
            return None;
        }
        let weighted = self.sketch.weighted();
        let deviation = (count > 1).then(|| (self.squares / (count - 1) as f64).sqrt()).filter(|d| d.is_finite());
        let mean = Some(self.mean).filter(|mean| mean.is_finite());
        let quartiles = [0.25, 0.5, 0.75].map(|share| quantile(&weighted, count, share));
        let [low, _, high] = quartiles;
        let fence = 1.5 * (high - low);
        let outside = |least: f64, most: f64| {
            weighted.iter().filter(|(value, _)| *value < least || *value > most).map(|(_, weight)| weight).sum()
        };
        let outliers_z = mean.zip(deviation).map(|(mean, d)| outside(mean - 3.0 * d, mean + 3.0 * d));
        let listed = weighted.len() as u64 <= limits::PROFILE_STEPS && self.sketch.rank_error() == 0.0;
        let (values, distribution) =
            if listed { (weighted.clone(), Vec::new()) } else { (Vec::new(), curve(&weighted, count)) };
        Some(Number {
            count,
            infinite: self.infinite,
            min: self.min,
            max: self.max,
            mean,
            deviation,
            quartiles,
            outliers_iqr: outside(low - fence, high + fence),
            outliers_z,
            rank_error: self.sketch.rank_error(),
            values,
            distribution,
        })
    }
}

/// The quantile between the two order statistics around it (definition 7 of Hyndman and Fan 1996, as in NumPy).
fn quantile(weighted: &[Weighted], count: u64, share: f64) -> f64 {
    let place = share * (count - 1) as f64;
    // The order statistic with this many before it.
    let at = |rank: f64| {
        let mut until = 0.0;
        let holds = |(_, weight): &&Weighted| {
            until += *weight as f64;
            until > rank
        };
        weighted.iter().find(holds).or(weighted.last()).map_or(f64::NAN, |(value, _)| *value)
    };
    let (low, high) = (at(place.floor()), at(place.ceil()));
    let between = low + (high - low) * place.fract();
    if between.is_finite() { between } else { low * (1.0 - place.fract()) + high * place.fract() }
}

/// The distribution function as vertices `[value, values at or below it]`: linear between them, and two vertices with
/// one value are a jump. Between two vertices lies at most a step of the whole, or one value.
fn curve(weighted: &[Weighted], count: u64) -> Vec<(f64, u64)> {
    let step = count.div_ceil(limits::PROFILE_STEPS);
    let tail = weighted.len().saturating_sub(EXTREMES);
    let mut vertices: Vec<(f64, u64)> = Vec::new();
    let (mut below, mut last) = (0, 0);
    let mut before = None;
    for (at, (value, weight)) in weighted.iter().enumerate() {
        let jump = *weight > step || at == 0;
        if jump {
            // The values before the jump end where they end, and the jump stands upright.
            if let Some(vertex) = before.filter(|vertex| vertices.last() != Some(vertex)) {
                vertices.push(vertex);
            }
            vertices.push((*value, below));
        }
        below += weight;
        before = Some((*value, below));
        if jump || below - last >= step || at < EXTREMES || at >= tail {
            vertices.push((*value, below));
            last = below;
        }
    }
    vertices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = f64>) -> Number {
        let mut numbers = Numbers::new(1 << 20);
        values.into_iter().for_each(|value| numbers.add(value));
        numbers.finish().unwrap()
    }

    #[test]
    fn moments_and_quartiles_are_those_of_the_books() {
        let number = of([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0, f64::INFINITY]);
        assert_eq!((number.count, number.infinite, number.min, number.max), (8, 1, 2.0, 9.0));
        assert_eq!(number.mean, Some(5.0));
        assert!((number.deviation.unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!(number.quartiles, [4.0, 4.5, 5.5]);
        assert_eq!(number.values, [(2.0, 1), (4.0, 3), (5.0, 2), (7.0, 1), (9.0, 1)]);
        // The fences are 1.75 and 7.75.
        assert_eq!((number.outliers_iqr, number.outliers_z), (1, Some(0)));
    }

    #[test]
    fn the_curve_is_never_a_step_off() {
        // A smooth part, an atom of a third in its middle, and a long tail.
        let smooth = (0..60_000).map(|n| f64::from(n) / 60_000.0);
        let values: Vec<f64> =
            smooth.chain((0..30_000).map(|_| 0.5)).chain((0..100).map(|n| 10.0 * f64::from(n))).collect();
        let number = of(values.clone());
        assert!(number.values.is_empty() && number.distribution.len() < 1_200, "{}", number.distribution.len());
        let step = 1.0 / limits::PROFILE_STEPS as f64;
        for at in [-1.0, 0.0, 0.1, 0.499_99, 0.5, 0.500_01, 0.9, 1.0, 15.0, 990.0, 1e9] {
            let truth = values.iter().filter(|value| **value <= at).count() as f64 / values.len() as f64;
            let ours = at_or_below(&number.distribution, at) / values.len() as f64;
            assert!((truth - ours).abs() <= 1.01 * step, "{at}: {truth} {ours}");
        }
    }

    fn at_or_below(curve: &[(f64, u64)], at: f64) -> f64 {
        let after = curve.partition_point(|(value, _)| *value <= at);
        match (after.checked_sub(1).map(|before| curve[before]), curve.get(after)) {
            (None, _) => 0.0,
            (Some((_, below)), None) => below as f64,
            (Some((low, below)), Some((high, until))) => {
                below as f64 + (*until - below) as f64 * (at - low) / (high - low)
            }
        }
    }

    #[test]
    fn extremes_of_doubles_do_not_break_it() {
        let number = of([f64::MAX, -f64::MAX, f64::MIN_POSITIVE]);
        assert_eq!((number.min, number.max), (-f64::MAX, f64::MAX));
        assert!(number.mean.is_none_or(f64::is_finite) && number.deviation.is_none());
    }
}
