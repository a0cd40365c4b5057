//! What a model achieves on applicants whom it has not seen.

use super::Model;
use crate::cli::demo::data::{Row, count, is_bad, number, value};
use serde_json::{Value as Json, json};

/// Bins of the population stability index.
const BINS: usize = 10;
/// Up to this age an applicant counts as young: the group that the literature on this data looks at.
const YOUNG_UNTIL: f64 = 25.0;

/// What was measured.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Metrics {
    /// Applicants judged rightly.
    pub accuracy: f64,
    /// The area under the ROC curve: how often a bad credit scores above a good one.
    pub auc: f64,
    /// Bad credits that were refused.
    pub recall_bad: f64,
    /// The share of the applicants who get a credit.
    pub approval_rate: f64,
    /// The difference of the approval rates of women and men.
    pub approval_gap_sex: f64,
    /// The difference of the approval rates of those up to 25 years and those above.
    pub approval_gap_age: f64,
    /// How many were judged.
    pub applicants: usize,
}

/// Judges applicants by a model.
#[must_use]
pub fn evaluate(model: &Model, rows: &[&Row]) -> Metrics {
    let share = |of: &dyn Fn(&Row) -> bool, has: &dyn Fn(&Row) -> bool| {
        let group: Vec<_> = rows.iter().filter(|row| of(row)).collect();
        count(group.iter().filter(|row| has(row)).count()) / count(group.len()).max(1.0)
    };
    let approved = |row: &Row| !model.refuses(row);
    let gap = |group: &dyn Fn(&Row) -> bool| (share(group, &approved) - share(&|row| !group(row), &approved)).abs();
    Metrics {
        accuracy: share(&|_| true, &|row| model.refuses(row) == is_bad(row)),
        auc: auc(model, rows),
        recall_bad: share(&is_bad, &|row| model.refuses(row)),
        approval_rate: share(&|_| true, &approved),
        approval_gap_sex: gap(&is_female),
        approval_gap_age: gap(&|row| number(row, "age").is_some_and(|age| age <= YOUNG_UNTIL)),
        applicants: rows.len(),
    }
}

/// The codebook's women: divorced, separated or married (A92), single (A95).
fn is_female(row: &Row) -> bool {
    matches!(value(row, "status_sex"), "A92" | "A95")
}

/// Mann and Whitney's statistic over all pairs of a bad and a good credit; equal scores count half.
fn auc(model: &Model, rows: &[&Row]) -> f64 {
    let (bad, good): (Vec<&Row>, Vec<&Row>) = rows.iter().copied().partition(|row| is_bad(row));
    let scores = |rows: &[&Row]| rows.iter().map(|row| model.score(row)).collect::<Vec<_>>();
    let (bad, good) = (scores(&bad), scores(&good));
    let won = |bad: f64| {
        let one = |good: &f64| match bad.total_cmp(good) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        };
        good.iter().map(one).sum::<f64>()
    };
    bad.iter().map(|score| won(*score)).sum::<f64>() / (count(bad.len()) * count(good.len())).max(1.0)
}

/// The population stability index of the scores of `now` against those of `then`, in ten bins of equal width.
#[must_use]
pub fn stability(model: &Model, then: &[&Row], now: &[&Row]) -> f64 {
    let shares = |rows: &[&Row]| {
        let edge = |bin: usize| count(bin) / count(BINS);
        let within = |bin: usize| {
            let inside = |row: &&&Row| (edge(bin)..edge(bin + 1)).contains(&model.score(row));
            // One applicant more in every bin, so that an empty one has a logarithm.
            (count(rows.iter().filter(inside).count()) + 1.0) / (count(rows.len()) + count(BINS))
        };
        (0..BINS).map(within).collect::<Vec<_>>()
    };
    shares(then).iter().zip(shares(now)).map(|(then, now)| (now - then) * (now / then).ln()).sum()
}

impl Metrics {
    /// As an event takes them.
    #[must_use]
    pub fn to_json(self) -> Json {
        json!({
            "accuracy": self.accuracy, "auc": self.auc, "recall_bad": self.recall_bad,
            "approval_rate": self.approval_rate, "approval_gap_sex": self.approval_gap_sex,
            "approval_gap_age": self.approval_gap_age, "applicants": self.applicants,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::demo::{
        data::Data,
        training::{rows, train},
    };

    #[test]
    fn the_auc_is_the_librarys_and_equal_samples_are_stable() {
        let data = Data::read().unwrap();
        let trained = train(&data).unwrap();
        let model = Model::read(&trained.artifact).unwrap();
        let test = rows(&data, &trained.split.test);
        let labels: Vec<f64> = test.iter().map(|row| if is_bad(row) { 1.0 } else { 0.0 }).collect();
        let scores: Vec<f64> = test.iter().map(|row| model.score(row)).collect();
        let theirs = smartcore::metrics::roc_auc_score(&labels, &scores);
        assert!((evaluate(&model, &test).auc - theirs).abs() < 1e-9, "{theirs}");
        assert!(stability(&model, &test, &test).abs() < f64::EPSILON);
    }

    #[test]
    fn the_split_holds_every_applicant_once_and_keeps_the_share_of_bad_credits() {
        let data = Data::read().unwrap();
        let split = train(&data).unwrap().split;
        let mut all: Vec<usize> = split.train.iter().chain(&split.test).copied().collect();
        all.sort_unstable();
        assert_eq!(all, (0..data.rows.len()).collect::<Vec<_>>());
        let bad = |places: &[usize]| rows(&data, places).iter().filter(|row| is_bad(row)).count();
        assert_eq!((bad(&split.train), bad(&split.test)), (210, 90));
    }
}
