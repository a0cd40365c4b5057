//! Predictions held against the target, row by row.

use super::{cell::Cell, model::Judged, sketch::Sketch};
use crate::event::limits;
use std::collections::{BTreeMap, BTreeSet};

/// Which columns they are, by place, and the class that precision, recall and AUC are about.
#[derive(Clone, Debug)]
pub struct Judging {
    pub target: usize,
    pub prediction: usize,
    pub score: Option<usize>,
    pub positive: String,
    rows: u64,
    /// Rows by target and prediction; `None` once there are too many classes.
    table: Option<BTreeMap<(String, String), u64>>,
    classes: BTreeSet<String>,
    /// Sums of the absolute and squared errors; `None` once one of the two is no number.
    errors: Option<(f64, f64)>,
    /// Scores of the positive class, and of the others.
    scores: Option<(Sketch, Sketch)>,
}

/// Scores that a sketch's buffer holds.
const SCORES: usize = 1 << 17;

impl Judging {
    pub fn new(target: usize, prediction: usize, score: Option<usize>, positive: String) -> Self {
        Self {
            target,
            prediction,
            score,
            positive,
            rows: 0,
            table: Some(BTreeMap::new()),
            classes: BTreeSet::new(),
            errors: Some((0.0, 0.0)),
            scores: score.map(|_| (Sketch::new(SCORES), Sketch::new(SCORES))),
        }
    }

    /// Adds a row.
    pub fn add(&mut self, cells: &[Cell<'_>]) {
        let cell = |at: usize| cells.get(at).copied().filter(|cell| *cell != Cell::Missing);
        let (Some(target), Some(prediction)) = (cell(self.target), cell(self.prediction)) else { return };
        self.rows += 1;
        self.errors = self.errors.zip(number(target).zip(number(prediction))).map(|((absolute, squared), (t, p))| {
            let error = p - t;
            (absolute + error.abs(), squared + error * error)
        });
        let class = label(target);
        if let (Some((positives, others)), Some(score)) = (&mut self.scores, self.score.and_then(cell).and_then(number))
            && score.is_finite()
        {
            if class == self.positive { positives.add(score) } else { others.add(score) }
        }
        if let Some(table) = &mut self.table {
            let key = (class, label(prediction));
            self.classes.insert(key.0.clone());
            self.classes.insert(key.1.clone());
            *table.entry(key).or_default() += 1;
            if self.classes.len() > limits::PROFILE_CLASSES_MAX {
                self.table = None;
                self.classes.clear();
            }
        }
    }

    /// What the profile says; `None` without a row that has both.
    pub fn finish(&self) -> Option<Judged> {
        if self.rows == 0 {
            return None;
        }
        let mut metrics = BTreeMap::new();
        let mut note = |name: &str, value: f64| {
            if value.is_finite() {
                metrics.insert(name.to_owned(), value);
            }
        };
        if let Some((absolute, squared)) = self.errors {
            note("mae", absolute / self.rows as f64);
            note("rmse", (squared / self.rows as f64).sqrt());
        }
        let classes: Vec<String> = self.classes.iter().cloned().collect();
        let has_positive = classes.contains(&self.positive);
        let mut confusion = Vec::new();
        if let Some(table) = &self.table {
            let at = |target: &String, prediction: &String| {
                table.get(&(target.clone(), prediction.clone())).copied().unwrap_or_default()
            };
            confusion = classes.iter().map(|t| classes.iter().map(|p| at(t, p)).collect()).collect();
            let right: u64 = classes.iter().map(|class| at(class, class)).sum();
            note("accuracy", right as f64 / self.rows as f64);
            if has_positive {
                let hits = at(&self.positive, &self.positive) as f64;
                let predicted: u64 = classes.iter().map(|target| at(target, &self.positive)).sum();
                let actual: u64 = classes.iter().map(|prediction| at(&self.positive, prediction)).sum();
                note("precision", hits / predicted as f64);
                note("recall", hits / actual as f64);
                note("f1", 2.0 * hits / (predicted + actual) as f64);
            }
        }
        if let Some((positives, others)) = &self.scores {
            note("auc", auc(positives, others));
        }
        let positive = (has_positive && self.table.is_some()).then(|| self.positive.clone());
        Some(Judged { rows: self.rows, classes, confusion, positive, metrics })
    }
}

fn number(cell: Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Integer(value) => Some(value as f64),
        Cell::Float(value) => Some(value),
        _ => None,
    }
}

/// The class that a value names: `1` and `1.0` are one.
fn label(cell: Cell<'_>) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Integer(value) | Cell::Time(value) => value.to_string(),
        Cell::Float(value) => format!("{value}"),
        Cell::Boolean(value) => value.to_string(),
        Cell::Text(text) | Cell::Other(text) => {
            let fits = text.len() <= limits::PROFILE_VALUE_BYTES_MAX;
            text.get(..limits::PROFILE_VALUE_BYTES_MAX).filter(|_| !fits).unwrap_or(text).to_owned()
        }
    }
}

/// The share of pairs that the scores order rightly, ties counted half (Mann and Whitney 1947).
fn auc(positives: &Sketch, others: &Sketch) -> f64 {
    let others_kept = others.weighted();
    let mut below = others_kept.iter().peekable();
    let (mut lower, mut pairs) = (0_u64, 0.0);
    for (score, weight) in positives.weighted() {
        while let Some((_, more)) = below.next_if(|(value, _)| *value < score) {
            lower += more;
        }
        let ties = below.peek().filter(|(value, _)| *value == score).map_or(0, |(_, ties)| *ties);
        pairs += weight as f64 * (lower as f64 + ties as f64 / 2.0);
    }
    pairs / (positives.count() as f64 * others.count() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_counted_and_judged() {
        let mut judging = Judging::new(0, 1, Some(2), "1".into());
        // Target, prediction, score.
        for (t, p, s) in [(1, 1, 0.9), (1, 0, 0.4), (0, 1, 0.6), (0, 0, 0.4), (0, 0, 0.1)] {
            judging.add(&[Cell::Integer(t), Cell::Integer(p), Cell::Float(s)]);
        }
        judging.add(&[Cell::Missing, Cell::Integer(1), Cell::Float(1.0)]);
        let judged = judging.finish().unwrap();
        assert_eq!((judged.rows, judged.classes), (5, vec!["0".to_owned(), "1".to_owned()]));
        assert_eq!(judged.confusion, [[2, 1], [1, 1]]);
        let metric = |name: &str| judged.metrics[name];
        assert_eq!([metric("accuracy"), metric("precision"), metric("recall"), metric("f1")], [0.6, 0.5, 0.5, 0.5]);
        // Pairs: 0.9 beats three; 0.4 loses to 0.6, ties with 0.4, beats 0.1.
        assert!((metric("auc") - 4.5 / 6.0).abs() < 1e-12);
        assert_eq!(metric("mae"), 0.4);
    }
}
