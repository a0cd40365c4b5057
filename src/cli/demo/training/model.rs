//! The model: a ridge logistic regression on standardised numbers and one-hot codes, fitted by smartcore. What makes a
//! person protected from discrimination is left out of it.

use crate::cli::{
    demo::{
        data::{COLUMNS, Data, LABEL, Row, is_bad, moments, number, value},
        unexpected,
    },
    failure::Done,
};
use serde::{Deserialize, Serialize};
use smartcore::{
    linalg::basic::{arrays::Array, matrix::DenseMatrix},
    linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters},
};
use std::collections::BTreeSet;

/// Columns that the model does not see: sex, age and origin.
pub const PROTECTED: [&str; 3] = ["status_sex", "age", "foreign_worker"];
/// The weight of the ridge penalty.
pub const RIDGE: f64 = 1.0;
/// A credit is refused from this probability of a bad end on.
const THRESHOLD: f64 = 0.5;

/// The artefact: everything that is needed to score an applicant.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Model {
    /// What it is.
    pub kind: String,
    /// What it predicts the probability of.
    pub predicts: String,
    /// A credit is refused from this probability on.
    pub threshold: f64,
    /// The weight of every applicant.
    pub intercept: f64,
    /// Numbers: (value - mean) / deviation * weight.
    pub numbers: Vec<Number>,
    /// Codes: the weight where the applicant has the code.
    pub codes: Vec<Code>,
}

/// A number's term.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Number {
    column: String,
    mean: f64,
    deviation: f64,
    weight: f64,
}

/// A code's term.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Code {
    column: String,
    code: String,
    weight: f64,
}

impl Model {
    /// Fits a model to the applicants.
    ///
    /// # Errors
    /// When the library cannot.
    pub fn fit(data: &Data, rows: &[&Row]) -> Done<Self> {
        let mut model = Self::unfitted(data, rows);
        let x: Vec<Vec<f64>> = rows.iter().map(|row| model.features(row)).collect();
        let x = DenseMatrix::from_2d_vec(&x).map_err(|error| unexpected(error.to_string()))?;
        let y: Vec<u32> = rows.iter().map(|row| u32::from(is_bad(row))).collect();
        let parameters = LogisticRegressionParameters::default().with_alpha(RIDGE);
        let fitted = LogisticRegression::fit(&x, &y, parameters).map_err(|error| unexpected(error.to_string()))?;
        let mut weights = fitted.coefficients().iterator(0).copied();
        model.numbers.iter_mut().for_each(|term| term.weight = weights.next().unwrap_or_default());
        model.codes.iter_mut().for_each(|term| term.weight = weights.next().unwrap_or_default());
        model.intercept = fitted.intercept().iterator(0).next().copied().unwrap_or_default();
        Ok(model)
    }

    /// The terms, all of weight nothing.
    fn unfitted(data: &Data, rows: &[&Row]) -> Self {
        let seen = COLUMNS.iter().filter(|column| **column != LABEL && !PROTECTED.contains(column));
        let (coded, plain): (Vec<&str>, Vec<&str>) = seen.partition(|column| data.is_coded(column));
        let number_of = |column: &str| {
            let (mean, deviation) = moments(&rows.iter().filter_map(|row| number(row, column)).collect::<Vec<_>>());
            Number { column: column.to_owned(), mean, deviation: deviation.max(f64::MIN_POSITIVE), weight: 0.0 }
        };
        let codes_of = |column: &&str| {
            let codes: BTreeSet<&str> = rows.iter().map(|row| value(row, column)).collect();
            let code = |code: &str| Code { column: (*column).to_owned(), code: code.to_owned(), weight: 0.0 };
            codes.into_iter().map(code).collect::<Vec<_>>()
        };
        Self {
            kind: "logistic-regression".into(),
            predicts: "the credit ends badly".into(),
            threshold: THRESHOLD,
            intercept: 0.0,
            numbers: plain.into_iter().map(number_of).collect(),
            codes: coded.iter().flat_map(codes_of).collect(),
        }
    }

    /// Reads an artefact.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(artifact: &[u8]) -> Done<Self> {
        serde_json::from_slice(artifact).map_err(|error| unexpected(format!("the artefact: {error}")))
    }

    fn features(&self, row: &Row) -> Vec<f64> {
        let scaled = |term: &Number| (number(row, &term.column).unwrap_or(term.mean) - term.mean) / term.deviation;
        let has = |term: &Code| if value(row, &term.column) == term.code { 1.0 } else { 0.0 };
        self.numbers.iter().map(scaled).chain(self.codes.iter().map(has)).collect()
    }

    fn weights(&self) -> impl Iterator<Item = (&str, f64)> {
        let numbers = self.numbers.iter().map(|term| (term.column.as_str(), term.weight));
        numbers.chain(self.codes.iter().map(|term| (term.column.as_str(), term.weight)))
    }

    /// The probability that the credit ends badly.
    #[must_use]
    pub fn score(&self, row: &Row) -> f64 {
        let sum: f64 = self.weights().zip(self.features(row)).map(|((_, weight), feature)| weight * feature).sum();
        1.0 / (1.0 + (-(sum + self.intercept)).exp())
    }

    /// Whether the model would refuse this applicant.
    #[must_use]
    pub fn refuses(&self, row: &Row) -> bool {
        self.score(row) >= self.threshold
    }

    /// The columns that spoke most against the applicant, strongest first, with how much.
    #[must_use]
    pub fn against(&self, row: &Row, most: usize) -> Vec<(&str, f64)> {
        let terms = self.weights().zip(self.features(row));
        let mut against: Vec<(&str, f64)> = terms
            .map(|((column, weight), feature)| (column, weight * feature))
            .filter(|(_, amount)| *amount > 0.0)
            .collect();
        against.sort_by(|a, b| b.1.total_cmp(&a.1));
        against.truncate(most);
        against
    }
}
