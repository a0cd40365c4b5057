//! Distribution functions, piecewise linear with jumps, and distances between them.

use alloc::vec::Vec;

/// A distribution function: vertices of value and count at or below, ascending in both. Two vertices of one value are a
/// jump; between vertices it is linear.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Curve {
    vertices: Vec<(f64, f64)>,
}

impl Curve {
    /// Of all values with their counts, ascending.
    #[must_use]
    pub fn of_values(values: &[(f64, u64)]) -> Self {
        let mut vertices = Vec::with_capacity(2 * values.len());
        let mut below = 0;
        for (value, count) in values {
            vertices.push((*value, below as f64));
            below += count;
            vertices.push((*value, below as f64));
        }
        Self { vertices }
    }

    /// Of vertices.
    #[must_use]
    pub fn of_vertices(vertices: &[(f64, u64)]) -> Self {
        Self { vertices: vertices.iter().map(|(value, below)| (*value, *below as f64)).collect() }
    }

    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> f64 {
        self.vertices.last().map_or(0.0, |(_, count)| *count)
    }

    /// The share of values at or below `x`.
    #[must_use]
    pub fn until(&self, x: f64) -> f64 {
        self.share(x, self.vertices.partition_point(|(value, _)| *value <= x))
    }

    /// The share of values below `x`.
    #[must_use]
    pub fn below(&self, x: f64) -> f64 {
        self.share(x, self.vertices.partition_point(|(value, _)| *value < x))
    }

    /// The share at `x`, which lies after the vertex before `place` and at or before the one there.
    fn share(&self, x: f64, place: usize) -> f64 {
        let before = place.checked_sub(1).and_then(|before| self.vertices.get(before));
        let count = match (before, self.vertices.get(place)) {
            (None, _) => 0.0,
            (Some((_, count)), None) => *count,
            (Some((low, from)), Some((high, until))) => {
                let width = high - low;
                if width > 0.0 { from + (until - from) * ((x - low) / width) } else { *from }
            }
        };
        count / self.count().max(1.0)
    }

    /// The values of the vertices of two curves, ascending, each once.
    fn places(&self, other: &Self) -> Vec<f64> {
        let mut places: Vec<f64> = self.vertices.iter().chain(&other.vertices).map(|(value, _)| *value).collect();
        places.sort_unstable_by(f64::total_cmp);
        places.dedup();
        places
    }

    /// The greatest distance of the two functions (Kolmogorov and Smirnov).
    #[must_use]
    pub fn greatest_distance(&self, other: &Self) -> f64 {
        self.places(other).into_iter().fold(0.0, |greatest: f64, x| {
            let at = (self.until(x) - other.until(x)).abs();
            let before = (self.below(x) - other.below(x)).abs();
            greatest.max(at).max(before)
        })
    }

    /// The area between the two functions: the first Wasserstein distance.
    #[must_use]
    pub fn area(&self, other: &Self) -> f64 {
        let places = self.places(other);
        places
            .iter()
            .zip(places.iter().skip(1))
            .map(|(low, high)| {
                let (from, until) = (self.until(*low) - other.until(*low), self.below(*high) - other.below(*high));
                let height = if from * until >= 0.0 {
                    (from.abs() + until.abs()) / 2.0
                } else {
                    // The functions cross in between: two triangles.
                    (from * from + until * until) / (2.0 * (from.abs() + until.abs()))
                };
                height * (high - low)
            })
            .sum()
    }

    /// The shares between edges: each bin without its upper edge, the last one with it (as NumPy's `histogram`).
    #[must_use]
    pub fn shares(&self, edges: &[f64]) -> Vec<f64> {
        let last = edges.len().saturating_sub(2);
        let bin = |(at, (low, high)): (usize, (&f64, &f64))| {
            let until = if at == last { self.until(*high) } else { self.below(*high) };
            (until - self.below(*low)).max(0.0)
        };
        edges.iter().zip(edges.iter().skip(1)).enumerate().map(bin).collect()
    }

    /// The population's standard deviation (n), from the deviation of the sample (n - 1).
    #[must_use]
    pub fn population_deviation(&self, sample: f64) -> f64 {
        let count = self.count();
        if count > 1.0 { sample * ((count - 1.0) / count).sqrt() } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn jumps_and_slopes() {
        let curve = Curve::of_vertices(&[(0.0, 0), (1.0, 10), (1.0, 30), (2.0, 40)]);
        assert!(close(curve.until(0.5), 0.125) && close(curve.below(1.0), 0.25) && close(curve.until(1.0), 0.75));
        assert!(close(curve.until(-1.0), 0.0) && close(curve.until(9.0), 1.0) && close(curve.below(0.0), 0.0));
        let shares = curve.shares(&[0.0, 1.0, 2.0]);
        assert!(close(shares[0], 0.25) && close(shares[1], 0.75));
    }

    #[test]
    fn distances_of_small_samples() {
        let a = Curve::of_values(&[(0.0, 1), (1.0, 1), (3.0, 1)]);
        let b = Curve::of_values(&[(5.0, 1), (6.0, 1), (8.0, 1)]);
        assert!(close(a.greatest_distance(&b), 1.0) && close(a.area(&b), 5.0));
        assert!(close(a.greatest_distance(&a), 0.0) && close(a.area(&a), 0.0));
        // SciPy: wasserstein_distance([0, 1, 3], [0, 2]) = 1/3 + 1/6 + 1/3 … summed by hand.
        let c = Curve::of_values(&[(0.0, 1), (2.0, 1)]);
        assert!(close(a.area(&c), (1.0 / 6.0) + (1.0 / 6.0) + (1.0 / 3.0)));
        // Slopes that cross: the uniform on [0, 1] against one value in its middle.
        let uniform = Curve::of_vertices(&[(0.0, 0), (1.0, 100)]);
        let middle = Curve::of_values(&[(0.5, 7)]);
        assert!(close(uniform.area(&middle), 0.25) && close(uniform.greatest_distance(&middle), 0.5));
    }
}
