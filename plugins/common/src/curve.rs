//! Distribution functions, piecewise linear with jumps, and distances between them.

use alloc::vec::Vec;

/// A distribution function: vertices of value and count at or below, ascending in both. Two vertices of one value are a
/// jump; between vertices it is linear.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Curve {
    vertices: Vec<(f64, f64)>,
}

/// How far one function is above another at a value, and just below it.
struct Step {
    x: f64,
    until: f64,
    below: f64,
}

/// A curve, gone through from its least value on.
struct Walk<'c> {
    curve: &'c Curve,
    count: f64,
    /// The first vertex that has not been passed.
    place: usize,
}

impl<'c> Walk<'c> {
    fn new(curve: &'c Curve) -> Self {
        Self { curve, count: curve.count().max(1.0), place: 0 }
    }

    /// The value of the vertex that comes next.
    fn next(&self) -> Option<f64> {
        self.curve.vertices.get(self.place).map(|(value, _)| *value)
    }

    /// The shares below `x`, and at or below it, for an `x` that is not beyond the next vertex; passes what is at it.
    fn at(&mut self, x: f64) -> (f64, f64) {
        let below = self.curve.counted(x, self.place) / self.count;
        while self.next().is_some_and(|value| value <= x) {
            self.place += 1;
        }
        (below, self.curve.counted(x, self.place) / self.count)
    }
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

    /// Of the vertices of a profile: each is a value that there is. Where one more value lies at or below a vertex than
    /// at or below the one before, it is this one, and the function jumps there.
    #[must_use]
    pub fn of_vertices(given: &[(f64, u64)]) -> Self {
        let mut vertices: Vec<(f64, f64)> = Vec::with_capacity(given.len() + 64);
        let mut before: Option<u64> = None;
        for (value, below) in given {
            if let Some(before) = before.filter(|before| before.checked_add(1) == Some(*below)) {
                vertices.push((*value, before as f64));
            }
            vertices.push((*value, *below as f64));
            before = Some(*below);
        }
        Self { vertices }
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
        self.counted(x, place) / self.count().max(1.0)
    }

    /// How many values there are up to that place.
    fn counted(&self, x: f64, place: usize) -> f64 {
        let before = place.checked_sub(1).and_then(|before| self.vertices.get(before));
        match (before, self.vertices.get(place)) {
            (None, _) => 0.0,
            (Some((_, count)), None) => *count,
            (Some((low, from)), Some((high, until))) => {
                let width = high - low;
                if width > 0.0 { from + (until - from) * ((x - low) / width) } else { *from }
            }
        }
    }

    /// Both functions at the values of all vertices, ascending, each once.
    fn steps(&self, other: &Self) -> Vec<Step> {
        let mut steps = Vec::with_capacity(self.vertices.len() + other.vertices.len());
        let (mut ours, mut theirs) = (Walk::new(self), Walk::new(other));
        loop {
            let x = match (ours.next(), theirs.next()) {
                (Some(a), Some(b)) => a.min(b),
                (Some(x), None) | (None, Some(x)) => x,
                (None, None) => return steps,
            };
            let ((below, until), (other_below, other_until)) = (ours.at(x), theirs.at(x));
            steps.push(Step { x, until: until - other_until, below: below - other_below });
        }
    }

    /// The greatest distance of the two functions (Kolmogorov and Smirnov), and the area between them (the first
    /// Wasserstein distance).
    #[must_use]
    pub fn distances(&self, other: &Self) -> (f64, f64) {
        let steps = self.steps(other);
        let greatest =
            steps.iter().fold(0.0, |greatest: f64, step| greatest.max(step.until.abs()).max(step.below.abs()));
        let area = |(low, high): (&Step, &Step)| {
            let (from, until) = (low.until, high.below);
            let height = if from * until >= 0.0 {
                (from.abs() + until.abs()) / 2.0
            } else {
                // The functions cross in between: two triangles.
                (from * from + until * until) / (2.0 * (from.abs() + until.abs()))
            };
            height * (high.x - low.x)
        };
        (greatest, steps.iter().zip(steps.iter().skip(1)).map(area).sum())
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
        assert!(close(a.distances(&b).0, 1.0) && close(a.distances(&b).1, 5.0));
        assert!(close(a.distances(&a).0, 0.0) && close(a.distances(&a).1, 0.0));
        // SciPy: wasserstein_distance([0, 1, 3], [0, 2]) = 1/3 + 1/6 + 1/3 … summed by hand.
        let c = Curve::of_values(&[(0.0, 1), (2.0, 1)]);
        assert!(close(a.distances(&c).1, (1.0 / 6.0) + (1.0 / 6.0) + (1.0 / 3.0)));
        // One far value lies where it lies, and is not spread over the way to it.
        let far = Curve::of_vertices(&[(0.0, 0), (0.0, 1), (1.0, 9), (100.0, 10)]);
        assert!(close(far.until(99.0), 0.9) && close(far.below(100.0), 0.9) && close(far.until(100.0), 1.0));
        // Slopes that cross: the uniform on [0, 1] against one value in its middle.
        let uniform = Curve::of_vertices(&[(0.0, 0), (1.0, 100)]);
        let middle = Curve::of_values(&[(0.5, 7)]);
        assert!(close(uniform.distances(&middle).1, 0.25) && close(uniform.distances(&middle).0, 0.5));
    }
}
