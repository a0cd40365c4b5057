//! A deterministic sketch of a distribution: the collapsing buffers of Munro and Paterson (1980), with the alternating
//! choice of Manku, Rajagopalan and Lindsay (1998). Exact until two buffers are full.

/// A level of the sketch: at most one sorted run, in which each value stands for `1 << level` of the input.
#[derive(Clone, Debug, Default)]
struct Level {
    run: Option<Vec<f64>>,
    /// Which half the next collapse keeps: they take turns, so that their errors cancel.
    odd: bool,
}

/// A sketch of finite numbers.
#[derive(Clone, Debug)]
pub struct Sketch {
    capacity: usize,
    fresh: Vec<f64>,
    levels: Vec<Level>,
    count: u64,
    /// Sum of the weights of all collapses: no rank is wrong by more.
    wrong: u64,
}

/// A value, and how many values of the input it stands for.
pub type Weighted = (f64, u64);

impl Sketch {
    /// A sketch whose buffers hold `capacity` values, at least 2 and made even.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity: (capacity.max(2) + 1) & !1, fresh: Vec::new(), levels: Vec::new(), count: 0, wrong: 0 }
    }

    /// Adds a finite number.
    pub fn add(&mut self, value: f64) {
        // Negative zero is zero.
        self.fresh.push(value + 0.0);
        self.count += 1;
        if self.fresh.len() == self.capacity {
            let mut run = std::mem::take(&mut self.fresh);
            run.sort_unstable_by(f64::total_cmp);
            self.carry(run);
        }
    }

    /// How many numbers were added.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// No rank that [`Sketch::weighted`] gives is wrong by more than this share of the count; 0 is exact.
    #[must_use]
    pub fn rank_error(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.wrong as f64 / self.count as f64 }
    }

    /// As a binary counter carries: two runs of a level collapse into one of the next.
    fn carry(&mut self, mut run: Vec<f64>) {
        for at in 0.. {
            if self.levels.len() <= at {
                self.levels.push(Level::default());
            }
            let Some(level) = self.levels.get_mut(at) else { return };
            let Some(other) = level.run.take() else {
                level.run = Some(run);
                return;
            };
            self.wrong += 1 << at;
            run = merge(&other, &run).into_iter().skip(usize::from(level.odd)).step_by(2).collect();
            level.odd = !level.odd;
        }
    }

    /// All that is kept, sorted, equal values put together.
    #[must_use]
    pub fn weighted(&self) -> Vec<Weighted> {
        let mut all: Vec<Weighted> = self.fresh.iter().map(|value| (*value, 1)).collect();
        for (level, run) in self.levels.iter().enumerate() {
            all.extend(run.run.iter().flatten().map(|value| (*value, 1_u64 << level)));
        }
        all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        all.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0 };
            same
        });
        all
    }
}

fn merge(a: &[f64], b: &[f64]) -> Vec<f64> {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut merged = Vec::with_capacity(a.len() + b.len());
    loop {
        let next = match (a.peek(), b.peek()) {
            (Some(x), Some(y)) if x.total_cmp(y).is_le() => a.next(),
            (_, Some(_)) => b.next(),
            (Some(_), None) => a.next(),
            (None, None) => return merged,
        };
        merged.extend(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fixed sequence that looks random (an LCG's high bits).
    fn noise(count: u32) -> impl Iterator<Item = f64> {
        (0..count).scan(1_u64, |state, _| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            Some(f64::from(u32::try_from(*state >> 40).unwrap()))
        })
    }

    #[test]
    fn it_is_exact_at_first() {
        let mut sketch = Sketch::new(8);
        [3.0, 1.0, 3.0, 2.0, -0.0, 0.0].into_iter().for_each(|value| sketch.add(value));
        assert_eq!(sketch.weighted(), [(0.0, 2), (1.0, 1), (2.0, 1), (3.0, 2)]);
        assert_eq!((sketch.count(), sketch.rank_error()), (6, 0.0));
    }

    #[test]
    fn no_rank_is_wrong_by_more_than_it_says() {
        for (count, capacity) in [(10_000, 64), (100_000, 512), (65_536, 1_024), (50_001, 10)] {
            let mut sketch = Sketch::new(capacity);
            let mut all: Vec<f64> = noise(count).collect();
            all.iter().for_each(|value| sketch.add(*value));
            all.sort_unstable_by(f64::total_cmp);
            let kept = sketch.weighted();
            assert_eq!(kept.iter().map(|(_, weight)| weight).sum::<u64>(), u64::from(count));
            let mut below = 0;
            let mut worst = 0.0_f64;
            for (value, weight) in kept {
                below += weight;
                let truth = all.partition_point(|other| *other <= value);
                worst = worst.max((below as f64 - truth as f64).abs() / f64::from(count));
            }
            assert!(worst <= sketch.rank_error(), "{count} in {capacity}: {worst} > {}", sketch.rank_error());
            assert!(sketch.rank_error() > 0.0);
        }
    }
}
