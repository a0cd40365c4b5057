//! Whether a column has moved: Evidently's choice of test by the reference's size, graded by the stability index.

use sagwan_common::{
    profile::{Column, Profile},
    statistics::{self, Drift},
};
use sagwan_guest::{Metric, Settings, Severity};

/// What was found of a column.
pub struct Moved<'p> {
    pub name: &'p str,
    pub drift: Drift,
    /// The test that decided, its figure and its threshold.
    pub test: &'static str,
    pub figure: f64,
    pub threshold: f64,
    /// `None` where it has not moved.
    pub severity: Option<Severity>,
}

/// Different values up to which numbers are taken for categories.
const FEW_VALUES: u64 = 5;

/// Every column that both profiles have and that can be compared.
pub fn columns<'p>(current: &'p Profile, reference: &Profile, settings: &Settings<'_>) -> Vec<Moved<'p>> {
    let only: Vec<&str> = settings.list("columns").collect();
    let ignored: Vec<&str> = settings.list("ignore").collect();
    let wanted = |column: &&Column| {
        (only.is_empty() || only.contains(&column.name.as_str())) && !ignored.contains(&column.name.as_str())
    };
    let compared = current.columns.iter().filter(wanted).filter_map(|column| {
        let before = reference.column(&column.name)?;
        compare(column, before, before.present(reference.rows), settings)
    });
    compared.collect()
}

fn compare<'p>(column: &'p Column, before: &Column, rows: u64, settings: &Settings<'_>) -> Option<Moved<'p>> {
    let drift = match (&before.number, &column.number) {
        (Some(reference), Some(current)) => statistics::of_numbers(reference, current)?,
        (None, None) => statistics::of_categories(before, column)?,
        // A change of type is a matter of data quality.
        _ => return None,
    };
    let limit = |name| settings.number(name).unwrap_or_default();
    let large = rows as f64 > limit("small_rows");
    let few = before.distinct.max(column.distinct) <= FEW_VALUES;
    let (test, figure, threshold) = match (large, drift.wasserstein.filter(|_| !few), drift.ks_p, drift.chi_squared_p) {
        (true, Some(wasserstein), ..) => ("wasserstein", wasserstein, limit("distance")),
        (true, None, ..) => ("jensen-shannon", drift.jensen_shannon, limit("distance")),
        (false, _, Some(p), _) => ("ks-p", p, limit("p_value")),
        (false, _, _, p) => ("chi-squared-p", p.unwrap_or(1.0), limit("p_value")),
    };
    let moved = if large { figure >= threshold } else { figure < threshold };
    let severity = match drift.psi {
        psi if psi > limit("psi_major") => Some(Severity::Major),
        psi if psi >= limit("psi_moderate") => Some(Severity::Moderate),
        _ if moved => Some(Severity::Minor),
        _ => None,
    };
    Some(Moved { name: &column.name, drift, test, figure, threshold, severity })
}

impl Moved<'_> {
    /// Whether its test or its index says that it has moved.
    pub fn moved(&self) -> bool {
        self.severity.is_some()
    }

    /// Its figures, as metrics.
    pub fn metrics(&self, settings: &Settings<'_>) -> Vec<Metric> {
        let mut metrics = Vec::new();
        let mut note = |figure: &str, value: Option<f64>, threshold: Option<f64>| {
            if let Some(value) = value.filter(|value| value.is_finite()) {
                let mut name = format!("{figure}/{}", self.name);
                // A column's name may be as long as a metric's: it is cut, at a letter.
                while name.len() > 240 {
                    name.pop();
                }
                metrics.push(Metric { name, value, threshold });
            }
        };
        let drift = &self.drift;
        note("psi", Some(drift.psi), settings.number("psi_moderate"));
        note("jensen-shannon", Some(drift.jensen_shannon), None);
        note("ks", drift.ks, None);
        note("ks-p", drift.ks_p, None);
        note("wasserstein", drift.wasserstein, None);
        note("chi-squared-p", drift.chi_squared_p, None);
        note("l-infinity", drift.l_infinity, None);
        metrics
    }
}
