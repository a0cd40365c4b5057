//! The checks: each looks at a profile, and at the reference's where there is one.

use sagwan_common::{
    Value,
    profile::{Column, Profile},
};
use sagwan_guest::{Finding, Settings, Severity, finding, short};

/// What a check works with.
pub struct Checks<'c> {
    pub settings: &'c Settings<'c>,
    pub current: &'c Profile,
    pub reference: Option<&'c Profile>,
    pub findings: Vec<Finding>,
}

fn share(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

fn percent(share: f64) -> String {
    let mut text = short(share * 100.0);
    text.push('%');
    text
}

impl Checks<'_> {
    fn limit(&self, name: &str) -> f64 {
        self.settings.number(name).unwrap_or_default()
    }

    fn note(&mut self, code: &str, severity: Severity, message: String) {
        // The last of 256 says that there is more.
        if self.findings.len() < 255 {
            self.findings.push(finding(code, severity, message, None));
        } else if self.findings.len() == 255 {
            self.findings.push(finding("more", severity, "more was found than fits: correct this first".into(), None));
        }
    }

    /// All of them.
    pub fn run(mut self) -> Vec<Finding> {
        self.rows();
        self.schema();
        let current = self.current;
        for column in &current.columns {
            let before = self.reference.and_then(|reference| reference.column(&column.name));
            self.missing(column, before);
            self.bounds(column);
            if let Some(before) = before {
                self.range(column, before);
                self.categories(column, before);
            }
            self.outliers(column, before);
        }
        self.findings
    }

    fn rows(&mut self) {
        let least = self.limit("rows_least");
        if (self.current.rows as f64) < least {
            let message = format!("{} rows; at least {} are asked for", self.current.rows, short(least));
            self.note("rows", Severity::Major, message);
        }
        let (found, limit) = (share(self.current.duplicates, self.current.rows), self.limit("duplicate_share"));
        if found > limit {
            let message =
                format!("{} of the rows are equal to an earlier one; {} may be", percent(found), percent(limit));
            self.note("duplicates", Severity::Major, message);
        }
    }

    /// Columns that went, came, or changed their type.
    fn schema(&mut self) {
        let Some(reference) = self.reference else { return };
        let current = self.current;
        for before in &reference.columns {
            match current.column(&before.name) {
                None => {
                    let message = format!("column {:?} is in the reference and not here", before.name);
                    self.note("schema.missing-column", Severity::Major, message);
                }
                Some(column) if column.kind != before.kind && !alike(column, before) => {
                    let message =
                        format!("column {:?} is {}; in the reference it is {}", column.name, column.kind, before.kind);
                    self.note("schema.type", Severity::Major, message);
                }
                Some(_) => {}
            }
        }
        for column in current.columns.iter().filter(|column| reference.column(&column.name).is_none()) {
            let message = format!("column {:?} is here and not in the reference", column.name);
            self.note("schema.new-column", Severity::Minor, message);
        }
    }

    fn missing(&mut self, column: &Column, before: Option<&Column>) {
        let found = share(column.missing, self.current.rows);
        let own = self.of_column(&column.name, "missing_share").and_then(Value::number);
        let limit = own.unwrap_or_else(|| self.limit("missing_share"));
        let reference = self.reference.zip(before).map(|(reference, before)| share(before.missing, reference.rows));
        // What was always missing is no news, unless the column has a bound of its own.
        let always = own.is_none() && reference.is_some_and(|reference| found <= reference);
        if found > limit && !always {
            let message = format!(
                "column {:?} has no value in {} of the rows; {} may be",
                column.name,
                percent(found),
                percent(limit)
            );
            self.note("missing", Severity::Major, message);
            return;
        }
        let increase = self.limit("missing_increase");
        if let Some(reference) = reference.filter(|reference| found - reference > increase) {
            let message = format!(
                "column {:?} has no value in {} of the rows; in the reference in {}",
                column.name,
                percent(found),
                percent(reference)
            );
            self.note("missing.increase", Severity::Major, message);
        }
    }

    fn of_column(&self, column: &str, field: &str) -> Option<&Value<'_>> {
        self.settings.map("columns").find(|(name, _)| *name == column)?.1.get(field)
    }

    /// Bounds that the settings give a column.
    fn bounds(&mut self, column: &Column) {
        let kind = self.of_column(&column.name, "type").and_then(Value::text).map(ToOwned::to_owned);
        if let Some(kind) = kind.filter(|kind| *kind != column.kind) {
            let message = format!("column {:?} is {}; the settings say {kind}", column.name, column.kind);
            self.note("bounds.type", Severity::Major, message);
        }
        if let Some(number) = &column.number {
            let limit = |field| self.of_column(&column.name, field).and_then(Value::number);
            let (least, greatest) = (limit("least"), limit("greatest"));
            if let Some(least) = least.filter(|least| number.min < *least) {
                let message =
                    format!("column {:?} goes down to {}; least {}", column.name, short(number.min), short(least));
                self.note("bounds.least", Severity::Major, message);
            }
            if let Some(greatest) = greatest.filter(|greatest| number.max > *greatest) {
                let message =
                    format!("column {:?} goes up to {}; greatest {}", column.name, short(number.max), short(greatest));
                self.note("bounds.greatest", Severity::Major, message);
            }
        }
        let allowed = self.of_column(&column.name, "categories").map(Value::items).unwrap_or_default();
        if allowed.is_empty() {
            return;
        }
        let known = |category: &str| allowed.iter().any(|one| one.text() == Some(category));
        let strange: u64 = column.categories.iter().filter(|(name, _)| !known(name)).map(|(_, count)| count).sum();
        if strange + column.rest > 0 {
            let message =
                format!("column {:?} has a category that the settings do not list, in {strange} rows", column.name);
            self.note("bounds.category", Severity::Major, message);
        }
    }

    fn range(&mut self, column: &Column, before: &Column) {
        let (Some(number), Some(reference)) = (&column.number, &before.number) else { return };
        if number.curve.count() < 1.0 {
            return;
        }
        let outside = number.curve.below(reference.min) + (1.0 - number.curve.until(reference.max));
        if outside > self.limit("outside_share") {
            let message = format!(
                "column {:?}: {} of the numbers lie outside {} to {}, the reference's range",
                column.name,
                percent(outside),
                short(reference.min),
                short(reference.max)
            );
            self.note("range", Severity::Major, message);
        }
    }

    /// Categories that the reference does not know. They are counted, not repeated: they may be anything.
    fn categories(&mut self, column: &Column, before: &Column) {
        if before.categories.is_empty() || before.rest > 0 {
            return;
        }
        let known = |category: &str| before.categories.iter().any(|(name, _)| name == category);
        let strange: Vec<u64> =
            column.categories.iter().filter(|(name, _)| !known(name)).map(|(_, count)| *count).collect();
        let rows = strange.iter().sum::<u64>() + column.rest;
        if rows > 0 && share(rows, column.present(self.current.rows)) > self.limit("unseen_share") {
            let message = format!(
                "column {:?} has {} categories in {rows} rows that the reference does not know",
                column.name,
                strange.len()
            );
            self.note("unseen-category", Severity::Major, message);
        }
    }

    fn outliers(&mut self, column: &Column, before: Option<&Column>) {
        let Some(number) = &column.number else { return };
        let share = |of: &sagwan_common::profile::Number, count: Option<u64>| {
            count.filter(|_| of.curve.count() >= 1.0).map(|count| count as f64 / of.curve.count())
        };
        let (iqr, z) = (share(number, number.outliers_iqr), share(number, number.outliers_z));
        let Some(reference) = before.and_then(|before| before.number.as_ref()) else {
            let limit = self.limit("outlier_share");
            if let Some(found) = z.filter(|found| *found > limit) {
                let message =
                    format!("column {:?}: {} are over three deviations from the mean", column.name, percent(found));
                self.note("outliers.z", Severity::Moderate, message);
            }
            return;
        };
        let increase = self.limit("outlier_increase");
        for (code, found, was) in [
            ("outliers.iqr", iqr, share(reference, reference.outliers_iqr)),
            ("outliers.z", z, share(reference, reference.outliers_z)),
        ] {
            if let Some((found, was)) = found.zip(was).filter(|(found, was)| found - was > increase) {
                let message = format!(
                    "column {:?}: {} are outliers; in the reference {}",
                    column.name,
                    percent(found),
                    percent(was)
                );
                self.note(code, Severity::Moderate, message);
            }
        }
    }
}

/// Types between which a column may go without a change of its meaning: whole numbers are numbers, and a column whose
/// words repeat less is still one of words.
fn alike(column: &Column, before: &Column) -> bool {
    let group = |kind: &str| match kind {
        "integer" | "float" => 1,
        "category" | "text" => 2,
        "boolean" => 3,
        "time" => 4,
        _ => 0,
    };
    // Whole numbers where the reference has fractions are as before; fractions where it has whole numbers are a change.
    match (before.kind.as_str(), column.kind.as_str()) {
        ("integer", "float") => false,
        // What a registration does not say is no change.
        ("", _) | (_, "") => true,
        (a, b) => group(a) == group(b),
    }
}
